// A world without memory or mercy: any event at any time, any answer to any open question, late or never.
// What it remembers (Ghost) is only what the invariants speak of.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rasd/port/port.h"

namespace offhook::port::test {

/// One tick of the exploration's digitised time.
inline constexpr Duration tick{1};

/// Short times keep the number of states small; where the order of two deadlines matters, one is longer.
struct Ticks {
  Timer timer;
  int ticks;
};
inline constexpr Ticks other_than_one_tick[] = {
    {Timer::open_limit, 2},   {Timer::sample_limit, 2},        {Timer::init_limit, 2},
    {Timer::cadence, 2},      {Timer::listen_look, 3},         {Timer::ring_gap, 3},
    {Timer::answer_limit, 2}, {Timer::stop_limit, 2},          {Timer::revoke_limit, 2},
    {Timer::talk_limit, 2},   {Timer::retry_most, 2},          {Timer::lease_wait, 3},
    {Timer::ask_limit, 2},    {Timer::service_limit, 2},       {Timer::session_limit, 3},
    {Timer::idle_limit, 0},   {Timer::authentication_limit, 2}};

inline Config small_config() {
  Config config;
  config.rings_before_answer = 2;
  config.timing.fill(tick);
  for (Ticks const& row : other_than_one_tick)
    config.timing[static_cast<size_t>(row.timer)] = tick * row.ticks;
  return config;
}

/// What the invariants must know of the past.
struct Ghost {
  enum class Client : uint8_t { none, asked, granted };
  enum class Dtr : uint8_t { on, falling, off };         // off: for a tick at least
  enum class Listen : uint8_t { armed, sampled, told };  // Arm, then Sample, then its answer
  Client client = Client::none;
  Dtr dtr = Dtr::off;
  Listen listen = Listen::armed;
  bool shared = false;         // somebody was given the descriptor, and has not been shown to have lost it
  bool call_stands = false;    // DTR has not been off for S25 since a call
  bool foreign_known = false;  // another program has the port, as far as was told
  bool silent = false, owner_excluded = false, carrier_excluded = false;
  bool unseen = false;  // somebody may have set the device since our last init, and has not been seen
  bool finished = false;

  std::string key() const {
    std::string key;
    for (auto value : {static_cast<int>(client), static_cast<int>(dtr), static_cast<int>(listen),
                       shared | call_stands << 1 | foreign_known << 2 | silent << 3 | owner_excluded << 4 |
                           carrier_excluded << 5 | finished << 6 | unseen << 7})
      key.push_back(static_cast<char>(value));
    return key;
  }
};

struct Node {
  Instant now;
  Port port;
  Ghost ghost;
  Ticket era_before = 0;  // the one that ended last; no part of the key, since nothing may come of it
  std::string key() const { return port.key(now) + ghost.key(); }
};

/// A fact, or nothing but time (a tick).
struct Stimulus {
  char const* label;
  std::optional<Event> event;
};

inline std::vector<Stimulus> stimuli(Node const& node) {
  using Q = Port::Question;
  Port const& port = node.port;
  std::vector<Stimulus> all;
  auto const add = [&](char const* label, Event event) { all.push_back({label, std::move(event)}); };
  for (Q const q : {Q::holder, Q::holder_before_read}) {
    Ticket const t = port.awaited(q);
    if (!t) continue;
    add(q == Q::holder ? "nobody" : "nobody (to read)", Ownership{t, ""});
    add(q == Q::holder ? "holder" : "holder (to read)", Ownership{t, "x"});
  }
  if (Ticket const t = port.awaited(Q::open)) {
    add("opened", Opened{t});
    add("no device", OpenFailed{t, Trouble::absent, ""});
    add("busy", OpenFailed{t, Trouble::busy, ""});
    add("unopenable", OpenFailed{t, Trouble::other, ""});
  }
  if (Ticket const t = port.awaited(Q::sample)) {
    add("sample quiet", Sampled{t, Level::off});
    add("sample ring", Sampled{t, Level::off, true});
    add("sample carrier", Sampled{t, Level::on});
    add("sample not ready", Sampled{t, Level::off, false, Level::off});
    if (port.step() == Step::answer_samples)
      add("sample rings no more", Sampled{t, Level::off, true, Level::on, Level::off});
  }
  if (Ticket const t = port.awaited(Q::dialogue)) {
    constexpr char const* labels[] = {"ok", "connect", "no carrier", "refused", "garbage", "echo", "silent"};
    for (int i = 0; i < 7; ++i) add(labels[i], DialogueEnded{t, static_cast<Reply>(i), ""});
  }
  if (Ticket const t = port.awaited(Q::revocation)) {
    add("revoked", Revoked{t});
    add("not revoked", NotRevoked{t, "x"});
  }
  if (Ticket const t = port.awaited(Q::service)) {
    add("service started", ServiceStarted{t});
    add("service failed", ServiceFailed{t, ""});
    add("service ended", ServiceEnded{t});
    add("service ended, and does not say why", ServiceEnded{t, Why::none});
    add("authentication begun", AuthenticationBegun{t});
    add("authenticated", Authenticated{t, "u"});
  }
  add("a lock is in the way", Ownership{0, "x"});
  add("a holder is seen", Ownership{port.era(), "x"});
  add("nobody is seen", Ownership{port.era(), ""});
  add("touched", Touched{});
  add("lost", Lost{});
  add("appeared", DeviceAppeared{});
  add("gone", DeviceGone{});
  add("carrier seen", Sampled{0, Level::on});
  add("not ready seen", Sampled{0, Level::off, false, Level::off});
  add("ring", Ring{});
  add("carrier up", CarrierUp{});
  add("carrier lost", CarrierLost{});
  add("readable", Readable{});
  if (node.ghost.client == Ghost::Client::none) add("lease", Lease{1, "c"});
  if (node.ghost.client != Ghost::Client::none) {
    add("second lease", Lease{2, "d"});
    add("client gone", ClientGone{1});
  }
  add("stranger gone", ClientGone{3});
  add("hang up", HangUp{});
  add("reset", Reset{});
  add("enable", Enable{});
  add("disable", Disable{});
  add("remove", Remove{});
  all.push_back({"tick", std::nullopt});
  return all;
}

/// Answers to questions nobody asks any more, and looks that began in an era that is over.
inline std::vector<Event> stragglers(Node const& node) {
  constexpr Ticket old = 1u << 30;
  Ticket const before = node.era_before ? node.era_before : old;
  return {Ownership{old, ""},
          Ownership{old, "x"},
          Ownership{before, ""},
          Ownership{before, "x"},
          Opened{old},
          OpenFailed{old, Trouble::absent, ""},
          Sampled{old, Level::on},
          DialogueEnded{old, Reply::ok, ""},
          Revoked{old},
          NotRevoked{old, "x"},
          ServiceStarted{old},
          ServiceFailed{old, ""},
          ServiceEnded{old},
          AuthenticationBegun{old},
          Authenticated{old, "u"}};
}

}  // namespace offhook::port::test
