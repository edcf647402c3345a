// What must hold whatever happens: one step of the port under the eyes of the invariants.
#pragma once

#include <string>

#include "rasd/port/chaos.h"

namespace offhook::port::test {

class Watch {
 public:
  /// Takes `node` one stimulus further. Empty: all is well; else what is broken.
  static std::string step(Node& node, Stimulus const& stimulus) {
    Watch watch{node, stimulus};
    return watch.run();
  }

  static bool in_call(State s) {
    return s == State::answering || s == State::authenticating || s == State::connected ||
           s == State::leased || s == State::hanging_up;
  }

 private:
  Watch(Node& node, Stimulus const& stimulus) : node_(node), ghost_(node.ghost), stimulus_(stimulus) {}

  std::string run() {
    before_ = node_.port.state();
    free_ = before_ == State::listening || before_ == State::ringing || node_.port.step() == Step::renews;
    Ticket const era = node_.port.era();
    shown_ = node_.port.shown();
    if (stimulus_.event) {
      hear(*stimulus_.event);
      node_.port.on(node_.now, *stimulus_.event);
    } else {
      node_.now += tick;
      if (ghost_.dtr == Ghost::Dtr::falling) ghost_.dtr = Ghost::Dtr::off;
      node_.port.on_timeout(node_.now);
    }
    while (auto action = node_.port.poll_action()) act(*action);
    bool const revoked = stimulus_.event && std::holds_alternative<Revoked>(*stimulus_.event);
    demand((before_ == node_.port.state() && !revoked) || node_.port.era() != era,
           "a look who has the port outlives what it was worth");
    if (node_.port.era() != era) node_.era_before = era;
    check();
    return broken_.empty() ? undeclared_ : broken_;
  }

  void demand(bool holds, char const* otherwise) {
    if (!holds && broken_.empty()) broken_ = otherwise;
  }

  /// What a fact teaches the invariants.
  void hear(Event const& event) {
    if (auto* e = std::get_if<Ownership>(&event)) {
      if (e->holder.empty()) {
        ghost_.foreign_known = false;
        nobody_ = true;
        if (before_ == State::initialising) ghost_.owner_excluded = true;
      } else if (!in_call(before_)) {
        ghost_.foreign_known = true;
      }
    }
    if (std::holds_alternative<Touched>(event) && free_) ghost_.unseen = true;
    if (std::holds_alternative<NotRevoked>(event)) ghost_.foreign_known = true;
    if (std::holds_alternative<Revoked>(event)) ghost_.foreign_known = ghost_.shared = false;
    if (auto* e = std::get_if<Sampled>(&event); e && e->ticket) {
      if (ghost_.listen == Ghost::Listen::sampled) ghost_.listen = Ghost::Listen::told;
      if (e->carrier != Level::on) ghost_.carrier_excluded = true;
    }
    if (auto* e = std::get_if<DialogueEnded>(&event)) {
      ghost_.silent = e->reply == Reply::silent;
      ghost_.owner_excluded = ghost_.carrier_excluded = false;
    }
    if (std::holds_alternative<Lease>(event) && std::get<Lease>(event).client == 1)
      ghost_.client = Ghost::Client::asked;
    if (std::holds_alternative<ClientGone>(event) && std::get<ClientGone>(event).client == 1)
      ghost_.client = Ghost::Client::none;
  }

