// The life of a port: its ptys, opens and closes, circuits, and the faults an operator makes.
#include <unistd.h>

#include <array>
#include <utility>

#include "emulator/driver/port.h"
#include "emulator/pty/port_name.h"

namespace offhook::driver {
namespace {

using v24::Circuit;

/// A port that closes while the line is full: its last bytes have this long, as Linux's closing_wait.
constexpr Duration closing_wait = 30s;

}  // namespace

// ---- the pty's life

Result<void> Port::fresh_pty(termios const& settings) {
  auto made = pty::Pty::open(settings, access_);
  if (made.has_error()) return made.error();
  if (auto named = pty::point(path_, made->slave_path()); named.has_error()) return named;
  auto const old = generation_ == 0 ? std::nullopt : std::optional(pts_);
  pts_ = made->index();
  ++generation_;
  descriptor_.assign(made->take_master());
  host_.repointed(*this, old, pts_);
  return {};
}

void Port::replace_pty(Instant now, std::string_view why) {
  termios const like = pty::read_termios(descriptor_.fd()).value_or(termios_);
  pty::Fd old = descriptor_.release();
  if (auto made = fresh_pty(like); made.has_error()) {
    descriptor_.assign(std::move(old));
    if (reading_ == Reading::armed) descriptor_.await_readable();
    return host_.event(*this, "fault", "cannot hang up its programs: " + made.error().message);
  }
  lost(out_.size());
  out_.clear();
  host_.bury(*this, std::move(old));
  reading_ = Reading::idle;
  closing_alarm_.set(std::nullopt);
  host_.event(*this, "hung_up", std::string(why) + "; generation " + std::to_string(generation_));
  host_.opened_or_closed(*this);
  release_overrides(now);
}

void Port::revoke(Instant now, std::string_view why) {
  if (cable_ != Cable::removed) replace_pty(now, why);
}

void Port::look(Instant now) {
  if (cable_ == Cable::removed) return;
  auto const seen = pty::presence(descriptor_.fd());
  if (reading_ == Reading::idle && (seen.open || seen.readable)) return opened(now);
  if (reading_ == Reading::held && !seen.open && !closing_alarm_.at()) closing_alarm_.set(now + closing_wait);
}

void Port::opened(Instant now) {
  reading_ = Reading::armed;
  host_.event(*this, "opened", "a program has it open");
  host_.opened_or_closed(*this);
  adopt_settings(now);
  update_dte_circuits(now);
  descriptor_.await_readable();
  host_.touch(*this);
  host_.settle(now);
}

void Port::closed(Instant now) {
  reading_ = Reading::idle;
  closing_alarm_.set(std::nullopt);
  lost(out_.size());
  out_.clear();
  adopt_settings(now);
  auto const cleared = pty::clear_after_last_close(descriptor_.fd());
  lost(cleared.unread);
  host_.event(*this, "closed", "no program has it open");
  host_.opened_or_closed(*this);
  if (cleared.locked_out && !pty::presence(descriptor_.fd()).open)
    replace_pty(now, "a stale TIOCEXCL");
  else
    release_overrides(now);
  host_.touch(*this);
  host_.settle(now);
}

void Port::on_closing_alarm(Instant now) {
  if (reading_ != Reading::held || pty::presence(descriptor_.fd()).open) return;
  std::array<std::byte, 4096> nobody_reads;
  while (::read(descriptor_.fd(), nobody_reads.data(), nobody_reads.size()) > 0) {
  }
  backlog_.clear();
  closed(now);
}

void Port::look_at_settings(Instant now) {
  if (!open()) return;
  adopt_settings(now);
  host_.settle(now);
}

void Port::adopt_settings(Instant now) {
  auto const t = pty::read_termios(descriptor_.fd());
  if (!t) return;
  termios_ = *t;
  auto const seen = pty::settings(*t);
  if (seen == settings_) return;
  bool const new_rate = seen.rate_bps != settings_.rate_bps && seen.rate_bps != 0;
  settings_ = seen;
  if (new_rate) {
    host_.event(*this, "dte_rate", std::to_string(seen.rate_bps) + " bit/s");
    modem_.on_dte_rate(now, seen.rate_bps);
  }
  update_dte_circuits(now);
  host_.touch(*this);
}

// ---- circuits

v24::Circuits Port::driven_by_dte() const {
  v24::Circuits circuits;
  bool const up = (open() || !settings_.hupcl) && !settings_.hang_up;
  for (auto circuit : {Circuit::dtr, Circuit::rts})
    circuits.set(circuit, override_mask_.on(circuit) ? override_values_.on(circuit) : up);
  return circuits;
}

void Port::update_dte_circuits(Instant now) {
  update_presented();
  if (power_ == Power::wedged) return;
  auto const driven = cable_ == Cable::plugged ? driven_by_dte() : v24::Circuits();
  for (auto circuit : {Circuit::dtr, Circuit::rts}) {
    if (driven.on(circuit) == modem_.circuits().on(circuit)) continue;
    modem_.on_circuit(now, circuit, driven.on(circuit));
    host_.touch(*this);
  }
}

void Port::override_dte(Instant now, v24::Circuits mask, v24::Circuits values) {
  for (auto circuit : {Circuit::dtr, Circuit::rts}) {
    if (!mask.on(circuit)) continue;
    override_mask_.set(circuit, true);
    override_values_.set(circuit, values.on(circuit));
  }
  update_dte_circuits(now);
}

void Port::release_overrides(Instant now) {
  override_mask_ = {};
  update_dte_circuits(now);
}

void Port::update_presented() {
  auto next = driven_by_dte();
  for (auto circuit : v24::all_circuits)
    if (!v24::from_dte(circuit)) next.set(circuit, cable_ == Cable::plugged && modem_.circuits().on(circuit));
  if (next == presented_) return;
  bool const dcd_fell = presented_.on(Circuit::dcd) && !next.on(Circuit::dcd);
  auto const came_on = [&](Circuit c) { return next.on(c) && !presented_.on(c) ? 1u : 0u; };
  on_edges_.cts += came_on(Circuit::cts);
  on_edges_.dsr += came_on(Circuit::dsr);
  on_edges_.dcd += came_on(Circuit::dcd);
  on_edges_.ri += came_on(Circuit::ri);
  auto const before = std::exchange(presented_, next);
  host_.presented(*this);
  for (auto circuit : v24::all_circuits)
    if (before.on(circuit) != next.on(circuit))
      host_.event(*this, "circuit", std::string(v24::label(circuit)) + (next.on(circuit) ? " on" : " off"));
  if (!dcd_fell || !open()) return;
  if (auto const t = pty::read_termios(descriptor_.fd())) settings_.clocal = pty::settings(*t).clocal;
  if (settings_.clocal) return;
  hang_up_due_ = true;
  host_.touch(*this);
}

// ---- faults

Result<void> Port::unplug(Instant now, bool remove) {
  if (cable_ == Cable::removed) return error("port ", name(), " is removed already: plug it first");
  if (cable_ == Cable::unplugged && !remove) return error("port ", name(), " is unplugged already");
  cable_ = remove ? Cable::removed : Cable::unplugged;
  if (remove) {
    pty::remove_if_ours(path_, "/dev/pts/" + std::to_string(pts_));
    lost(out_.size());
    out_.clear();
    bool const was_open = open();
    reading_ = Reading::idle;
    host_.bury(*this, descriptor_.release());
    host_.repointed(*this, pts_, std::nullopt);
    if (was_open) host_.event(*this, "hung_up", "the port was removed");
    host_.opened_or_closed(*this);
  }
  host_.event(*this, "fault", remove ? "unplugged and removed" : "unplugged");
  update_dte_circuits(now);
  host_.touch(*this);
  return {};
}

Result<void> Port::plug(Instant now) {
  if (cable_ == Cable::plugged) return error("port ", name(), " is plugged in already");
  if (cable_ == Cable::removed) {
    if (auto made = fresh_pty(termios_); made.has_error()) return made;
  }
  cable_ = Cable::plugged;
  host_.event(*this, "fault", "plugged in");
  update_dte_circuits(now);
  host_.touch(*this);
  return {};
}

Result<void> Port::wedge(Instant) {
  if (power_ == Power::wedged) return error("port ", name(), " is wedged already: reset it");
  power_ = Power::wedged;
  host_.event(*this, "fault", "wedged");
  return {};
}

void Port::reset(Instant now) {
  power_ = Power::on;
  host_.act(now, *this, loop::GoOnHook{});
  modem_.power_cycle(now);
  host_.event(*this, "fault", "power cycled");
  modem_.on_dte_rate(now, settings_.rate_bps);
  update_dte_circuits(now);
  host_.touch(*this);
}

}  // namespace offhook::driver
