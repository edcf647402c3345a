#include "rasd/at/caller_id.h"

#include <algorithm>
#include <optional>

#include "rasd/at/words.h"

namespace offhook::at {
namespace {

constexpr size_t field_limit = 32;

using Presentation = CallerId::Presentation;

void take_number(std::string_view text, CallerId& id) {
  // P: private; O: out of area (GR-31).
  if (text == "P" || text == "p") {
    id.presentation = Presentation::withheld;
  } else if (text == "O" || text == "o") {
    id.presentation = Presentation::unavailable;
  } else {
    id.presentation = Presentation::given;
    id.number = text.substr(0, field_limit);
  }
}
void take_name(std::string_view text, CallerId& id) {
  if (text != "P" && text != "O") id.name = text.substr(0, field_limit);
}
void take_date(std::string_view text, CallerId& id) { id.date = text.substr(0, field_limit); }
void take_time(std::string_view text, CallerId& id) { id.time = text.substr(0, field_limit); }

/// Parameter types of GR-30's multiple data message format; what its absence types mean is in their text.
struct Parameter {
  uint8_t type;
  void (*take)(std::string_view, CallerId&);
};
void take_date_and_time(std::string_view text, CallerId& id) {
  if (text.size() < 8) return;
  take_date(text.substr(0, 4), id);
  take_time(text.substr(4, 4), id);
}
constexpr Parameter parameters[] = {{1, take_date_and_time}, {2, take_number}, {3, take_number},
                                    {4, take_number},        {7, take_name},   {8, take_name}};
constexpr uint8_t single_message = 4, multiple_message = 0x80;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    int const high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes.size() < 3 ? std::nullopt : std::optional(bytes);
}

/// One message of type, length, body, checksum. Some modems leave the checksum out: it is not insisted on.
void take_message(std::string_view text, CallerId& id) {
  auto const bytes = bytes_of_hex(text);
  if (!bytes) return;
  auto const at = [&](size_t i) { return static_cast<uint8_t>((*bytes)[i]); };
  std::string_view body = std::string_view(*bytes).substr(2, at(1));
  if (at(0) == single_message) {
    take_date_and_time(body, id);
    if (body.size() > 8) take_number(body.substr(8), id);
    return;
  }
  if (at(0) != multiple_message) return;
  while (body.size() >= 2) {
    size_t const length = static_cast<uint8_t>(body[1]);
    for (auto const& parameter : parameters)
      if (parameter.type == static_cast<uint8_t>(body[0])) parameter.take(body.substr(2, length), id);
    body.remove_prefix(std::min(body.size(), 2 + length));
  }
}

struct Tag {
  std::string_view name;
  void (*take)(std::string_view, CallerId&);
};
constexpr Tag tags[] = {{"DATE", take_date},
                        {"TIME", take_time},
                        {"NMBR", take_number},
                        {"NAME", take_name},
                        {"MESG", take_message}};

/// What a modem reports goes into logs and environment: printable ASCII, whatever a packet held.
std::string printable(std::string_view text) {
  std::string out;
  for (char const c : text) out += c >= ' ' && c < 0x7f ? c : '?';
  return out;
}

}  // namespace

bool read_caller_line(std::string_view line, CallerId& id) {
  size_t const equals = line.find('=');
  if (equals == std::string_view::npos) return false;
  std::string_view const name = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
  for (auto const& tag : tags) {
    if (!same_word(tag.name, name)) continue;
    tag.take(value, id);
    for (auto* field : {&id.number, &id.name, &id.date, &id.time}) *field = printable(*field);
    return true;
  }
  return false;
}

}  // namespace offhook::at
