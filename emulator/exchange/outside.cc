// Calls that leave the exchange, and calls that come in. How they travel, the driver knows.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

void throw_exception_from_error(Refusal const& refusal, boost::source_location const&) {
  throw std::logic_error(refusal.message);
}

void Exchange::set_routes(std::vector<std::string> numbers) {
  routes_ = std::move(numbers);
  std::sort(routes_.begin(), routes_.end());
  routes_.erase(std::unique(routes_.begin(), routes_.end()), routes_.end());
}

void Exchange::call_out(Call& call) {
  call.called = Outside{};
  call.state = CallState::trying;
  actions_.push_back(CallOut{call.id, call.to, call.dialled == Dialled::address, call.from});
}

/// Null unless it is a call that left the exchange.
Exchange::Call* Exchange::outgoing(CallId id) {
  auto const found = calls_.find(id);
  if (found == calls_.end() || found->second.called != Party(Outside{})) return nullptr;
  return &found->second;
}

void Exchange::out_alerting(Instant now, Call& call) {
  if (call.state != CallState::trying) return;
  call.state = CallState::alerting;
  hear_ringback(now, call);
  note(call, CallNote::Kind::ringing);
}

void Exchange::out_ringing(Instant now, CallId id) {
  on_timeout(now);
  if (Call* const call = outgoing(id)) out_alerting(now, *call);
}

void Exchange::out_answered(Instant now, CallId id) {
  on_timeout(now);
  Call* const call = outgoing(id);
  if (call == nullptr || call->state == CallState::connected) return;
  out_alerting(now, *call);  // an answer without ringback is glare, and sets may tell them apart
  connect(now, *call);
}

void Exchange::out_failed(Instant now, CallId id, loop::Cause cause) {
  on_timeout(now);
  if (outgoing(id) != nullptr) end_call(now, id, cause);
}

Offered Exchange::offer(Instant now, std::string_view number, OfferOrder const& order) {
  on_timeout(now);
  if (auto ok = check_ring(order.from, order.pattern); !ok)
    return Refusal{loop::Cause::call_rejected, ok.error().message};
  Target const to = target(number);
  if (auto refused = refusal(number, to)) return *refused;
  bool const given = order.from.presentation == loop::CallerId::Presentation::given;
  Call& call = begin(Outside{}, given ? order.from.number : "", std::string(number));
  CallId const id = call.id;
  call.identity = order.from;
  call.pattern = order.pattern;
  call.give_up_after = order.rings;
  if (auto const* line = std::get_if<TestLine>(&to)) {
    present_to_test_line(now, call, *line);
  } else if (std::holds_alternative<Outside>(to)) {
    call_out(call);
    if (order.rings != 0)
      set_due(call, now + cadence(plan_.country, order.pattern)->end_of_burst(order.rings));
  } else {
    alert(now, call, std::get<SubscriberId>(to));
  }
  return id;
}

std::optional<Refusal> Exchange::refusal(std::string_view number, Target const& to) const {
  auto const refused = [&](loop::Cause cause) {
    return Refusal{cause, "number " + std::string(number) + ": " + std::string(loop::name(cause))};
  };
  if (auto const* cause = std::get_if<loop::Cause>(&to)) return refused(*cause);
  if (auto const* line = std::get_if<TestLine>(&to))
    if (auto const cause = refusal_of(*line)) return refused(*cause);
  auto const* subscriber = std::get_if<SubscriberId>(&to);
  bool const directly = find(number)->kind == Destination::Kind::subscriber;
  if (subscriber != nullptr && directly && subscribers_[*subscriber].wire == Wire::cut)
    return refused(loop::Cause::destination_out_of_order);
  return std::nullopt;
}

}  // namespace offhook::exchange
