// The life of a port: its ptys, opens and closes, circuits, and the faults an operator makes.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/driver/call.h"
#include "emulator/driver/port.h"
#include "emulator/pty/port_name.h"

namespace offhook::driver {
namespace {

using v24::Circuit;

/// A fresh pty that could not be had is tried for again, for ever.
constexpr Duration replace_retry = 1s;

}  // namespace

// ---- the pty's life

Result<void> Port::fresh_pty(termios const& settings) {
  auto made = pty::Pty::open(settings, access_);
  if (made.has_error()) return made.error();
  if (auto named = pty::point(path_, made->slave_path()); named.has_error()) return named;
  auto const old = pts_;
  pts_ = made->index();
  ++generation_;
  own_open_ = false;
  if (auto assigned = descriptor_.assign(made->take_master()); assigned.has_error()) return assigned;
  host_.repointed(*this, old, pts_);
  return {};
}

Result<void> Port::replace_pty(Instant now, std::string_view why) {
  termios const like = pty::read_termios(descriptor_.fd()).value_or(termios_);
  io::Fd old = descriptor_.release();
  if (auto made = fresh_pty(like); made.has_error()) {
    if (descriptor_.fd() < 0 && descriptor_.assign(std::move(old)).has_value()) {
      if (open()) descriptor_.await_readable();
      if (!out_.empty()) descriptor_.await_writable();
    }
    return made;
  }
  drop_words();
  tell_line_full(now, false);
  host_.bury(*this, std::move(old));
  if (std::exchange(remote_, std::nullopt)) withdraw_format(remote_client);
  reading_ = Reading::idle;
  overrides_.clear();
  host_.event(*this, "hung_up", std::string(why) + "; generation " + std::to_string(generation_));
  host_.opened_or_closed(*this);
  update_dte_circuits(now);
  return {};
}

void Port::replace_if_due(Instant now) {
  auto const due = std::exchange(replace_, Replace::no);
  bool const wanted =
      cable_ != Cable::removed && ((due == Replace::carrier_fell && open()) ||
                                   (due == Replace::stale_exclusive && reading_ == Reading::idle));
  if (!wanted) return;
  auto const replaced = replace_pty(now, due == Replace::carrier_fell ? "109/DCD fell while CLOCAL is clear"
                                                                      : "a program left TIOCEXCL behind");
  if (replaced.has_value()) return;
  host_.event(*this, "fault", "no fresh pty, tried again in 1 s: " + replaced.error().message);
  replace_ = due;
  retry_alarm_.set(now + replace_retry);
}

Result<void> Port::revoke(Instant now) {
  if (cable_ == Cable::removed) return {};
  host_.touch(*this);
  if (open()) read_rest(now);
  return replace_pty(now, "revoked by the side channel");
}

void Port::look(Instant now) {
  if (cable_ == Cable::removed) return;
  if (remote_) return look_at_parked();
  auto const seen = pty::presence(descriptor_.fd());
  bool const own_open = std::exchange(own_open_, false);
  switch (reading_) {
    case Reading::idle:
      if (seen.open || seen.readable) return opened(now);
      // A program may have come and gone between two looks, and left TIOCEXCL behind.
      if (!own_open) clear_last_close();
      return;
    case Reading::held:
      // DTR falls behind its last words; what becomes of those, the DCE says (V.250 6.2.9).
      if (!seen.open && read_rest(now)) closed(now);
      return;
    case Reading::armed:
      return;  // its descriptor tells
  }
}

void Port::opened(Instant now) {
  reading_ = Reading::armed;
  host_.event(*this, "opened", "a program has it open");
  host_.opened_or_closed(*this);
  adopt_settings(now);
  update_dte_circuits(now);
  descriptor_.await_readable();
  host_.touch(*this);
}

void Port::closed(Instant now) {
  if (remote_) return leave_remote(now);
  reading_ = Reading::idle;
  overrides_.clear();
  drop_words();
  adopt_settings(now);
  tell_line_full(now, false);
  clear_last_close();
  host_.event(*this, "closed", "no program has it open");
  host_.opened_or_closed(*this);
  update_dte_circuits(now);
  host_.touch(*this);
}

void Port::clear_last_close() {
  auto const cleared = pty::clear_after_last_close(descriptor_.fd());
  lost(cleared.unread);
  own_open_ = !cleared.locked_out;  // a refused open wakes nobody
  if (!cleared.locked_out || pty::presence(descriptor_.fd()).open) return;
  replace_ = Replace::stale_exclusive;
  host_.touch(*this);
}

void Port::look_at_settings(Instant now) {
  if (!open()) return;
  adopt_settings(now);
  if (reading_ == Reading::held && pty::presence(descriptor_.fd()).readable) {
    dce_.on_dte_backlog(now);
    tell_line_full(now, true);  // not sooner: a line that is full for a moment is not worth a circuit
    host_.touch(*this);
  }
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
    dce_.on_dte_rate(now, seen.rate_bps);
  }
  update_dte_circuits(now);
  host_.touch(*this);
}

