// Scenarios on the virtual clock.
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <utility>

#include "tools/play/scenario.h"
#include "tools/play/world.h"

namespace offhook::play {
namespace {

constexpr Duration look_every = 50ms;

Ends ends_of(std::string_view word) {
  return word == "near" ? Ends::near : word == "far" ? Ends::far : Ends::both;
}

/// False: it could not be done.
struct DeedRow {
  std::string_view verb;
  bool (*act)(World&, size_t port, Deed const&);
};
constexpr DeedRow rows[] = {
    {"unplug", [](World& w, size_t p, Deed const& d) { return w.unplug(p, d.flag); }},
    {"plug", [](World& w, size_t p, Deed const&) { return w.plug(p); }},
    {"ring", [](World& w, size_t p, Deed const& d) { return w.ring(p, d.rings, d.from); }},
    {"drop", [](World& w, size_t p, Deed const& d) { return w.drop(p, ends_of(d.end)); }},
    {"clear", [](World& w, size_t p, Deed const&) { return w.caller_hangs_up(p); }},
    {"wedge", [](World& w, size_t p, Deed const&) { return w.wedge(p); }},
    {"reset", [](World& w, size_t p, Deed const&) { return w.power_cycle(p), true; }},
    {"hangup", [](World& w, size_t p, Deed const&) { return w.order(p, port::HangUp{}), true; }},
    {"lease", [](World& w, size_t p, Deed const& d) { return w.lease(p, d.name, d.number), true; }},
    {"foreign",
     [](World& w, size_t p, Deed const& d) {
       return w.foreign(p, d.name, d.flag ? World::Manners::takes_exclusive : World::Manners::merely_opens);
     }},
    {"kill", [](World& w, size_t, Deed const& d) { return w.kill(d.target); }},
    {"stop", [](World& w, size_t, Deed const& d) { return w.stop(d.target); }},
    {"cont", [](World& w, size_t, Deed const& d) { return w.go_on(d.target); }},
};
bool is_of_program(std::string_view verb) { return verb == "kill" || verb == "stop" || verb == "cont"; }

class Run {
 public:
  Run(Scenario const& scenario, std::string_view file) : scenario_(scenario), file_(file), world_(setup()) {}

  std::string run(std::function<void(std::string const&)> const& tell) {
    if (tell) world_.stage.trace = [&](size_t port, std::string const& text) { tell(line_of(port, text)); };
    // In the order of the lines where the times are the same.
    std::map<unsigned, std::pair<Duration, Schedule::Task>> lines;
    for (Deed const& deed : scenario_.deeds) lines[deed.line] = {deed.at, [&](Instant) { act(deed); }};
    for (Expectation const& each : scenario_.expectations)
      if (each.at) lines[each.line] = {*each.at, [&](Instant) { look(each); }};
    for (auto& [line, due] : lines) world_.stage.schedule.at(Instant{} + due.first, std::move(due.second));
    Duration end{0};
    for (Deed const& deed : scenario_.deeds) end = std::max(end, deed.at);
    for (Expectation const& each : scenario_.expectations) end = std::max(end, each.at.value_or(end));
    world_.run_for(end);
    Instant const from = world_.stage.now;
    for (Expectation const& each : scenario_.expectations)
      if (!each.at) await(each, from);
    if (world_.broken() && broken_.empty())
      broken_ =
          std::string(file_) + ": " + world_.name(world_.stage.broken_port) + ": " + world_.stage.broken;
    return broken_;
  }

 private:
  Setup setup() const { return default_bank(scenario_.seed); }

  std::string line_of(size_t port, std::string const& text) const {
    char time[32];
    std::snprintf(time, sizeof time, "%10.3f ",
                  std::chrono::duration<double>(world_.stage.now - Instant{}).count());
    return time + world_.name(port) + " {" + std::string(name(world_.machine(port).state())) + "} " + text;
  }

  void blame(unsigned line, std::string const& what) {
    if (broken_.empty()) broken_ = std::string(file_) + ":" + std::to_string(line) + ": " + what;
  }

  std::optional<size_t> find(unsigned line, std::string const& port) {
    auto const found = world_.find(port);
    if (!found) blame(line, "there is no port '" + port + "': the ports are ttyVM0 ... ttyVM3");
    return found;
  }

  void act(Deed const& deed) {
    size_t port = 0;
    if (!is_of_program(deed.verb)) {
      auto const found = find(deed.line, deed.target);
      if (!found) return;
      port = *found;
    }
    if (world_.stage.trace) world_.stage.trace(port, "** " + deed.verb);
    auto const row = std::ranges::find(rows, deed.verb, &DeedRow::verb);
    if (row != std::end(rows) && !row->act(world_, port, deed))
      blame(deed.line, deed.verb + " " + deed.target + ": it cannot be done now");
  }

  void look(Expectation const& each) {
    auto const port = find(each.line, each.port);
    if (port && world_.machine(*port).state() != *each.state) blame(each.line, is(*port));
  }

  std::string is(size_t port) const {
    return "port " + world_.name(port) + " is " + std::string(name(world_.machine(port).state()));
  }

  void await(Expectation const& each, Instant from) {
    auto const port = find(each.line, each.port);
    if (!port) return;
    Instant const end = (each.state ? from : world_.stage.now) + each.within;
    bool rings = each.state.has_value();
    auto const holds = [&] {
      if (each.state) return world_.machine(*port).state() == *each.state;
      if (!rings && !world_.offered(*port)) rings = world_.ring(*port, 0);
      return rings && world_.served(*port);
    };
    while (broken_.empty() && !world_.broken() && !holds()) {
      if (world_.stage.now >= end)
        return blame(each.line, is(*port) + (each.state ? "" : ", and the call is not served"));
      world_.run_for(look_every);
    }
    if (!each.state) world_.caller_hangs_up(*port);
  }

  Scenario const& scenario_;
  std::string_view file_;
  World world_;
  std::string broken_;
};

}  // namespace

std::string run_scenario(Scenario const& scenario, std::string_view file,
                         std::function<void(std::string const&)> const& tell) {
  return Run(scenario, file).run(tell);
}

}  // namespace offhook::play
