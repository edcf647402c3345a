#include "tools/play/watch.h"

#include <utility>
#include <variant>

namespace offhook::play {
namespace {

using port::State;

constexpr Duration s25 = 50ms;

bool in_call(State s) {
  return s == State::answering || s == State::authenticating || s == State::connected || s == State::leased ||
         s == State::hanging_up;
}

}  // namespace

/// What a fact teaches; a late answer, nothing.
void Watch::hear(port::Port const& port, port::Event const& event) {
  using Q = port::Port::Question;
  may_read_ = false;
  if (auto const* e = std::get_if<port::Ownership>(&event)) {
    bool const asked = e->ticket != 0 && (e->ticket == port.awaited(Q::holder) ||
                                          e->ticket == port.awaited(Q::holder_before_read));
    may_read_ = asked && e->holder.empty();
    if (may_read_) foreign_known_ = false;
    if (may_read_ && port.state() == State::initialising) owner_excluded_ = true;
    bool const of_now = asked || e->ticket == 0 || e->ticket == port.era();
    if (!e->holder.empty() && of_now && !in_call(port.state())) foreign_known_ = true;
  }
  if (auto const* e = std::get_if<port::Revoked>(&event); e && e->ticket == port.awaited(Q::revocation))
    foreign_known_ = false;
  if (auto const* e = std::get_if<port::Sampled>(&event);
      e && e->ticket != 0 && e->ticket == port.awaited(Q::sample)) {
    if (listen_ == Listen::sampled) listen_ = Listen::told;
    if (e->carrier != port::Level::on) carrier_excluded_ = true;
  }
  if (auto const* e = std::get_if<port::DialogueEnded>(&event); e && e->ticket == port.awaited(Q::dialogue)) {
    silent_ = e->reply == port::Reply::silent;
    owner_excluded_ = carrier_excluded_ = false;
  }
}

void Watch::act(port::Port const& port, port::Action const& action) {
  if (auto const* change = std::get_if<port::Change>(&action)) on(port, *change);
  if (auto const* dtr = std::get_if<port::SetDtr>(&action)) on(port, *dtr);
  if (std::holds_alternative<port::Talk>(action)) ours_alone(port);
  if (std::holds_alternative<port::Read>(action))
    broken_unless(may_read_, "law 6: something is read before anybody looked who has the port");
  if (std::holds_alternative<port::Arm>(action)) listen_ = Listen::armed;
  if (std::holds_alternative<port::Sample>(action) && listen_ == Listen::armed) listen_ = Listen::sampled;
  if (std::holds_alternative<port::StartService>(action))
    broken_unless(port.state() == State::connected, "a service is started without a call");
  if (std::holds_alternative<port::Grant>(action)) {
    broken_unless(port.state() == State::leased, "a grant outside a lease");
    broken_unless(!foreign_known_, "a grant while another program is known to have the port");
  }
}

void Watch::on(port::Port const&, port::Change const& change) {
  if (change.kind == port::Change::Kind::state) {
    auto const& row = port::standard_laws().row(state_);
    bool const declared = (row.next >> static_cast<unsigned>(change.state) & 1u) != 0;
    broken_unless(declared, "a move that the table of states does not declare");
    if (change.state == State::answering || change.state == State::connected || change.state == State::leased)
      call_stands_ = true;
    state_ = change.state;
  }
  if (change.kind == port::Change::Kind::failure && change.failure == port::Failure::silent)
    broken_unless(silent_ && owner_excluded_ && carrier_excluded_,
                  "law 5: the hardware is blamed before owner and carrier are excluded");
  shown_ = port::fold(std::move(shown_), stage_->now, change);
}

void Watch::on(port::Port const& port, port::SetDtr const& dtr) {
  if (port.state() != State::disabled) ours_alone(port);
  if (!dtr.on) {
    if (!dtr_off_since_) dtr_off_since_ = stage_->now;
    return;
  }
  if (dtr_off_since_ && stage_->now - *dtr_off_since_ > s25) call_stands_ = false;
  dtr_off_since_.reset();
}

void Watch::ours_alone(port::Port const& port) {
  broken_unless(!foreign_known_, "something is said or set while another program is known to have the port");
  broken_unless(port.state() != State::leased, "something is said or set while the port is lent");
}

void Watch::check(port::Port const& port) {
  State const s = port.state();
  broken_unless(shown_ == port.shown(), "the public condition is not the fold of the log");
  broken_unless(port.shown().state == s, "a state was entered without an entry in the log");
  broken_unless((s == State::leased) == (port.shown().client != 0), "a lease that the log does not know");
  broken_unless(s != State::foreign || !port.shown().holder.empty(), "foreign, and nobody is named");
  broken_unless(port.next_timeout() || s == State::disabled || s == State::leased,
                "law 1: a state without a deadline or a living owner");
  if (s == State::listening) {
    broken_unless(!call_stands_, "law 3: listening although DTR was not off since the last call");
    broken_unless(port.step() == port::Step::posts || listen_ == Listen::told,
                  "law 2: said to be quiet without a sample taken after the arming");
  } else {
    listen_ = Listen::armed;
  }
  if (s != State::initialising) silent_ = owner_excluded_ = carrier_excluded_ = false;
}

}  // namespace offhook::play
