#include "rasd/auth/throttle.h"

#include <algorithm>

namespace offhook::auth {

unsigned Throttle::level(Table const& table, Instant now, std::string_view name) const {
  auto const found = table.find(name);
  if (found == table.end() || found->second <= now) return 0;
  return static_cast<unsigned>((found->second - now + limits_.forgets - 1ns) / limits_.forgets);
}

unsigned Throttle::count(Table& table, Instant now, std::string_view name) const {
  auto found = table.find(name);
  if (found == table.end()) {
    if (table.size() >= limits_.most_names) make_room(table, now);
    found = table.emplace(name, now).first;
  }
  found->second = std::max(found->second, now) + limits_.forgets;
  return level(table, now, name);
}

/// What is forgotten goes, or else whoever failed least: names that are made up do not drive out the one that
/// is really guessed at.
void Throttle::make_room(Table& table, Instant now) const {
  if (std::erase_if(table, [&](auto const& each) { return each.second <= now; }) > 0) return;
  table.erase(std::ranges::min_element(table, {}, &Table::value_type::second));
}

bool Throttle::admits(Instant now, std::string_view port, std::string_view user) const {
  return level(by_user_, now, user) < limits_.most_by_user &&
         level(by_port_, now, port) < limits_.most_by_port;
}

Duration Throttle::failed(Instant now, std::string_view port, std::string_view user) {
  unsigned const failures = std::max(count(by_user_, now, user), count(by_port_, now, port));
  Duration delay = limits_.delay;
  for (unsigned i = 1; i < failures && delay < limits_.longest_delay; ++i) delay *= 2;
  return std::min(delay, limits_.longest_delay);
}

void Throttle::succeeded(std::string_view port, std::string_view user) {
  if (auto const found = by_user_.find(user); found != by_user_.end()) by_user_.erase(found);
  if (auto const found = by_port_.find(port); found != by_port_.end()) by_port_.erase(found);
}

}  // namespace offhook::auth
