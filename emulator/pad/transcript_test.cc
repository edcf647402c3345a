// Runs the golden transcripts of tests/transcripts/pad: one PAD in virtual time, its DTE and its loop as
// text. What the lines mean is written down in tests/transcripts/pad/README.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>

#include "emulator/base/text.h"
#include "emulator/pad/pad.h"

namespace offhook::pad {
namespace {

using Words = std::vector<std::string>;

struct Case {
  std::string file, title;
  std::vector<std::pair<int, std::string>> steps;
};

/// Words, and texts in quotation marks with their escapes undone.
Words words_of(std::string const& line) {
  Words words;
  for (size_t at = 0; at < line.size();) {
    if (line[at] == ' ') {
      ++at;
      continue;
    }
    std::string word;
    if (line[at] != '"') {
      while (at < line.size() && line[at] != ' ') word += line[at++];
    } else {
      for (++at; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] != '\\') {
          word += line[at];
        } else if (line[++at] == 'x') {
          word += static_cast<char>(std::stoi(line.substr(at + 1, 2), nullptr, 16));
          at += 2;
        } else {
          word += line[at] == 'r' ? '\r' : line[at] == 'n' ? '\n' : line[at] == 't' ? '\t' : line[at];
        }
      }
      ++at;
    }
    words.push_back(std::move(word));
  }
  return words;
}

