#include "emulator/app/up.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>

#include "emulator/app/control.h"
#include "emulator/app/file_watch.h"
#include "emulator/app/phonebook.h"
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

/// Whether a seed may be of use: something is left to chance, or will be by somebody who names one.
bool chance_in_use(Setup const& setup) {
  auto const chancy = [](auto const& modem) { return modem.line && line::chancy(*modem.line); };
  return setup.seed_given || line::chancy(setup.bank.line) || std::ranges::any_of(setup.bank.modems, chancy);
}

/// What scripts wait for: a line a port, one a listener and one a port that is served by RFC 2217, the seed
/// where chance is in use, then "ready".
Result<void> announce(driver::Bank const& bank, Setup const& setup) {
  for (size_t port = 0; port < bank.size(); ++port) {
    auto const status = bank.status(port);
    std::printf("%s %s %s\n", status.port.c_str(), status.path.c_str(), status.number.c_str());
    std::fflush(stdout);
  }
  for (auto const& listening : bank.listening())
    std::printf("listening %s %s\n", listening.address.c_str(), listening.number.c_str());
  for (size_t port = 0; port < bank.size(); ++port)
    if (auto const status = bank.status(port); !status.rfc2217.empty())
      std::printf("rfc2217 %s %s\n", status.rfc2217.c_str(), status.port.c_str());
  if (chance_in_use(setup)) std::printf("seed %llu\n", static_cast<unsigned long long>(setup.bank.seed));
  std::puts("ready");
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return error("cannot write to standard output: ", std::strerror(errno));
}

/// A file that is wrong leaves the numbers as they are.
void reload(driver::Bank& bank, std::string const& path) {
  auto book = read_phonebook(path);
  if (!book) return spdlog::error("the old phonebook stays: {}", book.error().message);
  spdlog::info("phonebook {}: {} entries", path, book->size());
  bank.set_phonebook(*std::move(book));
}

}  // namespace

Result<void> run_bank(Setup const& setup) {
  std::signal(SIGPIPE, SIG_IGN);
  start_log(setup.log);
  if (auto const room = make_room(setup.bank.modems.size()); !room) return room.error();
  if (auto const made = io::make_dir(setup.dir); !made) return made.error();
  auto const lock = io::DirLock::take(setup.dir.path, "a bank");
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

  FileWatch phonebook(io, setup.phonebook, [&] { reload(bank, setup.phonebook); });
  boost::asio::signal_set hang_up(io);
  std::function<void()> const await_hang_up = [&] {
    hang_up.async_wait([&](boost::system::error_code ec, int) {
      if (ec) return;
      reload(bank, setup.phonebook);
      await_hang_up();
    });
  };
  signals.async_wait([&](boost::system::error_code ec, int) {
    if (ec) return;
    hang_up.cancel();
    phonebook.stop();
    signals.clear();  // a second signal ends the process at once
    bank.stop();
    server.stop();
    io.stop();
  });
  if (auto const started = bank.start(); !started) return started.error();
  if (auto const listening = server.listen(io::control_socket(setup.dir.path)); !listening) {
    bank.stop();
    return listening.error();
  }
  if (!setup.phonebook.empty()) {
    hang_up.add(SIGHUP);
    await_hang_up();
    if (auto const watching = phonebook.start(); !watching)
      spdlog::warn("the phonebook is read again at SIGHUP alone: {}", watching.error().message);
  }
  if (auto const announced = announce(bank, setup); !announced) {
    bank.stop();
    server.stop();
    return announced;
  }
  io.run();
  io.restart();
  io.poll();  // what was posted at the end still needs the bank, which goes before the loop does
  return {};
}

}  // namespace offhook::app
