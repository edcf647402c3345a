#include <time.h>

#include <array>

#include "rasd/holder/holder.h"

namespace offhook::holder {
namespace {

constexpr std::array<std::string_view, 6> names{"lock_file", "flock", "record_lock",
                                                "exclusive", "open",  "outside"};

std::string local_time(WallTime at) {
  auto const seconds = std::chrono::system_clock::to_time_t(at);
  auto const today = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  tm then{}, now{};
  ::localtime_r(&seconds, &then);
  ::localtime_r(&today, &now);
  bool const same_day = then.tm_year == now.tm_year && then.tm_yday == now.tm_yday;
  std::array<char, 64> text;
  size_t const n = ::strftime(text.data(), text.size(), same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &then);
  return {text.data(), n};
}

std::string subject(Claim const& claim) {
  if (claim.kind == Claim::Kind::outside) return "a process outside";
  if (claim.by.pid == 0) return "an unknown program (since " + local_time(claim.since) + ")";
  return claim.by.program + " (pid " + std::to_string(claim.by.pid) + ", user " + claim.by.user + ", since " +
         local_time(claim.since) + ")";
}

}  // namespace

std::string_view name(Claim::Kind kind) { return names[static_cast<size_t>(kind)]; }

std::string sentence(Claim const& claim) { return sentence(std::span(&claim, 1)); }

std::string sentence(std::span<Claim const> claims) {
  if (claims.empty()) return {};
  Claim const& first = claims.front();
  std::string text = subject(first) + " holds " + first.tty + ": " + first.evidence;
  std::string others;
  pid_t told = first.by.pid;
  for (Claim const& claim : claims.subspan(1)) {
    if (claim.by.pid == first.by.pid) {
      text += ", " + claim.evidence;
    } else if (claim.by.pid != told) {
      others += "; also " + subject(claim) + ": " + claim.evidence;
      told = claim.by.pid;
    }
  }
  return text + others;
}

}  // namespace offhook::holder
