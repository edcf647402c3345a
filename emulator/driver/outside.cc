#include "emulator/driver/outside.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/driver/call.h"

namespace offhook::driver {
namespace {

constexpr int read_turns = 16;        // chunks a burst; the rest waits for the others' turn
constexpr size_t read_limit = 16384;  // bytes a chunk
constexpr size_t short_read = 256;    // below this nothing more is likely to wait
constexpr Duration full_limit = 5s;   // how long a call that is over waits for a peer that takes nothing

std::array<std::byte, read_limit> read_buffer;  // one thread: all read into the same bytes

}  // namespace

struct Outside::StateRow {
  State state;
  Duration limit;  // then it hangs up; 0: none
  unsigned next;
};

Outside::StateRow const& Outside::row(State state) {
  static constexpr auto bit = [](State s) { return 1u << static_cast<unsigned>(s); };
  using enum State;
  static constexpr StateRow rows[] = {
      {idle, 0s, bit(training) | bit(gone)},
      {training, 60s, bit(carrying) | bit(gone)},
      {carrying, 0s, bit(carrier_lost) | bit(clearing) | bit(flushing) | bit(releasing) | bit(gone)},
      {carrier_lost, 1400ms, bit(carrying) | bit(flushing) | bit(gone)},  // as S10=14
      {clearing, 30s, bit(flushing) | bit(gone)},  // the longest delay of a line, and more
      {flushing, 5s, bit(gone)},
      {releasing, 30s, bit(gone)},  // a program on the port that never reads
      {gone, 0s, 0},
  };
  return rows[static_cast<size_t>(state)];
}

Outside::Outside(boost::asio::io_context& io, io::Alarm& alarm, OutsideHost& host, std::string name)
    : host_(host),
      name_(std::move(name)),
      descriptor_(
          io, [this] { on_readable(); }, [this] { on_writable(); }),
      inbox_(2 * read_limit),
      due_(alarm, [this](Instant at) {
        end(at);
        settle(at);
      }) {}

void Outside::enter(Instant now, State next) {
  OFFHOOK_CHECK((row(state_).next >> static_cast<unsigned>(next) & 1u) != 0);
  state_ = next;
  auto const limit = row(next).limit;
  due_.set(limit > Duration::zero() ? std::optional(now + limit) : std::nullopt);
}

void Outside::begin(Instant, exchange::CallId attempt) {
  attempt_ = attempt;
  descriptor_.await_readable();
}

void Outside::join(Call& call, line::End end) {
  call_ = &call;
  end_ = end;
}

void Outside::settle(Instant now) {
  if (call_ != nullptr) host_.touch(*call_);
  host_.settle(now);
}

// ---- the line's side

void Outside::on_line(Instant now, loop::Event const& event) {
  using enum State;
  bool const down = std::holds_alternative<loop::CarrierDown>(event);
  bool const released = std::holds_alternative<loop::LinkReleased>(event);
  bool const cleared = std::holds_alternative<loop::Cleared>(event);
  if (std::holds_alternative<loop::Answered>(event) && state_ == idle) {
    enter(now, training);
    loop::StartCarrier carrier;
    carrier.originate = end_ == line::End::near;
    carrier.offer_mnp = carrier.offer_mnp5 = true;
    actions_.push(carrier);
  } else if (auto const* up = std::get_if<loop::CarrierUp>(&event); up != nullptr && state_ == training) {
    if (!on_carrier(*up)) return end(now);
    enter(now, carrying);
  } else if (std::holds_alternative<loop::CarrierBack>(event) && state_ == carrier_lost) {
    enter(now, carrying);
  } else if (down && state_ == carrying) {
    enter(now, carrier_lost);
  } else if (cleared && state_ == carrying) {
    enter(now, clearing);
    if (source_ == Source::open && descriptor_.awaits_writable()) due_.set(now + full_limit);
  } else if ((cleared && (state_ == idle || state_ == training)) ||
             ((down || released || cleared) && state_ == releasing)) {
    end(now);
  } else if ((released && state_ == carrying) || ((released || cleared) && state_ == carrier_lost) ||
             ((released || down) && state_ == clearing)) {
    enter(now, flushing);
  }
}

void Outside::end(Instant now) {
  if (state_ == State::gone) return;
  if (state_ != State::idle) actions_.push(loop::StopCarrier{false});
  enter(now, State::gone);
  actions_.push(loop::GoOnHook{});
}

bool Outside::can_take() const {
  if (source_ == Source::ended) return true;
  return (state_ == State::carrying || state_ == State::clearing) && flushed() &&
         !descriptor_.awaits_writable();
}

size_t Outside::take(Bytes bytes) {
  size_t const taken = source_ == Source::open ? send(bytes) : 0;
  if (source_ == Source::ended) return bytes.size();
  if (taken == 0)
    descriptor_.await_writable();
  else if (taken < bytes.size() || !flushed())
    descriptor_.await_room();
  return taken;
}

size_t Outside::put(Bytes bytes) {
  ssize_t const n = write_some(bytes);
  if (n >= 0) return static_cast<size_t>(n);
  if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS) far_end_gone();
  return 0;
}

