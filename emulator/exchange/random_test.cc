// Thousands of mixed operations from a seed, and what must hold whatever happens.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "emulator/base/random.h"
#include "emulator/exchange/test_support.h"

namespace offhook::exchange {
namespace {

using Routes = std::vector<std::string>;

/// Follows the actions of an exchange and holds them against what may be.
class Observer {
 public:
  void see(Exchange& exchange) {
    while (auto action = exchange.poll_action()) std::visit([this](auto const& a) { on(a); }, *action);
  }
  void see_offer(CallId call) { EXPECT_TRUE(outside_.insert(call).second); }
  bool quiet() const {
    return in_call_.empty() && open_.empty() && live_.empty() && sounding_.empty() && outside_.empty();
  }
  uint64_t calls_out() const { return calls_out_; }
  uint64_t connects() const { return connects_; }
  CallId newest() const { return newest_; }

 private:
  void on(Tell const& tell) {
    if (std::holds_alternative<loop::RingOn>(tell.event)) {
      EXPECT_TRUE(sounding_.insert(tell.to).second) << "ringing twice";
    } else if (std::holds_alternative<loop::RingOff>(tell.event)) {
      EXPECT_EQ(sounding_.erase(tell.to), 1u) << "silence without ringing";
    } else {
      bool const between = std::holds_alternative<loop::CallerIdSent>(tell.event);
      EXPECT_FALSE(between && sounding_.contains(tell.to)) << "caller identity within a burst";
    }
  }
  void on(Connect const& connect) {
    ++connects_;
    EXPECT_TRUE(live_.contains(connect.call));
    EXPECT_TRUE(open_.emplace(connect.call, connect).second) << "connected twice";
    for (Party const& party : {connect.caller, connect.called}) {
      if (auto const* id = std::get_if<SubscriberId>(&party)) {
        EXPECT_TRUE(in_call_.insert(*id).second) << "subscriber " << *id << " in two calls";
      }
    }
  }
  void on(Disconnect const& disconnect) {
    bool const outside = outside_.erase(disconnect.call) != 0;
    auto const it = open_.find(disconnect.call);
    if (it == open_.end()) {
      EXPECT_TRUE(outside) << "disconnected without a connection";
      return;
    }
    for (Party const& party : {it->second.caller, it->second.called})
      if (auto const* id = std::get_if<SubscriberId>(&party)) in_call_.erase(*id);
    open_.erase(it);
  }
  void on(CallOut const& out) {
    EXPECT_TRUE(live_.contains(out.call));
    EXPECT_TRUE(tried_.insert(out.call).second) << "tried twice";
    outside_.insert(out.call);  // so is one that was offered, and leaves again
    ++calls_out_;
  }
  void on(CallNote const& note) {
    if (note.kind == CallNote::Kind::began) {
      EXPECT_TRUE(live_.insert(note.call).second);
      newest_ = note.call;
    } else if (note.kind == CallNote::Kind::ended) {
      EXPECT_EQ(live_.erase(note.call), 1u) << "ended twice";
    } else {
      EXPECT_TRUE(live_.contains(note.call));
    }
  }

