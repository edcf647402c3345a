// The numbering plan: what a bank has by default, and what is wrong with one.
#include <algorithm>
#include <map>

#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

namespace {

constexpr size_t longest_number = 20;

constexpr std::pair<TestLine, std::string_view> test_line_names[] = {
    {TestLine::echo, "echo"},
    {TestLine::busy, "busy"},
    {TestLine::no_answer, "no_answer"},
    {TestLine::voice, "voice"},
    {TestLine::carrier_loss, "carrier_loss"},
    {TestLine::pattern, "pattern"},
    {TestLine::congestion, "congestion"},
    {TestLine::unallocated, "unallocated"},
    {TestLine::callback, "callback"},
};

/// Which numbers stand where, to name both places of one that stands twice.
class NumberCheck {
 public:
  Result<void> add(std::string const& number, std::string const& place) {
    if (number.empty() || number.size() > longest_number ||
        number.find_first_not_of("0123456789") != number.npos)
      return error(place, ": number \"", number, "\" must be 1 to 20 digits");
    auto const [at, fresh] = places_.emplace(number, place);
    if (!fresh) return error("number ", number, " stands twice: ", at->second, " and ", place);
    return {};
  }

 private:
  std::map<std::string, std::string> places_;
};

Result<void> check(HuntGroup const& group, size_t subscribers) {
  if (group.members.empty()) return error("hunt group ", group.number, " has no members");
  for (SubscriberId member : group.members)
    if (member >= subscribers)
      return error("hunt group ", group.number, ": member ", std::to_string(member), " is not one of the ",
                   std::to_string(subscribers), " subscribers");
  return {};
}

}  // namespace

std::string_view name(TestLine line) { return test_line_names[static_cast<size_t>(line)].second; }

std::vector<std::pair<std::string, TestLine>> default_test_lines() {
  std::vector<std::pair<std::string, TestLine>> lines;
  for (auto const& [line, name] : test_line_names)
    lines.emplace_back("555000" + std::to_string(lines.size()), line);
  return lines;
}

Result<void> check(Plan const& plan) {
  NumberCheck numbers;
  for (size_t i = 0; i < plan.subscribers.size(); ++i) {
    if (plan.subscribers[i].empty()) continue;
    if (auto ok = numbers.add(plan.subscribers[i], "subscriber " + std::to_string(i)); !ok) return ok;
  }
  for (HuntGroup const& group : plan.groups) {
    if (auto ok = numbers.add(group.number, "hunt group"); !ok) return ok;
    if (auto ok = check(group, plan.subscribers.size()); !ok) return ok;
  }
  for (auto const& [number, line] : plan.test_lines)
    if (auto ok = numbers.add(number, "test line " + std::string(name(line))); !ok) return ok;
  if (cadence(plan.country, 0) == nullptr)
    return error("country \"", plan.country, "\" is not known: us uk de fr jp nl se it es au are");
  if (plan.rest < Duration::zero() || plan.rest > 1h) return error("rest must be between 0 and 1 hour");
  return {};
}

}  // namespace offhook::exchange
