#include "rasd/app/taps.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace offhook::rasd {

/// What is told may lead to remove().
template <class F>
void Taps::for_each(std::string const& port, F f) {
  std::vector<std::shared_ptr<Entry const>> of_port;
  for (auto const& [id, entry] : taps_)
    if (entry->port == port) of_port.push_back(entry);
  for (auto const& entry : of_port) f(entry->tap);
}

uint64_t Taps::add(std::string port, Tap tap) {
  auto const entry = std::make_shared<Entry const>(Entry{std::move(port), std::move(tap)});
  taps_.emplace(++last_, entry);
  adjust(entry->port);
  return last_;
}

void Taps::remove(uint64_t tap) {
  auto const found = taps_.find(tap);
  if (found == taps_.end()) return;
  auto const entry = std::exchange(found->second, nullptr);
  taps_.erase(found);
  adjust(entry->port);
}

void Taps::begun(std::string const& port, net::LinkDriver& link) {
  links_[port] = &link;
  adjust(port);
  for_each(port, [](Tap const& tap) { tap.link(true); });
}

void Taps::ended(std::string const& port, net::LinkDriver const& link) {
  auto const found = links_.find(port);
  if (found == links_.end() || found->second != &link) return;
  links_.erase(found);
  for_each(port, [](Tap const& tap) { tap.link(false); });
}

void Taps::adjust(std::string const& port) {
  auto const link = links_.find(port);
  if (link == links_.end()) return;
  bool const wanted = std::ranges::any_of(taps_, [&](auto const& each) { return each.second->port == port; });
  if (!wanted) return link->second->capture({});
  link->second->capture([this, port](ppp::Passed const& passed) {
    for_each(port, [&](Tap const& tap) { tap.passed(passed); });
  });
}

}  // namespace offhook::rasd
