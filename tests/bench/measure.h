// What is measured, each a number: of a pair of joined ports, and of a bank.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/bench/pairs.h"

namespace offhook::bench {

double median(std::vector<double> values);

/// MB/s from one end to the other, in writes of this size; `total` bytes.
double bulk_mb_per_s(Pair const& pair, size_t write_size, size_t total);
/// Microseconds for one byte there and one back: the median of `trips`.
double round_trip_us(Pair const& pair, int trips);

/// Why a bank of so many modems cannot run here, and what would let it; nothing where it can.
std::optional<std::string> obstacle_to(int modems);

struct BankFigures {
  double dial_to_connect_us = 0;
  double start_ms = 0;
  double resident_kib = 0, own_heap_kib = 0;  // of the whole process, all ports closed
  double idle_cpu_percent = 0;                // of one core, all ports closed
  double idle_wake_ups_per_s = 0;
};
BankFigures measure_bank(int modems, int calls, double idle_seconds);

}  // namespace offhook::bench
