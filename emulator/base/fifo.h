// A bounded queue: what does not fit is refused, and the refusal is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace offhook {

/// First in, first out, at most `limit` elements.
template <class T>
class Fifo {
 public:
  explicit Fifo(size_t limit) : limit_(limit) {}

  /// False, and one more refused(), when the queue is full.
  bool push(T value) {
    if (items_.size() >= limit_) {
      ++refused_;
      return false;
    }
    items_.push_back(std::move(value));
    return true;
  }

  std::optional<T> pop() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> front(std::move(items_.front()));
    items_.pop_front();
    return front;
  }

  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  uint64_t refused() const { return refused_; }
  /// The count of refusals since the last call.
  uint64_t take_refused() { return std::exchange(refused_, 0); }

  bool operator==(Fifo const&) const = default;

 private:
  std::deque<T> items_;
  size_t limit_;
  uint64_t refused_ = 0;
};

}  // namespace offhook
