#include "tests/bench/measure.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/bench/process_figures.h"

namespace offhook::bench {
namespace {

using namespace e2e;
using Seconds = std::chrono::duration<double>;

bool wait_for(int fd, short events) {
  pollfd wanted{fd, events, 0};
  return poll(&wanted, 1, 20000) == 1;
}

/// Blocks by poll, so that the descriptor's own flags do not matter. False on a hang-up or after 20 s.
bool write_all(int fd, char const* data, size_t size) {
  while (size > 0) {
    ssize_t const n = write(fd, data, size);
    if (n > 0)
      data += n, size -= static_cast<size_t>(n);
    else if (!wait_for(fd, POLLOUT))
      return false;
  }
  return true;
}

ssize_t read_some(int fd, char* buffer, size_t size) {
  for (;;) {
    ssize_t const n = read(fd, buffer, size);
    if (n > 0) return n;
    if (!wait_for(fd, POLLIN)) return -1;
  }
}

[[noreturn]] void stalled(char const* what) {
  std::fprintf(stderr, "offhook_bench: %s came to a stand\n", what);
  std::exit(1);
}

/// One call from port 0 to port 1, ended by closing port 0: microseconds from the command to CONNECT.
double dial(BankProcess const& bank, PortFile& called) {
  PortFile caller(bank.port(0));
  if (!caller.command("ATE0")) stalled("a port");
  auto const began = Clock::now();
  if (!caller.type("ATDT" + BankProcess::number(1) + "\r") || !caller.expect("CONNECT")) stalled("a call");
  double const us = Seconds(Clock::now() - began).count() * 1e6;
  caller.close();
  if (!called.expect("NO CARRIER\r\n")) stalled("a hang-up");
  return us;
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  size_t const middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double bulk_mb_per_s(Pair const& pair, size_t write_size, size_t total) {
  auto const began = Clock::now();
  std::thread writer([&] {
    std::string const chunk(write_size, 'x');
    for (size_t sent = 0; sent < total; sent += write_size)
      if (!write_all(pair.near(), chunk.data(), chunk.size())) stalled("a bulk transfer");
  });
  size_t const wanted = (total + write_size - 1) / write_size * write_size;
  std::vector<char> buffer(65536);
  for (size_t got = 0; got < wanted;) {
    ssize_t const n = read_some(pair.far(), buffer.data(), buffer.size());
    if (n < 0) stalled("a bulk transfer");
    got += static_cast<size_t>(n);
  }
  double const seconds = Seconds(Clock::now() - began).count();
  writer.join();
  return static_cast<double>(wanted) / 1e6 / seconds;
}

double round_trip_us(Pair const& pair, int trips) {
  std::thread echo([&] {
    char byte = 0;
    for (int i = 0; i < trips; ++i)
      if (read_some(pair.far(), &byte, 1) != 1 || !write_all(pair.far(), &byte, 1)) stalled("a round trip");
  });
  std::vector<double> times;
  char byte = 'x';
  for (int i = 0; i < trips; ++i) {
    auto const began = Clock::now();
    if (!write_all(pair.near(), &byte, 1) || read_some(pair.near(), &byte, 1) != 1) stalled("a round trip");
    times.push_back(Seconds(Clock::now() - began).count() * 1e6);
  }
  echo.join();
  return median(times);
}

std::optional<std::string> obstacle_to(int modems) {
  auto const number_in = [](char const* path) { return std::atol(read_file(path).c_str()); };
  long const free_ptys = number_in("/proc/sys/kernel/pty/max") - number_in("/proc/sys/kernel/pty/nr");
  if (free_ptys < modems + 64)
    return "kernel.pty.max leaves " + std::to_string(free_ptys) +
           " ptys; root raises it with: sysctl kernel.pty.max=" + std::to_string(modems + 4096);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max < static_cast<rlim_t>(modems + 256))
    return "the hard limit on open files is " + std::to_string(files.rlim_max) + " (ulimit -Hn)";
  return std::nullopt;
}

BankFigures measure_bank(int modems, int calls, double idle_seconds) {
  BankFigures figures;
  auto const began = Clock::now();
  BankProcess bank({"--modems", std::to_string(modems)});
  if (auto const up = bank.up(); !up) {
    std::fprintf(stderr, "offhook_bench: %s\n", up.message());
    std::exit(1);
  }
  figures.start_ms = Seconds(Clock::now() - began).count() * 1e3;
  pid_t const pid = bank.process().pid();
  std::this_thread::sleep_for(500ms);
  figures.resident_kib = status_of(pid, "VmRSS");
  figures.own_heap_kib = status_of(pid, "RssAnon");

  double const cpu = cpu_seconds(pid);
  double const switches = wake_ups(pid);
  std::this_thread::sleep_for(Seconds(idle_seconds));
  figures.idle_cpu_percent = (cpu_seconds(pid) - cpu) / idle_seconds * 100;
  figures.idle_wake_ups_per_s = (wake_ups(pid) - switches) / idle_seconds;

  PortFile called(bank.port(1));
  if (!called.command("ATS0=1S10=1")) stalled("a port");
  std::vector<double> times;
  for (int i = 0; i < calls; ++i) times.push_back(dial(bank, called));
  figures.dial_to_connect_us = median(times);
  return figures;
}

}  // namespace offhook::bench