// ---- characters

void Port::set_format(Instant now, uint64_t client, v24::Format const& format) {
  read_waiting(now);  // what was written before is as it was
  std::erase_if(formats_, [&](ClientFormat const& each) { return each.client == client; });
  formats_.push_back({client, format});
  adopt_format();
}

void Port::withdraw_format(uint64_t client) {
  std::erase_if(formats_, [&](ClientFormat const& each) { return each.client == client; });
  adopt_format();
}

void Port::adopt_format() {
  auto const next = formats_.empty() ? v24::Format() : formats_.back().format;
  if (std::exchange(format_, next) == next) return;
  dce_.on_dte_format(next);
  host_.event(*this, "dte_format", v24::text(next));
  host_.touch(*this);
}

// ---- circuits

v24::Circuits Port::driven_by_dte() const {
  v24::Circuits circuits;
  bool const up = (reading_ != Reading::idle || !settings_.hupcl) && !settings_.hang_up;
  for (auto circuit : {Circuit::dtr, Circuit::rts}) {
    circuits.set(circuit, up);
    for (auto const& override : overrides_)
      if (override.mask.on(circuit)) circuits.set(circuit, override.values.on(circuit));
  }
  return circuits;
}

void Port::update_dte_circuits(Instant now) {
  update_presented();
  if (power_ == Power::wedged) return;
  auto const driven = cable_ == Cable::plugged ? driven_by_dte() : v24::Circuits();
  for (auto circuit : {Circuit::dtr, Circuit::rts}) {
    if (driven.on(circuit) == dce_.circuits().on(circuit)) continue;
    dce_.on_circuit(now, circuit, driven.on(circuit));
    host_.touch(*this);
  }
}

void Port::override_dte(Instant now, uint64_t client, v24::Circuits mask, v24::Circuits values) {
  Override next{client, {}, {}};
  if (auto const last = std::ranges::find(overrides_, client, &Override::client); last != overrides_.end()) {
    next = *last;
    overrides_.erase(last);
  }
  for (auto circuit : {Circuit::dtr, Circuit::rts}) {
    if (!mask.on(circuit)) continue;
    next.mask.set(circuit, true);
    next.values.set(circuit, values.on(circuit));
  }
  overrides_.push_back(next);
  update_dte_circuits(now);
}

void Port::withdraw_override(Instant now, uint64_t client) {
  std::erase_if(overrides_, [&](Override const& override) { return override.client == client; });
  update_dte_circuits(now);
}

void Port::update_presented() {
  auto next = driven_by_dte();
  for (auto circuit : v24::all_circuits)
    if (!v24::from_dte(circuit)) next.set(circuit, cable_ == Cable::plugged && dce_circuits_.on(circuit));
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
  replace_ = Replace::carrier_fell;
  host_.touch(*this);
}

// ---- faults

Result<void> Port::unplug(Instant now, bool remove) {
  if (cable_ == Cable::removed) return error("port ", name(), " is removed already: plug it first");
  if (cable_ == Cable::unplugged && !remove) return error("port ", name(), " is unplugged already");
  cable_ = remove ? Cable::removed : Cable::unplugged;
  drop_words();
  if (remove) {
    pty::remove_if_ours(path_, pty::slave_path(*pts_));
    bool const was_open = open();
    reading_ = Reading::idle;
    host_.bury(*this, descriptor_.release());
    remote_.reset();
    host_.repointed(*this, std::exchange(pts_, std::nullopt), std::nullopt);
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
  drop_words();
  host_.touch(*this);  // a port that was held reads on
  host_.event(*this, "fault", "wedged");
  return {};
}

void Port::reset(Instant now) {
  power_ = Power::on;
  host_.act(now, *this, loop::GoOnHook{});
  dce_.power_cycle(now);
  drain(now);
  dce_circuits_ = dce_.circuits();
  host_.event(*this, "fault", "power cycled");
  dce_.on_dte_rate(now, settings_.rate_bps);
  dce_.on_dte_format(format_);
  update_dte_circuits(now);
  host_.touch(*this);
}

void Port::set_words(Instant now, fault::Parameters const& parameters) {
  if (!words_) words_ = std::make_unique<fault::Words>(parameters);
  words_->set(parameters);
  say_due(now);
}

}  // namespace offhook::driver
