#include "emulator/line/paced_queue.h"

#include <utility>

namespace offhook::line {

namespace {

constexpr int64_t second = std::chrono::nanoseconds(1s).count();

}  // namespace

ByteQueue with_limit(ByteQueue const& bytes, size_t size, size_t limit) {
  ByteQueue copy(std::max(limit, size));
  copy.push(bytes.front().first(size));
  return copy;
}

uint64_t Pace::bytes_in(Duration elapsed) const {
  if (elapsed < Duration::zero()) return 0;
  if (rate_bps == 0) return UINT64_MAX;
  int64_t const span = bits_per_byte * second;
  uint64_t const whole = static_cast<uint64_t>(elapsed.count() / span);
  uint64_t const rest = static_cast<uint64_t>(elapsed.count() % span);
  return whole * rate_bps + rest * rate_bps / static_cast<uint64_t>(span);
}

Duration Pace::time_of(uint64_t bytes) const {
  if (rate_bps == 0) return Duration::zero();
  uint64_t const span = bits_per_byte * static_cast<uint64_t>(second);
  uint64_t const rate = rate_bps;
  uint64_t const whole = bytes / rate,
                 rest = bytes % rate;  // whole spans first: the product stays in 64 bits
  return Duration(static_cast<Duration::rep>(whole * span + (rest * span + rate - 1) / rate));
}

size_t PacedQueue::push(Instant now, Bytes bytes) {
  size_t const taken = bytes_.push(bytes.first(std::min(bytes.size(), room())));
  Sender const was = std::exchange(sender_, room() == 0 ? Sender::held_back : Sender::content);
  if (pace_.rate_bps == 0 || taken == 0) return taken;
  // The bytes just taken are not counted in pushed_ yet, so this asks about those before them.
  if (in_transit(now) == 0 && now > busy_until())
    begin_period(was == Sender::held_back ? std::max(busy_until(), now - lateness_allowed) : now, 0);
  rebase(now);
  pushed_ += taken;
  if (!wake_) schedule(now);
  if (!wake_) wake_ = std::max(now, woke_ + wake_interval);  // it came late, and has arrived already
  return taken;
}

size_t PacedQueue::clear() {
  size_t const dropped = bytes_.size();
  bytes_.clear();
  sender_ = Sender::content;
  begin_period(Instant{}, 0);
  wake_.reset();
  return dropped;
}

size_t PacedQueue::drop_in_transit(Instant now) {
  size_t const dropped = in_transit(now);
  if (dropped == 0) return 0;
  bytes_ = with_limit(bytes_, bytes_.size() - dropped, bytes_.limit());
  begin_period(now, 0);
  wake_.reset();
  return dropped;
}

void PacedQueue::set_limit(size_t limit) {
  limit_ = limit;
  bytes_ = with_limit(bytes_, bytes_.size(), limit);
}

void PacedQueue::set_pace(Instant now, Pace pace) {
  if (pace == pace_) return;
  size_t const moving = in_transit(now);
  pace_ = pace;
  begin_period(now, pace.rate_bps == 0 ? 0 : moving);
  wake_.reset();
  schedule(now);
}

void PacedQueue::on_timeout(Instant now) {
  if (!wake_ || now < *wake_) return;
  woke_ = now;
  rebase(now);
  schedule(now);
}

size_t PacedQueue::in_transit(Instant now) const {
  if (pace_.rate_bps == 0 || pushed_ == 0) return 0;
  uint64_t const arrived = now > period_ ? pace_.bytes_in(now - period_) : 0;
  return pushed_ > arrived ? static_cast<size_t>(pushed_ - arrived) : 0;
}

void PacedQueue::begin_period(Instant now, uint64_t in_transit) {
  period_ = now;
  pushed_ = in_transit;
}

/// In as many seconds as a byte has bits, exactly `rate` bytes arrive: whole such spans can be taken off a
/// long busy period without rounding, which keeps its numbers small.
void PacedQueue::rebase(Instant now) {
  Duration const span = pace_.bits_per_byte * Duration(1s);
  while (now - period_ >= span && pushed_ > pace_.rate_bps) {
    period_ += span;
    pushed_ -= pace_.rate_bps;
  }
}

void PacedQueue::schedule(Instant now) {
  size_t const moving = in_transit(now);
  if (moving == 0) return wake_.reset();
  Instant const next_byte = period_ + pace_.time_of(pushed_ - moving + 1);
  Instant const earliest = woke_ == Instant::min() ? next_byte : std::max(next_byte, woke_ + wake_interval);
  uint64_t count = pace_.bytes_in(earliest - period_);
  if (pace_.time_of(count) < earliest - period_) ++count;
  wake_ = std::max(earliest, period_ + pace_.time_of(std::min(count, pushed_)));
}

}  // namespace offhook::line
