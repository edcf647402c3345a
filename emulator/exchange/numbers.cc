// Where a number leads, and when it is complete.
#include <algorithm>

#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

void Exchange::index_numbers() {
  auto add = [this](Destination::Kind kind, size_t count) {
    for (uint32_t i = 0; i < count; ++i)
      if (Destination const d{kind, i}; !number(d).empty()) numbers_.push_back(d);
  };
  add(Destination::Kind::subscriber, plan_.subscribers.size());
  add(Destination::Kind::group, plan_.groups.size());
  add(Destination::Kind::test_line, plan_.test_lines.size());
  std::sort(numbers_.begin(), numbers_.end(),
            [this](Destination const& a, Destination const& b) { return number(a) < number(b); });
}

std::string const& Exchange::number(Destination const& destination) const {
  switch (destination.kind) {
    case Destination::Kind::subscriber:
      return plan_.subscribers[destination.index];
    case Destination::Kind::group:
      return plan_.groups[destination.index].number;
    case Destination::Kind::test_line:
      break;
  }
  return plan_.test_lines[destination.index].first;
}

std::optional<Exchange::Destination> Exchange::find(std::string_view wanted) const {
  auto const at =
      std::lower_bound(numbers_.begin(), numbers_.end(), wanted,
                       [this](Destination const& d, std::string_view n) { return number(d) < n; });
  if (at == numbers_.end() || number(*at) != wanted) return std::nullopt;
  return *at;
}

/// A number of the plan that no longer number begins with. In sorted order such a longer one would stand
/// next.
bool Exchange::is_complete(std::string_view digits) const {
  auto at = std::lower_bound(numbers_.begin(), numbers_.end(), digits,
                             [this](Destination const& d, std::string_view n) { return number(d) < n; });
  if (at == numbers_.end() || number(*at) != digits) return false;
  return ++at == numbers_.end() || !number(*at).starts_with(digits);
}

std::optional<Party> Exchange::party(std::string_view wanted) const {
  auto const found = find(wanted);
  if (!found || found->kind == Destination::Kind::group) return std::nullopt;
  if (found->kind == Destination::Kind::subscriber) return found->index;
  return plan_.test_lines[found->index].second;
}

/// The first member that is free, beginning where the order says.
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

Exchange::Target Exchange::target(SubscriberId caller, std::string_view to) {
  switch (subscribers_[caller].forced) {
    case Forced::busy:
      return TestLine::busy;
    case Forced::no_answer:
      return TestLine::no_answer;
    case Forced::voice:
      return TestLine::voice;
    case Forced::none:
    case Forced::no_dialtone:
      break;
  }
  // An address is no number: nothing leads out of the exchange.
  if (to.find_first_not_of("0123456789*#ABCD") != std::string_view::npos)
    return loop::Cause::no_route_to_destination;
  auto const found = find(to);
  if (!found) return loop::Cause::unallocated_number;
  if (found->kind == Destination::Kind::test_line) return plan_.test_lines[found->index].second;
  if (found->kind == Destination::Kind::group) return hunt(found->index);
  if (subscribers_[found->index].state != LoopState::on_hook) return loop::Cause::user_busy;
  return found->index;
}

}  // namespace offhook::exchange
