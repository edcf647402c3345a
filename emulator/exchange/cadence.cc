// Ringing cadences of countries.
#include <array>

#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

namespace {

struct Country {
  std::string_view code;
  Cadence usual;
};

/// ITU-T E.180 Supplement 2, the national ringing signals.
std::array<Country, 10> const& countries() {
  static std::array<Country, 10> const rows{{
      {"us", {{2s, 4s}}},
      {"uk", {{400ms, 200ms, 400ms, 2s}}},
      {"de", {{1s, 4s}}},
      {"fr", {{1500ms, 3500ms}}},
      {"jp", {{1s, 2s}}},
      {"nl", {{1s, 4s}}},
      {"se", {{1s, 5s}}},
      {"it", {{1s, 4s}}},
      {"es", {{1500ms, 3s}}},
      {"au", {{400ms, 200ms, 400ms, 2s}}},
  }};
  return rows;
}

/// Bellcore GR-506 distinctive alerting patterns 1 to 5, where a subscriber has several numbers. Few
/// countries have a standard of their own for them, so these serve everywhere.
std::array<Cadence, 5> const& distinctive() {
  static std::array<Cadence, 5> const rows{{
      {{2s, 4s}},
      {{800ms, 400ms, 800ms, 4s}},
      {{400ms, 200ms, 400ms, 200ms, 800ms, 4s}},
      {{300ms, 200ms, 1s, 200ms, 300ms, 4s}},
      {{500ms, 5500ms}},  // the splash, repeated at the usual interval
  }};
  return rows;
}

}  // namespace

Duration Cadence::end_of_burst(uint32_t k) const {
  uint32_t const bursts = static_cast<uint32_t>(on_off.size() / 2);
  Duration period{};
  for (Duration part : on_off) period += part;
  uint32_t const before = (k - 1) % bursts;
  Duration end = (k - 1) / bursts * period;
  for (uint32_t i = 0; i < before; ++i) end += on_off[2 * i] + on_off[2 * i + 1];
  return end + on_off[2 * before];
}

Cadence const* cadence(std::string_view country, uint8_t pattern) {
  for (Country const& row : countries()) {
    if (row.code != country) continue;
    if (pattern == 0) return &row.usual;
    return pattern <= distinctive().size() ? &distinctive()[pattern - 1u] : nullptr;
  }
  return nullptr;
}

}  // namespace offhook::exchange
