#include "tests/bench/idle_links.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "emulator/io/alarm.h"
#include "rasd/net/link_driver.h"
#include "tests/bench/process_figures.h"
#include "tests/e2e/process.h"

namespace offhook::bench {
namespace {

using e2e::Clock;
using Seconds = std::chrono::duration<double>;

[[noreturn]] void give_up(char const* why) {
  std::fprintf(stderr, "offhook_bench: %s\n", why);
  std::exit(1);
}

/// Links back to back on one event loop.
class Links {
 public:
  explicit Links(int count) {
    for (int i = 0; i < count; ++i) {
      std::array<int, 2> ends{};
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
        give_up("too few descriptors for idle links");
      ppp::LinkConfig server, client;
      server.ipcp.own = ppp::ipv4(10, 0, 0, 1);
      server.ipcp.peer = ppp::ipv4(10, 0, 0, 2);
      begin(ends[0], std::move(server));
      begin(ends[1], std::move(client));
    }
  }
  bool all_up() {
    for (auto const until = Clock::now() + e2e::patience; up_ < drivers_.size() && Clock::now() < until;)
      context_.run_one_for(std::chrono::seconds(1));
    return up_ == drivers_.size();
  }
  void run_for(double seconds) {
    context_.run_for(std::chrono::duration_cast<Clock::duration>(Seconds(seconds)));
  }
  bool none_ended() const { return ended_ == 0; }
  uint64_t frames_sent() const {
    uint64_t all = 0;
    for (auto const& each : drivers_) all += each->statistics().link.sent.frames;
    return all;
  }

 private:
  void begin(int line, ppp::LinkConfig config) {
    config.echo = {std::chrono::seconds(1), 5};
    net::LinkDriver::Handlers handlers;
    handlers.up = [this](net::Agreed const&) { ++up_; };
    handlers.ended = [this](net::Ended const&) { ++ended_; };
    drivers_.push_back(std::make_unique<net::LinkDriver>(context_, alarm_, io::Fd(line), std::string(),
                                                         std::move(config), net::make_none(),
                                                         std::move(handlers)));
    if (!drivers_.back()->start()) give_up("an idle link did not start");
  }

  boost::asio::io_context context_{1};
  io::Alarm alarm_{context_};
  size_t up_ = 0, ended_ = 0;
  std::vector<std::unique_ptr<net::LinkDriver>> drivers_;
};

}  // namespace

IdleLinkFigures measure_idle_links(int count, double seconds) {
  ::signal(SIGPIPE, SIG_IGN);
  Links links(count);
  if (!links.all_up()) give_up("idle links did not come up");
  links.run_for(1);
  double const cpu = cpu_seconds(getpid());
  uint64_t const frames = links.frames_sent();
  auto const began = Clock::now();
  links.run_for(seconds);
  double const took = Seconds(Clock::now() - began).count();
  if (!links.none_ended()) give_up("an idle link ended");
  IdleLinkFigures figures;
  double const used = cpu_seconds(getpid()) - cpu;
  double const echoes = static_cast<double>(links.frames_sent() - frames) / 2;  // a question and an answer
  figures.cpu_percent = used / took * 100;
  figures.echoes = echoes / took;
  figures.us_an_echo = used / echoes * 1e6;
  return figures;
}

}  // namespace offhook::bench
