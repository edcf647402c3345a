#include "rasd/auth/secrets.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace offhook::auth {
namespace {

constexpr std::string_view any = "*";
constexpr size_t longest_word = 1024;

/// A word, where it begins for people, and where it stands in the text.
struct Word {
  std::string text;
  size_t line = 0, column = 0;
  size_t begin = 0, end = 0;
};

/// A comment in the line of a secret that its owner has changed.
constexpr std::string_view changed_mark = "# changed ";
constexpr size_t date_size = 10;

std::string date_of(int32_t day) {
  std::chrono::year_month_day const date{std::chrono::sys_days(std::chrono::days(day))};
  auto const two = [](unsigned n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) +
         "-" + two(static_cast<unsigned>(date.day()));
}

/// The day of such a comment; nothing where it is another.
std::optional<int32_t> day_of(std::string_view comment) {
  if (!comment.starts_with(changed_mark)) return std::nullopt;
  comment.remove_prefix(changed_mark.size());
  if (comment.size() < date_size || comment[4] != '-' || comment[7] != '-') return std::nullopt;
  int year = 0;
  unsigned month = 0, day = 0;
  auto const take = [&](size_t at, size_t digits, auto& into) {
    char const* const end = comment.data() + at + digits;
    return std::from_chars(comment.data() + at, end, into).ptr == end;
  };
  if (!take(0, 4, year) || !take(5, 2, month) || !take(8, 2, day)) return std::nullopt;
  std::chrono::year_month_day const date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

/// Cuts a text into the words of its lines, after pppd(8)'s rules for options files.
class Words {
 public:
  Words(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  /// The words of the next line that has any; none at the end.
  Result<std::vector<Word>> next_line() {
    std::vector<Word> words;
    comment_ = {};
    while (at_ < text_.size()) {
      char const c = text_[at_];
      tail_ = at_;
      if (c == '\n') {
        step();
        if (!words.empty()) return words;
        comment_ = {};
      } else if (c == ' ' || c == '\t' || c == '\r') {
        step();
      } else if (c == '\\' && next_is('\n')) {  // the line goes on
        step();
        step();
      } else if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') step();
        comment_ = text_.substr(tail_, at_ - tail_);
      } else {
        if (words.size() == 3 + most_addresses)
          return complain(line_, column_, "a client has at most 64 addresses");
        auto word = take();
        if (!word) return word.error();
        words.push_back(*std::move(word));
      }
    }
    tail_ = text_.size();
    return words;
  }
  /// Of the line that next_line() gave: what stands behind its words, from the '#' on, and where that, or the
  /// line, begins or ends.
  std::string_view comment() const { return comment_; }
  size_t tail() const {
    return comment_.empty() ? tail_ : static_cast<size_t>(comment_.data() - text_.data());
  }

  Error complain(size_t line, size_t column, std::string_view what) const {
    return error(file_, ":", std::to_string(line), ":", std::to_string(column), ": ", what);
  }
  Error complain(Word const& word, std::string_view what) const {
    return complain(word.line, word.column, what);
  }

 private:
  bool next_is(char c) const { return at_ + 1 < text_.size() && text_[at_ + 1] == c; }

  char step() {
    char const c = text_[at_++];
    ++column_;
    if (c == '\n') {
      ++line_;
      column_ = 1;
    }
    return c;
  }

  Result<Word> take() {
    Word word{{}, line_, column_, at_, at_};
    char quote = 0;
    while (at_ < text_.size()) {
      char const c = text_[at_];
      if (quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) break;
      if (c == '\n') return complain(word, "a quotation does not end in its line");
      if (word.text.size() == longest_word) return complain(word, "a word has at most 1024 bytes");
      if (c == '\0') return complain(line_, column_, "a byte of value 0 is not accepted");
      step();
      if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == '\\') {
        take_escape(word.text);
      } else {
        word.text += c;
      }
    }
    if (quote != 0) return complain(word, "a quotation does not end in its line");
    word.end = at_;
    return word;
  }

  /// What a backslash means: a letter's control character, a number, nothing at the end of a line, or the
  /// next character as it is.
  void take_escape(std::string& into) {
    static constexpr std::array<std::pair<char, char>, 7> letters{
        {{'a', '\a'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'s', ' '}, {'t', '\t'}}};
    if (at_ == text_.size()) return;
    if (char const c = text_[at_]; c >= '0' && c <= '7') return take_number(into, 8, 3);
    char const c = step();
    if (c == '\n') return;
    if (c == 'x') return take_number(into, 16, 2);
    auto const found = std::ranges::find(letters, c, &std::pair<char, char>::first);
    into += found == letters.end() ? c : found->second;
  }

  void take_number(std::string& into, int base, size_t digits) {
    std::string_view const rest = text_.substr(at_, digits);
    unsigned value = 0;
    auto const end = std::from_chars(rest.data(), rest.data() + rest.size(), value, base).ptr;
    for (auto taken = end - rest.data(); taken > 0; --taken) step();
    into += static_cast<char>(value & 0xffu);
  }

  std::string_view text_, file_, comment_;
  size_t at_ = 0, line_ = 1, column_ = 1, tail_ = 0;
};

/// What an address may look like, where it does not.
constexpr std::string_view addresses_accepted =
    "an address is wanted: 10.0.0.7, 10.0.0.0/24, !10.0.0.9, * or -; names are not looked up";

std::optional<AddressRule> parse_rule(std::string_view text) {
  AddressRule rule;
  if (text.starts_with('!')) {
    rule.accepted = false;
    text.remove_prefix(1);
  }
  if (text == any) return rule.bits = 0, rule;
  if (auto const slash = text.find('/'); slash != text.npos) {
    std::string_view const bits = text.substr(slash + 1);
    auto const read = std::from_chars(bits.data(), bits.data() + bits.size(), rule.bits);
    if (read.ec != std::errc() || read.ptr != bits.data() + bits.size() || rule.bits > 32) return {};
    text = text.substr(0, slash);
  }
  auto const address = parse_address(text);
  if (!address) return {};
  rule.address = *address;
  return rule;
}

/// A line's words as a secret; nothing where a word complains.
Result<Secret> make_secret(Words const& from, std::vector<Word> const& words) {
  if (words.size() < 3)
    return from.complain(words.front(), "client, server and secret are wanted, then addresses");
  for (Word const& name : {words[0], words[1]})
    if (name.text.size() > longest_name) return from.complain(name, "a name has at most 255 bytes");
  if (words[2].text.size() > longest_secret) return from.complain(words[2], "a secret has at most 255 bytes");
  if (words[2].text.starts_with('@'))
    return from.complain(words[2], "a secret in a file of its own (@file) is not accepted: write it here");
  Secret made{words[0].text, words[1].text, words[2].text, {}, day_of(from.comment())};
  if (words.size() > 3 && words[3].text == "-") return made;
  for (size_t i = 3; i < words.size(); ++i) {
    if (words[i].text == "--") return from.complain(words[i], "options of pppd behind '--' are not accepted");
    auto const rule = parse_rule(words[i].text);
    if (!rule) return from.complain(words[i], addresses_accepted);
    made.addresses.push_back(*rule);
  }
  return made;
}

/// A word that is read back as this secret.
std::string quoted(std::string_view secret) {
  std::string word = "\"";
  for (char const c : secret) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + '"';
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  Address address = 0;
  for (int part = 0; part < 4; ++part) {
    uint8_t value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    auto const digits = static_cast<size_t>(end - text.data());
    if (ec != std::errc() || digits > 3) return {};
    address = address << 8 | value;
    text.remove_prefix(digits);
    bool const last = part == 3;
    if (last ? !text.empty() : !text.starts_with('.')) return {};
    if (!last) text.remove_prefix(1);
  }
  return address;
}

bool Secret::accepts(Address address) const {
  if (addresses.empty()) return true;
  auto const rule =
      std::ranges::find_if(addresses, [&](AddressRule const& each) { return each.matches(address); });
  return rule != addresses.end() && rule->accepted;
}

std::optional<Address> Secret::address() const {
  for (AddressRule const& each : addresses)
    if (each.accepted && each.bits == 32 && accepts(each.address)) return each.address;
  return std::nullopt;
}

Result<Secrets> Secrets::parse(std::string_view text, std::string_view file) {
  if (text.size() > most_secrets_bytes) return error(file, ": a file of secrets has at most 1 MiB");
  Words from(text, file);
  Secrets made;
  for (;;) {
    auto words = from.next_line();
    if (!words) return words.error();
    if (words->empty()) return made;
    if (made.all_.size() == most_secrets)
      return from.complain(words->front(), "a file of secrets has at most 10000 of them");
    auto secret = make_secret(from, *words);
    if (!secret) return secret.error();
    made.all_.push_back(*std::move(secret));
  }
}

Result<std::string> Secrets::change(std::string_view text, std::string_view file, Secret const& of,
                                    std::string_view secret, int32_t day) {
  if (secret.empty() || secret.size() > longest_secret || secret.starts_with('@'))
    return error("a secret has 1 to 255 bytes, and does not begin with '@'");
  for (char const c : secret)
    if (static_cast<unsigned char>(c) < ' ') return error("a secret has no control characters");
  Words from(text, file);
  for (;;) {
    auto const words = from.next_line();
    if (!words) return words.error();
    if (words->empty()) return error(file, ": the secret of this name is not there any more");
    auto const found = make_secret(from, *words);
    if (!found) return found.error();
    if (*found != of) continue;
    size_t const tail = from.tail();
    bool const dated = of.changed.has_value();
    std::string const before = dated || (tail > 0 && text[tail - 1] == ' ') ? "" : " ";
    std::string made(text.substr(0, (*words)[2].begin));
    made += quoted(secret);
    made += text.substr((*words)[2].end, tail - (*words)[2].end);
    made += before + std::string(changed_mark) + date_of(day);
    if (!dated && !from.comment().empty()) made += " ";
    made += text.substr(tail + (dated ? changed_mark.size() + date_size : 0));
    return Result<std::string>(boost::system::in_place_value, std::move(made));
  }
}

Secret const* Secrets::find(std::string_view client, std::string_view server) const {
  Secret const* best = nullptr;
  int best_rank = -1;
  for (Secret const& each : all_) {
    bool const any_client = each.client == any, any_server = each.server == any;
    if (!(any_client || each.client == client) || !(any_server || each.server == server)) continue;
    int const rank = (any_client ? 0 : 2) + (any_server ? 0 : 1);
    if (rank <= best_rank) continue;
    best_rank = rank;
    best = &each;
  }
  return best && !best->secret.empty() ? best : nullptr;
}

}  // namespace offhook::auth
