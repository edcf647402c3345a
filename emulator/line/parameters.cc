#include "emulator/line/parameters.h"

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
    {"bit error rate", &Parameters::bit_error_rate},
    {"byte loss rate", &Parameters::byte_loss_rate},
    {"byte duplication rate", &Parameters::byte_duplication_rate},
};

struct Time {
  std::string_view name;
  Duration Parameters::*value;
};
constexpr Time times[] = {{"delay", &Parameters::delay}, {"jitter", &Parameters::jitter}};

/// Written so that what is not a number is out of range too.
bool within(double value, double low, double high) { return value >= low && value <= high; }

Result<void> check(Bursts const& bursts) {
  if (bursts == Bursts{}) return {};
  if (!within(bursts.mean_gap_bits, 1, longest_run_bits) && bursts.mean_gap_bits != 0)
    return error("mean gap between bursts must be 0 (none), or 1 to 1e12 bits");
  if (!within(bursts.mean_burst_bits, 1, longest_run_bits))
    return error("mean length of bursts must be 1 to 1e12 bits");
  if (!within(bursts.density, 0, 1)) return error("density of errors in bursts must be 0 to 1");
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

bool impaired(Parameters const& parameters) {
  for (Time const& time : times)
    if (parameters.*time.value != Duration::zero()) return true;
  for (Share const& share : shares)
    if (parameters.*share.value != 0) return true;
  return parameters.bursts.mean_gap_bits != 0;
}

}  // namespace offhook::line
