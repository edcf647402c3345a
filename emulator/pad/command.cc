#include "emulator/pad/command.h"

#include <algorithm>
#include <cctype>

namespace offhook::pad {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

/// Words that stand alone or before a list. Longer words come first: SET? before SET.
struct WordRow {
  std::string_view word;
  Verb verb;
  enum class List : uint8_t { none, references, settings, identifier } list;
};
constexpr WordRow words[] = {
    {"STAT", Verb::status, WordRow::List::none},           {"CLR", Verb::clear, WordRow::List::none},
    {"ICLR", Verb::invite_to_clear, WordRow::List::none},  {"RESET", Verb::reset, WordRow::List::none},
    {"INT", Verb::interrupt, WordRow::List::none},         {"PAR?", Verb::read, WordRow::List::references},
    {"SET?", Verb::set_and_read, WordRow::List::settings}, {"SET", Verb::set, WordRow::List::settings},
    {"PROF", Verb::profile, WordRow::List::identifier},
};

/// Facility codes (X.28 3.5.15.1) and the digits each must have; none of them changes how a call goes here.
struct FacilityRow {
  char code;
  enum class Value : uint8_t { none, digits_2_or_4, digits_4, text } value;
};
constexpr FacilityRow facilities[] = {
    {'N', FacilityRow::Value::text},           // network user identity
    {'R', FacilityRow::Value::none},           // reverse charging
    {'G', FacilityRow::Value::digits_2_or_4},  // closed user group
    {'T', FacilityRow::Value::digits_4},       // transit network
    {'F', FacilityRow::Value::none},           // fast select
    {'Q', FacilityRow::Value::none},           // fast select, restricted response
    {'C', FacilityRow::Value::none},           // charging information
};

/// Spaces mean nothing outside user data and identities; the cases of a letter are one.
std::string compact(std::string_view text) {
  std::string result;
  for (char c : text)
    if (c != ' ') result += upper(c);
  return result;
}

std::string_view take_digits(std::string_view& text) {
  size_t const n = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), digit) - text.begin());
  auto const digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

unsigned number(std::string_view digits) {
  unsigned value = 0;
  for (char c : digits) value = std::min(value * 10 + static_cast<unsigned>(c - '0'), Setting::out_of_range);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

Result<std::vector<Setting>> read_list(std::string_view text, bool values) {
  std::vector<Setting> settings;
  do {
    auto const ref = take_digits(text);
    if (ref.empty()) return error("a parameter reference is missing");
    Setting setting{number(ref), 0};
    if (values) {
      if (!take(text, ':')) return error("':' is missing after a parameter reference");
      auto const value = take_digits(text);
      if (value.empty()) return error("a parameter value is missing");
      setting.value = number(value);
    }
    if (settings.size() == settings_limit) return error("too many parameters in one command");
    settings.push_back(setting);
  } while (take(text, ','));
  if (!text.empty()) return error("a parameter list ends with '", text, "'");
  return settings;
}

Result<Command> read_word(WordRow const& row, std::string_view rest) {
  Command command{
      .verb = row.verb, .settings = {}, .profile = 0, .address = {}, .user_data = {}, .refused = {}};
  using List = WordRow::List;
  if (row.list == List::none) {
    if (!rest.empty()) return error("nothing may follow ", row.word);
  } else if (row.list == List::identifier) {
    auto const identifier = take_digits(rest);
    if (identifier.empty() || !rest.empty()) return error("a profile is a decimal number");
    command.profile = number(identifier);
  } else if (row.list == List::settings || !rest.empty()) {
    auto list = read_list(rest, row.list == List::settings);
    if (list.has_error()) return list.error();
    command.settings = std::move(*list);
  }
  return command;
}

/// False where the value of a facility is not of its form.
bool well_formed(FacilityRow::Value form, std::string_view value) {
  using Value = FacilityRow::Value;
  if (form == Value::none) return value.empty();
  if (form == Value::text) return !value.empty();
  if (!std::all_of(value.begin(), value.end(), digit)) return false;
  return value.size() == 4 || (form == Value::digits_2_or_4 && value.size() == 2);
}

/// The facility request block, without its '-'.
Result<void> read_facilities(std::string_view block, Command& command) {
  for (bool more = true; more;) {
    size_t const comma = block.find(',');
    std::string const facility = compact(block.substr(0, comma));
    if (facility.empty()) return error("a facility code is missing");
    auto const row = std::find_if(std::begin(facilities), std::end(facilities),
                                  [&](auto const& each) { return each.code == facility.front(); });
    if (row == std::end(facilities))
      command.refused = facility.substr(0, 1);
    else if (!well_formed(row->value, std::string_view(facility).substr(1)))
      return error("the value of facility ", facility.substr(0, 1), " is not of its form");
    more = comma != std::string_view::npos;
    if (more) block.remove_prefix(comma + 1);
  }
  return {};
}

std::string_view without_spaces_before(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

/// "C 5550101" and "CALL 5550101": what many PADs took besides the bare selection.
std::string_view without_call_word(std::string_view line) {
  for (std::string_view word : {"CALL ", "C "}) {
    if (line.size() <= word.size()) continue;
    if (std::equal(word.begin(), word.end(), line.begin(), [](char w, char c) { return w == upper(c); }))
      return without_spaces_before(line.substr(word.size()));
  }
  return line;
}

bool marks_user_data(char c) { return upper(c) == 'P' || upper(c) == 'D'; }

Result<Command> read_selection(std::string_view line) {
  Command command;
  command.verb = Verb::select;
  line = without_call_word(line);
  // A '-' behind the address is user data's.
  size_t const dash = line.find('-');
  size_t const address = line.find_first_of("0123456789");
  bool const block = dash != std::string_view::npos && !digit(line.front());
  if (block) {
    if (auto read = read_facilities(line.substr(0, dash), command); read.has_error()) return read.error();
    line.remove_prefix(dash + 1);
  } else if (address == std::string_view::npos) {
    return error("no such command");
  }
  size_t at = 0;
  for (; at < line.size() && (digit(line[at]) || line[at] == ' '); ++at)
    if (digit(line[at])) command.address += line[at];
  if (command.address.empty()) return error("no address");
  if (command.address.size() > address_limit) return error("an address has at most 15 digits");
  if (at == line.size()) return command;
  if (!marks_user_data(line[at])) return error("'", line.substr(at, 1), "' in an address");
  command.user_data = line.substr(at + 1);
  if (command.user_data.size() > user_data_limit) return error("user data has at most 12 characters");
  return command;
}

}  // namespace

Result<Command> read_command(std::string_view line) {
  if (line.size() > command_limit) return error("a command has at most 128 characters");
  std::string const text = compact(line);
  if (text.empty()) return Command{};
  for (auto const& row : words) {
    if (!text.starts_with(row.word)) continue;
    return read_word(row, std::string_view(text).substr(row.word.size()));
  }
  return read_selection(without_spaces_before(line));
}

bool secret(std::string_view line, char next) {
  line = without_call_word(without_spaces_before(line));
  size_t const dash = line.find('-');
  if (dash == std::string_view::npos) {
    size_t const comma = line.rfind(',');
    std::string const facility = compact(comma == std::string_view::npos ? line : line.substr(comma + 1));
    if (facility.starts_with('N')) return next != ',' && next != '-';
  } else if (!line.empty() && !digit(line.front())) {
    line.remove_prefix(dash + 1);
  }
  bool any_digit = false;
  for (char c : line) {
    if (c != ' ' && !digit(c)) return any_digit && upper(c) == 'P';
    any_digit = any_digit || digit(c);
  }
  return false;
}

}  // namespace offhook::pad
