// IP over a call: rasdial and rasd through two modems, against the same call with bytes alone.
#pragma once

#include <string>
#include <vector>

namespace offhook::bench {

struct IpFigures {
  std::string obstacle;       // not empty: nothing was measured, and why
  double bytes_mb_per_s = 0;  // without PPP, the median of the rounds
  struct Way {
    double mb_per_s = 0;         // the median
    std::vector<double> ratios;  // to the bytes alone, round by round
  };
  Way slirp, tun;  // rasd's side; tun's ratios are empty where there may be none (it takes root)
};
/// `bytes` of a page fetched by curl in rasdial's namespace. `rate` is the lines' in bit/s; 0: unlimited.
IpFigures measure_ip(int rate, size_t bytes, int rounds);

}  // namespace offhook::bench
