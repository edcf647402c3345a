#include "emulator/supervise/waits.h"

#include <utility>

namespace offhook::supervise {

void Waits::begin(Wait wait) {
  auto const [found, is_new] = by_thread_.try_emplace(wait.thread, wait);
  if (is_new) return;
  Wait& before = found->second;
  bool const restarted =
      before.port == wait.port && before.generation == wait.generation && before.awaited == wait.awaited;
  if (restarted) wait.since = before.since;
  before = std::move(wait);
}

void Waits::end(pid_t thread) { by_thread_.erase(thread); }

void Waits::drop(std::function<bool(Wait const&)> const& which) {
  std::erase_if(by_thread_, [&](auto const& each) { return which(each.second); });
}

std::vector<Wait> Waits::due(std::string const& port, uint64_t generation, Counts const& now) const {
  std::vector<Wait> found;
  for (auto const& [thread, wait] : by_thread_)
    if (wait.port == port && (wait.generation != generation || edge(wait.since, now, wait.awaited)))
      found.push_back(wait);
  return found;
}

std::vector<Wait> Waits::of(std::string const& port) const {
  std::vector<Wait> found;
  for (auto const& [thread, wait] : by_thread_)
    if (wait.port == port) found.push_back(wait);
  return found;
}

}  // namespace offhook::supervise
