#include "emulator/line/channel.h"

#include <algorithm>
#include <utility>

#include "emulator/base/check.h"

namespace offhook::line {

namespace {

constexpr size_t frame_bytes = 128;  // V.42 9.2.3: the default of N401, octets of an information field
constexpr uint32_t most_retransmissions = 32;  // of a frame: a line so bad would be dropped or retrained
constexpr Duration queueing_allowed = 20ms;
constexpr size_t unpaced_buffer = 16384;
constexpr uint64_t most_travelling = 1u << 20;

/// Seeds of a direction's two generators: chance that changes bytes must not depend on how they were cut up.
uint64_t seed_of_jitter(uint64_t seed) { return Random(seed ^ 0x6a69747465720000u).next(); }

}  // namespace

size_t buffer_for(Pace const& pace) {
  if (pace.rate_bps == 0) return unpaced_buffer;
  return 1 + static_cast<size_t>(pace.bytes_in(queueing_allowed));
}

Channel::Channel(uint64_t seed)
    : limit_(unpaced_buffer), noise_(seed), jitters_(seed_of_jitter(seed)), paced_(limit_), bytes_(limit_) {}

void Channel::seed(uint64_t seed) {
  noise_.seed(seed);
  jitters_ = Random(seed_of_jitter(seed));
}

void Channel::configure(Instant now, Pace pace, Parameters const& parameters, Recovery recovery) {
  limit_ = parameters.buffer_bytes != 0 ? parameters.buffer_bytes : buffer_for(pace);
  paced_.set_limit(limit_);
  paced_.set_pace(now, pace);
  noise_.set(parameters);
  wanted_ = impaired(parameters) ? Way::impaired : Way::paced;
  bool const same = pace == pace_ && parameters.delay == delay_ && parameters.jitter == jitter_;
  size_t const here = arrived(now);
  pace_ = pace;
  delay_ = parameters.delay;
  jitter_ = parameters.jitter;
  recovery_ = recovery;
  uint64_t const travelling_then = pace.rate_bps == 0 ? 0 : pace.bytes_in(delay_ + jitter_);
  // Twice what may be pushed: each byte may arrive twice.
  size_t const bound = 2 * (limit_ + static_cast<size_t>(std::min(travelling_then, most_travelling)));
  bytes_ = with_limit(bytes_, bytes_.size(), bound);
  if (same || bytes_.empty()) return;
  landed_ = here;
  reschedule(now);
}

/// What has not arrived starts anew, at the present pace and delay; its errors it keeps.
void Channel::reschedule(Instant now) {
  runs_.clear();
  free_at_ = now;
  for (size_t left = bytes_.size() - landed_; left > 0;) {
    size_t const size = std::min(left, frame_bytes);
    add_run(free_at_, delay_, size);
    free_at_ += pace_.time_of(size);
    left -= size;
  }
}

size_t Channel::push(Instant now, Bytes bytes) {
  if (way() == Way::paced) return paced_.push(now, bytes);
  size_t const room_now = room(now);
  bytes = bytes.first(std::min(bytes.size(), room_now));
  Sender const was = std::exchange(sender_, bytes.size() == room_now ? Sender::held_back : Sender::content);
  Instant const from = was == Sender::held_back ? now - lateness_allowed : now;
  free_at_ = std::max({free_at_, from, paced_.empty() ? from : paced_.busy_until()});
  for (size_t done = 0; done < bytes.size(); done += frame_bytes)
    send_frame(now, bytes.subspan(done, std::min(frame_bytes, bytes.size() - done)));
  return bytes.size();
}

void Channel::send_frame(Instant now, Bytes frame) {
  if (pace_.rate_bps == 0) free_at_ = std::max(free_at_, now);
  auto const bound = static_cast<uint64_t>(jitter_.count());
  Duration const late = delay_ + (bound == 0 ? Duration(0) : Duration(jitters_.below(bound + 1)));
  if (recovery_ == Recovery::arq) return send_corrected(free_at_, late, frame);
  send_bare(free_at_, late, frame);
}

/// A frame that was hit costs its own time and a round trip, until the rejection (REJ) is back; those
/// after it wait, as they would have been sent again too.
void Channel::send_corrected(Instant begin, Duration late, Bytes frame) {
  Duration const time = pace_.time_of(frame.size());
  for (uint32_t tries = 0; noise_.hits(frame.size()) && tries < most_retransmissions; ++tries) {
    begin += time + 2 * delay_;
    ++tally_.resent;
  }
  OFFHOOK_CHECK(bytes_.push(frame) == frame.size());
  add_run(begin, late, frame.size());
  free_at_ = begin + time;
}

void Channel::send_bare(Instant begin, Duration late, Bytes bytes) {
  size_t run = 0;
  uint64_t slots = 0, first = 0;  // byte times since `begin`; where the run began
  for (std::byte const sent : bytes) {
    Noise::Byte const heard = noise_.pass(sent);
    ++slots;
    if (heard.fate == Noise::Fate::lost) {
      add_run(begin + pace_.time_of(first), late, std::exchange(run, 0));
      first = slots;
      ++tally_.dropped;
      continue;
    }
    bool const twice = heard.fate == Noise::Fate::twice;
    for (int i = twice ? 0 : 1; i < 2; ++i) OFFHOOK_CHECK(bytes_.push(Bytes(&heard.value, 1)) == 1);
    run += twice ? 2 : 1;
    slots += twice ? 1 : 0;
    tally_.duplicated += twice ? 1 : 0;
    tally_.damaged += heard.value != sent ? 1 : 0;
  }
  add_run(begin + pace_.time_of(first), late, run);
  free_at_ = begin + pace_.time_of(slots);
}

/// Order is kept whatever the delays: a run arrives no earlier than those before it, see arrived().
void Channel::add_run(Instant begin, Duration late, size_t size) {
  if (size > 0) runs_.push_back({begin + late, late, size});
}

size_t Channel::arrived(Instant now) const {
  size_t total = landed_;
  for (Run const& run : runs_) {
    auto const count = std::min<uint64_t>(run.size, pace_.bytes_in(now - run.base));
    total += static_cast<size_t>(count) - run.taken;
    if (count < run.size) break;
  }
  return total;
}

size_t Channel::travelling(Instant now) const {
  if (pace_.rate_bps == 0) return 0;  // nothing but the buffer bounds what is sent in no time
  size_t left = 0;
  for (Run const& run : runs_) {
    if (run.base - run.late > now) break;
    uint64_t const sent = pace_.bytes_in(now - (run.base - run.late));
    left += static_cast<size_t>(std::min<uint64_t>(run.size, sent)) - run.taken;
  }
  return landed_ + left - std::min(landed_ + left, arrived(now));
}

size_t Channel::room(Instant now) const {
  size_t const held = size() - travelling(now);
  return std::min(limit_ - std::min(limit_, held), bytes_.room() / 2);
}

Bytes Channel::ready(Instant now) const {
  if (!paced_.empty()) return paced_.ready(now);
  return bytes_.front().first(arrived(now));
}

void Channel::pop(size_t n) {
  if (!paced_.empty()) return paced_.pop(n);
  bytes_.pop(n);
  size_t const landed = std::min(landed_, n);
  landed_ -= landed;
  for (n -= landed; n > 0;) {
    Run& run = runs_.front();
    size_t const part = std::min(run.size - run.taken, n);
    n -= part;
    run.taken += part;
    if (run.taken == run.size) runs_.pop_front();
  }
}

size_t Channel::clear() {
  size_t const dropped = paced_.clear() + bytes_.size();
  bytes_.clear();
  runs_.clear();
  landed_ = 0;
  free_at_ = Instant::min();
  sender_ = Sender::content;
  return dropped;
}

size_t Channel::drop_in_transit(Instant now) {
  size_t const keep = arrived(now), dropped = bytes_.size() - keep;
  if (dropped > 0) {
    bytes_ = with_limit(bytes_, keep, bytes_.limit());
    runs_.clear();
    landed_ = keep;
    free_at_ = now;
  }
  return dropped + paced_.drop_in_transit(now);
}

/// When the first byte after the last wake-up arrives, or leaves the sender.
std::optional<Instant> Channel::next_of(Lead lead) const {
  for (Run const& run : runs_) {
    Instant const base = run.base - (lead == Lead::departure ? run.late : Duration::zero());
    uint64_t const seen = woke_ == Instant::min() ? 0 : pace_.bytes_in(woke_ - base);
    if (seen >= run.size) continue;
    Instant const at = base + pace_.time_of(seen + 1);
    return woke_ == Instant::min() ? at : std::max(at, woke_ + wake_interval);
  }
  return std::nullopt;
}

std::optional<Instant> Channel::next_timeout() const {
  std::optional<Instant> next = paced_.next_timeout();
  auto const consider = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  consider(next_of(Lead::arrival));
  // What has left makes room for a sender that waits for it.
  if (sender_ == Sender::held_back) consider(next_of(Lead::departure));
  return next;
}

void Channel::on_timeout(Instant now) {
  paced_.on_timeout(now);
  auto const due = next_timeout();
  if (due && *due <= now) woke_ = now;
}

}  // namespace offhook::line
