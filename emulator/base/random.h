// Chance, from a seed that every failure prints. The same seed gives the same sequence on every machine.
#pragma once

#include <cstdint>

namespace offhook {

/// splitmix64 (Steele, Lea, Flood 2014): 64 bits of state, good enough for faults and jitter, trivially
/// copied.
class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(seed) {}

  constexpr uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// A whole number in [0, bound); 0 where bound is 0.
  constexpr uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

  /// True once in `n` draws on average; never where n is 0.
  constexpr bool one_in(uint64_t n) { return n != 0 && below(n) == 0; }

  bool operator==(Random const&) const = default;

 private:
  uint64_t state_;
};

}  // namespace offhook
