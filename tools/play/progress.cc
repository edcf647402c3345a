#include "tools/play/progress.h"

#include <chrono>
#include <cstdio>

namespace offhook::play {
namespace {

/// A run that is over within a second has nothing to say; a file needs no more than a line every ten.
constexpr Duration every(Progress::Reader reader) { return reader == Progress::Reader::terminal ? 1s : 10s; }
constexpr char take_away[] = "\r\x1b[K";  // ECMA-48 8.3.41: erase the line

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }
using Number = unsigned long long;

}  // namespace

std::optional<std::string> Progress::ended(uint64_t seed, bool failed, Duration since_begin) {
  ++done_;
  failed_ += failed ? 1 : 0;
  Duration const took = since_begin - before_;
  before_ = since_begin;
  if (took > slowest_) slowest_ = took, slowest_seed_ = seed;
  if (since_begin - said_ < every(reader_) || done_ == seeds_) return std::nullopt;
  said_ = since_begin;
  written_ = true;
  return reader_ == Reader::terminal ? take_away + line(since_begin) : line(since_begin) + "\n";
}

std::string Progress::over() const {
  return written_ && reader_ == Reader::terminal ? std::string(take_away) : std::string();
}

std::string Progress::line(Duration since_begin) const {
  double const a_second = static_cast<double>(done_) / seconds(since_begin);
  char text[160];
  std::snprintf(text, sizeof text,
                "play: %llu of %llu seeds, %llu failed, %.1f a second, %.0f s to go; slowest %llu: %.2f s",
                static_cast<Number>(done_), static_cast<Number>(seeds_), static_cast<Number>(failed_),
                a_second, static_cast<double>(seeds_ - done_) / a_second, static_cast<Number>(slowest_seed_),
                seconds(slowest_));
  return text;
}

}  // namespace offhook::play
