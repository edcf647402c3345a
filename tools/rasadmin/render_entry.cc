// One entry of the port log in words.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

#include "tools/rasadmin/fields.h"
#include "tools/rasadmin/render.h"

namespace offhook::rasadmin {
namespace json = boost::json;
namespace {

/// The time of day here, to the millisecond, of "2026-11-20T18:07:30.123Z"; the text as it is where it is not
/// that.
std::string local_time(std::string const& text) {
  std::tm utc{};
  int ms = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%3dZ", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
                  &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &ms) != 7)
    return text;
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  time_t const at = ::timegm(&utc);
  std::tm here{};
  ::localtime_r(&at, &here);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", here.tm_hour, here.tm_min, here.tm_sec, ms);
}

std::string why(json::object const& entry) {
  std::string const words = spaced(text_at(entry, "why"));
  return words.empty() ? "" : " (" + words + ")";
}
std::string bytes(json::object const& entry) {
  json::object const& c = object_at(entry, "bytes");
  std::string text = fmt::format("{} bytes in, {} out", count_at(c, "in"), count_at(c, "out"));
  if (uint64_t const errors = count_at(c, "errors"); errors != 0) text += fmt::format(", {} errors", errors);
  return text;
}

std::string state(json::object const& entry) { return spaced(text_at(entry, "state")) + why(entry); }
std::string opened(json::object const& entry) {
  uint64_t const rate = count_at(entry, "rate_bps");
  return rate == 0 ? "open" : fmt::format("open, DTE speed {} bit/s", rate);
}
std::string failure(json::object const& entry) {
  std::string const kind = text_at(entry, "failure"), text = text_at(entry, "text");
  return "failure: " + kind + (kind.empty() || text.empty() ? "" : ": ") + text;
}
std::string holder(json::object const& entry) {
  std::string const who = text_at(entry, "text");
  return who.empty() ? "no other program holds it any more" : "held by " + who;
}
std::string call_began(json::object const& entry) {
  return fmt::format("call {} comes in", count_at(entry, "call"));
}
std::string caller(json::object const& entry) {
  std::string const number = text_at(entry, "number"), name = text_at(entry, "name");
  return "the caller is " + (number.empty() ? "not told" : number) + (name.empty() ? "" : " (" + name + ")");
}
std::string connected(json::object const& entry) {
  uint64_t const rate = count_at(entry, "rate_bps");
  return rate == 0 ? "carrier, DCE speed not told" : fmt::format("carrier, DCE speed {} bit/s", rate);
}
std::string user(json::object const& entry) { return "the user is " + text_at(entry, "text"); }
std::string call_ended(json::object const& entry) {
  return "the call is over" + why(entry) + ", " + bytes(entry);
}
std::string lease_began(json::object const& entry) { return "leased to " + text_at(entry, "text"); }
std::string lease_ended(json::object const& entry) { return "the lease is over" + why(entry); }
std::string removed(json::object const&) { return "removed: the configuration has it no more"; }

constexpr struct {
  std::string_view kind;
  std::string (*words)(json::object const&);
  Tint tint;
} kinds[] = {
    {"state", state, Tint::cyan},
    {"opened", opened, Tint::dim},
    {"failure", failure, Tint::red},
    {"holder", holder, Tint::red},
    {"call_began", call_began, Tint::green},
    {"caller", caller, Tint::plain},
    {"connected", connected, Tint::green},
    {"user", user, Tint::plain},
    {"traffic", bytes, Tint::dim},
    {"call_ended", call_ended, Tint::yellow},
    {"lease_began", lease_began, Tint::green},
    {"lease_ended", lease_ended, Tint::yellow},
    {"removed", removed, Tint::red},
};

}  // namespace

Result<std::string> render_entry(std::string_view body, Look look) {
  json::value const value = read_json(body);
  if (!value.is_object()) return error("rasd's entry is not understood: is it another version's?");
  json::object const& entry = value.get_object();
  std::string const kind = text_at(entry, "kind");
  auto const* const row = std::ranges::find_if(kinds, [&](auto const& each) { return each.kind == kind; });
  bool const known = row != std::end(kinds);
  std::string const said = known ? row->words(entry) : spaced(kind);
  return {boost::system::in_place_value,
          tinted(local_time(text_at(entry, "at")), Tint::dim, look.colour) + "  " +
              tinted(fmt::format("{:<8}", text_at(entry, "port")), Tint::bold, look.colour) + "  " +
              tinted(said, known ? row->tint : Tint::plain, look.colour) + "\n"};
}

std::string render_dropped(std::string_view body, Look look) {
  json::value const value = read_json(body);
  uint64_t const lost = value.is_object() ? count_at(value.get_object(), "count") : 0;
  std::string const many = lost == 0 ? "entries" : lost == 1 ? "1 entry" : fmt::format("{} entries", lost);
  return tinted(many + " did not get here in time; the ports as they are now:", Tint::red, look.colour) +
         "\n";
}

}  // namespace offhook::rasadmin