  std::set<SubscriberId> in_call_, sounding_;
  std::map<CallId, Connect> open_;
  std::set<CallId> live_, tried_, outside_;  // outside_: a Disconnect is owed
  uint64_t connects_ = 0, calls_out_ = 0;
  CallId newest_ = 0;
};

Plan busy_plan(uint32_t subscribers, bool realistic, Duration rest) {
  Plan plan;
  for (uint32_t i = 0; i < subscribers; ++i) plan.subscribers.push_back(std::to_string(5560000 + i));
  plan.test_lines = default_test_lines();
  plan.groups = {{"700", {0, 1, 2}, HuntGroup::Order::round_robin, 1},
                 {"7001", {2, 1}, HuntGroup::Order::linear, 2}};
  plan.realistic = realistic;
  plan.rest = rest;
  return plan;
}

std::string some_number(Random& random, Plan const& plan) {
  switch (random.below(6)) {
    case 5:
      return "900";
    case 0:
      return "700";
    case 1:
      return "7001";
    case 2:
      return plan.test_lines[random.below(plan.test_lines.size())].first;
    default:
      return plan.subscribers[random.below(plan.subscribers.size())];
  }
}

void some_report(Random& random, Exchange& exchange, Instant now, CallId newest) {
  CallId const call = 1 + newest - std::min<CallId>(newest, random.below(12));
  switch (random.below(4)) {
    case 0:
      return exchange.out_ringing(now, call);
    case 1:
      return exchange.out_failed(now, call, loop::Cause::destination_out_of_order);
    default:
      return exchange.out_answered(now, call);
  }
}

void some_operation(Random& random, Exchange& exchange, Instant now) {
  auto const id = static_cast<SubscriberId>(random.below(exchange.plan().subscribers.size()));
  switch (random.below(16)) {
    case 0:
      return exchange.on_loop_cut(now, id, random.one_in(4));
    case 1:
      return exchange.force(id, static_cast<Forced>(random.one_in(4) ? random.below(5) : 0));
    case 2: {
      RingOrder order;
      order.to = id;
      order.rings = static_cast<uint32_t>(random.below(3));
      order.pattern = static_cast<uint8_t>(random.below(6));
      if (random.one_in(3)) order.caller = static_cast<SubscriberId>(random.below(12));
      static_cast<void>(exchange.ring(now, order));
      return;
    }
    case 3:
      return exchange.clear_call(now, 1 + random.below(300));
    case 4:
      return exchange.on_loop(now, id, loop::Flash{});
    case 5:
      return exchange.on_loop(now, id, loop::DialEnd{});
    case 6:
      return exchange.on_loop(now, id, loop::DialAddress{"host:23"});
    case 7:
      return exchange.on_loop(now, id, loop::StartCarrier{});
    case 8:
    case 9:
    case 10:
      return exchange.on_loop(now, id, loop::GoOnHook{});
    case 11:
    case 12:
      return exchange.on_loop(now, id, loop::GoOffHook{});
    default: {
      exchange.on_loop(now, id, loop::GoOffHook{});
      return exchange.on_loop(now, id, loop::Digits{some_number(random, exchange.plan())});
    }
  }
}

uint64_t first_seed() {
  char const* given = std::getenv("OFFHOOK_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

TEST(random_operations, never_break_a_call_and_everything_drains_when_all_go_on_hook) {
  uint64_t connects = 0, calls_out = 0;
  for (uint64_t seed = first_seed(); seed < first_seed() + 20; ++seed) {
    SCOPED_TRACE("OFFHOOK_SEED=" + std::to_string(seed));
    Random random(seed);
    Exchange exchange(busy_plan(12, random.one_in(2), random.one_in(2) ? 0s : 3s));
    exchange.set_routes({"900"});
    Observer observer;
    Instant now{};
    for (int i = 0; i < 3000 && !testing::Test::HasFailure(); ++i) {
      if (random.one_in(2)) now += Duration(random.below(3'000'000'000));
      if (auto next = exchange.next_timeout(); next && *next <= now && random.one_in(2))
        exchange.on_timeout(now);
      if (random.one_in(6)) {
        some_report(random, exchange, now, observer.newest());
      } else if (random.one_in(10)) {
        OfferOrder const order{{}, static_cast<uint32_t>(random.below(3)), 0};
        if (auto call = exchange.offer(now, some_number(random, exchange.plan()), order))
          observer.see_offer(*call);
      } else {
        some_operation(random, exchange, now);
      }
      if (random.one_in(500)) exchange.set_routes(random.one_in(4) ? Routes{} : Routes{"900", "9001"});
      observer.see(exchange);
    }
    for (SubscriberId id = 0; id < 12; ++id) {
      exchange.on_loop_cut(now, id, false);
      exchange.on_loop(now, id, loop::GoOnHook{});
    }
    for (CallId call = 1; exchange.calls() > 0 && call < 100000; ++call) exchange.clear_call(now, call);
    now += 200s;  // pending callbacks ring in vain
    exchange.on_timeout(now);
    observer.see(exchange);
    ASSERT_TRUE(observer.quiet());
    ASSERT_EQ(exchange.next_timeout(), std::nullopt);
    for (SubscriberId id = 0; id < 12; ++id) ASSERT_EQ(exchange.state(id), LoopState::on_hook);
    connects += observer.connects();
    calls_out += observer.calls_out();
  }
  EXPECT_GT(calls_out, 300u);
  EXPECT_GT(connects, 500u) << "the operations hardly ever connect: they prove nothing";
}

TEST(many_subscribers, two_thousand_call_each_other_at_once) {
  constexpr uint32_t count = 2000;
  Exchange exchange(busy_plan(count, false, 2s));
  Observer observer;
  Instant now{};
  for (SubscriberId id = 0; id < count; id += 2) {
    exchange.on_loop(now, id, loop::GoOffHook{});
    exchange.on_loop(now, id, loop::Digits{std::to_string(5560000 + id + 1)});
    now += 1ms;
  }
  now += 20s;
  exchange.on_timeout(now);
  observer.see(exchange);
  for (SubscriberId id = 1; id < count; id += 2) exchange.on_loop(now, id, loop::GoOffHook{});
  observer.see(exchange);
  EXPECT_EQ(observer.connects(), count / 2);
  EXPECT_EQ(exchange.calls(), count / 2);
  for (SubscriberId id = 0; id < count; ++id) exchange.on_loop(now, id, loop::GoOnHook{});
  exchange.on_timeout(now + 2s);
  observer.see(exchange);
  EXPECT_TRUE(observer.quiet());
  EXPECT_EQ(exchange.next_timeout(), std::nullopt);
}

}  // namespace
}  // namespace offhook::exchange
