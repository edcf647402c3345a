#include "emulator/trunk/lines.h"

#include <algorithm>

#include "emulator/base/check.h"

namespace offhook::trunk {

bool Lines::take(Instant now, std::string_view number, size_t lines) {
  auto found = numbers_.find(number);
  if (found == numbers_.end()) found = numbers_.emplace(number, Number{}).first;
  Number& here = found->second;
  std::erase_if(here.ready, [&](Instant ready) { return ready <= now; });
  if (lines != 0 && here.in_use + here.ready.size() >= lines) return false;
  ++here.in_use;
  return true;
}

void Lines::released(Instant now, std::string_view number, Duration restart) {
  auto const found = numbers_.find(number);
  OFFHOOK_CHECK(found != numbers_.end() && found->second.in_use != 0);
  Number& here = found->second;
  --here.in_use;
  std::erase_if(here.ready, [&](Instant ready) { return ready <= now; });
  if (restart > Duration::zero()) here.ready.push_back(now + restart);
  if (here.in_use == 0 && here.ready.empty()) numbers_.erase(found);
}

size_t Lines::busy(Instant now, std::string_view number) const {
  auto const found = numbers_.find(number);
  if (found == numbers_.end()) return 0;
  auto const& ready = found->second.ready;
  auto const starting = std::ranges::count_if(ready, [&](Instant at) { return at > now; });
  return found->second.in_use + static_cast<size_t>(starting);
}

}  // namespace offhook::trunk
