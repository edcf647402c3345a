// Lines at a rate, many at once: what they cost and how late their bytes are.
#pragma once

namespace offhook::bench {

struct PacedFigures {
  double cpu_percent = 0;     // of one core, by the bank
  double wake_ups_per_s = 0;  // of the bank
  double share_of_rate = 0;   // bytes that came, of those the lines carry
  double late_ms = 0;         // median, beyond the bytes' own time on the line
  double late_worst_ms = 0;   // 99 in 100 are no later
};
/// So many calls at 33600 bit/s, all full both ways; lateness is that of one more call, whose sender uses
/// nine tenths of its line.
PacedFigures measure_paced(int calls, double seconds);

}  // namespace offhook::bench
