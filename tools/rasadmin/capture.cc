#include "tools/rasadmin/capture.h"

#include <boost/json.hpp>
#include <chrono>

#include "rasd/ppp/capture.h"
#include "rasd/ppp/hex.h"
#include "tools/rasadmin/fields.h"

namespace offhook::rasadmin {
namespace json = boost::json;
namespace {

Error not_understood() { return error("what rasd sends is not understood: is it another version's?"); }

}  // namespace

Result<ppp::Buffer> Capture::on_message(rpc::Message const& message) {
  if (message.method == "frame") return on_frame(message.body);
  json::value const value = read_json(message.body);
  if (!value.is_object()) return not_understood();
  if (message.method == "dropped")
    return error(std::to_string(count_at(value.get_object(), "count")), " frames did not get here in time");
  if (!message.method.empty() || begun_) return ppp::Buffer();  // a newer rasd's
  begun_ = true;
  waits_ = !flag_at(value.get_object(), "ppp");
  return ppp::capture_head(port_);
}

Result<ppp::Buffer> Capture::on_frame(std::string const& body) {
  json::value const value = read_json(body);
  if (!value.is_object() || !begun_) return not_understood();
  json::object const& object = value.get_object();
  std::string const digits = text_at(object, "frame");
  auto frame = ppp::unhex(digits, digits.size() / 2);
  if (!frame || digits.size() % 2 != 0 || frame->size() < 2) return not_understood();
  json::value const* const at = object.if_contains("at_ns");
  int64_t const time = at && at->is_int64() && at->get_int64() > 0 ? at->get_int64() : 0;  // past 2^53
  ++frames_;
  auto const way = flag_at(object, "sent") ? ppp::Direction::sent : ppp::Direction::received;
  return ppp::capture_block(std::chrono::nanoseconds(time), {way, *std::move(frame)});
}

}  // namespace offhook::rasadmin
