#include "tests/bench/paced.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "tests/bench/process_figures.h"
#include "tests/e2e/bank_process.h"

namespace offhook::bench {
namespace {

using namespace e2e;
using Seconds = std::chrono::duration<double>;
using Ports = std::vector<std::unique_ptr<PortFile>>;

constexpr double rate_bytes = 33600 / 8.0;  // error control strips start and stop bits
constexpr size_t chunk = 4;

[[noreturn]] void give_up(char const* why) {
  std::fprintf(stderr, "offhook_bench: %s\n", why);
  std::exit(1);
}

/// Keeps every port's line full and empties what it received; says how much that was.
uint64_t serve(Ports const& ports) {
  std::array<char, 16384> buffer{};
  uint64_t received = 0;
  for (auto const& port : ports) {
    while (write(port->fd(), buffer.data(), 1024) > 0) {
    }
    for (ssize_t n = 0; (n = read(port->fd(), buffer.data(), buffer.size())) > 0;)
      received += static_cast<uint64_t>(n);
  }
  return received;
}

/// A sender of small chunks at nine tenths of the rate, and the times they were sent and had come.
class Trickle {
 public:
  Trickle(PortFile& from, PortFile& to, double seconds)
      : chunks_(static_cast<size_t>(seconds * 0.9 * rate_bytes / chunk)),
        sender_([this, &from] { send(from); }),
        reader_([this, &to] { receive(to); }) {}

  /// Milliseconds beyond its own time on the line, of each chunk.
  std::vector<double> lateness() {
    sender_.join();
    reader_.join();
    std::vector<double> late;
    for (size_t i = 0; i < std::min(sent_.size(), came_.size()); ++i)
      late.push_back((Seconds(came_[i] - sent_[i]).count() - chunk / rate_bytes) * 1e3);
    return late;
  }

 private:
  void send(PortFile& from) {
    auto const apart = std::chrono::duration_cast<Clock::duration>(Seconds(chunk / rate_bytes / 0.9));
    for (auto due = Clock::now(); sent_.size() < chunks_; due += apart) {
      std::this_thread::sleep_until(due);
      sent_.push_back(Clock::now());
      if (!from.type(std::string(chunk, 'x'))) return;
    }
  }
  void receive(PortFile& to) {
    std::array<char, 4096> buffer{};
    for (size_t count = 0; came_.size() < chunks_;) {
      pollfd waiting{to.fd(), POLLIN, 0};
      if (poll(&waiting, 1, 5000) != 1) return;
      ssize_t const n = read(to.fd(), buffer.data(), buffer.size());
      if (n > 0) count += static_cast<size_t>(n);
      came_.resize(std::max(came_.size(), count / chunk), Clock::now());
    }
  }

  size_t chunks_;
  std::vector<Clock::time_point> sent_, came_;
  std::thread sender_, reader_;
};

Ports connected(BankProcess const& bank, int calls) {
  Ports ports;
  for (int i = 0; i < 2 * calls; ++i) ports.push_back(std::make_unique<PortFile>(bank.port(i)));
  for (int i = 0; i < 2 * calls; i += 2) {
    auto const at = static_cast<size_t>(i);
    if (!connect(*ports[at], *ports[at + 1], BankProcess::number(i + 1))) give_up("a paced call failed");
  }
  return ports;
}

}  // namespace

PacedFigures measure_paced(int calls, double seconds) {
  TemporaryFolder folder;
  write_file(folder / "bank.toml", "[line]\nrate = 33600\n");
  BankProcess bank({"--config", folder / "bank.toml", "--modems", std::to_string(2 * calls + 2)});
  if (auto const up = bank.up(); !up) give_up(up.message());
  Ports ports = connected(bank, calls + 1);
  auto const to = std::move(ports.back());
  ports.pop_back();
  auto const from = std::move(ports.back());
  ports.pop_back();

  constexpr auto turn = 20ms;
  for (int i = 0; i < 25; ++i, std::this_thread::sleep_for(turn)) serve(ports);
  pid_t const pid = bank.process().pid();
  double const cpu = cpu_seconds(pid), woken = wake_ups(pid);
  auto const began = Clock::now();
  Trickle trickle(*from, *to, seconds);
  uint64_t received = 0;
  while (Seconds(Clock::now() - began).count() < seconds) {
    received += serve(ports);
    std::this_thread::sleep_for(turn);
  }
  double const took = Seconds(Clock::now() - began).count();
  PacedFigures figures;
  figures.cpu_percent = (cpu_seconds(pid) - cpu) / took * 100;
  figures.wake_ups_per_s = (wake_ups(pid) - woken) / took;
  figures.share_of_rate = static_cast<double>(received) / (2 * calls * rate_bytes * took);
  auto late = trickle.lateness();
  if (late.empty()) give_up("nothing came over a paced line");
  std::ranges::sort(late);
  figures.late_ms = late[late.size() / 2];
  figures.late_worst_ms = late[late.size() * 99 / 100];
  return figures;
}

}  // namespace offhook::bench
