// One end of a TELNET connection, between a call's plain bytes and the network's (RFC 854, 855, 856, 857,
// 858, 1073, 1091, 1143).
//
// Pure: bytes in, bytes out, no clock. Both directions may be cut anywhere: a command, an option, a CR NUL
// may come in pieces.
//
// Limits. What waits to be sent is at most reply_limit bytes: near it receive() takes nothing until encode()
// has been given room. A received byte makes at most replies_per_byte bytes; a refused option is refused once
// and then met with silence. Of a subnegotiation at most subnegotiation_limit bytes are kept; a longer one is
// thrown away. One session holds about 250 bytes, and no memory of its own while nothing waits.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/byte_queue.h"
#include "emulator/telnet/options.h"
#include "emulator/telnet/protocol.h"
#include "emulator/telnet/q_method.h"

namespace offhook::telnet {

/// IAC BRK: the peer's break key.
struct Break {
  bool operator==(Break const&) const = default;
};
/// IAC IP: the peer's interrupt key, where its terminal keeps ^C from the data.
struct Interrupt {
  bool operator==(Interrupt const&) const = default;
};
/// IAC AYT; the session has answered it.
struct AreYouThere {
  bool operator==(AreYouThere const&) const = default;
};
/// The peer's terminal: a name for which usable_terminal_type() holds.
struct TerminalType {
  std::string name;
  bool operator==(TerminalType const&) const = default;
};
/// A command of COM-PORT-OPTION (RFC 2217): its code, and its value without doubled IACs. Empty: the option
/// was agreed just now.
struct ComPort {
  std::string command;
  bool operator==(ComPort const&) const = default;
};
using Event = std::variant<Break, Interrupt, AreYouThere, TerminalType, WindowSize, ComPort>;

class Session {
 public:
  static constexpr size_t reply_limit = 1024;
  static constexpr size_t replies_per_byte = 8;
  static constexpr size_t subnegotiation_limit = 2 + terminal_type_limit;

  explicit Session(Role role, Options options = {});

  /// Asks for what this end wants from the start. The first call of all.
  void start();
  /// Asks for one side of an option, or to end it, in mid-call; not for what the peer has refused (RFC 854):
  /// it may stay silent. False where reply_limit is reached, or the option has no state here.
  [[nodiscard]] bool ask(Side side, Option option, bool on);
  /// Sends IAC BRK behind all that was encoded. False where reply_limit is reached.
  [[nodiscard]] bool send_break();
  /// Sends a command of COM-PORT-OPTION, its IACs doubled. False where the option is not agreed, or
  /// reply_limit is reached.
  [[nodiscard]] bool send_com_port(std::string_view command);

  /// What became of bytes from the network: the first `taken` were used up; `data` is the call's part of
  /// them; `event`, if there is one, comes behind `data`. Call again with the rest until all are taken. Where
  /// nothing is taken, encode() must be given room first.
  struct Got {
    size_t taken = 0;
    Bytes data;
    std::optional<Event> event;
  };
  /// Decodes in place: `data` is a view of the front of `bytes`, and nothing moves where there was nothing to
  /// take out. What lies between data's end and `taken` is then garbage.
  [[nodiscard]] Got receive(std::span<std::byte> bytes);

  struct Sent {
    size_t taken = 0, written = 0;
    bool operator==(Sent const&) const = default;
  };
  /// To the network: first what the session has to say, then as much of `data` as fits into `out`. `out` must
  /// be sent in full before what a later call writes. Two bytes of room are enough to make progress. A CR at
  /// the end of `data` goes out at once as CR NUL, so that a peer that looks at the byte behind a CR before
  /// it acts does not sit on the Enter key.
  [[nodiscard]] Sent encode(Bytes data, std::span<std::byte> out);
  /// True where encode() has something to write even without data.
  bool pending() const { return !replies_.empty(); }

  /// receive() takes nothing until encode() has been given room.
  bool clogged() const { return !room_to_reply(); }

  bool agreed(Side side, Option option) const;
  /// Nothing that was asked for is unanswered. Data sent before this may be read in the wrong mode (RFC 856:
  /// the peer knows of BINARY at another moment); a driver waits for it, but not for ever.
  bool settled() const;

  bool operator==(Session const&) const = default;

 private:
  enum class Parse : uint8_t {
    data,
    command,      // behind IAC
    option,       // behind IAC WILL, WONT, DO, DONT: the option's code is due
    sub,          // behind IAC SB
    sub_command,  // behind IAC within it
  };
  enum class LastData : uint8_t { other, carriage_return };
  using Parser = std::optional<Event> (Session::*)(uint8_t);

  // session.cc
  struct Moved {
    size_t taken = 0, kept = 0;
  };
  Moved take_data(std::span<std::byte> from, std::byte* to);
  std::optional<Event> on_command(uint8_t code);
  std::optional<Event> on_option(uint8_t code);
  std::optional<Event> on_sub(uint8_t code);
  std::optional<Event> on_sub_command(uint8_t code);
  void keep_sub(uint8_t code);
  std::optional<Event> subnegotiated();
  static Parser parser(Parse state);

  // negotiation.cc
  void hear(Side side, uint8_t code, bool on);
  void apply(Side side, uint8_t code, QInput input);
  void changed(Side side, uint8_t code, QState before, QState now);
  void tell(Side side, uint8_t code, Say what);
  void tell_terminal_type();
  void tell_window_size();
  void reply(Bytes bytes);
  void subnegotiate(Option option, std::string_view parameters);
  QState state(Side side, uint8_t code) const;

  template <class T>
  using PerSide = std::array<T, 2>;

  // The longest single answer: IAC SB TERMINAL-TYPE IS name IAC SE.
  static constexpr size_t longest_reply = 6 + terminal_type_limit;

  // These three are asked for each run of data.
  bool room_to_reply() const { return replies_.room() >= longest_reply; }
  /// RFC 2217 section 1: the client says WILL; some say DO as well, or instead.
  bool speaks_com_port() const {
    return agreed(Side::him, Option::com_port) || agreed(Side::us, Option::com_port);
  }
  bool sends_binary() const { return states_[0][binary_index] == QState::yes; }
  /// What arrives before the peer's WONT was sent in BINARY, also where we have asked for an end of it.
  bool receives_binary() const {
    QState const s = states_[1][binary_index];
    return s == QState::yes || s == QState::want_no || s == QState::want_no_opposite;
  }

  Role role_;
  Options options_;
  PerSide<std::array<QState, option_count>> states_{};  // [Side][index_of(code)]
  PerSide<std::bitset<256>> refused_{};                 // so that no refusal is said twice
  Parse parse_ = Parse::data;
  LastData last_data_ = LastData::other;
  Command verb_ = Command::nop;  // while Parse::option
  std::string sub_;              // while Parse::sub: its option's code and what follows
  ByteQueue replies_{reply_limit};
};

}  // namespace offhook::telnet
