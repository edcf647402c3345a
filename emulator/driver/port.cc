#include "emulator/driver/port.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/driver/call.h"
#include "emulator/driver/trunk_break.h"
#include "emulator/pty/port_name.h"

namespace offhook::driver {
namespace {

constexpr size_t read_turns = 16;      // chunks a burst; the rest waits for the others' turn
constexpr size_t read_limit = 16384;   // bytes a chunk
constexpr size_t short_read = 32;      // below this nothing more is likely to wait
constexpr size_t words_limit = 16384;  // result codes a program leaves unread
constexpr size_t backlog_limit = 16384;
constexpr size_t held_limit = 256;   // what a DCE may have held of earlier bytes: a packet
constexpr size_t pty_holds = 20480;  // what a program that closes may leave in its pty (Linux: 12-20 KiB)

std::array<std::byte, read_limit> read_buffer;  // one thread: every port reads into the same bytes

std::vector<std::byte> as_read(v24::Format const& format, Bytes bytes) {
  std::vector<std::byte> read(bytes.begin(), bytes.end());
  v24::to_dte(format, read);
  return read;
}

}  // namespace

Port::Port(boost::asio::io_context& io, io::Alarm& alarm, PortHost& host, size_t index,
           ModemConfig const& config, std::string path, pty::Access access, Dce dce)
    : host_(host),
      index_(index),
      config_(config),
      path_(std::move(path)),
      access_(access),
      dce_(std::move(dce)),
      descriptor_(
          io, [this] { on_readable(); }, [this] { on_writable(); }),
      termios_(pty::raw_settings()),
      out_(words_limit),
      backlog_(2 * (backlog_limit + pty_holds) + held_limit),  // a PAD may double it (X.3 parameter 13)
      dce_alarm_(alarm, [this](Instant at) { on_dce_alarm(at); }),
      retry_alarm_(alarm,
                   [this](Instant at) {
                     host_.touch(*this);
                     host_.settle(at);
                   }),
      words_alarm_(alarm, [this](Instant at) {
        say_due(at);
        host_.touch(*this);
        host_.settle(at);
      }) {}

Result<void> Port::start() {
  if (auto made = fresh_pty(termios_); made.has_error()) return made;
  settings_ = pty::settings(termios_);
  dce_circuits_ = dce_.circuits();
  dce_.on_dte_rate(io::now(), settings_.rate_bps);
  update_presented();
  host_.touch(*this);
  return {};
}

void Port::stop() {
  if (pts_) pty::remove_if_ours(path_, pty::slave_path(*pts_));
  descriptor_.close();
  remote_.reset();
  reading_ = Reading::idle;
  cable_ = Cable::removed;
}

// ---- bytes from the DTE

void Port::on_readable() {
  if (reading_ != Reading::armed) return;
  Instant const at = io::now();
  read_burst(at);
  host_.settle(at);
}

size_t Port::reading_room(Instant now) const {
  if (power_ == Power::wedged || cable_ != Cable::plugged || call_ == nullptr) return read_limit;
  if (!backlog_.empty()) return 0;
  // Command state takes at most a small read: what follows a dial command in it must fit a line that is full.
  return dce_.accepts_line_data() ? std::min(backlog_limit, call_->line().room(now, end_))
                                  : backlog_limit / 4;
}

void Port::read_burst(Instant now) {
  auto const generation = generation_;
  for (size_t turn = 0; turn < read_turns; ++turn) {
    size_t const room = reading_room(now);
    if (room == 0) {
      if (reading_ == Reading::armed) reading_ = Reading::held;
      look(now);
      return host_.touch(*this);  // it is resumed once all is quiet, or when the line has moved
    }
    ssize_t const n = ::read(descriptor_.fd(), read_buffer.data(), room);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      tell_line_full(now, false);
      break;
    }
    if (n <= 0) return closed(now);
    from_dte(now, std::span(read_buffer).first(static_cast<size_t>(n)));
    if (generation != generation_ || reading_ == Reading::idle) return;
    if (static_cast<size_t>(n) < short_read) {
      if (static_cast<size_t>(n) < room) tell_line_full(now, false);
      break;
    }
  }
  descriptor_.await_readable();
}

