// What two sets agree on: a modulation, a rate each way, error control and compression.
#include <algorithm>
#include <initializer_list>

#include "emulator/line/line.h"

namespace offhook::line {

namespace {

using loop::Compression;
using loop::ErrorControl;
using loop::Modulation;

constexpr uint32_t lowest_rate_bps = 300;

/// The signalling rates of a modulation in bit/s.
struct Row {
  Modulation modulation;
  std::initializer_list<uint32_t> rates;  // rising
};

constexpr std::initializer_list<uint32_t> rates_300{300};
constexpr std::initializer_list<uint32_t> rates_1200{1200};
constexpr std::initializer_list<uint32_t> rates_v22{600, 1200};
constexpr std::initializer_list<uint32_t> rates_v22bis{1200, 2400};
constexpr std::initializer_list<uint32_t> rates_v32{4800, 9600};
constexpr std::initializer_list<uint32_t> rates_v32bis{4800, 7200, 9600, 12000, 14400};
constexpr std::initializer_list<uint32_t> rates_v34{2400,  4800,  7200,  9600,  12000, 14400, 16800,
                                                    19200, 21600, 24000, 26400, 28800, 31200, 33600};
constexpr std::initializer_list<uint32_t> rates_v90{28000, 29333, 30666, 32000, 33333, 34666, 36000, 37333,
                                                    38666, 40000, 41333, 42666, 44000, 45333, 46666, 48000,
                                                    49333, 50666, 52000, 53333, 54666, 56000};

constexpr Row rows[] = {
    {Modulation::bell103, rates_300},   {Modulation::v21, rates_300},
    {Modulation::bell212a, rates_1200}, {Modulation::v22, rates_v22},
    {Modulation::v22bis, rates_v22bis}, {Modulation::v32, rates_v32},
    {Modulation::v32bis, rates_v32bis}, {Modulation::v34, rates_v34},
    {Modulation::v90, rates_v90},
};

Row const& row(Modulation modulation) { return rows[static_cast<size_t>(modulation)]; }

bool has(loop::StartCarrier const& set, Modulation modulation) {
  return set.automode ? modulation <= set.modulation : modulation == set.modulation;
}

struct Bounds {
  uint32_t low = 0, high = UINT32_MAX;
};

Bounds bounds(loop::StartCarrier const& a, loop::StartCarrier const& b, Parameters const& parameters) {
  Bounds result{std::max(a.min_rate_bps, b.min_rate_bps), UINT32_MAX};
  for (uint32_t bound : {a.max_rate_bps, b.max_rate_bps})
    if (bound != 0) result.high = std::min(result.high, bound);
  // A line slower than any modem still lets the slowest one train.
  if (parameters.rate_bps != 0)
    result.high = std::min(result.high, std::max(parameters.rate_bps, lowest_rate_bps));
  return result;
}

/// The highest rate of a modulation within bounds; 0: none.
uint32_t best_rate(Modulation modulation, Bounds within) {
  uint32_t best = 0;
  for (uint32_t rate : row(modulation).rates)
    if (rate >= within.low && rate <= within.high) best = rate;
  return best;
}

/// V.90 is faster towards the calling (analogue) modem; the other way is V.34's modulation (V.90 1).
uint32_t best_rate_upstream(Modulation modulation, Bounds within) {
  if (modulation != Modulation::v90) return best_rate(modulation, within);
  return best_rate(Modulation::v34, {0, within.high});
}

ErrorControl error_control(loop::StartCarrier const& a, loop::StartCarrier const& b, Modulation modulation) {
  if (modulation >= Modulation::v22bis && a.offer_lapm && b.offer_lapm) return ErrorControl::lapm;
  if (modulation >= Modulation::bell212a && a.offer_mnp && b.offer_mnp) return ErrorControl::mnp;
  return ErrorControl::none;
}

/// V.42 bis runs over LAPM (V.42 bis 1), MNP 5 over MNP.
Compression compression(loop::StartCarrier const& a, loop::StartCarrier const& b, ErrorControl under) {
  if (under == ErrorControl::lapm && a.offer_v42bis && b.offer_v42bis) return Compression::v42bis;
  if (under == ErrorControl::mnp && a.offer_mnp5 && b.offer_mnp5) return Compression::mnp5;
  return Compression::none;
}

std::optional<loop::CarrierUp> try_modulation(loop::StartCarrier const& a, loop::StartCarrier const& b,
                                              Modulation modulation, Bounds within) {
  uint32_t const down = best_rate(modulation, within);
  uint32_t const up = best_rate_upstream(modulation, within);
  if (down == 0 || up == 0) return std::nullopt;
  loop::CarrierUp result;
  result.modulation = modulation;
  result.tx_rate_bps = a.originate ? up : down;
  result.rx_rate_bps = a.originate ? down : up;
  result.error_control = error_control(a, b, modulation);
  result.compression = compression(a, b, result.error_control);
  return result;
}

}  // namespace

std::optional<loop::CarrierUp> negotiate(loop::StartCarrier const& a, loop::StartCarrier const& b,
                                         Parameters const& parameters) {
  if (a.originate == b.originate) return std::nullopt;
  Bounds const within = bounds(a, b, parameters);
  for (auto candidate = std::rbegin(rows); candidate != std::rend(rows); ++candidate) {
    if (!has(a, candidate->modulation) || !has(b, candidate->modulation)) continue;
    auto agreed = try_modulation(a, b, candidate->modulation, within);
    if (!agreed) continue;
    bool const required = a.require_error_control || b.require_error_control;
    if (required && agreed->error_control == ErrorControl::none) return std::nullopt;
    return agreed;
  }
  return std::nullopt;
}

}  // namespace offhook::line
