#include "emulator/trunk/admission.h"

#include <algorithm>

namespace offhook::trunk {

Admission::Verdict Admission::arrive(Instant now, std::string_view address) {
  if (calls_ >= limits_.in_all) return Verdict::full;
  auto found = callers_.find(address);
  if (found != callers_.end()) {
    if (limits_.per_address != 0 && found->second.calls >= limits_.per_address) return Verdict::too_many;
    if (now - found->second.last < limits_.rest) return Verdict::too_soon;
  } else {
    forget_rested(now);
    found = callers_.emplace(address, Caller{}).first;
  }
  ++found->second.calls;
  found->second.last = now;
  ++calls_;
  return Verdict::admitted;
}

void Admission::left(Instant now, std::string_view address) {
  auto const found = callers_.find(address);
  if (found == callers_.end() || found->second.calls == 0) return;
  --calls_;
  if (--found->second.calls == 0 && now - found->second.last >= limits_.rest) callers_.erase(found);
}

void Admission::forget_rested(Instant now) {
  if (callers_.size() < most_resting + calls_) return;
  std::erase_if(callers_, [&](auto const& each) {
    return each.second.calls == 0 && now - each.second.last >= limits_.rest;
  });
  if (callers_.size() < most_resting + calls_) return;
  auto oldest = callers_.end();
  for (auto it = callers_.begin(); it != callers_.end(); ++it)
    if (it->second.calls == 0 && (oldest == callers_.end() || it->second.last < oldest->second.last))
      oldest = it;
  if (oldest != callers_.end()) callers_.erase(oldest);
}

}  // namespace offhook::trunk