/// What waits at the port is the modem's buffer: it is full when the line has left it there for a while, and
/// has room again once it is empty.
void Port::tell_line_full(Instant now, bool full) {
  if (std::exchange(line_full_, full) == full) return;
  dce_.on_line_full(now, full);
  host_.touch(*this);
}

/// What a program wrote before its end is data still, though the line may be full. True: that was all, and
/// the program is gone.
bool Port::read_rest(Instant now) {
  auto const generation = generation_;
  if (reading_ == Reading::held) dce_.on_dte_backlog(now);
  for (size_t turn = 0; turn < read_turns; ++turn) {
    ssize_t const n = ::read(descriptor_.fd(), read_buffer.data(), read_limit);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (n <= 0) return true;
    from_dte(now, std::span(read_buffer).first(static_cast<size_t>(n)));
    if (generation != generation_ || !open()) return false;
  }
  return false;
}

void Port::from_dte(Instant now, std::span<std::byte> written) {
  Bytes bytes = written;
  bytes_.from_dte += bytes.size();
  if (host_.tracing()) host_.trace(*this, false, bytes);
  if (power_ == Power::wedged || cable_ != Cable::plugged) return;
  v24::to_dce(format_, written);
  if (!dce_.accepts_line_data()) adopt_settings(now);
  auto const generation = generation_;
  while (!bytes.empty() && generation == generation_) {
    auto const [to_line, taken] = dce_.on_dte_bytes(now, bytes);
    OFFHOOK_CHECK(to_line + taken > 0 && to_line + taken <= bytes.size());
    if (to_line != 0) pass(now, bytes.first(to_line));
    bytes = bytes.subspan(to_line + taken);
    host_.touch(*this);
    // Data alone waits for the end of the burst; what the DCE took may change what becomes of the rest.
    if (taken != 0) host_.settle(now);
  }
}

void Port::pass(Instant now, Bytes bytes) {
  bytes_.to_line += bytes.size();
  if (call_ == nullptr) return;
  size_t const taken = backlog_.empty() ? call_->pass(now, end_, bytes) : 0;
  size_t const kept = backlog_.push(bytes.subspan(taken));
  bytes_.lost_from_dte += bytes.size() - taken - kept;
}

bool Port::send_backlog(Instant now) {
  if (call_ == nullptr) return false;
  size_t const moved = backlog_.empty() ? 0 : call_->pass(now, end_, backlog_.front());
  backlog_.pop(moved);
  if (backlog_.empty() && stop_) host_.act(now, *this, *std::exchange(stop_, std::nullopt));
  return moved != 0;
}

bool Port::resume(Instant now) {
  bool const moved = send_backlog(now);
  if (reading_ != Reading::held) return moved;
  size_t const whole = call_ == nullptr ? 1 : std::min(call_->line().capacity(end_), backlog_limit / 4);
  if (reading_room(now) < std::max<size_t>(whole / 4, 1)) return moved;
  // What waits at the pty came while we did not look: the DTE was not silent.
  if (pty::presence(descriptor_.fd()).readable)
    dce_.on_dte_backlog(now);
  else
    tell_line_full(now, false);
  reading_ = Reading::armed;
  descriptor_.await_readable();
  return moved;
}

// ---- bytes for the DTE

void Port::to_dte(std::string_view text) {
  if (!v24::alters(format_)) return deliver(as_bytes(text));
  deliver(as_read(format_, as_bytes(text)));
}

void Port::deliver(Bytes bytes) {
  if (deaf()) return lost(bytes.size());
  size_t sent = 0;
  if (out_.empty()) {
    ssize_t const n = ::write(descriptor_.fd(), bytes.data(), bytes.size());
    sent = n > 0 ? static_cast<size_t>(n) : 0;
  }
  size_t const queued = out_.push(bytes.subspan(sent));
  lost(bytes.size() - sent - queued);
  bytes_.to_dte += sent + queued;
  if (host_.tracing()) host_.trace(*this, true, bytes.first(sent + queued));
  if (!out_.empty()) descriptor_.await_writable();
}

