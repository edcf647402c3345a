#include "emulator/v24/side_channel.h"

#include <algorithm>
#include <cstring>

#include "emulator/base/check.h"

namespace offhook::v24 {
namespace {

// Where each field stands in the packet.
constexpr std::byte version{1};
constexpr size_t at_version = 0, at_kind = 1, at_circuits = 2, at_mask = 3, at_serial = 4, at_generation = 8,
                 at_edges = 16, at_status = 15, at_port = 32;
// The generation takes seven bytes, the status the eighth.
constexpr size_t generation_bytes = at_status - at_generation;

void put(Packet& packet, size_t at, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) packet[at + i] = static_cast<std::byte>(value >> (8 * i));
}

void put(Packet& packet, OnEdges const& edges) {
  put(packet, at_edges, edges.cts, 4);
  put(packet, at_edges + 4, edges.dsr, 4);
  put(packet, at_edges + 8, edges.dcd, 4);
  put(packet, at_edges + 12, edges.ri, 4);
}

void put(Packet& packet, Format const& format) {
  put(packet, at_edges, format.data_bits, 1);
  put(packet, at_edges + 1, static_cast<uint8_t>(format.parity), 1);
  put(packet, at_edges + 2, static_cast<uint8_t>(format.stop_bits), 1);
}

uint64_t get(Bytes packet, size_t at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(packet[at + i]) << (8 * i);
  return value;
}

OnEdges edges_in(Bytes packet) {
  auto const edge = [&](size_t i) { return static_cast<uint32_t>(get(packet, at_edges + 4 * i, 4)); };
  return {edge(0), edge(1), edge(2), edge(3)};
}

Result<Format> format_in(Bytes packet) {
  auto const bits = get(packet, at_edges, 1), parity = get(packet, at_edges + 1, 1),
             stop = get(packet, at_edges + 2, 1);
  if (bits < 5 || bits > 8) return error(std::to_string(bits), " data bits: 5 to 8 are accepted");
  if (parity < 1 || parity > 5) return error("parity ", std::to_string(parity), ": 1 to 5 are accepted");
  if (stop < 1 || stop > 3) return error("stop bits ", std::to_string(stop), ": 1 to 3 are accepted");
  return Format{static_cast<uint8_t>(bits), static_cast<Parity>(parity), static_cast<StopBits>(stop)};
}

bool plain(char c) { return c > 0x20 && c < 0x7f && c != '/'; }

}  // namespace

std::string_view name(Status status) {
  constexpr std::array<std::string_view, 6> names{
      "done",      "unknown port", "not a circuit of the DTE's",
      "malformed", "failed",       "the port has a fresh pty since"};
  return names[static_cast<size_t>(status)];
}

Packet encode(Message const& message) {
  OFFHOOK_CHECK(message.port.size() <= port_name_limit);
  Packet packet{};
  packet[at_version] = version;
  put(packet, at_kind, static_cast<uint8_t>(message.kind), 1);
  put(packet, at_circuits, message.circuits.bits(), 1);
  put(packet, at_mask, message.mask.bits(), 1);
  put(packet, at_serial, message.serial, 4);
  put(packet, at_generation, message.generation, generation_bytes);
  put(packet, at_status, static_cast<uint8_t>(message.status), 1);
  if (message.kind == Kind::set_format)
    put(packet, message.format);
  else
    put(packet, message.on_edges);
  std::ranges::copy(as_bytes(std::span(message.port)), packet.begin() + at_port);
  return packet;
}

Result<Message> decode(Bytes packet) {
  if (packet.size() != message_bytes)
    return error("a message of ", std::to_string(packet.size()), " bytes: each has 64");
  if (packet[at_version] != version)
    return error("version ", std::to_string(get(packet, at_version, 1)), ": only 1 is spoken");
  Message message;
  auto const kind = get(packet, at_kind, 1);
  if (kind < static_cast<uint8_t>(Kind::attach) || kind > static_cast<uint8_t>(Kind::set_format))
    return error("kind ", std::to_string(kind), ": 1 to 8 are accepted");
  message.kind = static_cast<Kind>(kind);
  auto const status = get(packet, at_status, 1);
  if (status > static_cast<uint8_t>(Status::stale))
    return error("status ", std::to_string(status), ": 0 to 5 are accepted");
  message.status = static_cast<Status>(status);
  message.circuits = Circuits(static_cast<uint8_t>(get(packet, at_circuits, 1)));
  message.mask = Circuits(static_cast<uint8_t>(get(packet, at_mask, 1)));
  message.serial = static_cast<uint32_t>(get(packet, at_serial, 4));
  message.generation = get(packet, at_generation, generation_bytes);
  if (message.kind == Kind::set_format) {
    auto const format = format_in(packet);
    if (format.has_error()) return format.error();
    message.format = *format;
  } else {
    message.on_edges = edges_in(packet);
  }
  std::string_view const port(reinterpret_cast<char const*>(packet.data()) + at_port,
                              message_bytes - at_port);
  auto const length = port.find('\0');
  if (length == std::string_view::npos) return error("a port's name of over 31 bytes");
  message.port = port.substr(0, length);
  if (!std::ranges::all_of(message.port, plain)) return error("a port's name with a character no name has");
  return message;
}

}  // namespace offhook::v24
