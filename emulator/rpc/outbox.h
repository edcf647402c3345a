// What waits for one client: answers, which are never dropped, and notifications, of which the oldest give
// way.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "emulator/rpc/codec.h"

namespace offhook::rpc {

class Outbox {
 public:
  explicit Outbox(size_t event_limit) : event_limit_(event_limit) {}

  void answer(std::string line) {
    answer_bytes_ += line.size();
    lines_.push_back({std::move(line), false});
  }

  void event(std::string line) {
    event_bytes_ += line.size();
    lines_.push_back({std::move(line), true});
    while (event_bytes_ > event_limit_) drop_oldest_event();
  }

  bool empty() const { return lines_.empty() && dropped_ == 0; }
  size_t answer_bytes() const { return answer_bytes_; }

  /// The lines to write next, about `wanted` bytes of them.
  std::string take(size_t wanted) {
    if (empty()) return {};
    std::string out = take_line();
    while (!empty() && out.size() < wanted) out += take_line();
    return out;
  }

 private:
  struct Line {
    std::string text;
    bool event;
  };

  void drop_oldest_event() {
    for (auto line = lines_.begin(); line != lines_.end(); ++line) {
      if (!line->event) continue;
      event_bytes_ -= line->text.size();
      lines_.erase(line);
      ++dropped_;
      return;
    }
  }

  std::string take_line() {
    // The dropped ones were older than every event still here, so the notice stands before the first of
    // those.
    if (dropped_ != 0 && (lines_.empty() || lines_.front().event))
      return notification_line("dropped", "{\"count\":" + std::to_string(std::exchange(dropped_, 0)) + "}");
    Line line = std::move(lines_.front());
    lines_.pop_front();
    (line.event ? event_bytes_ : answer_bytes_) -= line.text.size();
    return std::move(line.text);
  }

  std::deque<Line> lines_;
  size_t event_limit_;
  size_t event_bytes_ = 0, answer_bytes_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace offhook::rpc
