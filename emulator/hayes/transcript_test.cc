// Runs the golden transcripts of tests/transcripts: one modem in virtual time, its DTE and its loop as text.
// What the lines mean is written down in tests/transcripts/README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "emulator/base/text.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/modem.h"

namespace offhook::hayes {
namespace {

struct Case {
  std::string file, title;
  int line = 0;
  std::vector<std::pair<int, std::string>> steps;
};

std::vector<std::string> words_of(std::string const& line) {
  std::vector<std::string> words;
  for (size_t at = 0; at < line.size();) {
    if (line[at] == ' ') {
      ++at;
    } else if (line[at] == '"') {
      size_t end = at + 1;
      while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
      words.push_back(line.substr(at, end + 1 - at));
      at = end + 1;
    } else {
      size_t const end = std::min(line.find(' ', at), line.size());
      words.push_back(line.substr(at, end - at));
      at = end;
    }
  }
  return words;
}

std::string unquoted(std::string const& word) {
  if (word.size() < 2 || word.front() != '"' || word.back() != '"') return word;
  std::string text;
  for (size_t i = 1; i + 1 < word.size(); ++i) {
    if (word[i] != '\\') {
      text += word[i];
      continue;
    }
    char const c = word[++i];
    if (c == 'x') {
      text += static_cast<char>(std::stoi(word.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      text += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
  }
  return text;
}

Duration duration_of(std::string const& word) {
  double value = 0;
  auto const [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
  EXPECT_TRUE(failed == std::errc()) << word;
  std::string_view const unit(end);
  double const second = unit == "ms" ? 1e6 : unit == "us" ? 1e3 : unit == "min" ? 6e10 : 1e9;
  return Duration(static_cast<int64_t>(value * second + 0.5));
}

template <class Value>
Value named(std::map<std::string, Value> const& names, std::string const& word) {
  auto const found = names.find(word);
  if (found == names.end()) throw std::invalid_argument("no such word: " + word);
  return found->second;
}

loop::Cause cause_of(std::string word) {
  std::replace(word.begin(), word.end(), '-', ' ');
  for (int value = 0; value < 128; ++value)
    if (loop::name(static_cast<loop::Cause>(value)) == word) return static_cast<loop::Cause>(value);
  throw std::invalid_argument("no such cause: " + word);
}

loop::Modulation modulation_of(std::string const& word) {
  for (int i = 0; i <= static_cast<int>(loop::Modulation::v90); ++i)
    if (loop::name(static_cast<loop::Modulation>(i)) == word) return static_cast<loop::Modulation>(i);
  throw std::invalid_argument("no such modulation: " + word);
}

loop::CallerId caller_id_of(std::vector<std::string> const& words) {
  loop::CallerId id;
  using Presentation = loop::CallerId::Presentation;
  std::string const& number = words.at(2);
  id.presentation = number == "P"   ? Presentation::withheld
                    : number == "O" ? Presentation::unavailable
                                    : Presentation::given;
  if (id.presentation == Presentation::given) id.number = number;
  for (size_t i = 3; i < words.size(); ++i) {
    if (words[i].front() == '"') {
      id.name = unquoted(words[i]);
      continue;
    }
    auto const two = [&](size_t at) { return static_cast<uint8_t>(std::stoi(words[i].substr(at, 2))); };
    id.date = {two(0), two(2), two(4), two(6)};
  }
  return id;
}

loop::Event event_of(std::vector<std::string> const& words) {
  std::string const& kind = words.at(1);
  auto const number = [&](size_t i) { return static_cast<uint32_t>(std::stoul(words.at(i))); };
  if (kind == "dial-tone") return loop::DialTone{};
  if (kind == "ring-on") return loop::RingOn{static_cast<uint8_t>(words.size() > 2 ? number(2) : 0)};
  if (kind == "ring-off") return loop::RingOff{};
  if (kind == "caller-id") return loop::CallerIdSent{caller_id_of(words)};
  if (kind == "ringback") return loop::Ringback{};
  if (kind == "voice") return loop::Voice{};
  if (kind == "answered") return loop::Answered{};
  if (kind == "cleared") return loop::Cleared{cause_of(words.at(2))};
  if (kind == "carrier-down") return loop::CarrierDown{};
  if (kind == "carrier-back") return loop::CarrierBack{};
  if (kind == "link-released") return loop::LinkReleased{};
  if (kind != "carrier-up") throw std::invalid_argument("no such event: " + kind);
  using loop::Compression;
  using loop::ErrorControl;
  return loop::CarrierUp{
      modulation_of(words.at(2)), number(3), number(4),
      named<ErrorControl>(
          {{"none", ErrorControl::none}, {"mnp", ErrorControl::mnp}, {"lapm", ErrorControl::lapm}},
          words.at(5)),
      named<Compression>({{"none", Compression::none},
                          {"mnp5", Compression::mnp5},
                          {"v42bis", Compression::v42bis},
                          {"v44", Compression::v44}},
                         words.at(6))};
}

v24::Circuit circuit_of(std::string const& word) {
  for (auto const circuit : v24::all_circuits)
    if (v24::name(circuit) == word) return circuit;
  throw std::invalid_argument("no such circuit: " + word);
}

/// One case as it runs.
class Transcript {
 public:
  explicit Transcript(Case const& c) : case_(c) {}

  void run() {
    for (auto const& [number, line] : case_.steps) {
      SCOPED_TRACE(case_.file + ":" + std::to_string(number) + ": " + line);
      try {
        step(words_of(line));
      } catch (std::exception const& e) {
        FAIL() << "cannot read this line: " << e.what();
      }
      if (::testing::Test::HasFatalFailure()) return;
    }
    EXPECT_EQ(escaped(to_dte_), "") << case_.file << ": the case ends with unread output";
  }

 private:
  bool option(std::vector<std::string> const& words) {
    if (modem_) return false;
    if (words[0] == "family") return family_ = find_family(words.at(1)), true;
    if (words[0] == "pace")
      return options_.pace = words.at(1) == "realistic" ? Pace::realistic : Pace::instant, true;
    if (words[0] == "unknown") return options_.unknown_is_ok = true;
    if (words[0] == "ties") return options_.ties = true;
    return false;
  }

  void power_up(std::string const& stored) {
    ASSERT_NE(family_, nullptr) << "no such family";
    modem_ = std::make_unique<Modem>(*family_, options_, stored);
    modem_->on_dte_rate(now_, 115200);
    modem_->on_circuit(now_, v24::Circuit::dtr, true);
    modem_->on_circuit(now_, v24::Circuit::rts, true);
    settle();
  }

  void step(std::vector<std::string> const& words) {
    if (option(words)) return;
    if (!modem_) power_up({});
    if (!modem_) return;
    std::string const& verb = words[0];
    if (verb == ">") {
      send(unquoted(words.at(1)));
    } else if (verb == "<") {
      EXPECT_EQ(escaped(std::exchange(to_dte_, {})), escaped(unquoted(words.at(1))));
    } else if (verb == "<<") {
      std::string const got = std::exchange(to_dte_, {});
      EXPECT_NE(got.find(unquoted(words.at(1))), std::string::npos) << escaped(got);
    } else if (verb == "wait") {
      wait(duration_of(words.at(1)));
    } else if (verb == "line") {
      hear(event_of(words));
    } else if (verb == "loop") {
      EXPECT_EQ(std::exchange(loop_, {}), unquoted(words.at(1)));
    } else if (verb == "to-line") {
      EXPECT_EQ(escaped(std::exchange(to_line_, {})), escaped(unquoted(words.at(1))));
    } else {
      more(words);
    }
  }

  void more(std::vector<std::string> const& words) {
    std::string const& verb = words[0];
    if (verb == "dtr" || verb == "rts") {
      modem_->on_circuit(now_, circuit_of(verb), words.at(1) == "on");
      settle();
    } else if (verb == "rate") {
      modem_->on_dte_rate(now_, static_cast<uint32_t>(std::stoul(words.at(1))));
      settle();
    } else if (verb == "line-full") {
      modem_->on_line_full(now_, words.at(1) == "on");
      settle();
    } else if (verb == "held") {
      EXPECT_EQ(modem_->accepts_line_data() ? "off" : "on", words.at(1));
    } else if (verb == "from-line") {
      EXPECT_TRUE(modem_->accepts_line_data());
      modem_->on_line_bytes(now_, std::stoul(words.at(1)));
      settle();
    } else if (verb == "circuit") {
      EXPECT_EQ(presented_.on(circuit_of(words.at(1))) ? "on" : "off", words.at(2));
      EXPECT_EQ(presented_, modem_->circuits()) << "what was told and what is said differ";
    } else if (verb == "state") {
      EXPECT_EQ(name(modem_->state()), words.at(1));
    } else if (verb == "saved") {
      EXPECT_TRUE(std::exchange(saved_, false));
    } else if (verb == "power-cycle") {
      known_ = false;
      power_up(modem_->stored());
    } else if (verb == "forget") {
      forget();
    } else if (verb == "macro") {
      macro(words);
    } else {
      throw std::invalid_argument("no such verb: " + verb);
    }
  }

  void macro(std::vector<std::string> const& words) {
    if (words.at(1) == "online") {
      if (words.size() > 2) modem_->on_dte_rate(now_, static_cast<uint32_t>(std::stoul(words[2])));
      send("ATDT5550101\r");
      hear(loop::DialTone{});
    } else {
      hear(loop::RingOn{});
      send("ATA\r");
    }
    hear(loop::Answered{});
    hear(loop::CarrierUp{loop::Modulation::v34, 33600, 33600, loop::ErrorControl::lapm,
                         loop::Compression::v42bis});
    EXPECT_EQ(modem_->state(), State::online_data);
    forget();
  }

  void forget() {
    to_dte_.clear();
    loop_.clear();
    to_line_.clear();
  }

  void send(std::string_view text) {
    Bytes bytes = as_bytes(text);
    for (int turns = 0; !bytes.empty(); ++turns) {
      ASSERT_LT(turns, 10000) << "the modem takes nothing";
      auto const split = modem_->on_dte_bytes(now_, bytes);
      ASSERT_LE(split.to_line + split.taken, bytes.size());
      to_line_ += as_text(bytes.first(split.to_line));
      bytes = bytes.subspan(split.to_line + split.taken);
      settle();
    }
  }

  void hear(loop::Event const& event) {
    modem_->on_line(now_, event);
    settle();
  }

  void wait(Duration length) {
    Instant const end = now_ + length;
    while (auto const next = modem_->next_timeout()) {
      if (*next > end) break;
      now_ = std::max(now_, *next);
      modem_->on_timeout(now_);
      drain();
    }
    now_ = end;
  }

  /// Drains, and lets timers that are due already fire.
  void settle() {
    drain();
    wait(0s);
  }

  void drain() {
    while (auto action = modem_->poll_action()) {
      if (auto const* bytes = std::get_if<ToDte>(&*action)) to_dte_ += bytes->bytes;
      if (auto const* circuit = std::get_if<SetCircuit>(&*action))
        presented_.set(circuit->circuit, circuit->on);
      if (auto const* act = std::get_if<loop::Act>(&*action))
        loop_ += (loop_.empty() ? "" : ", ") + describe(*act);
      if (std::holds_alternative<SaveProfiles>(*action)) saved_ = true;
    }
    for (auto const circuit : {v24::Circuit::dtr, v24::Circuit::rts})
      presented_.set(circuit, modem_->circuits().on(circuit));
    if (!known_) presented_ = modem_->circuits();
    known_ = true;
  }

  Case const& case_;
  Family const* family_ = &v250();
  Options options_;
  std::unique_ptr<Modem> modem_;
  Instant now_{};
  std::string to_dte_, loop_, to_line_;
  v24::Circuits presented_;
  bool known_ = false, saved_ = false;
};

std::vector<Case> read_cases() {
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator(OFFHOOK_TRANSCRIPTS))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Case> cases;
  for (auto const& path : files) {
    std::ifstream in(path);
    std::string line;
    size_t const first = cases.size();
    for (int number = 1; std::getline(in, line); ++number) {
      line.erase(0, line.find_first_not_of(" \t"));
      while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
      if (line.starts_with("## ")) {
        cases.push_back({path.filename(), line.substr(3), number, {}});
      } else if (!line.empty() && line.front() != '#' && cases.size() > first) {
        cases.back().steps.emplace_back(number, line);
      }
    }
  }
  return cases;
}

std::vector<Case> const& all_cases() {
  static std::vector<Case> const cases = read_cases();
  return cases;
}

std::string test_name(Case const& c, size_t index) {
  std::string text = c.file.substr(0, c.file.find('.')) + "_" + std::to_string(index) + "_" + c.title;
  for (char& letter : text)
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  return text;
}

class Transcripts : public ::testing::TestWithParam<size_t> {};

TEST_P(Transcripts, plays_as_written) { Transcript(all_cases()[GetParam()]).run(); }

INSTANTIATE_TEST_SUITE_P(golden, Transcripts, ::testing::Range(size_t{0}, all_cases().size()),
                         [](auto const& param) { return test_name(all_cases()[param.param], param.param); });

}  // namespace
}  // namespace offhook::hayes
