// PPP links that are up and carry nothing but their echoes: what a thousand cost.
#pragma once

namespace offhook::bench {

struct IdleLinkFigures {
  double cpu_percent = 0;  // of one core, both ends of all links
  double echoes = 0;       // sent and answered in a second
  double us_an_echo = 0;   // of both ends: a timer, two frames, four system calls
};
/// Links of two drivers each over a pair of sockets, in this process and in real time, each end asking every
/// second.
IdleLinkFigures measure_idle_links(int links, double seconds);

}  // namespace offhook::bench
