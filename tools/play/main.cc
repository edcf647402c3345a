// play: the virtual world. Seeds with faults, or scenario files.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tools/play/progress.h"
#include "tools/play/run.h"
#include "tools/play/scenario.h"

namespace {

using namespace offhook;
using namespace offhook::play;

struct Options {
  uint64_t seed = 1, seeds = 1;
  double hours = 0.2;
  bool trace = false, quiet = false;
  std::vector<std::string> files;
};

constexpr char usage[] =
    "usage: play --seed N [--seeds COUNT] [--hours H] [--trace] [--quiet]   seeds with faults\n"
    "       play [--trace] SCENARIO...                                      scenario files on the virtual "
    "clock\n";
constexpr double most_hours = 10'000;

template <class N>
bool take(N& into, std::string_view text) {
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  return code == std::errc{} && end == text.data() + text.size();
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const word = argv[i];
    std::string_view const value = i + 1 < argc ? argv[i + 1] : "";
    bool good = true;
    if (word == "--trace")
      options.trace = true;
    else if (word == "--quiet")
      options.quiet = true;
    else if (word == "--seed")
      good = take(options.seed, value), ++i;
    else if (word == "--seeds")
      good = take(options.seeds, value), ++i;
    else if (word == "--hours")
      good = take(options.hours, value), ++i;
    else if (word.starts_with("-"))
      good = false;
    else
      options.files.emplace_back(word);
    if (!good) return false;
  }
  return argc > 1 && options.hours > 0 && options.hours <= most_hours && options.seeds > 0;
}

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }
using Number = unsigned long long;

void print(std::string const& line) { std::puts(line.c_str()); }

int play_scenarios(Options const& options) {
  for (std::string const& name : options.files) {
    std::ifstream file(name);
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    if (!file) return std::fprintf(stderr, "play: %s cannot be read\n", name.c_str()), 2;
    auto const scenario = parse_scenario(text, name);
    if (scenario.has_error()) return std::fprintf(stderr, "play: %s\n", scenario.error().message.c_str()), 2;
    auto const broken = run_scenario(*scenario, name, options.trace ? print : nullptr);
    std::printf("%s\n", broken.empty() ? (name + ": as expected").c_str() : broken.c_str());
    if (!broken.empty()) return 1;
  }
  return 0;
}

void print_failure(Outcome const& outcome, Options const& options) {
  for (auto const& line : outcome.last) print(line);
  std::printf("seed %llu, at %.3f s, port %s: %s\nagain: play --seed %llu --hours %g --trace\n",
              static_cast<Number>(outcome.seed), seconds(outcome.at - Instant{}), outcome.port.c_str(),
              outcome.broken.c_str(), static_cast<Number>(outcome.seed), options.hours);
}

int play_seeds(Options const& options) {
  auto const faulty =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.hours * 3600));
  auto const began = std::chrono::steady_clock::now();
  uint64_t facts = 0, faults = 0, failed = 0;
  Duration simulated{0}, rest{0};
  Progress progress(::isatty(STDERR_FILENO) ? Progress::Reader::terminal : Progress::Reader::file,
                    options.seeds);
  for (uint64_t seed = options.seed; seed - options.seed < options.seeds; ++seed) {
    Outcome const outcome = run(seed, faulty, port::standard_laws(), options.trace ? Tell(print) : Tell());
    facts += outcome.facts;
    faults += outcome.faults;
    simulated += outcome.at - Instant{};
    rest = std::max(rest, outcome.rest);
    failed += outcome.ok() ? 0 : 1;
    auto const where = progress.ended(seed, !outcome.ok(), std::chrono::steady_clock::now() - began);
    if (!outcome.ok()) {
      if (!options.quiet) std::fputs(progress.over().c_str(), stderr);
      print_failure(outcome, options);
      std::fflush(stdout);
    }
    if (where && !options.quiet) std::fputs(where->c_str(), stderr);
  }
  if (!options.quiet) std::fputs(progress.over().c_str(), stderr);
  double const took = seconds(std::chrono::steady_clock::now() - began);
  std::printf(
      "%llu seeds, %llu failed: %.1f simulated hours, %llu faults, %llu facts told to ports, "
      "at rest %.1f s after the faults at most, %.1f s, slowest seed %llu %.2f s\n",
      static_cast<Number>(options.seeds), static_cast<Number>(failed), seconds(simulated) / 3600,
      static_cast<Number>(faults), static_cast<Number>(facts), seconds(rest), took,
      static_cast<Number>(progress.slowest_seed()), seconds(progress.slowest()));
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) return std::fputs(usage, stderr), 2;
  return options.files.empty() ? play_seeds(options) : play_scenarios(options);
}
