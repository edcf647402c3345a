#include "emulator/hayes/caller_id.h"

#include <cstdint>

namespace offhook::hayes {
namespace {

using Presentation = loop::CallerId::Presentation;

std::string two_digits(unsigned n) {
  return {static_cast<char>('0' + n / 10 % 10), static_cast<char>('0' + n % 10)};
}
std::string date(loop::CallerId const& id) { return two_digits(id.date.month) + two_digits(id.date.day); }
std::string time(loop::CallerId const& id) { return two_digits(id.date.hour) + two_digits(id.date.minute); }

/// 'P' private, 'O' out of area.
std::string absence(loop::CallerId const& id) {
  return id.presentation == Presentation::withheld ? "P" : "O";
}

/// A name may come without a number (GR-30 sends them apart); withheld, neither does.
bool has_name(loop::CallerId const& id) {
  return id.presentation != Presentation::withheld && !id.name.empty();
}

/// Parameter types of GR-30's multiple data message format.
enum Type : uint8_t { message = 0x80, date_and_time = 1, number = 2, no_number = 4, name = 7, no_name = 8 };

void add(std::string& packet, Type type, std::string const& text) {
  packet += static_cast<char>(type);
  packet += static_cast<char>(text.size());
  packet += text;
}

}  // namespace

std::string formatted_caller_id(loop::CallerId const& id) {
  bool const given = id.presentation == Presentation::given;
  std::string text = "DATE = " + date(id) + "\r\nTIME = " + time(id);
  text += "\r\nNMBR = " + (given ? id.number : absence(id));
  if (has_name(id)) text += "\r\nNAME = " + id.name;
  return text;
}

std::string unformatted_caller_id(loop::CallerId const& id) {
  bool const given = id.presentation == Presentation::given;
  std::string body;
  add(body, date_and_time, date(id) + time(id));
  add(body, given ? number : no_number, given ? id.number : absence(id));
  if (has_name(id)) add(body, name, id.name);
  if (!given && !has_name(id)) add(body, no_name, absence(id));
  std::string packet;
  add(packet, message, body);
  uint8_t sum = 0;
  for (char const c : packet) sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(c));
  packet += static_cast<char>(-sum);  // the whole adds up to 0 modulo 256
  constexpr char digits[] = "0123456789ABCDEF";
  std::string text = "MESG = ";
  for (char const c : packet) {
    text += digits[static_cast<uint8_t>(c) >> 4];
    text += digits[static_cast<uint8_t>(c) & 15];
  }
  return text;
}

}  // namespace offhook::hayes
