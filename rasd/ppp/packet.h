// The packets of LCP and the NCPs (RFC 1661 5), and the options within them (RFC 1661 6), as bytes and as
// values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "emulator/base/byte_queue.h"

namespace offhook::ppp {

/// Bytes that somebody owns.
using Buffer = std::vector<std::byte>;

/// The protocols that this room knows by name (RFC 1661 2).
namespace protocol {
inline constexpr uint16_t ip = 0x0021, vj_compressed = 0x002d, vj_uncompressed = 0x002f, ipv6 = 0x0057,
                          mppe = 0x00fd, ipcp = 0x8021, ipv6cp = 0x8057, ccp = 0x80fd, lcp = 0xc021,
                          pap = 0xc023, cbcp = 0xc029, chap = 0xc223;
}
/// Below it, datagrams.
constexpr bool is_control(uint16_t protocol) { return protocol >= 0x8000; }
/// "IPCP"; empty for one that has no name here.
std::string_view protocol_name(uint16_t protocol);

/// RFC 1661 5, and RFC 1570 for the last two. 1-7 are every control protocol's, the others LCP's.
enum class Code : uint8_t {
  configure_request = 1,
  configure_ack,
  configure_nak,
  configure_reject,
  terminate_request,
  terminate_ack,
  code_reject,
  protocol_reject,
  echo_request,
  echo_reply,
  discard_request,
  identification,
  time_remaining,
};
inline constexpr uint8_t last_common_code = 7;

/// One packet. `data` is a view of what it was read from.
struct Packet {
  uint8_t code = 0, id = 0;
  Bytes data;
};
/// Nothing where the length field does not fit; bytes behind that length are padding (RFC 1661 5).
std::optional<Packet> parse_packet(Bytes bytes);
Buffer make_packet(uint8_t code, uint8_t id, Bytes data);
inline Buffer make_packet(Code code, uint8_t id, Bytes data) {
  return make_packet(static_cast<uint8_t>(code), id, data);
}

/// One option; `data` is what follows its type and length.
struct Option {
  uint8_t type = 0;
  Buffer data;
  bool operator==(Option const&) const = default;
};
using Options = std::vector<Option>;

/// Nothing where a length runs out of its list, or there are more than options_limit.
inline constexpr size_t options_limit = 64;
std::optional<Options> parse_options(Bytes bytes);
Buffer make_options(Options const& options);

// Numbers in network order, at the end of a buffer and at the front of some bytes.
void put8(Buffer& out, unsigned value);
void put16(Buffer& out, unsigned value);
void put32(Buffer& out, uint32_t value);
void put(Buffer& out, Bytes bytes);
Buffer bytes_of(std::initializer_list<unsigned> values);
uint16_t get16(Bytes bytes);
uint32_t get32(Bytes bytes);

}  // namespace offhook::ppp
