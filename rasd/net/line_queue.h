// Frames that wait for a line, as the bytes that go over it: in order, but for those that may overtake. It
// knows of HDLC that a flag ends a frame (RFC 1662 4.4), and nothing else.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "emulator/base/byte_queue.h"

namespace offhook::net {

class LineQueue {
 public:
  explicit LineQueue(size_t limit) : limit_(limit) {}

  /// Whole frames, the last byte a flag. They go whole or not at all: false.
  bool push(Bytes frames) { return insert(size(), frames); }
  /// The same, behind the frame that is under way and those that overtook before.
  bool push_ahead(Bytes frames) {
    size_t const at = ahead_ > 0 ? ahead_ : under_way();
    if (!insert(at, frames)) return false;
    ahead_ = at + frames.size();
    return true;
  }

  Bytes front() const { return Bytes(bytes_).subspan(head_); }
  /// So many of them are on the line.
  void pop(size_t n) {
    if (n == 0) return;
    whole_ = front()[n - 1] == flag;
    ahead_ -= std::min(ahead_, n);
    head_ += n;
    if (head_ < limit_ / 2 && !empty()) return;
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
    if (empty()) bytes_ = {};  // gives the memory back: idle links are many
  }
  void clear() { bytes_ = {}, head_ = ahead_ = 0, whole_ = true; }

  size_t size() const { return bytes_.size() - head_; }
  bool empty() const { return size() == 0; }

 private:
  static constexpr std::byte flag{0x7e};
  bool insert(size_t at, Bytes frames) {
    if (frames.size() > limit_ - size()) return false;
    auto const place = bytes_.begin() + static_cast<std::ptrdiff_t>(head_ + at);
    bytes_.insert(place, frames.begin(), frames.end());
    return true;
  }
  /// The rest of a frame whose beginning is on the line.
  size_t under_way() const {
    if (whole_) return 0;
    auto const rest = front();
    auto const end = std::find(rest.begin(), rest.end(), flag);
    return static_cast<size_t>(end - rest.begin()) + (end == rest.end() ? 0 : 1);
  }

  std::vector<std::byte> bytes_;
  size_t const limit_;
  size_t head_ = 0;    // bytes that are on the line already
  size_t ahead_ = 0;   // bytes before the first that may be overtaken; 0: nobody has overtaken
  bool whole_ = true;  // the last byte on the line was a flag
};

}  // namespace offhook::net
