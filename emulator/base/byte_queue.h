// Bytes on their way: a bounded queue that holds no memory while it is empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace offhook {

using Bytes = std::span<const std::byte>;

/// Bytes in order, at most `limit` of them. push() takes what fits, front() shows what is next, pop() drops
/// it.
class ByteQueue {
 public:
  explicit ByteQueue(size_t limit) : limit_(limit) {}

  /// Takes as many of the first bytes as fit, and says how many those were.
  size_t push(Bytes bytes) {
    size_t const taken = std::min(room(), bytes.size());
    data_.insert(data_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    return taken;
  }

  Bytes front() const { return Bytes(data_).subspan(head_); }

  /// Drops the first `n` bytes; n is at most size().
  void pop(size_t n) {
    head_ += n;
    if (head_ == data_.size()) return clear();
    if (head_ >= limit_ / 2) {
      data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

  void clear() {
    data_ = {};  // gives the memory back: thousands of idle queues must cost nothing
    head_ = 0;
  }

  size_t size() const { return data_.size() - head_; }
  size_t room() const { return limit_ - std::min(limit_, size()); }
  size_t limit() const { return limit_; }
  bool empty() const { return size() == 0; }

  bool operator==(ByteQueue const& other) const { return std::ranges::equal(front(), other.front()); }

 private:
  std::vector<std::byte> data_;
  size_t head_ = 0;
  size_t limit_;
};

}  // namespace offhook
