#include "rasd/net/pace.h"

#include <algorithm>
#include <utility>

namespace offhook::net {
namespace {

constexpr Duration pace_window = 200ms;
constexpr Duration period = 30s;

}  // namespace

void Backlog::wrote(Instant now, size_t bytes) {
  if (!since_) {
    since_ = now;
    bytes_ = 0;
  }
  bytes_ += bytes;
  double const seconds = std::chrono::duration<double>(now - *since_).count();
  if (now - *since_ < pace_window) return;
  double const in_a_second = static_cast<double>(bytes_) / seconds;
  limit_ = static_cast<size_t>(std::clamp<double>(in_a_second, least, most));
  since_.reset();
}

size_t FullestSecond::bytes() const { return std::max(fullest_, before_); }

void FullestSecond::saw(Instant now, size_t bytes) {
  if (!period_ || now - *period_ >= period) {
    // After a long silence neither of the two is recent.
    before_ = period_ && now - *period_ < 2 * period ? fullest_ : 0;
    fullest_ = 0;
    period_ = now;
  }
  if (!second_ || now - *second_ >= 1s) {
    second_ = now;
    bytes_ = 0;
  }
  bytes_ += bytes;
  fullest_ = std::max(fullest_, bytes_);
}

}  // namespace offhook::net
