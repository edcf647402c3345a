#include "rasd/ppp/describe.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "rasd/ppp/auth_method.h"
#include "rasd/ppp/ccp.h"
#include "rasd/ppp/ipcp.h"
#include "rasd/ppp/ipv6cp.h"
#include "rasd/ppp/lcp_options.h"

namespace offhook::ppp {
namespace {

constexpr uint8_t authentication_option = 3;  // LCP's
constexpr uint8_t compression_option = 2;     // IPCP's: all its others are addresses

struct CodeRow {
  uint16_t protocol;  // 0: of every control protocol that has no row of its own
  uint8_t code;
  std::string_view name;
  size_t text_at;  // where a text for people begins in the data; nowhere: none is shown
};
constexpr size_t nowhere = SIZE_MAX;
constexpr CodeRow codes[] = {
    {protocol::pap, 1, "Authenticate-Request", nowhere},
    {protocol::pap, 2, "Authenticate-Ack", 1},
    {protocol::pap, 3, "Authenticate-Nak", 1},
    {protocol::chap, 1, "Challenge", nowhere},
    {protocol::chap, 2, "Response", nowhere},
    {protocol::chap, 3, "Success", 0},
    {protocol::chap, 4, "Failure", 0},
    {protocol::chap, 6, "Change-Password", nowhere},
    {protocol::chap, 7, "Change-Password", nowhere},
    {protocol::cbcp, 1, "Callback-Request", nowhere},
    {protocol::cbcp, 2, "Callback-Response", nowhere},
    {protocol::cbcp, 3, "Callback-Ack", nowhere},
    {0, 1, "Configure-Request", nowhere},
    {0, 2, "Configure-Ack", nowhere},
    {0, 3, "Configure-Nak", nowhere},
    {0, 4, "Configure-Reject", nowhere},
    {0, 5, "Terminate-Request", 0},
    {0, 6, "Terminate-Ack", 0},
    {0, 7, "Code-Reject", nowhere},
    {0, 8, "Protocol-Reject", nowhere},
    {0, 9, "Echo-Request", nowhere},
    {0, 10, "Echo-Reply", nowhere},
    {0, 11, "Discard-Request", nowhere},
    {0, 12, "Identification", 4},
    {0, 13, "Time-Remaining", 8},
    {0, 14, "Reset-Request", nowhere},  // CCP's (RFC 1962 4)
    {0, 15, "Reset-Ack", nowhere},
};

CodeRow const* row_of(uint16_t protocol, uint8_t code) {
  bool const own = protocol == protocol::pap || protocol == protocol::chap || protocol == protocol::cbcp;
  uint16_t const wanted = own ? protocol : uint16_t{0};
  auto const at = std::ranges::find_if(
      codes, [&](auto const& row) { return row.protocol == wanted && row.code == code; });
  return at == std::end(codes) ? nullptr : &*at;
}

std::string hex(Bytes bytes) {
  std::string out = "0x";
  for (auto byte : bytes)
    for (int shift : {4, 0}) out += "0123456789abcdef"[static_cast<unsigned>(byte) >> shift & 15];
  return out;
}

template <class Policy>
std::string_view option_name(uint8_t type) {
  for (auto const& row : Policy::rows())
    if (row.type == type) return row.name;
  return {};
}
std::string_view option_name(uint16_t protocol, uint8_t type) {
  if (protocol == protocol::lcp) return option_name<LcpOptions>(type);
  if (protocol == protocol::ipcp) return option_name<IpcpOptions>(type);
  if (protocol == protocol::ipv6cp) return option_name<Ipv6cpOptions>(type);
  if (protocol == protocol::ccp) return option_name<CcpOptions>(type);
  return {};
}

/// Short numbers in decimal, addresses in dots, all else in hexadecimal.
std::string option_value(uint16_t protocol, Option const& option) {
  auto const& data = option.data;
  if (protocol == protocol::lcp && option.type == authentication_option)
    if (auto const method = method_of(data)) return std::string(name(*method));
  bool const address = protocol == protocol::ipcp && option.type != compression_option && data.size() == 4;
  if (address) return ipv4_text(get32(data));
  if (data.size() == 1) return std::to_string(static_cast<unsigned>(data[0]));
  if (data.size() == 2) return std::to_string(get16(data));
  return hex(data);
}

std::string option_words(uint16_t protocol, Bytes list) {
  auto const options = parse_options(list);
  if (!options) return ": malformed";
  std::string out;
  for (auto const& option : *options) {
    auto const known = option_name(protocol, option.type);
    (out += out.empty() ? ": " : ", ") += known.empty() ? "option " + std::to_string(option.type) : known;
    if (!option.data.empty()) out += " " + option_value(protocol, option);
  }
  return out;
}

bool has_options(uint16_t protocol, uint8_t code) {
  if (protocol == protocol::pap || protocol == protocol::chap) return false;
  return code <=
         static_cast<uint8_t>(protocol == protocol::cbcp ? Code::configure_nak : Code::configure_reject);
}

}  // namespace

std::string describe(Bytes frame) {
  if (frame.size() < 2) return "nothing";
  auto const protocol = get16(frame);
  auto const information = frame.subspan(2);
  auto const known = protocol_name(protocol);
  std::string out = known.empty() ? "protocol " + hex(frame.first(2)) : std::string(known);
  bool const control = is_control(protocol);
  auto const packet = control ? parse_packet(information) : std::nullopt;
  if (!packet) return out + (control ? ", malformed" : ", " + std::to_string(information.size()) + " bytes");
  auto const* row = row_of(protocol, packet->code);
  out += row ? " " + std::string(row->name) : " code " + std::to_string(packet->code);
  out += " " + std::to_string(packet->id);
  if (has_options(protocol, packet->code)) return out + option_words(protocol, packet->data);
  if (row && row->text_at < packet->data.size())
    out += ": \"" + escaped(as_text(packet->data.subspan(row->text_at))) + "\"";
  return out;
}

}  // namespace offhook::ppp