void Port::say(Instant now, v24::ToDte const& words) {
  if (!words_ || deaf()) return to_dte(words.bytes);
  auto const kind = words.kind == v24::ToDte::Kind::echo ? fault::Kind::echo : fault::Kind::words;
  lost(words.bytes.size() - words_->push(now, kind, words.bytes));
  say_due(now);
}

void Port::say_due(Instant now) {
  std::string const due(as_text(words_->ready(now)));
  words_->pop(due.size());
  if (!due.empty()) to_dte(due);
  words_alarm_.set(words_->next_timeout());
  if (words_->empty() && !fault::faulty(words_->parameters())) words_.reset();
}

/// Nobody will read what the DCE said.
void Port::drop_words() {
  lost(out_.size() + (words_ ? words_->size() : 0));
  out_.clear();
  if (words_) words_->clear();
  words_alarm_.set(std::nullopt);
}

/// Received data comes after the words that announce it, however late those are.
bool Port::can_take() const {
  return !deaf() && power_ == Power::on && out_.empty() && !descriptor_.awaits_writable() &&
         (!words_ || words_->empty());
}

size_t Port::take(Instant now, Bytes bytes) {
  return dce_.accepts_line_data() ? take_as_it_is(now, bytes) : take_changed(now, bytes);
}

size_t Port::take_as_it_is(Instant now, Bytes bytes) {
  std::vector<std::byte> read;
  if (v24::alters(format_)) bytes = read = as_read(format_, bytes);
  ssize_t const n = ::write(descriptor_.fd(), bytes.data(), bytes.size());
  size_t const sent = n > 0 ? static_cast<size_t>(n) : 0;
  if (sent == 0) {
    descriptor_.await_writable();
    return 0;
  }
  if (sent < bytes.size()) descriptor_.await_room();
  bytes_.to_dte += sent;
  bytes_.from_line += sent;
  if (host_.tracing()) host_.trace(*this, true, bytes.first(sent));
  dce_.on_line_bytes(now, sent);
  host_.touch(*this);
  return sent;
}

/// What the DCE makes of it is written at once: data that follows may go as it is.
size_t Port::take_changed(Instant now, Bytes bytes) {
  size_t const taken = dce_.on_line_data(now, bytes);
  if (taken == 0) return 0;
  bytes_.from_line += taken;
  drain(now, Speaker::far_end);
  host_.touch(*this);
  return taken;
}

void Port::on_writable() {
  if (deaf()) return;
  flush();
  host_.touch(*this);
  host_.settle(io::now());
}

void Port::flush() {
  while (!out_.empty()) {
    Bytes const front = out_.front();
    ssize_t const n = ::write(descriptor_.fd(), front.data(), front.size());
    if (n <= 0) return descriptor_.await_writable();
    out_.pop(static_cast<size_t>(n));
  }
}

// ---- the engine

void Port::join(Call* call, line::End end) {
  OFFHOOK_CHECK(call_ == nullptr);
  call_ = call;
  end_ = end;
}

void Port::leave() {
  call_ = nullptr;
  bytes_.lost_from_dte += backlog_.size();
  backlog_.clear();
  stop_.reset();
}

void Port::tell(Instant now, loop::Event const& event) {
  if (power_ == Power::wedged) return;
  dce_.on_line(now, event);
  drain(now);  // event by event: a circuit that goes on and off again was on
  host_.touch(*this);
}

void Port::on_break(Instant now) {
  if (power_ == Power::wedged || cable_ != Cable::plugged) return;
  dce_.on_break(now);
  if (call_ != nullptr && dce_.passes_break()) call_->pass_break(now, end_);
  host_.touch(*this);
}

