#include "tools/play/chaos.h"

#include <functional>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>

namespace offhook::play {
namespace {

/// On the whole a fault a port as often; in bursts and with pauses.
constexpr Duration pause_at_most = 20s;

struct FaultRow {
  char const* name;
  unsigned weight;
  void (*happens)(World&, size_t port);
};

std::string named(char const* what, World& world) {
  return std::string(what) + "-" + std::to_string(world.stage.random.next() % 1'000'000);
}

/// Any of them, or none.
template <class Names>
std::string one_of(World& world, Names const& names) {
  return names.empty() ? std::string() : names[world.stage.random.below(names.size())];
}

/// What was to follow does not, once the faults are off.
void later(World& world, Duration at_most, std::function<void()> what) {
  world.stage.after(world.stage.up_to(at_most), [&world, what = std::move(what)] {
    if (world.stage.mischief.latest != Duration::zero()) what();
  });
}

void ring(World& world, size_t port) { world.ring(port, 0); }
void ring_a_few(World& world, size_t port) {
  world.ring(port, static_cast<uint32_t>(1 + world.stage.random.below(3)));
}
void hang_up(World& world, size_t port) { world.caller_hangs_up(port); }
void drop(World& world, size_t port) { world.drop(port, static_cast<Ends>(world.stage.random.below(3))); }

void unplug(World& world, size_t port) {
  if (!world.unplug(port, world.stage.random.one_in(2))) return;
  bool const cycled = world.stage.random.one_in(3);
  later(world, world.stage.random.one_in(3) ? Duration(200ms) : Duration(15s), [&world, port, cycled] {
    if (cycled) world.power_cycle(port);
    world.plug(port);
    if (world.stage.random.one_in(3)) world.ring(port, 1);
  });
}
void wedge(World& world, size_t port) {
  if (!world.wedge(port)) return;
  later(world, 40s, [&world, port] { world.power_cycle(port); });
}
void power_cycle(World& world, size_t port) { world.power_cycle(port); }
void stand_still(World& world, size_t) { world.stand_still(world.stage.up_to(6s)); }

void lease(World& world, size_t port) {
  constexpr char const* numbers[] = {"5550000", "5550001", "5550004", "5550100", "5550101", "5550103", ""};
  world.lease(port, named("rasdial", world), numbers[world.stage.random.below(std::size(numbers))]);
}
void kill_client(World& world, size_t) { world.kill(one_of(world, world.clients())); }
void stop_client(World& world, size_t) {
  std::string const name = one_of(world, world.clients());
  if (!world.stop(name)) return;
  later(world, 60s, [&world, name] { world.go_on(name); });
}

void foreign(World& world, size_t port) {
  constexpr char const* words[] = {"AT\r", "ATE1V0Q1S0=1\r", "ATDT5550000\r", "ATS0=1\r", "garbage\r", ""};
  std::string const name = named("minicom", world);
  if (!world.foreign(port, name, static_cast<World::Manners>(world.stage.random.below(4)))) return;
  auto const* word = words[world.stage.random.below(std::size(words))];
  later(world, 1s, [&world, name, word] { world.say(name, word); });
  later(world, 20s, [&world, name] { world.kill(name); });
}

void kill_service(World& world, size_t port) { world.kill_service(port); }
void leave_grandchild(World& world, size_t port) {
  world.leave_grandchild(port);
  world.kill_service(port);
}
void order(World& world, size_t port) {
  switch (world.stage.random.below(4)) {
    case 0:
      return world.order(port, port::HangUp{});
    case 1:
      return world.order(port, port::Reset{});
    case 2:
      world.order(port, port::Disable{});
      return later(world, 10s, [&world, port] { world.order(port, port::Enable{}); });
    default:
      return world.order(port, port::Enable{});
  }
}
void observe(World& world, size_t) {
  if (world.observers().size() < 8)
    world.observers().attach();
  else
    world.observers().detach_last();
}

// Half of what happens is calls and their ends: a remote hang-up falls into every state (Q244717).
constexpr FaultRow rows[] = {
    {"a patient caller", 20, ring},
    {"a caller who gives up", 10, ring_a_few},
    {"the caller hangs up", 14, hang_up},
    {"carrier lost", 10, drop},
    {"the cable is out for a while", 6, unplug},
    {"the modem is wedged for a while", 3, wedge},
    {"the modem is power-cycled", 4, power_cycle},
    {"the bank stands still for a while", 2, stand_still},
    {"a client asks for the port", 12, lease},
    {"a client is killed", 6, kill_client},
    {"a client is stopped", 4, stop_client},
    {"a foreign program", 8, foreign},
    {"the service is killed", 4, kill_service},
    {"the service leaves somebody behind", 4, leave_grandchild},
    {"the administrator", 4, order},
    {"an observer", 3, observe},
};
constexpr unsigned weights = std::accumulate(
    std::begin(rows), std::end(rows), 0u, [](unsigned sum, FaultRow const& row) { return sum + row.weight; });

}  // namespace

void Chaos::begin(Instant end) {
  Random& random = world_.stage.random;
  auto const once_in = [&] { return static_cast<uint32_t>(4 + random.below(40)); };
  world_.stage.mischief = {once_in(), once_in(), once_in(), random.one_in(2) ? Duration(2s) : Duration(12s)};
  world_.services = {90s, 12, 5, 8};
  world_.clients_last = 30s;
  for (size_t i = 0; i < world_.size(); ++i) next(i, end);
}

void Chaos::next(size_t port, Instant end) {
  Stage& stage = world_.stage;
  Duration const pause = stage.random.one_in(3) ? stage.up_to(500ms) : stage.up_to(pause_at_most);
  if (stage.now + pause >= end) return;
  stage.after(pause, [this, port, end] {
    auto draw = static_cast<unsigned>(world_.stage.random.below(weights));
    FaultRow const* row = rows;
    while (draw >= row->weight) draw -= (row++)->weight;
    if (world_.stage.trace) world_.stage.trace(port, std::string("  ** ") + row->name);
    ++faults_;
    row->happens(world_, port);
    next(port, end);
  });
}

void Chaos::end() {
  world_.stage.mischief = {};
  world_.services = {20s};
  for (auto const& name : world_.clients()) world_.kill(name);
  for (auto const& name : world_.foreigners()) world_.kill(name);
  world_.kill_grandchildren();
  for (size_t i = 0; i < world_.size(); ++i) {
    world_.plug(i);
    if (world_.wedged(i)) world_.power_cycle(i);
    world_.caller_hangs_up(i);
    world_.kill_service(i);
    world_.order(i, port::Enable{});
  }
}

}  // namespace offhook::play
