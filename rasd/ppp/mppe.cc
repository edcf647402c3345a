#include "rasd/ppp/mppe.h"

#include <algorithm>

namespace offhook::ppp {
namespace {

// RFC 3078 3.1: four bits and a count of twelve.
constexpr unsigned flushed_bit = 0x8000, encrypted_bit = 0x1000, count_mask = 0x0fff;
constexpr size_t header_size = 2;

/// RFC 3078 7.2: with such a count the key changes, where it does not change with every packet.
constexpr bool is_flag(unsigned count) { return (count & 0xff) == 0xff; }

}  // namespace

// RFC 3079 3.4: the first session key comes of the start key alone.
MppeKey::MppeKey(StartKeys const& keys, MppeStrength strength)
    : start_(keys), strength_(strength), rc4_(start_.of(strength)) {
  take(new_key_from_sha(start_.of(strength_), start_.of(strength_)));
}

void MppeKey::change() {
  auto key = new_key_from_sha(start_.of(strength_), current());
  auto const part = std::span(key).first(current().size());
  Rc4(part).apply(part);
  take(key);
}

/// RFC 3079 2.1, 2.2: a shorter key has known bytes in front.
void MppeKey::take(Block<16> key) {
  current_ = key;
  auto const fix = [&](size_t at, unsigned value) { current_[at] = static_cast<std::byte>(value); };
  if (strength_ != MppeStrength::bits128) fix(0, 0xd1);
  if (strength_ == MppeStrength::bits40) {
    fix(1, 0x26);
    fix(2, 0x9e);
  }
  restart();
}

Buffer MppeSender::encrypt(uint16_t protocol, Bytes packet) {
  bool const changes = mode_.stateless || is_flag(count_);
  if (changes)
    key_.change();
  else if (flush_)
    key_.restart();
  unsigned const flushed = changes || flush_ ? flushed_bit : 0;
  flush_ = false;
  Buffer out;
  out.reserve(packet.size() + mppe_overhead);
  put16(out, flushed | encrypted_bit | count_);
  put16(out, protocol);  // in full: not every peer takes the short form here
  put(out, packet);
  key_.apply(std::span(out).subspan(header_size));
  count_ = (count_ + 1) & count_mask;
  return out;
}

std::optional<MppeReceiver::Clear> MppeReceiver::decrypt(Bytes payload) {
  auto const drop = [&] {
    ++dropped_;
    return std::nullopt;
  };
  if (payload.size() <= header_size) return drop();
  unsigned const header = get16(payload);
  if (!(header & encrypted_bit)) return drop();
  if (!keep_in_step(header & count_mask, header & flushed_bit)) return drop();
  Buffer clear(payload.begin() + header_size, payload.end());
  key_.apply(clear);
  bool const compressed = (clear[0] & std::byte{1}) != std::byte{};  // PFC, RFC 1661 6.5
  if (!compressed && clear.size() < 2) return drop();
  auto const protocol = compressed ? static_cast<uint16_t>(clear[0]) : get16(clear);
  if (!is_encrypted(protocol)) return drop();
  clear.erase(clear.begin(), clear.begin() + (compressed ? 1 : 2));
  return Clear{protocol, std::move(clear)};
}

/// RFC 3078 8: makes the key the one that packet `count` was encrypted with. False where that cannot be, or
/// must wait.
bool MppeReceiver::keep_in_step(uint16_t count, bool flushed) {
  unsigned const missed = (count - expected_) & count_mask;
  if (missed > count_mask / 2) return false;      // late: its key is gone
  if (mode_.stateless && !flushed) return false;  // RFC 3078 3.1
  for (unsigned i = 0; i <= missed; ++i)
    if (mode_.stateless || is_flag(expected_ + i)) key_.change();
  expected_ = (count + 1) & count_mask;
  if (mode_.stateless) return true;
  lost_ = !flushed && (lost_ || missed > 0);
  if (flushed) key_.restart();
  return !lost_;
}

}  // namespace offhook::ppp
