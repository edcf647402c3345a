#include "rasd/lease/messages.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "emulator/base/check.h"
#include "emulator/base/text.h"

namespace offhook::lease {
namespace json = boost::json;
namespace {

constexpr size_t longest_text = 1024;
constexpr size_t longest_config = 6 * 1024;

/// One description of each message's members serves both directions: the visitor reads or writes.
template <class V>
void visit(V& v, Request& m) {
  v.text("port", m.port);
  v.text("purpose", m.purpose);
}
template <class V>
void visit(V& v, Progress& m) {
  v.text("state", m.state);
  v.text("entry", m.entry);
  v.text("number", m.number);
  v.number("line_rate_bps", m.line_rate_bps);
  v.text("user", m.user);
  v.text("address", m.address);
  v.number("bytes_in", m.bytes_in);
  v.number("bytes_out", m.bytes_out);
}
template <class V>
void visit(V&, Release&) {}
template <class V>
void visit(V& v, Granted& m) {
  v.text("port", m.port);
  v.text("path", m.path);
  v.text("device", m.device);
  v.text("config", m.config, longest_config);
  v.number("rate_bps", m.rate_bps);
  v.flag("rts_cts", m.rts_cts);
}
template <class V>
void visit(V& v, Refused& m) {
  v.number("error", m.ras_error);
  v.text("text", m.text);
}
template <class V>
void visit(V& v, Ended& m) {
  v.text("why", m.why);
  v.text("text", m.text);
}
template <class V>
void visit(V&, Released&) {}

constexpr std::string_view kind(Request const&) { return "request"; }
constexpr std::string_view kind(Progress const&) { return "progress"; }
constexpr std::string_view kind(Release const&) { return "release"; }
constexpr std::string_view kind(Granted const&) { return "granted"; }
constexpr std::string_view kind(Refused const&) { return "refused"; }
constexpr std::string_view kind(Ended const&) { return "ended"; }
constexpr std::string_view kind(Released const&) { return "released"; }

struct Writer {
  json::object object;
  void text(char const* name, std::string const& value, size_t longest = longest_text) {
    if (!value.empty()) object[name] = value.substr(0, longest);
  }
  template <class Number>
  void number(char const* name, Number value) {
    object[name] = value;
  }
  void flag(char const* name, bool value) { object[name] = value; }
};

struct Reader {
  json::object const& object;
  std::string complaint = {};

  void complain(char const* name, std::string const& wanted) {
    if (complaint.empty()) complaint = std::string("'") + name + "': " + wanted + " is wanted";
  }
  void text(char const* name, std::string& value, size_t longest = longest_text) {
    json::value const* const found = object.if_contains(name);
    if (!found) return;
    json::string const* const text = found->if_string();
    if (!text || text->size() > longest || std::ranges::find(*text, '\0') != text->end())
      return complain(name, "a string of at most " + std::to_string(longest) + " bytes");
    value.assign(text->data(), text->size());
  }
  template <class Number>
  void number(char const* name, Number& value) {
    json::value const* const found = object.if_contains(name);
    if (!found) return;
    int64_t const* const number = found->if_int64();
    constexpr int bits = std::min(std::numeric_limits<Number>::digits, std::numeric_limits<int64_t>::digits);
    if (!number || *number < 0 || static_cast<uint64_t>(*number) >> (bits - 1) > 1)
      return complain(name, "a whole number below 2^" + std::to_string(bits));
    value = static_cast<Number>(*number);
  }
  void flag(char const* name, bool& value) {
    json::value const* const found = object.if_contains(name);
    if (!found) return;
    if (!found->is_bool()) return complain(name, "true or false");
    value = found->get_bool();
  }
};

template <class Variant>
std::string write(Variant message) {
  return std::visit(
      [](auto& each) {
        Writer writer;
        writer.object["kind"] = json::string_view(kind(each).data(), kind(each).size());
        visit(writer, each);
        std::string text = json::serialize(writer.object);
        OFFHOOK_CHECK(text.size() <= longest_packet);
        return text;
      },
      message);
}

template <class T>
Result<T> read_members(json::object const& object) {
  T message;
  Reader reader{object};
  visit(reader, message);
  if (!reader.complaint.empty()) return error(reader.complaint);
  return message;
}

template <class Variant, class... Ts>
Result<Variant> read(std::string_view packet) {
  if (packet.size() > longest_packet)
    return error("a message is longer than ", std::to_string(longest_packet), " bytes");
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = 4;
  json::value const value = json::parse(json::string_view(packet.data(), packet.size()), ec, {}, options);
  json::object const* const object = ec ? nullptr : value.if_object();
  json::value const* const named = object ? object->if_contains("kind") : nullptr;
  json::string const* const name = named ? named->if_string() : nullptr;
  if (!name) return error("a message is one JSON object with its 'kind'");
  std::string_view const wanted(name->data(), name->size());
  std::string accepted;
  Result<Variant> result = error("");
  auto const attempt = [&]<class T>(T const& fresh) {
    accepted.append(accepted.empty() ? "" : ", ").append(kind(fresh));
    if (wanted != kind(fresh)) return false;
    if (auto message = read_members<T>(*object))
      result = Variant(*std::move(message));
    else
      result = message.error();
    return true;
  };
  if (!(attempt(Ts{}) || ...))
    return error("'", escaped(wanted.substr(0, 40)), "' is no kind of message; accepted: ", accepted);
  return result;
}

}  // namespace

std::string encode(FromClient const& message) { return write(message); }
std::string encode(ToClient const& message) { return write(message); }
Result<FromClient> decode_from_client(std::string_view packet) {
  return read<FromClient, Request, Progress, Release>(packet);
}
Result<ToClient> decode_to_client(std::string_view packet) {
  return read<ToClient, Granted, Refused, Ended, Released>(packet);
}

}  // namespace offhook::lease
