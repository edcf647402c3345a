// The bytes of a session: commands and data told apart, and data made fit for the network.
#include "emulator/telnet/session.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "emulator/base/text.h"

namespace offhook::telnet {
namespace {

// RFC 854: "some visible (i.e., printable) evidence".
constexpr std::string_view are_you_there_answer = "\r\n[Yes]\r\n";

// Where two bytes are looked for, one of them may be far away: a search goes no further than this, so that
// many of the one do not each cost a search for the other through all the rest.
constexpr size_t search_window = 256;

/// How many of the first bytes are not `stop`.
size_t run_without(Bytes bytes, std::byte stop) {
  if (bytes.empty() || bytes[0] == stop) return 0;  // where they are many, memchr costs more than all else
  auto const* found =
      static_cast<std::byte const*>(std::memchr(bytes.data(), std::to_integer<int>(stop), bytes.size()));
  return found ? static_cast<size_t>(found - bytes.data()) : bytes.size();
}

size_t run_without(Bytes bytes, std::byte one, std::byte other) {
  if (bytes.empty() || bytes[0] == other) return 0;
  auto const window = bytes.first(std::min(bytes.size(), search_window));
  return run_without(window.first(run_without(window, one)), other);
}

}  // namespace

Session::Session(Role role, Options options) : role_(role), options_(std::move(options)) {
  if (!usable_terminal_type(options_.terminal)) options_.terminal.clear();
}

Session::Got Session::receive(std::span<std::byte> bytes) {
  Got got;
  size_t kept = 0;
  while (got.taken < bytes.size() && !got.event && room_to_reply()) {
    if (parse_ == Parse::data) {
      auto const moved = take_data(bytes.subspan(got.taken), bytes.data() + kept);
      got.taken += moved.taken;
      kept += moved.kept;
      continue;
    }
    std::byte const octet = bytes[got.taken++];
    if (parse_ == Parse::command && octet == iac) {
      bytes[kept++] = octet;
      last_data_ = LastData::other;
      parse_ = Parse::data;
      continue;
    }
    got.event = (this->*parser(parse_))(std::to_integer<uint8_t>(octet));
  }
  got.data = bytes.first(kept);
  return got;
}

/// A run of data, or the one byte that ends a run. `to` is at or before `from`. Of an NVT's bytes only the
/// NUL behind a CR is not data (RFC 854): CR goes on at once, NUL is looked at when it comes.
Session::Moved Session::take_data(std::span<std::byte> from, std::byte* to) {
  size_t const run = receives_binary() ? run_without(from, iac) : run_without(from, iac, nul);
  if (run > 0) {
    if (to != from.data()) std::memmove(to, from.data(), run);
    last_data_ = to[run - 1] == cr ? LastData::carriage_return : LastData::other;
    return {run, run};
  }
  if (from[0] == iac) {
    parse_ = Parse::command;
    return {1, 0};
  }
  if (std::exchange(last_data_, LastData::other) == LastData::carriage_return) return {1, 0};
  *to = nul;
  return {1, 1};
}

Session::Parser Session::parser(Parse state) {
  static constexpr Parser parsers[] = {nullptr, &Session::on_command, &Session::on_option, &Session::on_sub,
                                       &Session::on_sub_command};
  return parsers[static_cast<size_t>(state)];
}

/// Not IAC IAC: that is data, and receive() keeps it.
std::optional<Event> Session::on_command(uint8_t code) {
  parse_ = Parse::data;
  switch (static_cast<Command>(code)) {
    case Command::will:
    case Command::wont:
    case Command::do_:
    case Command::dont:
      verb_ = static_cast<Command>(code);
      parse_ = Parse::option;
      return std::nullopt;
    case Command::sb:
      parse_ = Parse::sub;
      return std::nullopt;
    case Command::ayt:
      reply(as_bytes(are_you_there_answer));
      return AreYouThere{};
    case Command::brk:
      return Break{};
    case Command::ip:
      return Interrupt{};
    default:
      return std::nullopt;
  }
}

std::optional<Event> Session::on_option(uint8_t code) {
  parse_ = Parse::data;
  bool const spoke_com_port = speaks_com_port();
  switch (std::exchange(verb_, Command::nop)) {
    case Command::will:
      hear(Side::him, code, true);
      break;
    case Command::wont:
      hear(Side::him, code, false);
      break;
    case Command::do_:
      hear(Side::us, code, true);
      break;
    default:
      hear(Side::us, code, false);
      break;
  }
  return !spoke_com_port && speaks_com_port() ? std::optional<Event>(ComPort{}) : std::nullopt;
}

std::optional<Event> Session::on_sub(uint8_t code) {
  if (std::byte(code) == iac)
    parse_ = Parse::sub_command;
  else
    keep_sub(code);
  return std::nullopt;
}

/// RFC 855 allows IAC IAC and IAC SE here. Any other command means that the SE was lost: the command counts.
std::optional<Event> Session::on_sub_command(uint8_t code) {
  if (std::byte(code) == iac) {
    parse_ = Parse::sub;
    keep_sub(code);
    return std::nullopt;
  }
  if (static_cast<Command>(code) == Command::se) {
    parse_ = Parse::data;
    return subnegotiated();
  }
  sub_ = {};
  return on_command(code);
}

/// One byte above the limit is kept: enough for no meaning to be found in what is longer.
void Session::keep_sub(uint8_t code) {
  if (sub_.size() <= subnegotiation_limit) sub_.push_back(static_cast<char>(code));
}

/// RFC 855: a subnegotiation means something only where its option is agreed.
std::optional<Event> Session::subnegotiated() {
  std::string const sub = std::exchange(sub_, {});
  if (sub.empty()) return std::nullopt;
  auto const octet = [&](size_t i) { return static_cast<uint8_t>(sub[i]); };
  auto const option = static_cast<Option>(octet(0));
  if (option == Option::terminal_type && sub.size() == 2 && octet(1) == terminal_type_send &&
      agreed(Side::us, option)) {
    tell_terminal_type();
  } else if (option == Option::terminal_type && sub.size() > 2 && octet(1) == terminal_type_is &&
             agreed(Side::him, option)) {
    if (std::string name = sub.substr(2); usable_terminal_type(name)) return TerminalType{std::move(name)};
  } else if (option == Option::window_size && sub.size() == 5 && agreed(Side::him, option)) {
    return WindowSize{static_cast<uint16_t>(octet(1) << 8 | octet(2)),
                      static_cast<uint16_t>(octet(3) << 8 | octet(4))};
  } else if (option == Option::com_port && sub.size() > 1 && sub.size() <= subnegotiation_limit &&
             speaks_com_port()) {
    return ComPort{sub.substr(1)};
  }
  return std::nullopt;
}

Session::Sent Session::encode(Bytes data, std::span<std::byte> out) {
  Sent sent;
  auto const write = [&](Bytes bytes) {
    if (!bytes.empty()) std::memcpy(out.data() + sent.written, bytes.data(), bytes.size());
    sent.written += bytes.size();
  };
  auto const first = replies_.front().first(std::min(replies_.size(), out.size()));
  write(first);
  replies_.pop(first.size());

  while (sent.taken < data.size()) {
    auto const rest = data.subspan(sent.taken);
    size_t const room = out.size() - sent.written;
    if (room == 0) break;
    size_t const run = sends_binary() ? run_without(rest.first(std::min(room, rest.size())), iac)
                                      : run_without(rest.first(std::min(room, rest.size())), iac, cr);
    write(rest.first(run));
    sent.taken += run;
    if (run > 0) continue;
    if (room < 2) break;
    // RFC 854: a CR is followed by LF or NUL; a data byte 255 is sent twice.
    bool const new_line = rest[0] == cr && rest.size() > 1 && rest[1] == lf;
    std::byte const pair[] = {rest[0], rest[0] == iac ? iac : new_line ? lf : nul};
    write(pair);
    sent.taken += new_line ? 2 : 1;
  }
  return sent;
}

}  // namespace offhook::telnet
