// The values an operator writes: durations, amounts, rates, counts. Each parser takes the whole text or says
// what it accepts. The configuration reads the same forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/result.h"
#include "emulator/base/time.h"

namespace offhook::verbs {

/// So many bytes, or so long a time: when `drop --after` acts.
using Amount = std::variant<uint64_t, Duration>;

/// A whole number from 0 to `max`.
Result<uint64_t> parse_count(std::string_view text, uint64_t max);
/// "250ms", "2s", "1.5m", "1h", "10us"; a bare number is seconds. At most a year.
Result<Duration> parse_duration(std::string_view text);
/// "4096", "10kB", "2MB", "64KiB", "1MiB" are bytes; with a unit of time a duration.
Result<Amount> parse_amount(std::string_view text);
/// The seed of something left to chance: a whole number from 0 to 4294967295.
inline constexpr uint64_t largest_seed = 0xffffffff;
/// Bit/s from 75 to 10000000, or "unlimited", which is 0.
Result<uint32_t> parse_rate(std::string_view text);
/// How many of all: "0.001", "1e-5", "0.1%"; from 0 to 1.
Result<double> parse_share(std::string_view text);
/// Bit errors in bursts: the mean gap between them and their mean length in bits, and how many of the bits
/// within are wrong. A gap of 0: none.
struct Bursts {
  double gap_bits = 0, length_bits = 0, density = 0.5;
  bool operator==(Bursts const&) const = default;
};
/// "1e6,50,0.3" as gap, length and density, "1e6,50" with a density of 0.5, or "none".
Result<Bursts> parse_bursts(std::string_view text);
/// Permission bits in octal, 0 to 0777.
Result<unsigned> parse_mode(std::string_view text);
/// A telephone number: 1 to 20 of 0-9 * # A-D.
Result<std::string> parse_number(std::string_view text);
/// The name of a port: 1 to 31 of A-Z a-z 0-9 _ . -, not beginning with '.' or '-'.
Result<std::string> parse_port(std::string_view text);

}  // namespace offhook::verbs
