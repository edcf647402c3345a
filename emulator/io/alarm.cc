#include "emulator/io/alarm.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>
#include <utility>

namespace offhook::io {

Instant now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

struct Alarm::Impl : std::enable_shared_from_this<Impl> {
  explicit Impl(boost::asio::io_context& io) : timer(io) {}

  // The timer is only ever moved to an earlier deadline; a deadline that was put off or cancelled costs one
  // idle wake-up instead of a system call a change.
  void arm() {
    if (stopped || entries.empty()) return;
    Instant const first = entries.begin()->first;
    if (armed && *armed <= first) return;
    armed = first;
    timer.expires_at(std::chrono::steady_clock::time_point(first.time_since_epoch()));
    timer.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
      auto const self = weak.lock();
      if (ec || !self || self->stopped) return;
      self->armed.reset();
      self->fire();
    });
  }

  void fire() {
    firing = now();
    while (!stopped && !entries.empty() && entries.begin()->first <= *firing) {
      Entry* const entry = entries.begin()->second;
      entries.erase(entries.begin());
      entry->at_.reset();
      auto const due = entry->due_;  // a copy: the entry may be gone before it returns
      due(*firing);
    }
    firing.reset();
    arm();
  }

  boost::asio::steady_timer timer;
  std::set<std::pair<Instant, Entry*>> entries;
  std::optional<Instant> armed;
  std::optional<Instant> firing;
  bool stopped = false;
};

Alarm::Alarm(boost::asio::io_context& io) : impl_(std::make_shared<Impl>(io)) {}
Alarm::~Alarm() = default;

void Alarm::stop() {
  impl_->stopped = true;
  impl_->timer.cancel();
}

void Alarm::Entry::set(std::optional<Instant> at) {
  // What is set while others fire waits for the event loop's next turn, so that nobody is starved.
  if (auto const firing = alarm_.impl_->firing; at && firing && *at <= *firing) at = *firing + 1ns;
  if (at == at_) return;
  if (at_) alarm_.impl_->entries.erase({*at_, this});
  at_ = at;
  if (!at_) return;
  alarm_.impl_->entries.insert({*at_, this});
  alarm_.impl_->arm();
}

}  // namespace offhook::io
