#include "rasd/ppp/vj.h"

#include <algorithm>

namespace offhook::ppp {
namespace {

constexpr size_t smallest_header = 20;  // of IP, and of TCP
constexpr unsigned tcp = 6;

// The change mask, RFC 1144 3.2.2
constexpr unsigned slot_named = 0x40, id_changed = 0x20, push = 0x10, seq_changed = 0x08, ack_changed = 0x04,
                   window_changed = 0x02, urgent = 0x01;
// Two masks that cannot come of real changes stand for the commonest cases (RFC 1144 3.2.3): both numbers, or
// the sequence number alone, grew by the data of the last packet.
constexpr unsigned echoed = seq_changed | window_changed | urgent,
                   one_way = seq_changed | ack_changed | window_changed | urgent;

constexpr unsigned flag_urg = 0x20, flag_ack = 0x10, flag_psh = 0x08, flag_rst = 0x04, flag_syn = 0x02,
                   flag_fin = 0x01;

unsigned byte(Bytes bytes, size_t at) { return static_cast<unsigned>(bytes[at]); }
void set16(Buffer& bytes, size_t at, unsigned value) {
  bytes[at] = static_cast<std::byte>(value >> 8);
  bytes[at + 1] = static_cast<std::byte>(value);
}
void set32(Buffer& bytes, size_t at, uint32_t value) {
  set16(bytes, at, value >> 16);
  set16(bytes, at + 2, value);
}

// Where fields stand: of IP (RFC 791 3.1), and of TCP behind it (RFC 9293 3.1).
constexpr size_t total_length = 2, identification = 4, fragment = 6, ip_protocol = 9, ip_checksum = 10,
                 addresses = 12;
constexpr size_t sequence = 4, acknowledgment = 8, offset = 12, flags = 13, window = 14, tcp_checksum = 16,
                 urgent_pointer = 18;

size_t ip_size(Bytes packet) { return (byte(packet, 0) & 15) * 4; }

/// The length of IP's and TCP's headers together; nothing where they are not whole or not IPv4.
std::optional<size_t> header_size(Bytes packet) {
  if (packet.size() < smallest_header || byte(packet, 0) >> 4 != 4) return std::nullopt;
  size_t const ip = ip_size(packet);
  if (ip < smallest_header || packet.size() < ip + smallest_header) return std::nullopt;
  size_t const all = ip + (byte(packet, ip + offset) >> 4) * 4;
  if (all < ip + smallest_header || packet.size() < all) return std::nullopt;
  return all;
}

/// RFC 1144 3.2.3: what is no TCP, a fragment, or the begin or end of a connection goes as it is.
bool compressible(Bytes packet) {
  if (!header_size(packet) || byte(packet, ip_protocol) != tcp) return false;
  if (get16(packet.subspan(total_length)) != packet.size()) return false;
  if (get16(packet.subspan(fragment)) & 0x3fff) return false;
  auto const set = byte(packet, ip_size(packet) + flags);
  return (set & (flag_syn | flag_fin | flag_rst | flag_ack)) == flag_ack;
}

bool same(Bytes a, Bytes b, size_t at, size_t size) {
  return std::ranges::equal(a.subspan(at, size), b.subspan(at, size));
}

/// Both ends' addresses and ports: what makes a connection.
bool same_connection(Bytes a, Bytes b) {
  return same(a, b, addresses, 8) && same(a.subspan(ip_size(a)), b.subspan(ip_size(b)), 0, 4);
}

/// The fields that must be as they were (RFC 1144 3.2.3): version, type of service, flags of fragments, time
/// to live, both lengths of header, and all options; and TCP's flags that the mask cannot say, those of RFC
/// 3168 among them, which is younger.
bool same_constants(Bytes a, Bytes b, size_t header) {
  size_t const ip = ip_size(a);
  return same(a, b, 0, 2) && same(a, b, fragment, 4) && same(a, b, smallest_header, ip - smallest_header) &&
         byte(a, ip + offset) == byte(b, ip + offset) &&
         ((byte(a, ip + flags) ^ byte(b, ip + flags)) & ~(flag_psh | flag_urg)) == 0 &&
         same(a, b, ip + smallest_header, header - ip - smallest_header);
}

/// One byte, or nought and two (RFC 1144 3.2.2).
void put_delta(Buffer& out, unsigned delta) {
  if (delta == 0 || delta > 0xff) {
    put8(out, 0);
    put16(out, delta);
  } else {
    put8(out, delta);
  }
}
std::optional<unsigned> take_delta(Bytes& bytes) {
  if (bytes.empty()) return std::nullopt;
  unsigned const first = byte(bytes, 0);
  size_t const size = first != 0 ? 1 : 3;
  if (bytes.size() < size) return std::nullopt;
  unsigned const delta = first != 0 ? first : get16(bytes.subspan(1));
  bytes = bytes.subspan(size);
  return delta;
}

void set_checksum(Buffer& packet, size_t ip) {
  set16(packet, ip_checksum, 0);
  uint32_t sum = 0;
  for (size_t at = 0; at < ip; at += 2) sum += get16(Bytes(packet).subspan(at));
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  set16(packet, ip_checksum, ~sum & 0xffff);
}

/// The change mask and the changes between two headers of one connection; nothing where only the whole packet
/// will do.
struct Changes {
  unsigned mask = 0;
  Buffer deltas;
};
std::optional<Changes> changes_of(VjSlot const& before, Bytes packet, size_t header) {
  Bytes const old(before.header);
  size_t const ip = ip_size(packet);
  auto const tcp16 = [&](Bytes of, size_t at) { return get16(of.subspan(ip + at)); };
  auto const tcp32 = [&](Bytes of, size_t at) { return get32(of.subspan(ip + at)); };
  Changes out;

  bool const urgent_now = byte(packet, ip + flags) & flag_urg;
  if (urgent_now) {
    put_delta(out.deltas, tcp16(packet, urgent_pointer));
    out.mask |= urgent;
  } else if (tcp16(packet, urgent_pointer) != tcp16(old, urgent_pointer)) {
    return std::nullopt;  // a pointer that nobody points with: cannot be said
  }
  unsigned const window_delta = (tcp16(packet, window) - tcp16(old, window)) & 0xffffu;
  if (window_delta != 0) {
    put_delta(out.deltas, window_delta);
    out.mask |= window_changed;
  }
  uint32_t const ack_delta = tcp32(packet, acknowledgment) - tcp32(old, acknowledgment);
  uint32_t const seq_delta = tcp32(packet, sequence) - tcp32(old, sequence);
  if (ack_delta > 0xffff || seq_delta > 0xffff) return std::nullopt;
  if (ack_delta != 0) {
    put_delta(out.deltas, ack_delta);
    out.mask |= ack_changed;
  }
  if (seq_delta != 0) {
    put_delta(out.deltas, seq_delta);
    out.mask |= seq_changed;
  }

  switch (out.mask) {
    case 0:
      // Data behind an acknowledgment is the usual; anything else that changes nothing is sent again, or a
      // probe of the window, and the other end had better have the whole header.
      if (packet.size() == header || before.data != 0) return std::nullopt;
      break;
    case echoed:
    case one_way:
      return std::nullopt;  // real, and not to be taken for the special case
    case seq_changed | ack_changed:
      if (seq_delta == ack_delta && seq_delta == before.data) out = {echoed, {}};
      break;
    case seq_changed:
      if (seq_delta == before.data) out = {one_way, {}};
      break;
    default:
      break;
  }

  unsigned const id_delta =
      (get16(packet.subspan(identification)) - get16(old.subspan(identification))) & 0xffffu;
  if (id_delta != 1) {
    put_delta(out.deltas, id_delta);
    out.mask |= id_changed;
  }
  if (byte(packet, ip + flags) & flag_psh) out.mask |= push;
  return out;
}

}  // namespace

VjCompressor::Sent VjCompressor::compress(Bytes packet) {
  if (!compressible(packet)) {
    ++counters_.plain;
    return {protocol::ip, Buffer(packet.begin(), packet.end())};
  }
  size_t const header = *header_size(packet), index = slot_for(packet);
  auto& slot = slots_[index];
  slot.used = ++clock_;
  bool const known = slot.header.size() == header && same_connection(slot.header, packet) &&
                     same_constants(slot.header, packet, header);
  auto const changes = known ? changes_of(slot, packet, header) : std::nullopt;
  if (!changes) return whole(packet, index, header);

  slot.header.assign(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  slot.data = static_cast<uint16_t>(packet.size() - header);
  bool const named = !mode_.compress_slot || last_ != index;
  last_ = index;
  Buffer out;
  put8(out, changes->mask | (named ? slot_named : 0));
  if (named) put8(out, static_cast<unsigned>(index));
  put(out, packet.subspan(ip_size(packet) + tcp_checksum, 2));
  put(out, changes->deltas);
  counters_.saved_bytes += header - out.size();
  put(out, packet.subspan(header));
  ++counters_.compressed;
  return {protocol::vj_compressed, std::move(out)};
}

/// RFC 1144 3.2.3: the protocol's number gives way to the slot's.
VjCompressor::Sent VjCompressor::whole(Bytes packet, size_t slot, size_t header) {
  slots_[slot].header.assign(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  slots_[slot].data = static_cast<uint16_t>(packet.size() - header);
  last_ = slot;
  Buffer out(packet.begin(), packet.end());
  out[ip_protocol] = static_cast<std::byte>(slot);
  ++counters_.uncompressed;
  return {protocol::vj_uncompressed, std::move(out)};
}

/// The connection's own slot, or the one that was used least recently.
size_t VjCompressor::slot_for(Bytes packet) {
  size_t oldest = 0;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].header.empty() && same_connection(slots_[i].header, packet)) return i;
    if (slots_[i].used < slots_[oldest].used) oldest = i;
  }
  return oldest;
}