Duration duration_of(std::string const& word) {
  double value = 0;
  auto const [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (failed != std::errc()) throw std::invalid_argument("no such duration: " + word);
  return Duration(static_cast<int64_t>(value * (std::string_view(end) == "ms" ? 1e6 : 1e9) + 0.5));
}

loop::Cause cause_of(std::string word) {
  std::replace(word.begin(), word.end(), '-', ' ');
  for (int value = 0; value < 128; ++value)
    if (loop::name(static_cast<loop::Cause>(value)) == word) return static_cast<loop::Cause>(value);
  throw std::invalid_argument("no such cause: " + word);
}

v24::Circuit circuit_of(std::string const& word) {
  for (auto const circuit : v24::all_circuits)
    if (v24::name(circuit) == word) return circuit;
  throw std::invalid_argument("no such circuit: " + word);
}

loop::Event event_of(Words const& words) {
  std::string const& kind = words.at(1);
  if (kind == "cleared") return loop::Cleared{cause_of(words.at(2))};
  if (kind == "caller-id") {
    bool const given = words.size() > 2;
    using Presentation = loop::CallerId::Presentation;
    return loop::CallerIdSent{
        {given ? Presentation::given : Presentation::withheld, given ? words[2] : "", "", {}}};
  }
  static std::map<std::string, loop::Event> const events{
      {"dial-tone", loop::DialTone{}},
      {"ring-on", loop::RingOn{}},
      {"ring-off", loop::RingOff{}},
      {"ringback", loop::Ringback{}},
      {"voice", loop::Voice{}},
      {"answered", loop::Answered{}},
      {"carrier-down", loop::CarrierDown{}},
      {"carrier-back", loop::CarrierBack{}},
      {"link-released", loop::LinkReleased{}},
      {"carrier-up", loop::CarrierUp{loop::Modulation::v34, 33600, 33600, loop::ErrorControl::lapm,
                                     loop::Compression::v42bis}}};
  return events.at(kind);
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
    EXPECT_EQ(escaped(to_line_), "") << case_.file << ": the case ends with bytes for the line unseen";
  }

 private:
  using Verb = void (Transcript::*)(Words const&);

  void step(Words const& words) {
    if (!pad_ && words[0] == "accept") {
      options_.accept = Options::Accept::identified;
      return;
    }
    if (!pad_) power_up();
    static std::map<std::string, Verb> const verbs{
        {">", &Transcript::types},        {"<", &Transcript::reads},
        {"<<", &Transcript::reads_part},  {"line", &Transcript::hears},
        {"loop", &Transcript::acts},      {"to-line", &Transcript::sends},
        {"from-line", &Transcript::gets}, {"held", &Transcript::holds},
        {"wait", &Transcript::waits},     {"dtr", &Transcript::turns_dtr},
        {"break", &Transcript::breaks},   {"backlog", &Transcript::backs_up},
        {"rate", &Transcript::rates},     {"circuit", &Transcript::shows},
        {"state", &Transcript::is},       {"forget", &Transcript::forgets},
        {"macro", &Transcript::macro},    {"power-cycle", &Transcript::power_cycles}};
    auto const verb = verbs.find(words[0]);
    if (verb == verbs.end()) throw std::invalid_argument("no such verb: " + words[0]);
    (this->*verb->second)(words);
    settle();
  }

  void power_up() {
    pad_.emplace(options_);
    presented_ = pad_->circuits();
    pad_->on_dte_rate(now_, 9600);
    pad_->on_circuit(now_, v24::Circuit::dtr, true);
    pad_->on_circuit(now_, v24::Circuit::rts, true);
    settle();
  }

  void types(Words const& words) {
    Bytes bytes = as_bytes(words.at(1));
    for (int turns = 0; !bytes.empty(); ++turns) {
      ASSERT_LT(turns, 10000) << "the PAD takes nothing";
      auto const split = pad_->on_dte_bytes(now_, bytes);
      ASSERT_LE(split.to_line + split.taken, bytes.size());
      std::string const before = to_line_;
      drain();
      EXPECT_TRUE(split.to_line == 0 || to_line_ == before) << "bytes passed and bytes emitted in one call";
      to_line_ += as_text(bytes.first(split.to_line));
      bytes = bytes.subspan(split.to_line + split.taken);
    }
  }
  void reads(Words const& words) { EXPECT_EQ(escaped(std::exchange(to_dte_, {})), escaped(words.at(1))); }
  void reads_part(Words const& words) {
    std::string const got = std::exchange(to_dte_, {});
    EXPECT_NE(got.find(words.at(1)), std::string::npos) << escaped(got);
  }
  void hears(Words const& words) { pad_->on_line(now_, event_of(words)); }
  void acts(Words const& words) { EXPECT_EQ(std::exchange(loop_, {}), words.at(1)); }
  void sends(Words const& words) { EXPECT_EQ(escaped(std::exchange(to_line_, {})), escaped(words.at(1))); }
  void gets(Words const& words) { from_line_ += words.at(1); }
  void holds(Words const& words) { EXPECT_EQ(escaped(from_line_), escaped(words.at(1))); }
  void turns_dtr(Words const& words) { pad_->on_circuit(now_, v24::Circuit::dtr, words.at(1) == "on"); }
  void breaks(Words const&) { pad_->on_break(now_); }
  void backs_up(Words const&) { pad_->on_dte_backlog(now_); }
  void rates(Words const& words) { pad_->on_dte_rate(now_, static_cast<uint32_t>(std::stoul(words.at(1)))); }
  void is(Words const& words) { EXPECT_EQ(name(pad_->state()), words.at(1)); }
  void power_cycles(Words const&) { pad_->power_cycle(now_); }
  void shows(Words const& words) {
    EXPECT_EQ(presented_.on(circuit_of(words.at(1))) ? "on" : "off", words.at(2));
    for (auto const circuit : v24::all_circuits)
      EXPECT_TRUE(v24::from_dte(circuit) || presented_.on(circuit) == pad_->circuits().on(circuit));
  }
  void forgets(Words const&) {
    to_dte_.clear();
    loop_.clear();
    to_line_.clear();
  }

  /// service: the DTE asked for service. call, called: and a call is up. Nothing of it is to be read.
  void macro(Words const& words) {
    types({">", "\r"});
    if (words.at(1) == "call") {
      types({">", "5550101\r"});
      for (auto const* event : {"dial-tone", "ringback", "answered", "carrier-up"}) hears({"line", event});
    } else if (words[1] == "called") {
      for (auto const* event : {"ring-on", "answered", "carrier-up"}) hears({"line", event});
    } else if (words[1] != "service") {
      throw std::invalid_argument("no such macro: " + words[1]);
    }
    if (words.size() > 2) {  // parameters, set before or in the call
      if (words[1] != "service") types({">", "\x10"});
      types({">", "SET " + words[2] + "\r"});
    }
    drain();
    forgets({});
  }

  void waits(Words const& words) { pass(duration_of(words.at(1))); }

  void pass(Duration length) {
    Instant const end = now_ + length;
    while (auto const next = pad_->next_timeout()) {
      if (*next > end) break;
      now_ = std::max(now_, *next);
      pad_->on_timeout(now_);
      drain();
    }
    now_ = end;
  }

  /// Drains, delivers what the line holds, and lets timers that are due already fire.
  void settle() {
    drain();
    for (size_t taken = 1; taken != 0 && !from_line_.empty();) {
      taken = pad_->accepts_line_data() ? from_line_.size() : pad_->on_line_data(now_, as_bytes(from_line_));
      if (pad_->accepts_line_data()) {
        to_dte_ += from_line_;
        pad_->on_line_bytes(now_, taken);
      }
      from_line_.erase(0, taken);
      drain();
    }
    pass(0s);
  }

  void drain() {
    while (auto action = pad_->poll_action()) {
      if (auto const* bytes = std::get_if<ToDte>(&*action)) to_dte_ += bytes->bytes;
      if (auto const* bytes = std::get_if<ToLine>(&*action)) to_line_ += bytes->bytes;
      if (auto const* circuit = std::get_if<SetCircuit>(&*action))
        presented_.set(circuit->circuit, circuit->on);
      if (auto const* act = std::get_if<loop::Act>(&*action))
        loop_ += (loop_.empty() ? "" : ", ") + describe(*act);
    }
  }

  Case const& case_;
  Options options_;
  std::optional<Pad> pad_;
  Instant now_{};
  std::string to_dte_, to_line_, from_line_, loop_;
  v24::Circuits presented_;
};

std::vector<Case> read_cases() {
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator(OFFHOOK_PAD_TRANSCRIPTS))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Case> cases;
  for (auto const& path : files) {
    std::ifstream in(path);
    std::string line;
    size_t const first = cases.size();
    for (int number = 1; std::getline(in, line); ++number) {
      if (line.starts_with("## "))
        cases.push_back({path.filename(), line.substr(3), {}});
      else if (!line.empty() && line.front() != '#' && cases.size() > first)
        cases.back().steps.emplace_back(number, line);
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

class PadTranscripts : public ::testing::TestWithParam<size_t> {};

TEST_P(PadTranscripts, plays_as_written) { Transcript(all_cases()[GetParam()]).run(); }

INSTANTIATE_TEST_SUITE_P(golden, PadTranscripts, ::testing::Range(size_t{0}, all_cases().size()),
                         [](auto const& param) { return test_name(all_cases()[param.param], param.param); });

}  // namespace
}  // namespace offhook::pad
