// What a faulty modem makes of its own words on their way to the DTE: echo that is wrong, result codes that
// are garbled or late. Pure. It does not know what the words mean; data of a call does not come by here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/byte_queue.h"
#include "emulator/base/random.h"
#include "emulator/base/result.h"
#include "emulator/base/time.h"

namespace offhook::fault {

struct Parameters {
  double wrong_echo = 0;       // of the echoed characters, how many come back wrong
  double garbled_results = 0;  // of the characters of everything else the modem says
  Duration delay{0};           // how late it says everything else
  uint64_t seed = 0;           // of all chance here
  bool operator==(Parameters const&) const = default;
};

/// Words for a value out of range, which name it as `vmodem fault` does and say what is accepted.
Result<void> check(Parameters const& parameters);
/// Whether anything is done to words.
bool faulty(Parameters const& parameters);
/// Each fault that is on, in words: "echo wrong: 0.1, seed 7".
std::vector<std::string> describe(Parameters const& parameters);

enum class Kind : uint8_t { echo, words };

class Words {
 public:
  explicit Words(Parameters const& parameters)
      : parameters_(parameters), random_(parameters.seed), held_(limit) {}

  /// check()ed before. For what is said from now on; chance begins anew.
  void set(Parameters const& parameters);
  Parameters const& parameters() const { return parameters_; }

  /// Takes what the modem says, as much as there is room for, and says how much that was.
  size_t push(Instant now, Kind kind, std::string_view text);
  /// Those whose time has come; pop() drops the first `n` of them.
  Bytes ready(Instant now) const { return held_.front().first(due_by(now)); }
  void pop(size_t n);
  std::optional<Instant> next_timeout() const;
  bool empty() const { return held_.empty(); }
  size_t size() const { return held_.size(); }
  void clear();

  bool operator==(Words const&) const = default;

 private:
  static constexpr size_t limit = 16384;
  /// Words that are said together.
  struct Piece {
    Instant due;
    size_t size;
    bool operator==(Piece const&) const = default;
  };
  size_t due_by(Instant now) const;
  char altered(char c);

  Parameters parameters_;
  Random random_;
  ByteQueue held_;
  std::deque<Piece> pieces_;
};

}  // namespace offhook::fault
