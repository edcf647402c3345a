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

constexpr size_t read_turns = 16;      // chunks a burst; the rest waits for the others' turn
constexpr size_t read_limit = 16384;   // bytes a chunk
constexpr size_t short_read = 256;     // below this nothing more is likely to wait
constexpr size_t words_limit = 16384;  // result codes a program leaves unread
constexpr size_t backlog_limit = 16384;

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
      descriptor_(
          io, [this] { on_readable(); }, [this] { on_writable(); }),
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
  descriptor_.close();
  reading_ = Reading::idle;
  cable_ = Cable::removed;
}

// ---- bytes from the DTE

void Port::on_readable() {
  if (reading_ != Reading::armed) return;
  auto const generation = generation_;
  read_burst(now());
  if (generation == generation_ && reading_ == Reading::armed) descriptor_.await_readable();
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
    ssize_t const n = ::read(descriptor_.fd(), read_buffer.data(), room);
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
  descriptor_.await_readable();
}

// ---- bytes for the DTE

void Port::to_dte(std::string_view text) {
  if (deaf()) return lost(text.size());
  Bytes bytes = as_bytes(text);
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

bool Port::can_take() const {
  return !deaf() && power_ == Power::on && out_.empty() && modem_.accepts_line_data();
}

size_t Port::take(Instant now, Bytes bytes) {
  ssize_t const n = ::write(descriptor_.fd(), bytes.data(), bytes.size());
  size_t const sent = n > 0 ? static_cast<size_t>(n) : 0;
  if (sent < bytes.size()) descriptor_.await_writable();
  if (sent == 0) return 0;
  bytes_.to_dte += sent;
  bytes_.from_line += sent;
  if (host_.tracing()) host_.trace(*this, true, bytes.first(sent));
  modem_.on_line_bytes(now, sent);
  host_.touch(*this);
  return sent;
}

void Port::on_writable() {
  if (!open()) return;
  flush();
  host_.touch(*this);
  host_.settle(now());
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
  if (open() && pty::presence(descriptor_.fd()).readable) {
    if (held())
      modem_.on_dte_backlog(now);
    else
      read_burst(now);
  }
  modem_.on_timeout(now);
  host_.touch(*this);
  host_.settle(now);
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
