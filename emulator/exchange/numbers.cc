// Where a number leads, and when it is complete.
#include <algorithm>
#include <functional>

#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

namespace {

constexpr size_t longest_address = 262;  // a name of 253 characters (RFC 1035 2.3.4), two brackets, a port

}  // namespace

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

bool Exchange::is_route(std::string_view wanted) const {
  return std::binary_search(routes_.begin(), routes_.end(), wanted, std::less<>());
}

/// A number that no longer number begins with. In sorted order such a longer one would stand next.
bool Exchange::is_complete(std::string_view digits) const {
  if (!find(digits) && !is_route(digits)) return false;
  auto const in_plan =
      std::upper_bound(numbers_.begin(), numbers_.end(), digits,
                       [this](std::string_view n, Destination const& d) { return n < number(d); });
  auto const in_routes = std::upper_bound(routes_.begin(), routes_.end(), digits, std::less<>());
  return (in_plan == numbers_.end() || !number(*in_plan).starts_with(digits)) &&
         (in_routes == routes_.end() || !in_routes->starts_with(digits));
}

std::optional<Party> Exchange::party(std::string_view wanted) const {
  auto const found = find(wanted);
  if (!found || found->kind == Destination::Kind::group) return std::nullopt;
  if (found->kind == Destination::Kind::subscriber) return found->index;
  return plan_.test_lines[found->index].second;
}

/// Where a call from a subscriber leads.
Exchange::Target Exchange::target(Call const& call) {
  switch (subscribers_[std::get<SubscriberId>(call.caller)].forced) {
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
  if (call.dialled == Dialled::number) return target(call.to);
  bool const usable = !call.to.empty() && call.to.size() <= longest_address;
  return usable ? Target(Outside{}) : loop::Cause::invalid_number_format;
}

Exchange::Target Exchange::target(std::string_view to) {
  auto const found = find(to);
  if (!found) return is_route(to) ? Target(Outside{}) : loop::Cause::unallocated_number;
  if (found->kind == Destination::Kind::test_line) return plan_.test_lines[found->index].second;
  if (found->kind == Destination::Kind::group) return hunt(found->index);
  if (subscribers_[found->index].state != LoopState::on_hook) return loop::Cause::user_busy;
  return found->index;
}

}  // namespace offhook::exchange
