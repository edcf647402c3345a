#include "emulator/exchange/exchange.h"

#include <utility>

#include "emulator/base/check.h"

namespace offhook::exchange {

namespace {

bool can_call(TestLine line) {
  constexpr TestLine speakers[] = {TestLine::echo, TestLine::voice, TestLine::carrier_loss, TestLine::pattern,
                                   TestLine::callback};
  for (TestLine speaker : speakers)
    if (speaker == line) return true;
  return false;
}

}  // namespace

Result<void> check_ring(loop::CallerId const& from, uint8_t pattern) {
  constexpr size_t longest_number = 20;  // loop::CallerId
  constexpr size_t longest_name = 15;
  constexpr uint8_t last_pattern = 5;
  if (pattern > last_pattern) return error("ring pattern ", std::to_string(pattern), ": 0 to 5 exist");
  if (from.number.size() > longest_number) return error("the caller's number has more than 20 digits");
  if (from.name.size() > longest_name) return error("the caller's name has more than 15 characters");
  return {};
}

Exchange::Exchange(Plan plan)
    : plan_(std::move(plan)), next_in_group_(plan_.groups.size(), 0), subscribers_(plan_.subscribers.size()) {
  index_numbers();
}

void Exchange::force(SubscriberId subscriber, Forced forced) { subscribers_.at(subscriber).forced = forced; }

void Exchange::on_timeout(Instant now) {
  while (auto const due = timers_.due(now)) {
    auto const [at, key] = *due;
    switch (key.owner) {
      case TimerOwner::loop:
        on_loop_timeout(at, static_cast<SubscriberId>(key.id));
        break;
      case TimerOwner::call:
        on_call_timeout(at, key.id);
        break;
      case TimerOwner::callback:
        on_callback(at, static_cast<SubscriberId>(key.id));
        break;
    }
  }
}

std::optional<Action> Exchange::poll_action() {
  if (actions_.empty()) return std::nullopt;
  std::optional<Action> action(std::move(actions_.front()));
  actions_.pop_front();
  return action;
}

std::optional<CallId> Exchange::call(SubscriberId subscriber) const {
  CallId const id = subscribers_.at(subscriber).call;
  return id == 0 ? std::nullopt : std::optional(id);
}

Result<CallId> Exchange::ring(Instant now, RingOrder const& order) {
  on_timeout(now);
  auto const idle = [this](SubscriberId id) -> Result<void> {
    if (id >= subscribers_.size()) return error("there is no subscriber ", std::to_string(id));
    if (subscribers_[id].state == LoopState::on_hook) return {};
    return error("the line of ", plan_.subscribers[id], " is busy (", name(subscribers_[id].state), ")");
  };
  if (auto free = idle(order.to); !free) return free.error();
  if (auto ok = check_ring(order.from, order.pattern); !ok) return ok.error();
  if (auto const* caller = std::get_if<SubscriberId>(&order.caller)) {
    if (*caller == order.to) return error("a line cannot call itself");
    if (auto free = idle(*caller); !free) return free.error();
  } else if (auto const* line = std::get_if<TestLine>(&order.caller); line != nullptr && !can_call(*line)) {
    return error("nobody calls from test line ", name(*line),
                 ": echo, voice, carrier_loss, pattern, callback do");
  } else if (line == nullptr) {
    return error("a call from outside is offered, not ordered");
  }
  return begin_ordered(now, order);
}

}  // namespace offhook::exchange
