// What a port manager with many ports costs, and how soon a port is back.
#pragma once

namespace offhook::bench {

struct RasFigures {
  double start_ms = 0;                            // until all ports listen
  double recovery_ms = 0, recovery_worst_ms = 0;  // from a lease holder's death to the listen
  double foreign_ms = 0, foreign_worst_ms = 0;    // from a foreign program's death
  double snapshot_ms = 0;                         // one answer to `ports`, median
  double idle_cpu_percent = 0, resident_kib = 0;  // of one core; of the whole process
};
RasFigures measure_ras(int ports, int deaths, double idle_seconds);

}  // namespace offhook::bench
