#include "emulator/line/parameters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace offhook::line {

namespace {

constexpr uint32_t fastest_bps = 10'000'000;  // keeps PacedQueue's products in 64 bits
constexpr size_t largest_buffer = 1 << 20;
constexpr Duration longest_delay = 10s;
constexpr double longest_run_bits = 1e12;

struct Share {
  std::string_view name;
  double Parameters::*value;
};
constexpr Share shares[] = {
    {"errors (of the bits)", &Parameters::bit_error_rate},
    {"loss (of the bytes)", &Parameters::byte_loss_rate},
    {"duplication (of the bytes)", &Parameters::byte_duplication_rate},
};

struct Time {
  std::string_view name;
  Duration Parameters::*value;
};
constexpr Time times[] = {{"delay", &Parameters::delay}, {"jitter", &Parameters::jitter}};

/// The lesser of two limits, of which 0 is none.
template <class T>
T tighter(T a, T b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

std::string shortest(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// Two sources that strike independently.
double either(double a, double b) { return a + b - a * b; }

/// Bursts of both, as often as both together: so many a bit, each as long and as dense as they are on
/// average.
Bursts both(Bursts const& a, Bursts const& b) {
  if (a.mean_gap_bits == 0) return b;
  if (b.mean_gap_bits == 0) return a;
  double const often_a = 1 / a.mean_gap_bits, often_b = 1 / b.mean_gap_bits, often = often_a + often_b;
  double const bits_a = often_a * a.mean_burst_bits, bits_b = often_b * b.mean_burst_bits;
  return {1 / often, (bits_a + bits_b) / often,
          (bits_a * a.density + bits_b * b.density) / (bits_a + bits_b)};
}

/// Written so that what is not a number is out of range too.
bool within(double value, double low, double high) { return value >= low && value <= high; }

Result<void> check(Bursts const& bursts) {
  if (bursts == Bursts{}) return {};
  if (!within(bursts.mean_gap_bits, 1, longest_run_bits) && bursts.mean_gap_bits != 0)
    return error("bursts: the mean gap must be 0 (none), or 1 to 1e12 bits");
  if (!within(bursts.mean_burst_bits, 1, longest_run_bits))
    return error("bursts: the mean length must be 1 to 1e12 bits");
  if (!within(bursts.density, 0, 1)) return error("bursts: the density of errors must be 0 to 1");
  return {};
}

}  // namespace

Result<void> check(Parameters const& parameters) {
  if (parameters.rate_bps > fastest_bps) return error("rate must be 0 (unlimited) to 10000000 bit/s");
  if (parameters.buffer_bytes > largest_buffer)
    return error("buffer must be 0 (by the rate) to 1048576 bytes");
  for (Time const& time : times)
    if (parameters.*time.value < Duration::zero() || parameters.*time.value > longest_delay)
      return error(time.name, " must be 0 to 10 seconds");
  for (Share const& share : shares)
    if (!within(parameters.*share.value, 0, 1)) return error(share.name, " must be 0 to 1");
  return check(parameters.bursts);
}

std::string describe(Parameters const& p) {
  std::string out;
  auto const add = [&out](std::string_view key, std::string const& value) {
    out.append(out.empty() ? "" : " ").append(key).append("=").append(value);
  };
  auto const share = [&add](std::string_view key, double value) {
    if (value != 0) add(key, shortest(value));
  };
  if (p.rate_bps != 0) add("rate", std::to_string(p.rate_bps));
  if (p.realistic_training) add("training", "realistic");
  for (Time const& time : times)
    if (p.*time.value != Duration::zero())
      add(time.name, shortest(std::chrono::duration<double, std::milli>(p.*time.value).count()) + "ms");
  share("errors", p.bit_error_rate);
  if (p.bursts.mean_gap_bits != 0)
    add("bursts", shortest(p.bursts.mean_gap_bits) + "," + shortest(p.bursts.mean_burst_bits) + "," +
                      shortest(p.bursts.density));
  share("loss", p.byte_loss_rate);
  share("duplication", p.byte_duplication_rate);
  if (p.flow_stuck) add("flow", "stuck");
  if (p.seed != 0) add("seed", std::to_string(p.seed));
  return out;
}

Parameters combine(Parameters const& a, Parameters const& b) {
  Parameters made;
  made.rate_bps = tighter(a.rate_bps, b.rate_bps);
  made.realistic_training = a.realistic_training || b.realistic_training;
  made.buffer_bytes = tighter(a.buffer_bytes, b.buffer_bytes);
  for (Time const& time : times) made.*time.value = a.*time.value + b.*time.value;
  for (Share const& share : shares) made.*share.value = either(a.*share.value, b.*share.value);
  made.bursts = both(a.bursts, b.bursts);
  made.flow_stuck = a.flow_stuck || b.flow_stuck;
  made.seed = a.seed != 0 ? a.seed : b.seed;
  return made;
}

bool chancy(Parameters const& parameters) {
  for (Share const& share : shares)
    if (parameters.*share.value != 0) return true;
  return parameters.jitter != Duration::zero() || parameters.bursts.mean_gap_bits != 0;
}

bool impaired(Parameters const& parameters) {
  for (Time const& time : times)
    if (parameters.*time.value != Duration::zero()) return true;
  for (Share const& share : shares)
    if (parameters.*share.value != 0) return true;
  return parameters.bursts.mean_gap_bits != 0;
}

}  // namespace offhook::line
