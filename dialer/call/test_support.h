// For tests: a port manager, devices and a link's peer in virtual time, which answer what a call asks for.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "dialer/call/call.h"
#include "dialer/call/states.h"

namespace offhook::call {

using at::Outcome;

/// A port manager and devices in virtual time: they answer in order what the call asks of them.
class World {
 public:
  explicit World(Plan plan) : call(std::move(plan)) {}

  /// Outcomes of dialling, in order; then connect.
  std::deque<Outcome> dials;
  Outcome initialises = Outcome::ok;
  bool answers = true;               // the manager, to release
  unsigned link_error = 0;           // in place of an address
  bool peer_lives = true;            // and acknowledges the end of a link
  bool calls_back = false;           // the peer, in place of an address
  unsigned rings = 1;                // and how often it then rings
  std::deque<Outcome> answers_with;  // of each ring that is taken, in order; then connect

  void tell(Input const& input) {
    if (input.event == Event::manager_gone) leased = false;
    call.on(now, input);
    drain();
  }
  /// The next answer that is due, or else the next deadline. False: nothing is due.
  bool step() {
    if (!due.empty()) {
      Input const input = due.front();
      due.pop_front();
      tell(input);
      return true;
    }
    auto const at = call.next_timeout();
    if (!at) return false;
    now = std::max(now, *at);
    call.on_timeout(now);
    drain();
    return true;
  }
  void run() {
    while (step()) {
    }
  }
  template <class T>
  size_t count() const {
    return static_cast<size_t>(
        std::ranges::count_if(actions, [](Action const& each) { return std::holds_alternative<T>(each); }));
  }
  Result const* result() const {
    for (Action const& each : actions)
      if (auto const* const found = std::get_if<Result>(&each)) return found;
    return nullptr;
  }
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    for (Action const& each : actions)
      if (auto const* const found = std::get_if<Told>(&each))
        if (!found->text.empty()) lines.push_back(found->text);
    return lines;
  }
  /// "5550101@0": numbers as they were dialled, and by which device.
  std::vector<std::string> dialled() const {
    std::vector<std::string> lines;
    for (Action const& each : actions)
      if (auto const* const found = std::get_if<Talk>(&each); found && found->task == at::Task::dial)
        lines.push_back(found->number + "@" + std::to_string(found->device));
    return lines;
  }

  Call call;
  Instant now{};
  std::deque<Input> due;
  std::vector<Action> actions;
  bool leased = false;    // a connection to the manager stands
  bool released = false;  // and was told that the port is not wanted any more

 private:
  void drain() {
    while (auto action = call.poll_action()) {
      actions.push_back(*action);
      std::visit([this](auto const& each) { answer(each); }, *action);
    }
  }
  void answer(AskLease const&) {
    EXPECT_FALSE(leased) << "a lease is asked for while another stands";
    leased = true;
    released = false;
    due.push_back({.event = Event::granted, .text = "ttyVM0"});
  }
  void answer(OpenPort const&) { due.push_back({Event::opened}); }
  void answer(Talk const& talk) {
    EXPECT_TRUE(leased && !released) << "a device is talked to without a port";
    Input input{.event = Event::talked};
    input.outcome = initialises;
    if (talk.task == at::Task::answer) {
      input.outcome = answers_with.empty() ? Outcome::connect : answers_with.front();
      if (!answers_with.empty()) answers_with.pop_front();
      input.line_rate_bps = 28800;
    }
    if (talk.task == at::Task::dial) {
      input.outcome = dials.empty() ? Outcome::connect : dials.front();
      if (!dials.empty()) dials.pop_front();
      input.line_rate_bps = 33600;
    }
    due.push_back(input);
  }
  void answer(StartLink const& start) {
    if (calls_back && !start.called_back) {
      due.push_back({Event::proving});
      due.push_back({.event = Event::callback_agreed, .text = "5550100"});
      due.push_back({Event::link_ended});
      return;
    }
    for (Event const event : {Event::proving, Event::proven}) due.push_back({event});
    due.push_back({.event = Event::projected, .text = "10.0.2.15"});
    if (link_error == 0) return;
    due.pop_back();
    due.push_back({.event = Event::link_ended, .text = "Access was denied", .ras_error = link_error});
  }
  void answer(CloseLink const&) {
    due.clear();
    if (peer_lives) due.push_back({Event::link_ended});
  }
  void answer(DropLine const&) { due.push_back({Event::line_dropped}); }
  void answer(AwaitRing const&) {
    if (rings == 0) return;
    --rings;
    due.push_back({Event::rang});
  }
  void answer(StopTalk const&) {
    due.clear();
    due.push_back({.event = Event::talked, .outcome = Outcome::cancelled});
  }
  void answer(Release const&) {
    EXPECT_TRUE(leased && !released) << "what is not held is given back";
    released = true;
    due.clear();  // what was on its way from the device is not listened to any more
    if (answers) due.push_back({Event::released});
  }
  void answer(DropLease const&) {
    EXPECT_TRUE(leased) << "a lease that is not held is dropped";
    leased = false;
    due.clear();
  }
  void answer(Told const&) {}
  void answer(Result const&) {}
  void answer(Note const&) {}
};

inline Plan office() { return {.entry = "office", .port = "ttyVM0", .numbers = {"5550101"}}; }

/// What may go wrong at any moment, whoever does it.
inline std::vector<Input> mishaps() {
  return {{Event::cancel},
          {.event = Event::port_lost, .text = "EIO"},
          {.event = Event::lease_ended, .text = "", .cause = "admin_reset"},
          {.event = Event::manager_gone, .text = "closed"},
          {Event::carrier_lost}};
}

inline void expect_over(World& world) {
  world.run();
  if (world.call.state() == State::connected) world.tell({Event::cancel});
  world.run();
  EXPECT_EQ(world.call.state(), State::disconnected);
  EXPECT_FALSE(world.leased) << "the lease is kept";
  EXPECT_EQ(world.count<Result>(), 1u);
  EXPECT_FALSE(world.result()->text.empty());
}

}  // namespace offhook::call
