#include "emulator/line/noise.h"

#include <algorithm>

namespace offhook::line {

Noise::Chance Noise::chance(double rate) {
  constexpr double draws = 18446744073709551616.0;  // 2^64: scaling by it is exact on every machine
  if (!(rate > 0)) return {};
  if (rate >= 1) return {UINT64_MAX};
  return {std::max<uint64_t>(static_cast<uint64_t>(rate * draws), 1)};
}

void Noise::set(Parameters const& parameters) {
  Bursts const& bursts = parameters.bursts;
  bool const any = bursts.mean_gap_bits > 0;
  bit_error_ = chance(parameters.bit_error_rate);
  burst_begins_ = any ? chance(1 / bursts.mean_gap_bits) : Chance{};
  burst_ends_ = any ? chance(1 / std::max(bursts.mean_burst_bits, 1.0)) : Chance{};
  burst_error_ = any ? chance(bursts.density) : Chance{};
  loss_ = chance(parameters.byte_loss_rate);
  duplication_ = chance(parameters.byte_duplication_rate);
  if (!any) weather_ = Weather::quiet;
}

/// Stretches are geometric: each bit may be the last of its own.
bool Noise::turns_bit() {
  bool const by_itself = happens(bit_error_);
  if (burst_begins_.below == 0) return by_itself;
  bool const in_burst = weather_ == Weather::burst && happens(burst_error_);
  bool const changes = happens(weather_ == Weather::burst ? burst_ends_ : burst_begins_);
  if (changes) weather_ = weather_ == Weather::burst ? Weather::quiet : Weather::burst;
  return by_itself != in_burst;
}

Noise::Byte Noise::pass(std::byte sent) {
  bool const bits = bit_error_.below != 0 || burst_begins_.below != 0;
  for (int bit = 0; bits && bit < 8; ++bit)
    if (turns_bit()) sent ^= std::byte{1} << bit;
  if (happens(loss_)) return {Fate::lost, sent};
  return {happens(duplication_) ? Fate::twice : Fate::arrives, sent};
}

bool Noise::hits(size_t bytes) {
  bool hit = false;
  for (size_t i = 0; i < bytes; ++i) {
    Byte const heard = pass(std::byte{});
    hit = hit || heard.fate != Fate::arrives || heard.value != std::byte{};
  }
  return hit;
}

}  // namespace offhook::line