void Port::hear_break(Instant) {
  if (!can_take() || !dce_.accepts_line_data()) return;
  host_.event(*this, "note", "break from the far end");
  if (!remote_) return deliver(as_bytes(break_as_read(descriptor_.fd())));
  if (!host_.remote_break(*this)) deliver(as_bytes(std::string_view("\0", 1)));
}

/// Words wait for what follows them: where that is 109's fall, the side channel tells it first, so that
/// whoever has read NO CARRIER finds 109 OFF. The programs' hang-up comes later, in finish().
void Port::drain(Instant now, Speaker speaker) {
  if (power_ == Power::wedged) return;
  std::optional<v24::ToDte> words;
  auto const speak = [&] {
    if (!words) return;
    auto const spoken = *std::exchange(words, std::nullopt);
    if (speaker == Speaker::dce)
      say(now, spoken);
    else
      to_dte(spoken.bytes);
  };
  while (auto action = dce_.poll_action()) {
    auto const* change = std::get_if<v24::SetCircuit>(&*action);
    bool const falls = change != nullptr && change->circuit == v24::Circuit::dcd && !change->on;
    bool const said_nothing = std::holds_alternative<v24::Note>(*action);
    if (!falls && !said_nothing) speak();
    if (auto* next = std::get_if<v24::ToDte>(&*action)) {
      words = std::move(*next);
    } else if (auto const* data = std::get_if<v24::ToLine>(&*action)) {
      pass(now, as_bytes(data->bytes));
    } else if (change != nullptr) {
      dce_circuits_.set(change->circuit, change->on);
      update_presented();
    } else if (auto const* act = std::get_if<loop::Act>(&*action)) {
      this->act(now, *act);
    } else if (std::holds_alternative<v24::SaveProfiles>(*action)) {
      host_.save_profiles(*this);
    } else if (auto* note = std::get_if<v24::Note>(&*action)) {
      host_.event(*this, "state", std::move(note->text));
    }
  }
  speak();
}

/// The carrier stops behind what was sent before: the line delivers what it has, but no more.
void Port::act(Instant now, loop::Act const& act) {
  auto const* stop = std::get_if<loop::StopCarrier>(&act);
  if (stop != nullptr && !backlog_.empty())
    stop_ = *stop;
  else
    host_.act(now, *this, act);
}

void Port::finish(Instant now) {
  replace_if_due(now);
  resume(now);
  auto const next = power_ == Power::on ? dce_.next_timeout() : std::nullopt;
  if (dce_alarm_.at() && (!next || *dce_alarm_.at() <= *next)) return;  // an early call is a no-op
  dce_alarm_.set(next);
}

void Port::on_dce_alarm(Instant now) {
  if (power_ == Power::wedged) return;
  // Bytes that arrived before a guard time ran out must be seen before it is said to have run.
  if (reading_ == Reading::armed && pty::presence(descriptor_.fd()).readable) read_burst(now);
  if (reading_ == Reading::held && pty::presence(descriptor_.fd()).readable) dce_.on_dte_backlog(now);
  dce_.on_timeout(now);
  host_.touch(*this);
  host_.settle(now);
}

void Port::describe(PortStatus& status) const {
  status.port = name();
  status.path = path_;
  status.number = config_.number;
  status.family =
      config_.kind == ModemConfig::Kind::modem ? config_.family : std::string(driver::name(config_.kind));
  status.state = power_ == Power::wedged ? "wedged" : std::string(dce_.state());
  status.open = open();
  if (remote_) status.remote = remote_->who;
  status.generation = generation_;
  status.dte_rate_bps = settings_.rate_bps;
  status.circuits = presented_;
  status.line = line;
  if (words_) {
    status.words = words_->parameters();
    for (auto& fault : fault::describe(status.words)) status.faults.push_back(std::move(fault));
  }
  status.bytes = bytes_;
  if (power_ == Power::wedged) status.faults.emplace_back("wedged");
  if (cable_ == Cable::unplugged) status.faults.emplace_back("unplugged");
  if (cable_ == Cable::removed) status.faults.emplace_back("removed");
}

}  // namespace offhook::driver
