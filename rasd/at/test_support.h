// A dialogue in virtual time with a device that a test plays by hand. For tests.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/text.h"
#include "rasd/at/dialogue.h"

namespace offhook::at {

class Rig {
 public:
  explicit Rig(std::string_view script = "v250") : Rig(*find_built_in(script)) {}
  /// The shortest attention there is, so that tests read well.
  explicit Rig(Script script) : dialogue(plain(std::move(script))) {}

  void start(Task task, std::string_view number = {}) {
    dialogue.start(now, task, number);
    drain();
  }
  /// What the device says; the rest after a CONNECT is kept as data.
  void says(std::string_view text) {
    size_t const read = dialogue.on_bytes(now, as_bytes(text));
    data += text.substr(read);
    drain();
  }
  void says_bytewise(std::string_view text) {
    for (char const c : text) says({&c, 1});
  }
  void pass(Duration time) {
    Instant const until = now + time;
    while (auto const next = dialogue.next_timeout()) {
      if (*next > until) break;
      now = std::max(now, *next);
      dialogue.on_timeout(now);
      drain();
    }
    now = until;
  }
  std::string sent() { return std::exchange(sent_, {}); }
  std::optional<Ended> ended() { return std::exchange(ended_, {}); }
  Outcome outcome() {
    auto const end = ended();
    EXPECT_TRUE(end) << "nothing ended";
    return end ? end->outcome : Outcome::progress;
  }
  std::vector<Heard> heard() { return std::exchange(heard_, {}); }

  Dialogue dialogue;
  Instant now{};
  std::string data;

 private:
  static Script plain(Script script) {
    if (script.kind == Kind::modem) script.attention = "AT";
    return script;
  }
  void drain() {
    while (auto action = dialogue.poll_action()) {
      if (auto* send = std::get_if<Send>(&*action)) sent_ += send->bytes;
      if (auto* end = std::get_if<Ended>(&*action)) {
        EXPECT_FALSE(ended_) << "ended twice";
        ended_ = std::move(*end);
      }
      if (auto* what = std::get_if<Heard>(&*action)) heard_.push_back(std::move(*what));
    }
  }
  std::string sent_;
  std::optional<Ended> ended_;
  std::vector<Heard> heard_;
};

}  // namespace offhook::at
