// What one direction of a line does to bytes: bits turned over, bytes lost, bytes heard twice. The same seed
// and the same bytes give the same result, however the bytes were cut into pieces.
#pragma once

#include <cstddef>
#include <cstdint>

#include "emulator/base/random.h"
#include "emulator/line/parameters.h"

namespace offhook::line {

class Noise {
 public:
  explicit Noise(uint64_t seed) : random_(seed) {}

  void set(Parameters const& parameters);
  void seed(uint64_t seed) { random_ = Random(seed); }

  enum class Fate : uint8_t { arrives, lost, twice };
  struct Byte {
    Fate fate;
    std::byte value;
  };
  Byte pass(std::byte sent);
  /// Whether any of so many bytes, sent as a frame, was hit: then its check sequence is wrong.
  bool hits(size_t bytes);

  bool operator==(Noise const&) const = default;

 private:
  /// Of 2^64 draws, how many say yes; 0 draws nothing.
  struct Chance {
    uint64_t below = 0;
    bool operator==(Chance const&) const = default;
  };
  enum class Weather : uint8_t { quiet, burst };

  static Chance chance(double rate);
  bool happens(Chance chance) { return chance.below != 0 && random_.next() <= chance.below; }
  bool turns_bit();

  Random random_;
  Weather weather_ = Weather::quiet;
  Chance bit_error_, burst_begins_, burst_ends_, burst_error_, loss_, duplication_;
};

}  // namespace offhook::line
