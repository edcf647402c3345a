// A port whose DTE is a remote client: a socket stands where a program's pty would, and the pty behind the
// port's name is locked until the client has gone.
#include <utility>

#include "emulator/driver/port.h"
#include "emulator/pty/port_name.h"

namespace offhook::driver {

Result<void> Port::attach_remote(Instant now, io::Fd dte, std::string who) {
  if (cable_ == Cable::removed) return error("port ", name(), " is removed");
  if (remote_) return error("port ", name(), " is in use by ", remote_->who);
  look(now);  // a program whose open nobody told of yet
  if (open()) return error("port ", name(), " is in use by a program");
  if (auto locked = pty::lock_out(descriptor_.fd()); locked.has_error()) return locked;
  io::Fd parked = descriptor_.release();
  if (auto assigned = descriptor_.assign(std::move(dte)); assigned.has_error()) {
    (void)descriptor_.assign(std::move(parked));
    replace_ = Replace::stale_exclusive;
    host_.touch(*this);
    return assigned;
  }
  remote_.emplace(Remote{std::move(parked), std::move(who)});
  set_format(now, remote_client, {});  // whatever a program here had
  settings_.hang_up = false;
  settings_.clocal = settings_.hupcl = true;  // it sees the carrier itself; its end is a close
  reading_ = Reading::armed;
  host_.event(*this, "opened", "a remote client has it open: " + remote_->who);
  host_.opened_or_closed(*this);
  update_dte_circuits(now);
  descriptor_.await_readable();
  host_.touch(*this);
  return {};
}

void Port::read_rest_of_remote(Instant now) {
  if (remote_) static_cast<void>(read_rest(now));
}

void Port::remote_gone(Instant now) {
  if (!remote_) return;
  if (!read_rest(now) && !remote_) return;
  closed(now);
}

void Port::leave_remote(Instant now) {
  io::Fd const socket = descriptor_.release();
  auto const left = std::exchange(remote_, std::nullopt);
  reading_ = Reading::idle;
  overrides_.clear();
  withdraw_format(remote_client);
  drop_words();
  tell_line_full(now, false);
  if (auto made = fresh_pty(termios_); made.has_error()) {
    io::Fd locked(::dup(left->parked.get()));
    if (descriptor_.fd() < 0) (void)descriptor_.assign(std::move(locked));
    replace_ = Replace::stale_exclusive;
  }
  host_.event(*this, "closed", "the remote client has gone");
  host_.opened_or_closed(*this);
  update_dte_circuits(now);
  host_.touch(*this);
}

/// The lock keeps all but root out, and who comes in all the same gets nothing.
void Port::look_at_parked() {
  if (!pty::presence(remote_->parked.get()).open) return;
  auto made = pty::Pty::open(termios_, access_);
  if (made.has_error() || pty::lock_out(made->master()).has_error() ||
      pty::point(path_, made->slave_path()).has_error())
    return host_.event(*this, "note", "a program has it open beside the remote client, and gets nothing");
  auto const old = std::exchange(pts_, made->index());
  ++generation_;
  host_.bury(*this, std::exchange(remote_->parked, made->take_master()));
  host_.repointed(*this, old, pts_);
  host_.event(*this, "hung_up", "a program opened it beside the remote client");
}

void Port::read_waiting(Instant now) {
  if (reading_ == Reading::armed) read_burst(now);
}

void Port::set_remote_rate(Instant now, uint32_t bps) {
  if (std::exchange(settings_.rate_bps, bps) == bps) return;
  host_.event(*this, "dte_rate", std::to_string(bps) + " bit/s");
  dce_.on_dte_rate(now, bps);
  host_.touch(*this);
}

}  // namespace offhook::driver
