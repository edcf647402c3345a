#include "emulator/hayes/parser.h"

namespace offhook::hayes {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr bool is_letter(char c) { return upper(c) >= 'A' && upper(c) <= 'Z'; }
/// Characters that a name in extended syntax may hold after its first (V.250 5.4.4.1).
constexpr bool in_name(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("!%-./:_").find(c) != std::string_view::npos;
}
/// Prefixes of extended syntax: + is the standards', the others are makers' (Rockwell #CID, -SDR, *PPP).
constexpr bool starts_extended(char c) { return c == '+' || c == '#' || c == '-' || c == '*' || c == '^'; }

constexpr uint32_t number_limit = 100'000'000;

/// A cursor over the body that skips spaces (5.4.1: they may stand anywhere).
class Cursor {
 public:
  Cursor(std::string_view body, size_t at) : body_(body), at_(at) { skip_spaces(); }

  bool done() const { return at_ >= body_.size(); }
  char peek() const { return done() ? '\0' : body_[at_]; }
  char take() {
    char const c = body_[at_++];
    skip_spaces();
    return c;
  }
  bool take_if(char c) {
    if (done() || peek() != c) return false;
    take();
    return true;
  }
  bool number(uint32_t& value) {
    if (done() || !is_digit(peek())) return false;
    value = 0;
    while (!done() && is_digit(peek())) {
      uint32_t const digit = static_cast<uint32_t>(take() - '0');
      value = value >= number_limit ? number_limit : value * 10 + digit;
    }
    return true;
  }
  /// Up to a ';' outside quotes, or the end.
  std::string up_to_semicolon() {
    std::string text;
    bool quoted = false;
    for (; at_ < body_.size(); ++at_) {
      char const c = body_[at_];
      if (c == '"') quoted = !quoted;
      if (c == ';' && !quoted) break;
      if (c != ' ' || quoted) text += c;
    }
    return text;
  }
  std::string rest() {
    std::string text(body_.substr(at_));
    at_ = body_.size();
    return text;
  }
  size_t at() const { return at_; }

 private:
  void skip_spaces() {
    while (at_ < body_.size() && body_[at_] == ' ') ++at_;
  }
  std::string_view body_;
  size_t at_;
};

void extended(Cursor& in, Command& command) {
  command.kind = Command::Kind::extended;
  command.name = in.take();
  if (!is_letter(in.peek())) {
    command.kind = Command::Kind::malformed;
    return;
  }
  while (!in.done() && in_name(in.peek())) command.name += upper(in.take());
  std::string const rest = in.up_to_semicolon();
  in.take_if(';');
  if (rest.empty()) return;
  if (rest == "?") {
    command.op = Command::Op::read;
  } else if (rest == "=?") {
    command.op = Command::Op::test;
  } else if (rest.front() == '=') {
    command.op = Command::Op::set;
    command.text = rest.substr(1);
  } else {
    command.kind = Command::Kind::malformed;
  }
}

/// After an S-register is named: '?', '=value' or nothing; also "?" and "=value" alone, for the last one
/// named.
void register_operation(Cursor& in, Command& command) {
  command.kind = Command::Kind::s_register;
  uint32_t bit = 0;
  if (in.take_if('.')) {
    if (!in.number(bit) || bit > 7) command.kind = Command::Kind::malformed;
    command.bit = static_cast<int>(bit);
  }
  if (in.take_if('?')) {
    command.op = Command::Op::read;
  } else if (in.take_if('=')) {
    command.op = in.take_if('?') ? Command::Op::test : Command::Op::set;
    in.number(command.value);  // none given: 0, as 5.3.2 allows
  }
}

void basic(Cursor& in, Command& command) {
  command.kind = Command::Kind::basic;
  if (in.peek() == '&' || in.peek() == '\\' || in.peek() == '%') command.prefix = in.take();
  if (!is_letter(in.peek())) {
    command.kind = Command::Kind::malformed;
    return;
  }
  command.letter = upper(in.take());
  command.has_number = in.number(command.number);
  if (command.prefix == '&' && command.letter == 'Z') {
    if (in.take_if('=')) {
      command.op = Command::Op::set;
      command.text = in.rest();
    } else if (in.take_if('?')) {
      command.op = Command::Op::read;
    }
  }
}

}  // namespace

Command next_command(std::string_view body, size_t& at) {
  Cursor in(body, at);
  Command command;
  while (in.take_if(';')) {  // a separator may follow any command
  }
  if (!in.done()) {
    char const c = upper(in.peek());
    if (c == 'S') {
      in.take();
      command.has_number = in.number(command.number);
      register_operation(in, command);
    } else if (c == '?' || c == '=') {
      register_operation(in, command);
    } else if (c == 'D') {
      in.take();
      command.kind = Command::Kind::dial;
      command.text = in.rest();
    } else if (starts_extended(c)) {
      extended(in, command);
    } else {
      basic(in, command);
    }
  }
  at = in.at();
  return command;
}

bool split_values(std::string_view text, size_t limit, Value* values, size_t& count) {
  count = 0;
  size_t at = 0;
  while (true) {
    if (count == limit) return false;
    Value& value = values[count++];
    value = {};
    if (at < text.size() && text[at] == '"') {
      size_t const end = text.find('"', at + 1);
      if (end == std::string_view::npos) return false;
      value.kind = Value::Kind::text;
      value.text = text.substr(at + 1, end - at - 1);
      at = end + 1;
      if (at < text.size() && text[at] != ',') return false;
    } else {
      size_t const end = std::min(text.find(',', at), text.size());
      std::string_view const word = text.substr(at, end - at);
      at = end;
      bool digits = !word.empty();
      for (char const c : word) {
        digits = digits && is_digit(c);
        value.text += upper(c);
      }
      if (!word.empty()) value.kind = digits ? Value::Kind::number : Value::Kind::word;
      for (char const c : word)
        if (digits && value.number < number_limit)
          value.number = value.number * 10 + static_cast<uint32_t>(c - '0');
    }
    if (at >= text.size()) return true;
    ++at;  // the comma
  }
}

}  // namespace offhook::hayes