bool Outside::resume(Instant now) {
  flush(now);
  size_t moved = 0;
  if (!inbox_.empty() && state_ == State::carrying) {
    moved = call_->pass(now, end_, inbox_.front());
    inbox_.pop(moved);
  }
  if (state_ == State::carrying && source_ == Source::ended && inbox_.empty()) {
    actions_.push(loop::StopCarrier{true});
    enter(now, State::releasing);
    return true;
  }
  if (state_ == State::flushing && (flushed() || source_ == Source::ended)) {
    end(now);
    return true;
  }
  if (!may_read()) return moved != 0;
  if (!ends_when_empty() && descriptor_.awaits_readable()) return moved != 0;
  read_burst(now);  // while there was no room nobody looked: something may well wait
  return true;
}

void Outside::say(std::string_view text) {
  if (source_ == Source::open && flushed()) put(as_bytes(text));
}

void Outside::hang_up() {
  due_.set(std::nullopt);
  close();
  source_ = Source::ended;
}

// ---- the descriptor's side

bool Outside::may_read() const {
  if (source_ == Source::ended || clogged()) return false;
  if (call_ == nullptr) return inbox_.size() < read_limit;  // a caller that gives up is to be seen
  return state_ == State::carrying && inbox_.empty() && reading_room() != 0;
}

size_t Outside::reading_room() const {
  if (call_ == nullptr || call_->line().transparent(end_)) return read_limit;
  size_t const room = call_->line().room(end_);
  size_t const enough = std::min(call_->line().capacity(end_), read_limit) / 4;
  return room < enough ? 0 : std::min(room, read_limit);
}

void Outside::read_burst(Instant now) {
  for (int turn = 0; turn < read_turns; ++turn) {
    if (!may_read()) return;
    ssize_t const n = ::read(descriptor_.fd(), read_buffer.data(), reading_room());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (!ends_when_empty()) break;
      return far_end_gone();
    }
    if (n <= 0) return far_end_gone();
    received(now, std::span(read_buffer).first(static_cast<size_t>(n)));
    if (static_cast<size_t>(n) < short_read && !ends_when_empty()) break;
  }
  descriptor_.await_readable();
}

void Outside::bring_in(Instant now, Bytes bytes) {
  bool const through = state_ == State::carrying && inbox_.empty();
  size_t const passed = through ? call_->pass(now, end_, bytes) : 0;
  size_t const kept = inbox_.push(bytes.subspan(passed));
  OFFHOOK_CHECK(passed + kept == bytes.size());
}

void Outside::bring_in_break(Instant now) {
  if (state_ == State::carrying) call_->pass_break(now, end_);
}

void Outside::on_readable() {
  Instant const at = io::now();
  read_burst(at);
  if (call_ == nullptr && source_ == Source::ended) host_.gone(at, attempt_, *this);
  settle(at);
}

void Outside::on_writable() {
  Instant const at = io::now();
  flush(at);
  settle(at);
}

}  // namespace offhook::driver
