#include "emulator/supervise/waits.h"

#include <utility>

namespace offhook::supervise {
namespace {

bool same(Wait const& a, Wait const& b) {
  return a.port == b.port && a.generation == b.generation && a.awaited == b.awaited;
}

}  // namespace

void Waits::begin(Wait wait, std::function<bool()> const& catches_signals) {
  auto const [found, is_new] = by_thread_.try_emplace(wait.thread, Entry{wait});
  if (is_new) return;
  auto const before = std::exchange(found->second, Entry{std::move(wait)});
  Entry& begun = found->second;
  if (!same(before.wait, begun.wait)) return;
  if (before.answered && (before.again || !catches_signals())) return;
  begun.again = before.again || before.answered;
  begun.wait.since = before.wait.since;
}

void Waits::answered(pid_t thread) {
  if (auto const found = by_thread_.find(thread); found != by_thread_.end()) found->second.answered = true;
}

void Waits::looked(pid_t thread) {
  if (auto const found = by_thread_.find(thread); found != by_thread_.end() && found->second.answered)
    by_thread_.erase(found);
}

void Waits::drop(std::function<bool(Wait const&)> const& which) {
  std::erase_if(by_thread_, [&](auto const& each) { return which(each.second.wait); });
}

std::vector<Wait> Waits::due(std::string const& port, uint64_t generation, Counts const& now) const {
  std::vector<Wait> found = of(port);
  std::erase_if(found, [&](Wait const& wait) {
    return wait.generation == generation && !edge(wait.since, now, wait.awaited);
  });
  return found;
}

std::vector<Wait> Waits::of(std::string const& port) const {
  std::vector<Wait> found;
  for (auto const& [thread, entry] : by_thread_)
    if (entry.wait.port == port && !entry.answered) found.push_back(entry.wait);
  return found;
}

}  // namespace offhook::supervise
