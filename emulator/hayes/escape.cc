#include "emulator/hayes/escape.h"

namespace offhook::hayes {
namespace {

constexpr uint8_t sequence = 3;

}  // namespace

void Escape::start(Instant now, Rules const& rules) {
  last_ = now;
  guard_ = rules.guard;
  character_ = rules.character;
  ties_ = rules.ties;
  mask_ = rules.seven_bits ? 0x7f : 0xff;
  count_ = 0;
}

void Escape::disturb(Instant now) {
  last_ = now;
  count_ = 0;
}

Escape::Seen Escape::on_bytes(Instant now, Bytes bytes) {
  if (character_ > 127 || bytes.empty()) return {bytes.size(), false};
  if (ties_ || guard_ == 0s) {
    last_ = now;
    return scan(bytes);
  }

  bool const rested = now - last_ >= guard_;
  last_ = now;
  // The guard time before each character: long before the first, short before the others.
  if (rested) count_ = 0;
  bool const possible = (rested || count_ > 0) && count_ + bytes.size() <= sequence;
  count_ = possible ? static_cast<uint8_t>(count_ + bytes.size()) : 0;
  for (size_t i = 0; possible && i < bytes.size(); ++i)
    if ((static_cast<uint8_t>(bytes[i]) & mask_) != character_) count_ = 0;
  return {bytes.size(), false};
}

Escape::Seen Escape::scan(Bytes bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint8_t const c = static_cast<uint8_t>(bytes[i]) & mask_;
    uint8_t const next = count_ < sequence ? character_ : count_ == sequence ? 'A' : 'T';
    if (c == next || (count_ >= sequence && c == next + ('a' - 'A')))
      ++count_;
    else if (count_ == sequence && c == character_)
      continue;  // a fourth one: the last three of them still precede AT
    else
      count_ = c == character_ ? 1 : 0;
    if (count_ == (ties_ ? sequence + 2 : sequence)) {
      count_ = 0;
      return {i + 1, true};
    }
  }
  return {bytes.size(), false};
}

std::optional<Instant> Escape::deadline() const {
  if (guard_ == 0s || count_ != sequence) return std::nullopt;
  return last_ + guard_;
}

}  // namespace offhook::hayes
