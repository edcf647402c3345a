// What a protocol wants done, in order. A driver drains it after every call, so it holds what one call made.
#pragma once

#include <deque>
#include <optional>
#include <utility>

namespace offhook::ppp {

template <class T>
std::optional<T> take_front(std::deque<T>& actions) {
  if (actions.empty()) return std::nullopt;
  std::optional<T> front(std::move(actions.front()));
  actions.pop_front();
  return front;
}

}  // namespace offhook::ppp
