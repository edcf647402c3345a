// For this room's tests: bytes of the protocol in words, and a session that keeps what came of them.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/base/text.h"
#include "emulator/telnet/session.h"

namespace offhook::telnet {

inline std::string part(Command c) { return std::string(1, static_cast<char>(c)); }
inline std::string part(Option o) { return std::string(1, static_cast<char>(o)); }
inline std::string part(int octet) { return std::string(1, static_cast<char>(octet)); }
inline std::string part(std::string_view text) { return std::string(text); }

template <class... Parts>
std::string wire(Parts... parts) {
  return (part(parts) + ...);
}
/// IAC, a command and what follows.
template <class... Parts>
std::string command(Parts... parts) {
  return wire(Command::iac, parts...);
}

inline std::string option_name(uint8_t code) {
  switch (static_cast<Option>(code)) {
    case Option::binary:
      return "BINARY";
    case Option::echo:
      return "ECHO";
    case Option::suppress_go_ahead:
      return "SGA";
    case Option::timing_mark:
      return "TM";
    case Option::terminal_type:
      return "TTYPE";
    case Option::window_size:
      return "NAWS";
    case Option::com_port:
      return "COM-PORT";
  }
  return std::to_string(code);
}

/// What was sent, as "WILL ECHO, DO 39, SB TTYPE \x00ansi, BRK", anything else escaped.
inline std::string words(std::string_view sent) {
  static constexpr std::array<std::string_view, 4> verbs{"WILL ", "WONT ", "DO ", "DONT "};
  std::vector<std::string> said;
  while (!sent.empty()) {
    auto const code = static_cast<uint8_t>(sent.size() > 1 ? sent[1] : 0);
    size_t length = sent.find('\xff', 1);
    std::string word = escaped(sent.substr(0, length));
    if (sent.starts_with('\xff') && sent.size() > 2 && code >= 251 && code <= 254) {
      length = 3;
      word = std::string(verbs[code - 251u]) + option_name(static_cast<uint8_t>(sent[2]));
    } else if (sent.starts_with("\xff\xfa")) {
      size_t const end = sent.find("\xff\xf0");
      length = end + 2;
      word = "SB " + option_name(static_cast<uint8_t>(sent[2])) + " " + escaped(sent.substr(3, end - 3));
    } else if (sent.starts_with("\xff\xf3")) {
      length = 2;
      word = "BRK";
    }
    said.push_back(word);
    sent.remove_prefix(std::min(length, sent.size()));
  }
  std::string all;
  for (auto const& word : said) all += (all.empty() ? "" : ", ") + word;
  return all;
}

inline std::string describe(Event const& event) {
  struct {
    std::string operator()(Break const&) { return "<break>"; }
    std::string operator()(Interrupt const&) { return "<interrupt>"; }
    std::string operator()(AreYouThere const&) { return "<ayt>"; }
    std::string operator()(TerminalType const& t) { return "<terminal " + t.name + ">"; }
    std::string operator()(WindowSize const& w) {
      return "<window " + std::to_string(w.columns) + "x" + std::to_string(w.rows) + ">";
    }
    std::string operator()(ComPort const& c) { return "<com port " + escaped(c.command) + ">"; }
  } name;
  return std::visit(name, event);
}

/// A session with what it has given so far: data with events in their places, and what it said.
struct Tester {
  explicit Tester(Role role, Options options = {}) : session(role, std::move(options)) {}

  /// Feeds `bytes` in one piece; what the session has to say is taken whenever it insists, and at the end.
  Tester& feed(std::string_view bytes) {
    std::string buffer(bytes);
    auto left = std::as_writable_bytes(std::span(buffer));
    while (!left.empty()) {
      auto const got = session.receive(left);
      data += as_text(got.data);
      if (got.event) data += describe(*got.event);
      left = left.subspan(got.taken);
      if (got.taken == 0) drain();
    }
    return drain();
  }
  Tester& drain() {
    said += encode({});
    return *this;
  }
  /// Encodes all of `bytes`, `room` bytes at a time, in pieces of at most `piece`.
  std::string encode(std::string_view bytes, size_t room = 4096, size_t piece = SIZE_MAX) {
    std::string sent;
    std::string out(room, '\0');
    do {
      auto const now =
          session.encode(as_bytes(bytes.substr(0, piece)), std::as_writable_bytes(std::span(out)));
      sent.append(out, 0, now.written);
      bytes.remove_prefix(now.taken);
    } while (!bytes.empty() || session.pending());
    return sent;
  }
  /// What was said since the last call, in words.
  std::string says() {
    drain();
    return words(std::exchange(said, {}));
  }
  bool operator==(Tester const&) const = default;

  Session session;
  std::string data, said;
};

/// A session for which BINARY is agreed both ways, or nothing is.
inline Tester in_binary(Role role = Role::client) {
  Tester t(role, {.echo = false});
  t.session.start();
  t.feed(command(Command::will, Option::binary) + command(Command::do_, Option::binary));
  t.data.clear();
  t.says();
  return t;
}
inline Tester in_nvt(Role role = Role::client) { return Tester(role, {.binary = false}); }

}  // namespace offhook::telnet
