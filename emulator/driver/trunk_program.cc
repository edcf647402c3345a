#include "emulator/driver/trunk_program.h"

#include <fcntl.h>
#include <pty.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "emulator/base/text.h"
#include "emulator/driver/trunk_break.h"

namespace offhook::driver {
namespace {

constexpr Duration grace = 2s;  // from SIGHUP to SIGKILL

/// A terminal for a program: ours, and the program's.
struct Terminal {
  io::Fd master, slave;
};
Result<Terminal> make_terminal() {
  int master = -1, slave = -1;
  if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0)
    return error("a pty: ", std::strerror(errno));
  for (int fd : {master, slave}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  return Terminal{io::Fd(master), io::Fd(slave)};
}

}  // namespace

ProgramEnd::ProgramEnd(boost::asio::io_context& io, io::Alarm& alarm, OutsideHost& host,
                       io::Children& children, std::string name, std::string command, Environment environment,
                       std::shared_ptr<void> slot)
    : Outside(io, alarm, host, std::move(name)),
      children_(children),
      command_(std::move(command)),
      environment_(std::move(environment)),
      slot_(std::move(slot)) {}

void ProgramEnd::begin(Instant now, exchange::CallId attempt) { host().ready(now, attempt, *this); }

bool ProgramEnd::on_carrier(loop::CarrierUp const& up) {
  environment_.emplace_back("CONNECT_SPEED", std::to_string(up.tx_rate_bps));
  auto terminal = make_terminal();
  // The line is given up once the program is gone, however the call ended.
  auto const exited = [self = self_, line = slot_](int) {
    if (!*self) return;
    (*self)->life_ = Life::exited;
    (*self)->settle(io::now());
  };
  auto const child = terminal ? children_.spawn({{"/bin/sh", "-c", command_}, environment_, {}},
                                                terminal->slave.get(), exited)
                              : terminal.error();
  if (!child) {
    spdlog::warn("number {}: the program does not run: {}", name(), child.error().message);
    return false;
  }
  child_ = *child;
  life_ = Life::running;
  return adopt(std::move(terminal->master)).has_value();
}

ssize_t ProgramEnd::write_some(Bytes bytes) { return ::write(descriptor().fd(), bytes.data(), bytes.size()); }

void ProgramEnd::send_break() { put(as_bytes(break_as_read(descriptor().fd()))); }

void ProgramEnd::close() {
  *self_ = nullptr;
  if (life_ == Life::running) children_.hang_up(child_, grace);
  descriptor().close();
  slot_.reset();
}

}  // namespace offhook::driver
