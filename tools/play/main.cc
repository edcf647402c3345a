// play: the virtual world. Seeds with faults, or scenario files.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tools/play/run.h"

namespace {

using namespace offhook;
using namespace offhook::play;

struct Options {
  uint64_t seed = 1, seeds = 1;
  double hours = 0.1;
  bool trace = false;
};

constexpr char usage[] = "usage: play --seed N [--seeds COUNT] [--hours H] [--trace]\n";

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const word = argv[i];
    if (word == "--trace") {
      options.trace = true;
      continue;
    }
    if (i + 1 == argc) return false;
    char* end = nullptr;
    char const* value = argv[++i];
    if (word == "--seed")
      options.seed = std::strtoull(value, &end, 10);
    else if (word == "--seeds")
      options.seeds = std::strtoull(value, &end, 10);
    else if (word == "--hours")
      options.hours = std::strtod(value, &end);
    else
      return false;
    if (end == value || *end != 0) return false;
  }
  return options.hours > 0 && options.seeds > 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) return std::fputs(usage, stderr), 2;
  auto const faulty = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.hours * 3600));
  auto const began = std::chrono::steady_clock::now();
  uint64_t facts = 0, faults = 0, failed = 0;
  Duration simulated{0}, worst{0};
  for (uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed) {
    Tell const tell = [](std::string const& line) { std::puts(line.c_str()); };
    Outcome const outcome = run(seed, faulty, port::standard_laws(), options.trace ? tell : Tell());
    facts += outcome.facts;
    faults += outcome.faults;
    simulated += outcome.at - Instant{};
    worst = std::max(worst, outcome.rest);
    if (outcome.ok()) continue;
    ++failed;
    for (auto const& line : outcome.last) std::puts(line.c_str());
    std::printf("seed %llu, at %.3f s, port %s: %s\nagain: play --seed %llu --hours %g --trace\n",
                static_cast<unsigned long long>(seed),
                std::chrono::duration<double>(outcome.at - Instant{}).count(), outcome.port.c_str(),
                outcome.broken.c_str(), static_cast<unsigned long long>(seed), options.hours);
  }
  std::printf("%llu seeds, %llu failed: %.1f simulated hours, %llu facts, %llu faults, at rest after %.1f s at most; %.1f s\n",
              static_cast<unsigned long long>(options.seeds), static_cast<unsigned long long>(failed),
              std::chrono::duration<double>(simulated).count() / 3600, static_cast<unsigned long long>(facts),
              static_cast<unsigned long long>(faults), std::chrono::duration<double>(worst).count(),
              std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  return failed == 0 ? 0 : 1;
}
