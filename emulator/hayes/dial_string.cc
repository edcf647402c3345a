#include "emulator/hayes/dial_string.h"

namespace offhook::hayes {
namespace {

constexpr size_t step_limit = 64;

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr bool is_dial_digit(char c) {
  return (c >= '0' && c <= '9') || c == '*' || c == '#' || (c >= 'A' && c <= 'D');
}

struct Modifier {
  char character;
  DialStep::Kind kind;
};
constexpr Modifier modifiers[]{
    {',', DialStep::Kind::pause},        {'/', DialStep::Kind::short_pause}, {'W', DialStep::Kind::dial_tone},
    {'@', DialStep::Kind::quiet_answer}, {'!', DialStep::Kind::flash},       {'$', DialStep::Kind::bong},
};

class DialParser {
 public:
  DialParser(DialContext const& context, DialString& out) : context_(context), out_(out) {
    out_.pulse = context.pulse;
  }

  /// False where a stored number is asked for that there is not.
  bool parse(std::string_view text, bool nested) {
    if (address(text)) return true;
    for (size_t at = 0; at < text.size(); ++at) {
      char const c = upper(text[at]);
      if (is_dial_digit(c)) {
        digit(c);
      } else if (c == 'T' || c == 'P') {
        out_.pulse = c == 'P';
      } else if (c == 'R') {
        out_.answer_mode = true;
      } else if (c == ';') {
        if (!nested) {
          out_.more = true;
          out_.used = at + 1;
        }
        return true;
      } else if (c == 'L' && !nested) {
        out_.redialled = true;
        return (context_.last.empty() || parse(context_.last, true)) && tail(text, at);
      } else if (c == 'S' && !nested) {
        return stored(text, at) && tail(text, at);
      } else if (c == '"' && !nested) {
        name(text, at);
      } else {
        modifier(c);
      }
    }
    if (!nested) out_.used = text.size();
    return true;
  }

 private:
  void add(DialStep step) {
    if (out_.steps.size() < step_limit) out_.steps.push_back(std::move(step));
  }
  void digit(char c) {
    if (out_.steps.empty() || out_.steps.back().kind != DialStep::Kind::digits ||
        out_.steps.back().pulse != out_.pulse)
      add({DialStep::Kind::digits, out_.pulse});
    if (out_.steps.back().kind == DialStep::Kind::digits) out_.steps.back().text += c;
  }
  void modifier(char c) {
    for (auto const& [character, kind] : modifiers)
      if (c == character) add({kind});
  }
  /// A remainder, after at most one T or P, that holds . : or [ is an address, to the end of the line.
  bool address(std::string_view text) {
    std::string_view rest = text;
    if (!rest.empty() && (upper(rest.front()) == 'T' || upper(rest.front()) == 'P')) rest.remove_prefix(1);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
    if (rest.find_first_of(".:[") == std::string_view::npos) return false;
    add({DialStep::Kind::address, false, std::string(rest)});
    out_.used = text.size();
    return true;
  }
  /// DS=n or DSn: at 'S'; afterwards at its last character.
  bool stored(std::string_view text, size_t& at) {
    size_t next = at + 1;
    if (next < text.size() && text[next] == '=') ++next;
    size_t place = 0;
    if (next < text.size() && text[next] >= '0' && text[next] <= '9')
      place = static_cast<size_t>(text[next] - '0');
    else
      --next;
    at = next;
    if (place >= std::size(context_.stored) || context_.stored[place].empty()) return false;
    return parse(context_.stored[place], true);
  }
  bool tail(std::string_view text, size_t at) {
    out_.used = text.size();
    if (size_t const end = text.find(';', at); end != std::string_view::npos) {
      out_.more = true;
      out_.used = end + 1;
    }
    return true;
  }
  /// D"name": what it stands for is for whoever takes addresses to know.
  void name(std::string_view text, size_t& at) {
    size_t const end = std::min(text.find('"', at + 1), text.size());
    add({DialStep::Kind::address, false, std::string(text.substr(at + 1, end - at - 1))});
    at = end;
  }

  DialContext const& context_;
  DialString& out_;
};

}  // namespace

std::optional<DialString> parse_dial_string(std::string_view text, DialContext const& context) {
  DialString dial;
  if (!DialParser(context, dial).parse(text, false)) return std::nullopt;
  if (dial.used == 0) dial.used = text.size();
  return dial;
}

}  // namespace offhook::hayes
