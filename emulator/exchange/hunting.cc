// Hunt groups: which member a call rings, and where it goes when that one does not answer.
#include <algorithm>

#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

/// The first member that is free, beginning where the order says. One that rests, or is off-hook because its
/// program busied it out (ATH1), is not free.
Exchange::Target Exchange::hunt(uint32_t group) {
  HuntGroup const& g = plan_.groups[group];
  uint32_t const count = static_cast<uint32_t>(g.members.size());
  uint32_t const first = g.order == HuntGroup::Order::round_robin ? next_in_group_[group] : 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t const turn = (first + i) % count;
    if (subscribers_[g.members[turn]].state != LoopState::on_hook) continue;
    next_in_group_[group] = (turn + 1) % count;
    return g.members[turn];
  }
  return loop::Cause::user_busy;
}

/// The group whose member this call rings or has reached.
std::optional<uint32_t> Exchange::group_of(Call const& call) const {
  if (!call.called || !std::holds_alternative<SubscriberId>(*call.called)) return std::nullopt;
  auto const found = find(call.to);
  if (!found || found->kind != Destination::Kind::group) return std::nullopt;
  return found->index;
}

/// Linear groups go round too: the order says where a hunt begins, and a call that waits is better answered
/// late.
std::optional<SubscriberId> Exchange::next_member(uint32_t group, SubscriberId after) const {
  auto const& members = plan_.groups[group].members;
  size_t const at = static_cast<size_t>(std::find(members.begin(), members.end(), after) - members.begin());
  for (size_t i = 1; i < members.size(); ++i) {
    SubscriberId const member = members[(at + i) % members.size()];
    if (subscribers_[member].state == LoopState::on_hook) return member;
  }
  return std::nullopt;
}

/// At the end of a burst: where the member has had its share of them, the next free one rings. Where there is
/// none the same one rings on.
bool Exchange::hunt_on(Instant now, Call& call) {
  auto const group = group_of(call);
  uint32_t const limit = group ? plan_.groups[*group].no_answer_bursts : 0;
  if (limit == 0 || call.bursts_here % limit != 0) return false;
  SubscriberId const tired = std::get<SubscriberId>(*call.called);
  auto const next = next_member(*group, tired);
  if (!next) return false;
  subscribers_[tired].call = 0;
  enter(now, tired, LoopState::on_hook);
  alert(now, call, *next);
  return true;
}

/// The next hunt of a round-robin group begins after the member that answered last.
void Exchange::remember_answer(Call const& call) {
  auto const group = group_of(call);
  if (!group) return;
  auto const& members = plan_.groups[*group].members;
  auto const at = std::find(members.begin(), members.end(), std::get<SubscriberId>(*call.called));
  next_in_group_[*group] = static_cast<uint32_t>(at - members.begin() + 1) % members.size();
}

}  // namespace offhook::exchange
