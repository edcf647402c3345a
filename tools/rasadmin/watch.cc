#include "tools/rasadmin/watch.h"

#include <boost/json.hpp>

#include "tools/rasadmin/fields.h"
#include "tools/rasadmin/render.h"

namespace offhook::rasadmin {
namespace json = boost::json;
namespace {

Error not_understood() { return error("what rasd sends is not understood: is it another version's?"); }

}  // namespace

bool Watch::asks() {
  if (picture_ != Picture::wanted) return false;
  picture_ = Picture::asked;
  return true;
}

Result<std::string> Watch::on_message(rpc::Message const& message) {
  if (message.method.empty()) return on_picture(message.body);
  if (message.method == "entry") return on_entry(message.body);
  if (message.method == "dropped") return {boost::system::in_place_value, on_dropped(message.body)};
  return {boost::system::in_place_value, std::string()};  // a newer rasd's
}

Result<std::string> Watch::on_picture(std::string const& body) {
  json::value const value = read_json(body);
  if (!value.is_object()) return not_understood();
  port::Place const place{count_at(value.get_object(), "epoch"), count_at(value.get_object(), "seq")};
  // The follower keeps the place alone: the conditions are printed as they come, and not needed again.
  picture_ =
      follower_.on_picture({place, {}}) == port::Follower::Needs::picture ? Picture::wanted : Picture::had;
  if (json_) return {boost::system::in_place_value, body + "\n"};
  return render_picture(body, look_);
}

Result<std::string> Watch::on_entry(std::string const& body) {
  json::value const value = read_json(body);
  if (!value.is_object()) return not_understood();
  uint64_t const seq = count_at(value.get_object(), "seq");
  bool const told = seq <= follower_.picture().place.seq;  // with the picture
  port::Entry const place{seq, {}, {}, {port::Change::Kind::removed}};
  bool const gap =
      follower_.on_entry(follower_.picture().place.epoch, place) == port::Follower::Needs::picture;
  std::string out;
  if (gap && picture_ == Picture::had) {
    picture_ = Picture::wanted;
    if (!json_) out = render_dropped("{}", look_);
  }
  if (json_) return {boost::system::in_place_value, body + "\n"};
  if (told || gap) return {boost::system::in_place_value, std::move(out)};  // the picture has it
  return render_entry(body, look_);
}

std::string Watch::on_dropped(std::string const& body) {
  bool const first = picture_ == Picture::had;
  if (first) picture_ = Picture::wanted;
  if (json_) return "{\"dropped\":" + body + "}\n";
  return first ? render_dropped(body, look_) : std::string();
}

}  // namespace offhook::rasadmin
