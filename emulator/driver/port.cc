#include "emulator/driver/port.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/driver/call.h"
#include "emulator/pty/port_name.h"

namespace offhook::driver {
namespace {

using boost::asio::posix::descriptor_base;
using v24::Circuit;

constexpr size_t read_turns = 16;      // chunks a burst; the rest waits for the others' turn
constexpr size_t read_limit = 16384;   // bytes a chunk
constexpr size_t short_read = 256;     // below this nothing more is likely to wait
constexpr size_t words_limit = 16384;  // result codes a program leaves unread
constexpr size_t backlog_limit = 16384;
/// A port that closes while the line is full: its last bytes have this long, as Linux's closing_wait.
constexpr Duration closing_wait = 30s;

std::array<std::byte, read_limit> read_buffer;  // one thread: every port reads into the same bytes

}  // namespace

Port::Port(boost::asio::io_context& io, Alarm& alarm, PortHost& host, size_t index, ModemConfig const& config,
           std::string path, pty::Access access, hayes::Modem modem)
    : host_(host),
      index_(index),
      config_(config),
      path_(std::move(path)),
      access_(access),
      modem_(std::move(modem)),
      descriptor_(io),
      termios_(pty::raw_settings()),
      out_(words_limit),
      backlog_(backlog_limit),
      modem_alarm_(alarm, [this](Instant at) { on_modem_alarm(at); }),
      closing_alarm_(alarm, [this](Instant at) { on_closing_alarm(at); }) {}

Result<void> Port::start() {
  if (auto made = fresh_pty(termios_); made.has_error()) return made;
  settings_ = pty::settings(termios_);
  modem_.on_dte_rate(now(), settings_.rate_bps);
  update_presented();
  host_.touch(*this);
  return {};
}

void Port::stop() {
  pty::remove_if_ours(path_, "/dev/pts/" + std::to_string(pts_));
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  reading_ = Reading::idle;
  cable_ = Cable::removed;
}

// ---- the pty's life
// ----------------------------------------------------------------------------------------------

Result<void> Port::fresh_pty(termios const& settings) {
  auto made = pty::Pty::open(settings, access_);
  if (made.has_error()) return made.error();
  if (auto named = pty::point(path_, made->slave_path()); named.has_error()) return named;
  auto const old = generation_ == 0 ? std::nullopt : std::optional(pts_);
  pts_ = made->index();
  ++generation_;
  descriptor_.assign(made->take_master().release());
  read_wait_ = write_wait_ = false;
  host_.repointed(*this, old, pts_);
  return {};
}

void Port::replace_pty(Instant now, std::string_view why) {
  termios const like = pty::read_termios(descriptor_.native_handle()).value_or(termios_);
  pty::Fd old(descriptor_.release());
  if (auto made = fresh_pty(like); made.has_error()) {
    descriptor_.assign(old.release());
    read_wait_ = write_wait_ = false;
    if (reading_ == Reading::armed) arm_read();
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
  auto const seen = pty::presence(descriptor_.native_handle());
  if (reading_ == Reading::idle && (seen.open || seen.readable)) return opened(now);
  if (reading_ == Reading::held && !seen.open && !closing_alarm_.at()) closing_alarm_.set(now + closing_wait);
}

void Port::opened(Instant now) {
  reading_ = Reading::armed;
  host_.event(*this, "opened", "a program has it open");
  host_.opened_or_closed(*this);
  adopt_settings(now);
  update_dte_circuits(now);
  arm_read();
  host_.touch(*this);
  host_.settle(now);
}

void Port::closed(Instant now) {
  reading_ = Reading::idle;
  closing_alarm_.set(std::nullopt);
  lost(out_.size());
  out_.clear();
  adopt_settings(now);
  auto const cleared = pty::clear_after_last_close(descriptor_.native_handle());
  lost(cleared.unread);
  host_.event(*this, "closed", "no program has it open");
  host_.opened_or_closed(*this);
  if (cleared.locked_out && !pty::presence(descriptor_.native_handle()).open)
    replace_pty(now, "a stale TIOCEXCL");
  else
    release_overrides(now);
  host_.touch(*this);
  host_.settle(now);
}

void Port::on_closing_alarm(Instant now) {
  if (reading_ != Reading::held || pty::presence(descriptor_.native_handle()).open) return;
  while (::read(descriptor_.native_handle(), read_buffer.data(), read_buffer.size()) > 0) {
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
  auto const t = pty::read_termios(descriptor_.native_handle());
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
// ------------------------------------------------------------------------------------------------------

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
  if (auto const t = pty::read_termios(descriptor_.native_handle()))
    settings_.clocal = pty::settings(*t).clocal;
  if (settings_.clocal) return;
  hang_up_due_ = true;
  host_.touch(*this);
}

// ---- bytes from the DTE
// --------------------------------------------------------------------------------------------

void Port::arm_read() {
  if (read_wait_) return;
  read_wait_ = true;
  descriptor_.async_wait(descriptor_base::wait_read, [this, generation = generation_](auto ec) {
    if (generation != generation_) return;
    read_wait_ = false;
    if (reading_ != Reading::armed) return;
    if (ec) return cable_ == Cable::removed ? void() : arm_read();
    on_readable();
  });
}

void Port::on_readable() {
  auto const generation = generation_;
  read_burst(now());
  if (generation == generation_ && reading_ == Reading::armed) arm_read();
}

size_t Port::reading_room() const {
  if (power_ == Power::wedged || cable_ != Cable::plugged || call_ == nullptr) return read_limit;
  if (!backlog_.empty()) return 0;
  // Command state takes at most a small read: what follows a dial command in it must fit a line that is full.
  return modem_.accepts_line_data() ? std::min(read_limit, call_->line().room(end_)) : backlog_limit / 4;
}

void Port::read_burst(Instant now) {
  auto const generation = generation_;
  for (size_t turn = 0; turn < read_turns; ++turn) {
    size_t const room = reading_room();
    if (room == 0) {
      reading_ = Reading::held;
      return look(now);
    }
    ssize_t const n = ::read(descriptor_.native_handle(), read_buffer.data(), room);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return closed(now);
    from_dte(now, Bytes(read_buffer).first(static_cast<size_t>(n)));
    if (generation != generation_ || reading_ != Reading::armed) return;
    if (static_cast<size_t>(n) < short_read) return;
  }
}

void Port::from_dte(Instant now, Bytes bytes) {
  bytes_.from_dte += bytes.size();
  if (host_.tracing()) host_.trace(*this, false, bytes);
  if (power_ == Power::wedged || cable_ != Cable::plugged) return;
  if (!modem_.accepts_line_data()) adopt_settings(now);
  auto const generation = generation_;
  while (!bytes.empty() && generation == generation_) {
    auto const [to_line, taken] = modem_.on_dte_bytes(now, bytes);
    OFFHOOK_CHECK(to_line + taken > 0 && to_line + taken <= bytes.size());
    if (to_line != 0) pass(now, bytes.first(to_line));
    bytes = bytes.subspan(to_line + taken);
    host_.touch(*this);
    host_.settle(now);
  }
}

void Port::pass(Instant now, Bytes bytes) {
  bytes_.to_line += bytes.size();
  if (call_ == nullptr) return;
  size_t const taken = backlog_.empty() ? call_->pass(now, end_, bytes) : 0;
  backlog_.push(bytes.subspan(taken));
}

void Port::resume(Instant now) {
  if (!backlog_.empty() && call_ != nullptr) backlog_.pop(call_->pass(now, end_, backlog_.front()));
  if (call_ != nullptr && reading_room() < call_->line().parameters().buffer_bytes / 4) return;
  reading_ = Reading::armed;
  closing_alarm_.set(std::nullopt);
  arm_read();
}

// ---- bytes for the DTE
// ---------------------------------------------------------------------------------------------

void Port::to_dte(std::string_view text) {
  if (deaf()) return lost(text.size());
  Bytes bytes = as_bytes(text);
  size_t sent = 0;
  if (out_.empty()) {
    ssize_t const n = ::write(descriptor_.native_handle(), bytes.data(), bytes.size());
    sent = n > 0 ? static_cast<size_t>(n) : 0;
  }
  size_t const queued = out_.push(bytes.subspan(sent));
  lost(bytes.size() - sent - queued);
  bytes_.to_dte += sent + queued;
  if (host_.tracing()) host_.trace(*this, true, bytes.first(sent + queued));
  if (!out_.empty()) arm_write();
}

bool Port::can_take() const {
  return !deaf() && power_ == Power::on && out_.empty() && modem_.accepts_line_data();
}

size_t Port::take(Instant now, Bytes bytes) {
  ssize_t const n = ::write(descriptor_.native_handle(), bytes.data(), bytes.size());
  size_t const sent = n > 0 ? static_cast<size_t>(n) : 0;
  if (sent < bytes.size()) arm_write();
  if (sent == 0) return 0;
  bytes_.to_dte += sent;
  bytes_.from_line += sent;
  if (host_.tracing()) host_.trace(*this, true, bytes.first(sent));
  modem_.on_line_bytes(now, sent);
  host_.touch(*this);
  return sent;
}

void Port::arm_write() {
  if (write_wait_) return;
  write_wait_ = true;
  descriptor_.async_wait(descriptor_base::wait_write, [this, generation = generation_](auto ec) {
    if (generation != generation_) return;
    write_wait_ = false;
    if (!ec && open()) on_writable();
  });
}

void Port::on_writable() {
  flush();
  host_.touch(*this);
  host_.settle(now());
}

void Port::flush() {
  while (!out_.empty()) {
    Bytes const front = out_.front();
    ssize_t const n = ::write(descriptor_.native_handle(), front.data(), front.size());
    if (n <= 0) return arm_write();
    out_.pop(static_cast<size_t>(n));
  }
}

// ---- the engine
// ----------------------------------------------------------------------------------------------------

void Port::join(Call* call, line::End end) {
  call_ = call;
  end_ = end;
}

void Port::leave() {
  call_ = nullptr;
  backlog_.clear();
}

void Port::tell(Instant now, loop::Event const& event) {
  if (power_ == Power::wedged) return;
  modem_.on_line(now, event);
  host_.touch(*this);
}

void Port::on_break(Instant now) {
  if (power_ == Power::wedged || cable_ != Cable::plugged) return;
  modem_.on_break(now);
  host_.touch(*this);
}

bool Port::drain(Instant now) {
  if (power_ == Power::wedged) return false;
  bool any = false;
  while (auto action = modem_.poll_action()) {
    any = true;
    if (auto const* words = std::get_if<hayes::ToDte>(&*action)) {
      to_dte(words->bytes);
    } else if (std::holds_alternative<hayes::SetCircuit>(*action)) {
      update_presented();
    } else if (auto const* act = std::get_if<loop::Act>(&*action)) {
      host_.act(now, *this, *act);
    } else if (std::holds_alternative<hayes::SaveProfiles>(*action)) {
      host_.save_profiles(*this);
    } else if (auto* note = std::get_if<hayes::Note>(&*action)) {
      host_.event(*this, "state", std::move(note->text));
    }
  }
  return any;
}

void Port::finish(Instant now) {
  if (std::exchange(hang_up_due_, false) && open()) replace_pty(now, "109/DCD fell while CLOCAL is clear");
  if (held()) resume(now);
  auto const next = power_ == Power::on ? modem_.next_timeout() : std::nullopt;
  if (modem_alarm_.at() && (!next || *modem_alarm_.at() <= *next)) return;  // an early call is a no-op
  modem_alarm_.set(next);
}

void Port::on_modem_alarm(Instant now) {
  if (power_ == Power::wedged) return;
  // Bytes that arrived before a guard time ran out must be seen before it is said to have run.
  if (open() && pty::presence(descriptor_.native_handle()).readable) {
    if (held())
      modem_.on_dte_backlog(now);
    else
      read_burst(now);
  }
  modem_.on_timeout(now);
  host_.touch(*this);
  host_.settle(now);
}

// ---- faults
// --------------------------------------------------------------------------------------------------------

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
    host_.bury(*this, pty::Fd(descriptor_.release()));
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

void Port::describe(PortStatus& status) const {
  status.port = name();
  status.path = path_;
  status.number = config_.number;
  status.family = config_.family;
  status.state = power_ == Power::wedged ? "wedged" : std::string(hayes::name(modem_.state()));
  status.open = open();
  status.generation = generation_;
  status.dte_rate_bps = settings_.rate_bps;
  status.circuits = presented_;
  status.line = line;
  status.bytes = bytes_;
  if (power_ == Power::wedged) status.faults.emplace_back("wedged");
  if (cable_ == Cable::unplugged) status.faults.emplace_back("unplugged");
  if (cable_ == Cable::removed) status.faults.emplace_back("removed");
}

}  // namespace offhook::driver
