#include "tools/play/run.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "tools/play/chaos.h"

namespace offhook::play {
namespace {

constexpr size_t lines_kept = 40;
constexpr Duration look_every = 500ms;
constexpr Duration quiet_for = 12s;

std::string line_of(World const& world, size_t port, std::string const& text) {
  char time[32];
  std::snprintf(time, sizeof time, "%12.6f ",
                std::chrono::duration<double>(world.stage.now - Instant{}).count());
  return time + world.name(port) + " {" + std::string(name(world.machine(port).state())) + "} " + text;
}

/// Runs until it holds for this port, or the time is over: then it is broken.
template <class Holds>
Duration await(World& world, size_t port, Duration bound, std::string const& what, Holds holds) {
  Instant const from = world.stage.now;
  while (!world.broken() && !holds()) {
    if (world.stage.now - from >= bound) {
      world.stage.demand(false, port,
                         what + ": it is " + std::string(name(world.machine(port).state())) + "." +
                             std::string(name(world.machine(port).step())));
      break;
    }
    world.run_for(look_every);
  }
  return world.stage.now - from;
}

/// A port rests once it has listened for longer than it takes to look again: a burst that nobody told of is
/// found only then. Its line must be free too: a PAD that took a call by itself, and trains with a modem that
/// died, keeps it until its own limit, and no DTE hears of it.
Duration await_rest(World& world, std::string const& what) {
  Instant const from = world.stage.now;
  std::vector<Instant> since(world.size(), from);
  for (size_t i = 0; i < world.size(); ++i)
    await(world, i, rest_bound - std::min(rest_bound, world.stage.now - from), what, [&] {
      for (size_t k = 0; k < world.size(); ++k)
        if (world.machine(k).step() != port::Step::quiet || world.engaged(k)) since[k] = world.stage.now;
      return world.stage.now - since[i] > quiet_for;
    });
  return world.stage.now - from;
}

void call_every_port(World& world) {
  for (size_t i = 0; i < world.size(); ++i) {
    await(world, i, 1s, "the next call does not ring", [&] { return world.ring(i, 0); });
    await(world, i, answer_bound, "the next call is not answered", [&] { return world.served(i); });
    world.caller_hangs_up(i);
  }
}

void play(World& world, Duration faulty, Outcome& outcome) {
  Chaos chaos(world);
  world.run_for(5s);
  chaos.begin(world.stage.now + faulty);
  world.run_for(faulty);
  outcome.faults = chaos.faults();
  chaos.end();
  outcome.rest = await_rest(world, "with the faults off the port does not come to rest");
  uint64_t const unexpected = world.unexpected();
  call_every_port(world);
  await_rest(world, "after a call the port does not come to rest");
  await(world, 0, 5s, "an observer's picture is not the manager's",
        [&] { return world.observers().agree(); });
  world.stage.demand(world.log_agrees(), 0, "the picture of the log is not what the ports are");
  world.stage.demand(world.unexpected() == unexpected, 0, "an event that the state does not list");
}

Outcome once(uint64_t seed, Duration faulty, port::Laws const& laws,
             std::function<void(World&)> const& begin) {
  Setup setup = small_bank(seed);
  setup.laws = &laws;
  World world(setup);
  if (begin) begin(world);
  Outcome outcome;
  outcome.seed = seed;
  play(world, faulty, outcome);
  outcome.broken = world.stage.broken;
  outcome.port = world.name(world.stage.broken_port);
  outcome.at = world.stage.now;
  outcome.facts = world.stage.facts;
  return outcome;
}

}  // namespace

Outcome run(uint64_t seed, Duration faulty, port::Laws const& laws, Tell const& tell) {
  auto const all = [&](World& world) {
    world.stage.trace = [&](size_t port, std::string const& text) { tell(line_of(world, port, text)); };
  };
  Outcome outcome = once(seed, faulty, laws, tell ? std::function<void(World&)>(all) : nullptr);
  if (outcome.ok()) return outcome;
  std::deque<std::string> last;
  (void)once(seed, faulty, laws, [&](World& world) {
    world.stage.trace = [&](size_t port, std::string const& text) {
      if (world.name(port) != outcome.port) return;
      last.push_back(line_of(world, port, text));
      if (last.size() > lines_kept) last.pop_front();
    };
  });
  outcome.last = std::move(last);
  return outcome;
}

}  // namespace offhook::play