std::optional<Buffer> VjDecompressor::decompress(uint16_t protocol, Bytes packet) {
  return protocol == protocol::vj_uncompressed ? remember(packet) : restore(packet);
}

std::optional<Buffer> VjDecompressor::bad() {
  ++counters_.bad;
  last_.reset();
  return std::nullopt;
}

std::optional<Buffer> VjDecompressor::remember(Bytes packet) {
  auto const header = header_size(packet);
  if (!header || byte(packet, ip_protocol) >= slots_.size()) return bad();
  last_ = byte(packet, ip_protocol);
  Buffer out(packet.begin(), packet.end());
  out[ip_protocol] = static_cast<std::byte>(tcp);
  auto& slot = slots_[*last_];
  slot.header.assign(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*header));
  slot.data = static_cast<uint16_t>(out.size() - *header);
  ++counters_.uncompressed;
  return out;
}

/// RFC 1144 3.2.4.
std::optional<Buffer> VjDecompressor::restore(Bytes packet) {
  if (packet.empty()) return bad();
  unsigned const mask = byte(packet, 0);
  packet = packet.subspan(1);
  if (mask & slot_named) {
    if (packet.empty() || byte(packet, 0) >= slots_.size()) return bad();
    last_ = byte(packet, 0);
    packet = packet.subspan(1);
  }
  if (!last_) {
    ++counters_.tossed;
    return std::nullopt;
  }
  auto& slot = slots_[*last_];
  if (slot.header.empty() || packet.size() < 2) return bad();

  Buffer header = slot.header;
  size_t const ip = ip_size(header);
  auto const add16 = [&](size_t at, unsigned delta) {
    set16(header, at, (get16(Bytes(header).subspan(at)) + delta) & 0xffff);
  };
  auto const add32 = [&](size_t at, unsigned delta) {
    set32(header, ip + at, get32(Bytes(header).subspan(ip + at)) + delta);
  };
  std::copy_n(packet.begin(), 2, header.begin() + static_cast<std::ptrdiff_t>(ip + tcp_checksum));
  packet = packet.subspan(2);
  auto set = byte(header, ip + flags) & ~(flag_psh | flag_urg);
  if (mask & push) set |= flag_psh;

  unsigned const special = mask & one_way;
  if (special == echoed || special == one_way) {
    if (special == echoed) add32(acknowledgment, slot.data);
    add32(sequence, slot.data);
  } else {
    // In the order of the wire; a delta that is not there makes the packet bad.
    std::optional<unsigned> delta = 0;
    auto const next = [&](unsigned bit) { return delta && mask & bit && (delta = take_delta(packet)); };
    if (next(urgent)) {
      set |= flag_urg;
      set16(header, ip + urgent_pointer, *delta);
    }
    if (next(window_changed)) add16(ip + window, *delta);
    if (next(ack_changed)) add32(acknowledgment, *delta);
    if (next(seq_changed)) add32(sequence, *delta);
    if (!delta) return bad();
  }
  unsigned id_delta = 1;
  if (mask & id_changed) {
    auto const delta = take_delta(packet);
    if (!delta) return bad();
    id_delta = *delta;
  }
  add16(identification, id_delta);
  header[ip + flags] = static_cast<std::byte>(set);

  size_t const total = header.size() + packet.size();
  if (total > 0xffff) return bad();
  set16(header, total_length, static_cast<unsigned>(total));
  set_checksum(header, ip);
  slot.header = header;
  slot.data = static_cast<uint16_t>(packet.size());
  put(header, packet);
  ++counters_.compressed;
  return header;
}

}  // namespace offhook::ppp
