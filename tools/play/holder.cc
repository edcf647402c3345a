#include "tools/play/holder.h"

#include <algorithm>
#include <utility>

namespace offhook::play {
namespace {

constexpr Duration speaks_every = 700ms;
constexpr size_t words_limit = 64;
constexpr std::string_view ends[] = {"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "ERROR", "CLR"};

}  // namespace

Holder::Holder(Stage& stage, Ledger& ledger, Tty& tty, size_t port, Kind kind, std::string name, uint8_t mark,
               Handlers handlers)
    : stage_(stage),
      ledger_(ledger),
      tty_(tty),
      port_(port),
      kind_(kind),
      name_(std::move(name)),
      mark_(mark),
      handlers_(std::move(handlers)) {}

Tty::Outcome Holder::open() {
  auto const outcome = tty_.open(*this);
  if (outcome == Tty::Outcome::opened) begin();
  return outcome;
}

bool Holder::join() {
  if (!tty_.join(*this)) return false;
  begin();
  return true;
}

void Holder::begin() {
  stage_.after(Duration::zero(), [this] {
    if (tty_.waiting()) readable();
  });
  stage_.after(stage_.up_to(speaks_every), [this] { speak(); });
}

void Holder::speak() {
  if (over_) return;
  if (online_ && !stopped_ && has_port()) say(Ledger::text(mark_));
  stage_.after(speaks_every, [this] { speak(); });
}

void Holder::say(std::string_view text) {
  counters_.bytes_out += text.size();
  tty_.write(*this, text);
}

/// Whoever goes on does what he was about to do: writes, and reads.
void Holder::go_on() {
  if (!std::exchange(stopped_, false)) return;
  say(Ledger::text(mark_));
  if (tty_.waiting()) readable();
  if (!has_port()) hung_up();
}

void Holder::close() {
  over_ = true;
  tty_.close(*this);
}

void Holder::readable() {
  if (stopped_) return;
  for (auto const& chunk : tty_.read(*this)) {
    counters_.bytes_in += chunk.bytes.size();
    ledger_.read(port_, chunk.call, mark_);
    echoes_ += static_cast<uint64_t>(std::ranges::count(chunk.bytes, static_cast<char>(mark_)));
    if (chunk.call == 0) hear(chunk.bytes);
  }
}

void Holder::hear(std::string_view words) {
  words_.append(words);
  if (words_.find("CONNECT") != words_.npos || words_.find("COM\r") != words_.npos) {
    online_ = true;
    words_.clear();
  }
  bool const over =
      std::ranges::any_of(ends, [&](std::string_view end) { return words_.find(end) != words_.npos; });
  if (words_.size() > words_limit) words_.erase(0, words_.size() - words_limit);
  if (!over) return;
  words_.clear();
  online_ = false;
  if (handlers_.call_over) handlers_.call_over();
}

void Holder::hung_up() {
  if (stopped_ || over_) return;
  over_ = true;
  if (handlers_.lost) handlers_.lost();
}

}  // namespace offhook::play
