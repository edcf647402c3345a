#include "tools/play/world.h"

#include <algorithm>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "rasd/at/script.h"
#include "rasd/port/device.h"

namespace offhook::play {
namespace {

/// More steps of one instant than any sensible world takes.
constexpr int steps_of_an_instant = 100'000;

std::optional<Instant> earliest(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::vector<DceConfig> dces(Setup const& setup) {
  std::vector<DceConfig> all;
  for (PortSetup const& port : setup.ports) all.push_back(port.dce);
  return all;
}

PortSetup modem(size_t index, std::string const& family, uint8_t rings) {
  std::string const number = std::to_string(5550100 + index);
  return {"ttyVM" + std::to_string(index), {DceConfig::Kind::modem, family, number}, family, rings};
}

}  // namespace

Setup small_bank(uint64_t seed) {
  Random random(seed);
  Setup setup;
  setup.seed = seed;
  setup.delay = std::chrono::milliseconds(random.below(30));
  if (random.one_in(3)) setup.line.delay = 50ms;
  constexpr char const* families[] = {"v250", "rockwell", "usr", "hayes2400"};
  for (size_t i = 0; i < 3; ++i)
    setup.ports.push_back(
        modem(i, i == 0 ? "v250" : families[random.below(4)], static_cast<uint8_t>(1 + random.below(2))));
  setup.ports.push_back(modem(3, "v250", 1));
  setup.ports[3].dce.kind = DceConfig::Kind::pad;
  setup.ports[3].device = "pad";
  if (random.one_in(3)) setup.ports[1].tty = Tty::Kind::real;
  return setup;
}

Setup default_bank(uint64_t seed) {
  Setup setup;
  setup.seed = seed;
  for (size_t i = 0; i < 4; ++i) setup.ports.push_back(modem(i, "v250", 1));
  return setup;
}

World::World(Setup setup)
    : stage(setup.seed), bank_(dces(setup), setup.line), ledger_(stage), observers_(stage, log_) {
  PortHost& host = *this;
  for (size_t i = 0; i < setup.ports.size(); ++i) {
    PortSetup const& port = setup.ports[i];
    auto const* script = at::find_built_in(port.device);
    OFFHOOK_CHECK(script != nullptr);
    ttys_.push_back(std::make_unique<Tty>(stage, bank_, i, setup.delay, port.tty));
    services_.emplace_back();
    devices_.push_back(port.device);
    port::Config config = port::config_for(*script);
    config.rings_before_answer = port.rings;
    drivers_.push_back(
        std::make_unique<PortDriver>(stage, host, *ttys_[i], i, port.name, config, *script, *setup.laws));
  }
  for (size_t i = 0; i < drivers_.size(); ++i)
    ttys_[i]->on_touch([driver = drivers_[i].get()] { driver->touched(); });
  observers_.attach();
  for (auto& driver : drivers_) driver->start();
}

// ---- time

std::optional<Instant> World::next() const {
  auto next = earliest(stage.schedule.next(), bank_.next_timeout());
  for (auto const& driver : drivers_) next = earliest(next, driver->next_timeout());
  return next;
}

void World::run_until(Instant end) {
  int steps = 0;
  for (auto at = next(); at && *at <= end && !broken(); at = next()) {
    steps = *at > stage.now ? 0 : steps + 1;
    stage.demand(steps < steps_of_an_instant, 0, "time stands still: something is due for ever");
    stage.now = std::max(stage.now, *at);
    step();
  }
  if (!broken()) stage.now = end;
}

void World::step() {
  if (bank_.next_timeout() <= stage.now) bank_.on_timeout(stage.now);
  drain_bank();
  if (!stage.schedule.run_one(stage.now))
    for (auto& driver : drivers_)
      if (driver->next_timeout() <= stage.now) driver->on_timeout();
  drain_bank();
  check();
}

void World::drain_bank() {
  while (auto const action = bank_.poll_action())
    std::visit([this](auto const& each) { take(each); }, *action);
}

void World::take(Bank::ToDte const& bytes) {
  if (stage.trace) stage.trace(bytes.port, "      > " + escaped(bytes.bytes));
  ttys_[bytes.port]->take(bytes);
}

void World::take(Bank::Shows const& shows) {
  if (stage.trace) {
    std::string on;
    for (auto circuit : v24::all_circuits)
      if (shows.circuits.on(circuit)) on += " " + std::string(v24::label(circuit));
    stage.trace(shows.port, "      >" + on);
  }
  ttys_[shows.port]->take(shows);
}

void World::take(Bank::Sent const& sent) { ledger_.sent(sent.port, sent.call, sent.bytes); }

void World::check() {
  stage.demand(log_.picture().ports.size() == drivers_.size(), 0, "a port is missing from the log's picture");
  for (size_t i = 0; i < drivers_.size(); ++i) {
    if (machine(i).state() != port::State::listening) continue;
    for (Tty::User* user : ttys_[i]->users()) {
      auto const* other = dynamic_cast<Holder const*>(user);
      stage.demand(other == nullptr || other->kind() == Holder::Kind::foreign, i,
                   "law 3: listening while somebody else still holds the descriptor");
    }
  }
}

bool World::log_agrees() const {
  return std::ranges::all_of(drivers_, [&](auto const& driver) {
    auto const found = log_.picture().ports.find(driver->name());
    return found != log_.picture().ports.end() && found->second == driver->machine().shown();
  });
}

// ---- the line's side, the cable's and the modem's

bool World::ring(size_t port, uint32_t rings, std::string from) {
  bool const rings_now = bank_.ring(stage.now, port, rings, std::move(from)).has_value();
  drain_bank();  // the burst begins now, not with whatever happens next
  return rings_now;
}

bool World::caller_hangs_up(size_t port) {
  auto const call = bank_.offered(port);
  if (call != 0) bank_.clear(stage.now, call);
  return call != 0;
}

bool World::unplug(size_t port, bool remove) {
  if (!bank_.unplug(stage.now, port)) return false;
  if (!remove) return true;
  drivers_[port]->fact(port::DeviceGone{}, Grade::notice);
  ttys_[port]->remove();
  return true;
}

bool World::plug(size_t port) {
  if (!bank_.plug(stage.now, port)) return false;
  if (ttys_[port]->present()) return true;
  ttys_[port]->restore();
  drivers_[port]->fact(port::DeviceAppeared{}, Grade::notice);
  return true;
}

void World::stand_still(Duration time) {
  for (auto& tty : ttys_) tty->stand_still(stage.now + time);
}

// ---- what it is

std::optional<size_t> World::find(std::string_view port) const {
  for (size_t i = 0; i < drivers_.size(); ++i)
    if (name(i) == port) return i;
  return std::nullopt;
}

uint64_t World::unexpected() const {
  uint64_t all = 0;
  for (auto const& driver : drivers_) all += driver->machine().unexpected();
  return all;
}

}  // namespace offhook::play
