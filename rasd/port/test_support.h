// A port under a script: facts in, the actions asked for out, as text. Answers take the ticket of the open
// question.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "rasd/port/port.h"

namespace offhook::port::test {

class Rig {
 public:
  explicit Rig(Config const& config = {}, Laws const& laws = standard_laws())
      : port_(now_, "ttyVM0", config, laws) {
    drain();
  }

  /// What the port asks for upon a fact, joined by ", "; entries and notes are kept apart.
  std::string tell(Event const& event) {
    port_.on(now_, event);
    return drain();
  }
  /// Lets time pass, deadline by deadline.
  std::string pass(Duration time) {
    Instant const end = now_ + time;
    std::string asked;
    while (port_.next_timeout() && *port_.next_timeout() <= end) {
      now_ = std::max(now_, *port_.next_timeout());
      port_.on_timeout(now_);
      join(asked, drain());
    }
    now_ = end;
    return asked;
  }

  std::string nobody() { return held(""); }
  std::string held(std::string holder) {
    Ticket const ticket = port_.awaited(Port::Question::holder);
    return tell(
        Ownership{ticket ? ticket : port_.awaited(Port::Question::holder_before_read), std::move(holder)});
  }
  /// Noticed, and not asked for.
  std::string seen(std::string holder) { return tell(Ownership{port_.era(), std::move(holder)}); }
  std::string opened() { return tell(Opened{port_.awaited(Port::Question::open), 115200}); }
  std::string open_failed(Trouble trouble, std::string why = "") {
    return tell(OpenFailed{port_.awaited(Port::Question::open), trouble, std::move(why)});
  }
  std::string sampled(Level carrier = Level::off, bool ring = false, Level ready = Level::on,
                      Level bell = Level::unknown) {
    return tell(Sampled{port_.awaited(Port::Question::sample), carrier, ring, ready, bell});
  }
  /// Nobody holds the port, and the call that is to be answered rings on.
  std::string rings_on() {
    EXPECT_EQ(nobody(), "sample");
    return sampled(Level::off, true, Level::on, Level::on);
  }
  std::string reply(Reply reply, std::string text = "", uint32_t bps = 0) {
    return tell(DialogueEnded{port_.awaited(Port::Question::dialogue), reply, std::move(text), bps});
  }
  std::string revoked() { return tell(Revoked{port_.awaited(Port::Question::revocation)}); }
  std::string not_revoked(std::string holder) {
    return tell(NotRevoked{port_.awaited(Port::Question::revocation), std::move(holder)});
  }
  Ticket service() const { return port_.awaited(Port::Question::service); }

  /// From the start to a listen that has stood for a cadence.
  Rig& listen() {
    nobody();
    opened();
    return initialise();
  }
  Rig& initialise() {
    sampled();
    reply(Reply::ok);
    sampled();
    pass(6s);
    EXPECT_EQ(port_.state(), State::listening);
    return *this;
  }
  /// From the listen to a call that has its service.
  Rig& connect() {
    int rings = 0;
    while (step() != Step::answer_asks && rings < 10) {
      tell(Ring{});
      ++rings;
    }
    rings_on();
    reply(Reply::connect, "CONNECT 33600", 33600);
    tell(ServiceStarted{service()});
    EXPECT_EQ(port_.state(), State::connected);
    return *this;
  }
  Rig& lend(ClientId client = 7) {
    tell(Lease{client, "rasdial (pid 812)"});
    nobody();
    EXPECT_EQ(port_.state(), State::leased);
    return *this;
  }
  /// From the first step of a recovery to the listen.
  Rig& recover() {
    EXPECT_EQ(port_.state(), State::recovering);
    revoked();
    opened();
    pass(100ms);
    sampled();
    reply(Reply::ok);
    reply(Reply::ok);
    sampled();
    pass(6s);
    EXPECT_EQ(port_.state(), State::listening);
    return *this;
  }

  State state() const { return port_.state(); }
  Step step() const { return port_.step(); }
  Snapshot const& shown() const { return port_.shown(); }
  Port& port() { return port_; }
  Instant now() const { return now_; }
  std::vector<std::string> notes;
  std::vector<Change> changes;
  std::vector<Refuse> refusals;
  std::string last_note() const { return notes.empty() ? "" : notes.back(); }
  /// Why the last call or lease ended.
  Why last_end() const { return shown().last_why; }

 private:
  static void join(std::string& all, std::string const& more) {
    if (!all.empty() && !more.empty()) all += ", ";
    all += more;
  }
  std::string drain() {
    std::string asked;
    while (auto action = port_.poll_action()) {
      if (auto* note = std::get_if<Note>(&*action))
        notes.push_back(note->text);
      else if (auto* change = std::get_if<Change>(&*action))
        changes.push_back(*change);
      else
        join(asked, text(*action));
      if (auto* refuse = std::get_if<Refuse>(&*action)) refusals.push_back(*refuse);
    }
    Snapshot folded;
    for (Change const& change : changes) folded = fold(folded, now_, change);
    EXPECT_EQ(folded.state, port_.state());
    EXPECT_EQ(folded.state, port_.shown().state);
    return asked;
  }

  Instant now_{};
  Port port_;
};

}  // namespace offhook::port::test
