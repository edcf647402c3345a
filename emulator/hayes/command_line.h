// Characters from the DTE collected into a command line (V.250 5.2): the prefix, echo, editing, termination,
// A/ and the limit. It does not know what commands mean. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace offhook::hayes {

/// What a DTE makes of bit 8, and a modem of its answers. `none`: 8 data bits, or a 0.
enum class Parity : uint8_t { odd, even, mark, none };
/// Bit 8 of each as that parity has it.
void set_parity(std::string& bytes, Parity parity);

class CommandLine {
 public:
  /// What the line needs of the modem's settings, looked up once a chunk.
  struct Rules {
    bool echo = true;
    char termination = '\r', editing = '\b';
    std::optional<Parity> parity = std::nullopt;  // none: as the prefix comes
    size_t limit = 255;                           // characters in the body that are not spaces
  };
  enum class Event : uint8_t {
    none,
    entered,   // termination: body() is to be executed
    repeated,  // A/: body() is to be executed again
    too_long,  // termination of a line that did not fit: ERROR
  };

  /// One character; what is to be echoed is appended to `echo`. Bit 8 is ignored (5.1).
  Event on_char(char c, Rules const& rules, std::string& echo);

  /// AT was seen and its end was not: RING must wait (6.3.4).
  bool entering() const { return state_ == State::body || state_ == State::overlong; }
  /// Anything that a long silence is to throw away (5.5).
  bool partial() const { return state_ != State::idle; }
  void abandon();
  /// As if AT had just been received and echoed elsewhere.
  void begin();

  std::string_view body() const { return body_; }
  /// Since the last AT, as the rules had it or as it came: A and T have each another. A/ does not tell.
  Parity parity() const { return parity_; }

  bool operator==(CommandLine const&) const = default;

 private:
  enum class State : uint8_t { idle, a_seen, body, overlong };
  Event on_body_char(char c, Rules const& rules, std::string& echo);

  State state_ = State::idle;
  char a_ = 'A';        // the A of the prefix, for its case
  bool a_bit_ = false;  // and its bit 8
  Parity parity_ = Parity::none;
  uint16_t counted_ = 0;  // characters that the limit counts
  std::string body_;      // of the line being entered, else of the last one, for A/
};

}  // namespace offhook::hayes
