#include "emulator/app/up.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

#include "emulator/app/control.h"
#include "emulator/rpc/server.h"

namespace offhook::app {
namespace {

void start_log(std::string const& level) {
  auto log = spdlog::stderr_color_mt("vmodem");
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  log->set_level(spdlog::level::from_str(level));
  log->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(log));
}

/// What scripts wait for: a line a port, then "ready".
void announce(driver::Bank const& bank) {
  for (size_t port = 0; port < bank.size(); ++port) {
    auto const status = bank.status(port);
    std::printf("%s %s %s\n", status.port.c_str(), status.path.c_str(), status.number.c_str());
    std::fflush(stdout);
  }
  std::puts("ready");
  std::fflush(stdout);
}

}  // namespace

Result<void> run_bank(Setup const& setup) {
  std::signal(SIGPIPE, SIG_IGN);
  start_log(setup.log);
  if (auto const room = make_room(setup.bank.modems.size()); !room) return room.error();
  if (auto const made = make_dir(setup.dir); !made) return made.error();
  auto const lock = DirLock::take(setup.dir.path);
  if (!lock) return lock.error();
  remove_leftovers(setup.dir.path);

  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  driver::Bank bank(io, setup.bank);
  rpc::Server* outlet = nullptr;
  Control control(bank, {[&](rpc::ClientId to, std::string line) { outlet->send(to, std::move(line)); },
                         [&](rpc::ClientId to, std::string line) { outlet->notify(to, std::move(line)); }});
  rpc::Server server(io,
                     {[&](rpc::ClientId from, rpc::Request const& asked) { control.on_request(from, asked); },
                      [&](rpc::ClientId from) { control.on_gone(from); }});
  outlet = &server;

  signals.async_wait([&](boost::system::error_code ec, int) {
    if (ec) return;
    signals.clear();  // a second signal ends the process at once
    bank.stop();
    server.stop();
    io.stop();
  });
  if (auto const started = bank.start(); !started) return started.error();
  if (auto const listening = server.listen(control_socket(setup.dir.path)); !listening) {
    bank.stop();
    return listening.error();
  }
  announce(bank);
  io.run();
  io.restart();
  io.poll();  // what was posted at the end still needs the bank, which goes before the loop does
  return {};
}

}  // namespace offhook::app