  void act(Action const& action) {
    State const s = node_.port.state();
    demand(!ghost_.finished || std::holds_alternative<Note>(action) || std::holds_alternative<Refuse>(action),
           "a finished port asks for something");
    std::visit([&](auto const& a) { on(a, s); }, action);
  }
  void on(Change const& change, State) {
    bool const declared = standard_laws().row(shown_.state).next >> static_cast<unsigned>(change.state) & 1u;
    if (change.kind == Change::Kind::state && !declared)
      undeclared_ = "a move that the table of states does not declare: " + std::string(name(shown_.state)) +
                    " -> " + std::string(name(change.state));
    bool const ends = change.kind == Change::Kind::call_ended || change.kind == Change::Kind::lease_ended;
    demand(!ends || change.why != Why::none, "a call or a lease ends without a cause");
    shown_ = fold(std::move(shown_), node_.now, change);
  }
  void on(Read const&, State s) {
    auto const* e = stimulus_.event ? std::get_if<Ownership>(&*stimulus_.event) : nullptr;
    demand(e && e->holder.empty(), "law 6: something is read before anybody looked who has the port");
    demand(s == State::listening || s == State::ringing, "something is read where there is nothing to read");
  }
  void on(Talk const& talk, State) {
    ours_alone();
    if (talk.dialogue == Dialogue::initialise) ghost_.unseen = false;
  }
  void on(SetDtr const& dtr, State s) {
    if (s != State::disabled) ours_alone();
    if (!dtr.on) {
      if (ghost_.dtr == Ghost::Dtr::on) ghost_.dtr = Ghost::Dtr::falling;
      return;
    }
    if (ghost_.dtr == Ghost::Dtr::off) ghost_.call_stands = false;
    ghost_.dtr = Ghost::Dtr::on;
  }
  void ours_alone() {
    demand(!ghost_.foreign_known, "something is said or set while another program is known to have the port");
    demand(node_.port.state() != State::leased, "something is said or set while the port is lent");
  }
  void on(Arm const&, State) { ghost_.listen = Ghost::Listen::armed; }
  void on(Sample const&, State) {
    if (ghost_.listen == Ghost::Listen::armed) ghost_.listen = Ghost::Listen::sampled;
  }
  void on(StartService const&, State s) {
    demand(s == State::connected, "a service is started without a call");
    ghost_.shared = true;
  }
  void on(Grant const& grant, State s) {
    demand(s == State::leased, "a grant outside a lease");
    demand(grant.client == 1 && ghost_.client == Ghost::Client::asked,
           "a grant for a client that does not ask");
    demand(!ghost_.foreign_known, "a grant while another program is known to have the port");
    ghost_.client = Ghost::Client::granted;
    ghost_.shared = true;
  }
  void on(Refuse const& refuse, State) {
    demand(!refuse.text.empty() && refuse.ras_error != 0, "a refusal without a reason");
    if (refuse.client != 1) return;
    demand(ghost_.client == Ghost::Client::asked, "a refusal for a client that does not ask");
    ghost_.client = Ghost::Client::none;
  }
  void on(EndLease const& end, State) {
    demand(end.client == 1 && ghost_.client == Ghost::Client::granted,
           "the end of a lease that was not granted");
    ghost_.client = Ghost::Client::none;
  }
  void on(Finished const&, State) { ghost_.finished = true; }
  template <class A>
  void on(A const&, State) {}

  void check() {
    Port const& port = node_.port;
    State const s = port.state();
    if (s == State::answering || s == State::connected || s == State::leased) ghost_.call_stands = true;
    demand(shown_ == port.shown(), "the public condition is not the fold of the log");
    demand(port.shown().state == s, "a state was entered without an entry in the log");
    demand((s == State::leased) == (port.shown().client != 0), "a lease that the log does not know");
    demand(s != State::foreign || !port.shown().holder.empty(), "foreign, and nobody is named");
    demand(port.next_timeout() || s == State::disabled ||
               (s == State::leased && ghost_.client == Ghost::Client::granted),
           "law 1: a state without a deadline or a living owner");
    demand((port.waiting_client() == 1) == (ghost_.client == Ghost::Client::asked),
           "a client that asks is not told");
    demand((port.shown().client == 1) == (ghost_.client == Ghost::Client::granted),
           "a client that lost its lease is not told");
    demand(!(nobody_ && ghost_.unseen && before_ == State::listening && s == State::listening),
           "law 6: who came and went unseen may have set the device, and the listen stands");
    if (s == State::listening) {
      demand(!ghost_.shared, "law 3: listening while somebody else may still hold the descriptor");
      demand(!ghost_.call_stands, "law 3: listening although DTR was not off since the last call");
      demand(port.step() == Step::posts || ghost_.listen == Ghost::Listen::told,
             "law 2: said to be quiet without a sample taken after the arming");
    }
    if (s == State::failed && before_ != s && port.shown().failure == Failure::silent)
      demand(ghost_.silent && ghost_.owner_excluded && ghost_.carrier_excluded,
             "law 5: the hardware is blamed before owner and carrier are excluded");
    forget(s);
  }

  /// What no invariant can ask for any more would only multiply the states.
  void forget(State s) {
    if (s != State::initialising) ghost_.silent = ghost_.owner_excluded = ghost_.carrier_excluded = false;
    if (s != State::listening) ghost_.listen = Ghost::Listen::armed;
    if (!ghost_.call_stands) ghost_.dtr = Ghost::Dtr::on;
    // The table leads from elsewhere to the listen through initialising alone.
    bool const is_free = s == State::listening || s == State::ringing || s == State::initialising;
    if (!is_free) ghost_.unseen = false;
  }

  Node& node_;
  Ghost& ghost_;
  Stimulus const& stimulus_;
  State before_ = State::absent;
  bool free_ = false;    // of our lock: other programs may open the port
  bool nobody_ = false;  // a look says that nobody has it
  Snapshot shown_;
  std::string broken_, undeclared_;
};

}  // namespace offhook::port::test
