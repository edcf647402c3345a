#include "rasd/ppp/packet.h"

#include <algorithm>

namespace offhook::ppp {
namespace {

constexpr size_t packet_header = 4, option_header = 2;

}  // namespace

std::string_view protocol_name(uint16_t protocol) {
  struct Row {
    uint16_t protocol;
    std::string_view name;
  };
  static constexpr Row rows[] = {
      {protocol::ip, "IP"},
      {protocol::ipv6, "IPv6"},
      {protocol::ipcp, "IPCP"},
      {protocol::ipv6cp, "IPV6CP"},
      {protocol::ccp, "CCP"},
      {protocol::lcp, "LCP"},
      {protocol::pap, "PAP"},
      {protocol::cbcp, "CBCP"},
      {protocol::chap, "CHAP"},
      {protocol::mppe, "MPPE"},
      {protocol::vj_compressed, "VJ compressed TCP"},
      {protocol::vj_uncompressed, "VJ uncompressed TCP"},
  };
  for (auto const& row : rows)
    if (row.protocol == protocol) return row.name;
  return {};
}

std::optional<Packet> parse_packet(Bytes bytes) {
  if (bytes.size() < packet_header) return std::nullopt;
  size_t const length = get16(bytes.subspan(2));
  if (length < packet_header || length > bytes.size()) return std::nullopt;
  return Packet{static_cast<uint8_t>(bytes[0]), static_cast<uint8_t>(bytes[1]),
                bytes.subspan(packet_header, length - packet_header)};
}

Buffer make_packet(uint8_t code, uint8_t id, Bytes data) {
  Buffer out;
  out.reserve(packet_header + data.size());
  put8(out, code);
  put8(out, id);
  put16(out, static_cast<unsigned>(packet_header + data.size()));
  put(out, data);
  return out;
}

std::optional<Options> parse_options(Bytes bytes) {
  Options options;
  while (!bytes.empty()) {
    if (bytes.size() < option_header || options.size() == options_limit) return std::nullopt;
    size_t const length = static_cast<size_t>(bytes[1]);
    if (length < option_header || length > bytes.size()) return std::nullopt;
    auto const data = bytes.subspan(option_header, length - option_header);
    options.push_back({static_cast<uint8_t>(bytes[0]), Buffer(data.begin(), data.end())});
    bytes = bytes.subspan(length);
  }
  return options;
}

Buffer make_options(Options const& options) {
  Buffer out;
  for (auto const& option : options) {
    put8(out, option.type);
    put8(out, static_cast<unsigned>(option_header + option.data.size()));
    put(out, option.data);
  }
  return out;
}

void put8(Buffer& out, unsigned value) { out.push_back(static_cast<std::byte>(value)); }
void put16(Buffer& out, unsigned value) {
  put8(out, value >> 8 & 0xff);
  put8(out, value & 0xff);
}
void put32(Buffer& out, uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}
void put(Buffer& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

Buffer bytes_of(std::initializer_list<unsigned> values) {
  Buffer out;
  for (unsigned value : values) put8(out, value);
  return out;
}

uint16_t get16(Bytes bytes) {
  return static_cast<uint16_t>(static_cast<unsigned>(bytes[0]) << 8 | static_cast<unsigned>(bytes[1]));
}
uint32_t get32(Bytes bytes) { return static_cast<uint32_t>(get16(bytes)) << 16 | get16(bytes.subspan(2)); }

}  // namespace offhook::ppp
