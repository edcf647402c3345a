#include "emulator/fault/words.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "emulator/base/text.h"

namespace offhook::fault {
namespace {

constexpr Duration longest_delay = 60s;

bool is_share(double value) { return value >= 0 && value <= 1; }  // what is not a number is none

std::string shortest(double value) {
  std::array<char, 32> text;
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// True in this share of draws; of none nothing is drawn.
bool happens(Random& random, double share) {
  constexpr double one = 9007199254740992.0;  // 2^53: what a double counts exactly
  return share > 0 && static_cast<double>(random.next() >> 11) < share * one;
}

}  // namespace

Result<void> check(Parameters const& parameters) {
  if (!is_share(parameters.wrong_echo)) return error("echo (of the characters) must be 0 to 1");
  if (!is_share(parameters.garbled_results)) return error("results (of the characters) must be 0 to 1");
  if (parameters.delay < Duration::zero() || parameters.delay > longest_delay)
    return error("delay must be 0 to 60 seconds");
  return {};
}

bool faulty(Parameters const& parameters) {
  return parameters.wrong_echo != 0 || parameters.garbled_results != 0 ||
         parameters.delay != Duration::zero();
}

std::vector<std::string> describe(Parameters const& parameters) {
  std::vector<std::string> words;
  std::string const seed = ", seed " + std::to_string(parameters.seed);
  if (parameters.wrong_echo != 0) words.push_back("echo wrong: " + shortest(parameters.wrong_echo) + seed);
  if (parameters.garbled_results != 0)
    words.push_back("results garbled: " + shortest(parameters.garbled_results) + seed);
  if (parameters.delay != Duration::zero())
    words.push_back("results late: " +
                    shortest(std::chrono::duration<double, std::milli>(parameters.delay).count()) + " ms");
  return words;
}

void Words::set(Parameters const& parameters) {
  parameters_ = parameters;
  random_ = Random(parameters.seed);
}

char Words::altered(char c) { return static_cast<char>(c ^ (1 << random_.below(7))); }

size_t Words::push(Instant now, Kind kind, std::string_view text) {
  double const wrong = kind == Kind::echo ? parameters_.wrong_echo : parameters_.garbled_results;
  text = text.substr(0, held_.room());
  if (text.empty()) return 0;
  std::string said(text);
  for (char& c : said)
    if (happens(random_, wrong)) c = altered(c);
  held_.push(as_bytes(said));
  Instant due = kind == Kind::echo ? now : now + parameters_.delay;
  if (!pieces_.empty()) due = std::max(due, pieces_.back().due);
  pieces_.push_back({due, said.size()});
  return said.size();
}

size_t Words::due_by(Instant now) const {
  size_t size = 0;
  for (Piece const& piece : pieces_) {
    if (piece.due > now) break;
    size += piece.size;
  }
  return size;
}

void Words::pop(size_t n) {
  held_.pop(n);
  while (n > 0) {
    Piece& piece = pieces_.front();
    size_t const part = std::min(piece.size, n);
    n -= part;
    piece.size -= part;
    if (piece.size == 0) pieces_.pop_front();
  }
}

std::optional<Instant> Words::next_timeout() const {
  if (pieces_.empty()) return std::nullopt;
  return pieces_.front().due;
}

void Words::clear() {
  held_.clear();
  pieces_.clear();
}

}  // namespace offhook::fault
