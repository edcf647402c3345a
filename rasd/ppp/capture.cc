#include "rasd/ppp/capture.h"

#include "emulator/base/text.h"

namespace offhook::ppp {
namespace {

// draft-ietf-opsawg-pcapng 4.1-4.3. All numbers low byte first, as the byte-order magic says.
constexpr uint32_t section_header = 0x0a0d0d0a, interface_description = 1, enhanced_packet = 6;
constexpr uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr uint16_t option_end = 0, section_application = 4, interface_name = 2, interface_resolution = 9,
                   packet_flags = 2;
constexpr uint16_t ppp_with_dir = 204;  // LINKTYPE_PPP_WITH_DIR: a byte for the direction, then the frame
constexpr unsigned nanoseconds = 9;     // a power of ten
constexpr uint32_t inbound = 1, outbound = 2;

void put16_low(Buffer& out, uint32_t value) {
  put8(out, value & 0xff);
  put8(out, value >> 8 & 0xff);
}
void put32_low(Buffer& out, uint32_t value) {
  put16_low(out, value & 0xffff);
  put16_low(out, value >> 16);
}
/// Everything is padded to four bytes.
void put_padded(Buffer& out, Bytes bytes) {
  put(out, bytes);
  out.resize((out.size() + 3) / 4 * 4);
}
void put_option(Buffer& out, uint16_t code, Bytes value) {
  put16_low(out, code);
  put16_low(out, static_cast<uint32_t>(value.size()));
  put_padded(out, value);
}

/// A type, the length of it all, the body, and the length again.
Buffer block(uint32_t type, Bytes body) {
  auto const length = static_cast<uint32_t>(body.size() + 12);
  Buffer out;
  out.reserve(length);
  put32_low(out, type);
  put32_low(out, length);
  put(out, body);
  put32_low(out, length);
  return out;
}

}  // namespace

Buffer capture_head(std::string_view port) {
  Buffer section;
  put32_low(section, byte_order_magic);
  put16_low(section, 1);  // version 1.0
  put16_low(section, 0);
  put32_low(section, 0xffffffff);  // the section's length is not known beforehand
  put32_low(section, 0xffffffff);
  put_option(section, section_application, as_bytes("offhook"));
  put_option(section, option_end, {});

  Buffer interface;
  put16_low(interface, ppp_with_dir);
  put16_low(interface, 0);
  put32_low(interface, 0);  // no frame is cut
  put_option(interface, interface_name, as_bytes(port.substr(0, 255)));
  put_option(interface, interface_resolution, bytes_of({nanoseconds}));
  put_option(interface, option_end, {});

  auto out = block(section_header, section);
  put(out, block(interface_description, interface));
  return out;
}

Buffer capture_block(Duration since_epoch, Passed const& passed) {
  bool const sent = passed.direction == Direction::sent;
  auto const time = static_cast<uint64_t>(since_epoch.count());
  auto const size = static_cast<uint32_t>(passed.frame.size() + 1);
  Buffer body;
  put32_low(body, 0);  // the one interface
  put32_low(body, static_cast<uint32_t>(time >> 32));
  put32_low(body, static_cast<uint32_t>(time));
  put32_low(body, size);  // captured, and as it was
  put32_low(body, size);
  Buffer frame = bytes_of({sent});
  put(frame, passed.frame);
  put_padded(body, frame);
  Buffer flags;
  put32_low(flags, sent ? outbound : inbound);
  put_option(body, packet_flags, flags);
  put_option(body, option_end, {});
  return block(enhanced_packet, body);
}

}  // namespace offhook::ppp
