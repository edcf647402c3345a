// What programs under `vmodem run` pay for their modem lines.
#pragma once

#include <vector>

namespace offhook::bench {

/// ns a call, the least of many short runs; -1 where the call fails.
struct CallCosts {
  double tiocmget = -1, tcgets = -1, fionread = -1, getppid = -1, open_to_read = -1, open_to_write = -1,
         pipes = -1;
};
struct RunFigures {
  CallCosts alone, under, waiting;  // without `run`, under it, and with --wait-carrier
  std::vector<double> zmodem;       // MB/s under run as a share of that without, a round each
  double zmodem_mb_per_s = 0;       // without, the median
};
RunFigures measure_run(int rounds, double share);

}  // namespace offhook::bench
