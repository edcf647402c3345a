#include "tools/play/port_driver.h"

#include <algorithm>
#include <utility>

#include "emulator/base/text.h"
#include "rasd/port/device.h"

namespace offhook::play {
namespace {

using v24::Circuit;

constexpr Duration survey_time = 10ms;
constexpr Duration notice_time = 10ms;  // until a walk begins that nobody asked for
constexpr Duration revoke_time = 5ms;
/// Text and 125 of one burst are nearer to each other than this.
constexpr Duration one_burst = 3s;

/// Until they are known: what a cable without the circuits would show.
v24::Circuits assumed() {
  v24::Circuits circuits;
  for (auto const circuit : {Circuit::rts, Circuit::dtr, Circuit::cts, Circuit::dsr})
    circuits.set(circuit, true);
  return circuits;
}

port::Level level(bool on) { return on ? port::Level::on : port::Level::off; }

}  // namespace

PortDriver::PortDriver(Stage& stage, PortHost& host, Tty& tty, size_t index, std::string name,
                       port::Config config, at::Script script, port::Laws const& laws)
    : stage_(stage),
      host_(host),
      tty_(tty),
      index_(index),
      name_(std::move(name)),
      dialogue_(std::move(script)),
      port_(stage.now, name_, config, laws),
      watch_(stage, index),
      dtr_(config.timing[static_cast<size_t>(port::Timer::dtr_off)]) {}

// ---- the machine and its clock

void PortDriver::fact(port::Event const& event, Grade grade) {
  for (Duration const delay : stage_.arrivals(grade)) {
    if (delay == Duration::zero())
      feed(event);
    else
      stage_.after(delay, [this, event] { feed(event); });
  }
}

void PortDriver::feed(port::Event event) {
  pending_.push_back(std::move(event));
  drain();
}

void PortDriver::on_timeout() {
  if (dialogue_.next_timeout() <= stage_.now) {
    dialogue_.on_timeout(stage_.now);
    drain_dialogue();
    tell_news();
  }
  if (dtr_.on_timeout(stage_.now)) raise_dtr();
  if (port_.next_timeout() > stage_.now) return drain();
  if (port_.shown().call != 0) pending_.emplace_back(port::Traffic{host_.counters(index_)});
  port_.on_timeout(stage_.now);
  drain();
}

std::optional<Instant> PortDriver::next_timeout() const {
  std::optional<Instant> next;
  for (auto const& due : {port_.next_timeout(), dialogue_.next_timeout(), dtr_.next_timeout()})
    if (due && (!next || *due < *next)) next = due;
  return next;
}

void PortDriver::drain() {
  if (std::exchange(draining_, true)) return;  // whoever drains sees what is pending
  for (;;) {
    while (auto const action = port_.poll_action()) {
      if (stage_.trace) stage_.trace(index_, "    " + port::text(*action));
      watch_.act(port_, *action);
      std::visit([this](auto const& each) { act(each); }, *action);
    }
    watch_.check(port_);
    if (pending_.empty()) break;
    port::Event const event = std::move(pending_.front());
    pending_.pop_front();
    ++stage_.facts;
    if (stage_.trace) stage_.trace(index_, port::text(event));
    watch_.hear(port_, event);
    port_.on(stage_.now, event);
  }
  draining_ = false;
}

// ---- what the machine asks for

void PortDriver::act(port::AskOwnership const& a) {
  look([this, ticket = a.ticket](std::string who) {
    fact(port::Ownership{ticket, std::move(who)}, Grade::answer);
  });
}

/// A walk: who has the port is seen at some moment of it, and who of them may, known at its end.
void PortDriver::look(std::function<void(std::string)> told) {
  stage_.after(stage_.up_to(survey_time), [this, told = std::move(told)] {
    stage_.after(stage_.up_to(survey_time),
                 [this, told, seen = host_.openers(index_)] { told(host_.stranger(index_, seen)); });
  });
}

void PortDriver::touched() {
  feed(port::Touched{});
  look_for_openers();
}

void PortDriver::look_for_openers() {
  if (std::exchange(woken_, Woken::yes) == Woken::yes) return;
  stage_.after(stage_.up_to(notice_time), [this] {
    woken_ = Woken::no;
    look([this, era = port_.era()](std::string who) {
      if (era != port_.era()) return look_for_openers();
      fact(port::Ownership{era, std::move(who)}, Grade::owed);
    });
  });
}

void PortDriver::act(port::Open const& a) {
  close();
  switch (tty_.open(*this)) {
    case Tty::Outcome::absent:
      return fact(port::OpenFailed{a.ticket, port::Trouble::absent, "no such device"}, Grade::answer);
    case Tty::Outcome::busy:
      return fact(port::OpenFailed{a.ticket, port::Trouble::busy, "device or resource busy"}, Grade::answer);
    case Tty::Outcome::opened:
      break;
  }
  mode_ = Mode::hushed;
  before_ = assumed();
  tty_.ask_circuits(*this);
  fact(port::Opened{a.ticket, 115200}, Grade::answer);
}

void PortDriver::act(port::Close const&) { close(); }

void PortDriver::act(port::Lock const&) {
  if (lock_) return;
  if (auto const other = host_.locker(index_); !other.empty())
    return fact(port::Ownership{0, other}, Grade::notice);
  if (mode_ == Mode::closed) return;
  lock_ = tty_.generation();
  tty_.exclusive(true);
}

void PortDriver::act(port::Unlock const&) { unlock(); }

void PortDriver::unlock() {
  if (lock_ == tty_.generation()) tty_.exclusive(false);
  lock_.reset();
}

void PortDriver::act(port::SetDtr const& a) {
  if (mode_ == Mode::closed) return;
  if (a.on) {
    if (dtr_.rise()) raise_dtr();
    return;
  }
  forget_dialogue();
  tty_.set_dtr(*this, false, [this, fall = dtr_.fall(stage_.now)] {
    for (Duration const delay : stage_.arrivals(Grade::answer))
      stage_.after(delay, [this, fall] { dtr_.fell(stage_.now, fall); });
  });
}

void PortDriver::raise_dtr() {
  tty_.set_dtr(*this, true);
  for (port::Ticket const ticket : std::exchange(samples_of_the_rise_, {})) act(port::Sample{ticket});
}

void PortDriver::act(port::Arm const&) {
  text_rings_ = edge_rings_ = 0;
  await_readable();
}

void PortDriver::act(port::Sample const& a) {
  if (mode_ == Mode::closed) return;
  if (dtr_.rise_waits()) return samples_of_the_rise_.push_back(a.ticket);
  if (!known_) return samples_.push_back(a.ticket);
  answer_sample(a.ticket, Grade::answer);
}

void PortDriver::answer_sample(port::Ticket ticket, Grade grade) {
  v24::Circuits const now_on = known_.value_or(assumed());
  bool const steady = tty_.kind() == Tty::Kind::pty;
  fact(port::Sampled{ticket, level(now_on.on(Circuit::dcd)), std::max(text_rings_, edge_rings_) > 0,
                     level(now_on.on(Circuit::dsr)),
                     steady ? level(now_on.on(Circuit::ri)) : port::Level::unknown},
       grade);
}

void PortDriver::act(port::Read const&) {
  if (mode_ != Mode::hushed) return;
  read();
  tell_news();
  await_readable();
}

void PortDriver::act(port::Talk const& a) {
  talk_ = a.ticket;
  if (mode_ == Mode::closed || mode_ == Mode::lent) return;
  std::erase_if(news_, [](at::Action const& each) { return std::holds_alternative<at::Ended>(each); });
  parked_ = false;
  mode_ = Mode::talking;
  dialogue_.start(stage_.now, port::task_of(a.dialogue));
  drain_dialogue();
  stage_.after(Duration::zero(), [this] {
    if (mode_ == Mode::talking && tty_.waiting()) readable();
    tell_news();
  });
}

void PortDriver::act(port::HushUp const&) {
  talk_ = 0;
  forget_dialogue();
  if (mode_ == Mode::talking) mode_ = Mode::hushed;
}

void PortDriver::act(port::Revoke const& a) {
  stage_.after(stage_.up_to(revoke_time), [this, ticket = a.ticket] {
    if (port_.awaited(port::Port::Question::revocation) != ticket) return;
    close();
    if (tty_.kind() == Tty::Kind::real) return answer_revoke(ticket);
    tty_.replace();
    fact(port::Revoked{ticket}, Grade::answer);
    fact(port::DeviceAppeared{}, Grade::notice);  // the name leads elsewhere
  });
}

/// Where nobody can be made to let go, it is enough that nobody holds the port.
void PortDriver::answer_revoke(port::Ticket ticket) {
  if (!tty_.present()) return fact(port::DeviceGone{}, Grade::notice);
  std::string const who = host_.stranger(index_, host_.openers(index_));
  if (who.empty()) return fact(port::Revoked{ticket}, Grade::answer);
  fact(port::NotRevoked{ticket, who}, Grade::answer);
}

void PortDriver::act(port::StartService const& a) {
  parked_ = true;
  host_.start_service(index_, a.ticket);
}

void PortDriver::act(port::StopService const& a) { host_.stop_service(index_, a.at_once); }

void PortDriver::act(port::Grant const& a) {
  if (mode_ != Mode::closed) lock_ = tty_.generation();  // but the client's programs may open it by name
  forget_dialogue();
  parked_ = true;
  if (mode_ == Mode::closed || !host_.grant(index_, a.client)) return feed(port::ClientGone{a.client});
  mode_ = Mode::lent;
}

void PortDriver::act(port::Refuse const& a) { host_.refuse(a.client); }
void PortDriver::act(port::EndLease const& a) { host_.end_lease(a.client); }

void PortDriver::act(port::Change const& change) {
  if (change.kind == port::Change::Kind::state && change.state == port::State::recovering)
    host_.service_over(index_);
  host_.changed(index_, change);
}

// ---- the station: a tty and the dialogue on it

void PortDriver::close() {
  unlock();
  forget_dialogue();
  news_.clear();
  tty_.close(*this);
  mode_ = Mode::closed;
  parked_ = false;
  ear_ = Ear::none;
  known_.reset();
  samples_.clear();
  dtr_.forget();
  samples_of_the_rise_.clear();
  text_rings_ = edge_rings_ = 0;
  last_text_.reset();
  last_edge_.reset();
}

void PortDriver::forget_dialogue() {
  dialogue_.forget();
  std::erase_if(news_, [](at::Action const& each) { return std::holds_alternative<at::Ended>(each); });
}

void PortDriver::hung_up() {
  close();
  fact(port::Lost{}, Grade::owed);
}

void PortDriver::await_readable() {
  if (mode_ == Mode::closed) return;
  ear_ = Ear::once;
  if (!tty_.waiting()) return;
  stage_.after(Duration::zero(), [this] {
    if (tty_.waiting()) readable();
  });
}

void PortDriver::readable() {
  if (mode_ == Mode::talking) {
    ear_ = Ear::none;
    read();
    return tell_news();
  }
  if (mode_ == Mode::closed || parked_ || std::exchange(ear_, Ear::none) == Ear::none) return;
  fact(port::Readable{}, Grade::notice);
}

void PortDriver::read() {
  auto chunks = tty_.read(*this);
  size_t i = 0;
  for (; i < chunks.size() && (mode_ == Mode::talking || mode_ == Mode::hushed); ++i) {
    size_t const text = dialogue_.on_bytes(stage_.now, as_bytes(chunks[i].bytes));
    drain_dialogue();
    bool const ended = !news_.empty() && std::holds_alternative<at::Ended>(news_.back());
    chunks[i].bytes.erase(0, text);
    if (!chunks[i].bytes.empty()) break;
    if (mode_ == Mode::hushed && ended) {
      ++i;
      break;
    }
  }
  tty_.unread({std::make_move_iterator(chunks.begin() + static_cast<std::ptrdiff_t>(i)),
               std::make_move_iterator(chunks.end())});
}

void PortDriver::drain_dialogue() {
  while (auto action = dialogue_.poll_action()) {
    if (auto const* send = std::get_if<at::Send>(&*action)) {
      if (stage_.trace) stage_.trace(index_, "    says " + escaped(send->bytes));
      tty_.write(*this, send->bytes);
      continue;
    }
    if (auto const* ended = std::get_if<at::Ended>(&*action))
      mode_ = ended->outcome == at::Outcome::connect ? Mode::online : Mode::hushed;
    auto const* heard = std::get_if<at::Heard>(&*action);
    if (heard != nullptr && heard->what == at::Heard::What::connect) mode_ = Mode::online;
    news_.push_back(std::move(*action));
  }
}

void PortDriver::tell_news() {
  while (!news_.empty()) {
    at::Action const action = std::move(news_.front());
    news_.pop_front();
    if (auto const* e = std::get_if<at::Ended>(&action)) {
      if (talk_ != 0)
        fact(port::DialogueEnded{std::exchange(talk_, 0), port::reply_of(e->outcome), e->text,
                                 e->connection.line_rate_bps},
             Grade::answer);
    } else if (auto const* h = std::get_if<at::Heard>(&action)) {
      if (h->what == at::Heard::What::ring) burst(last_text_, last_edge_, text_rings_);
      if (h->what == at::Heard::What::caller)
        fact(port::CallerId{h->caller.number, h->caller.name}, Grade::notice);
      if (h->what == at::Heard::What::connect) fact(port::CarrierUp{}, Grade::notice);
      if (h->what == at::Heard::What::no_carrier) fact(port::CarrierLost{}, Grade::notice);
    }
  }
}

// ---- the circuits

void PortDriver::burst(std::optional<Instant>& this_sign, std::optional<Instant> const& other_sign,
                       uint32_t& count) {
  this_sign = stage_.now;
  ++count;
  if (!other_sign || stage_.now - *other_sign > one_burst) fact(port::Ring{}, Grade::notice);
}

void PortDriver::circuits(v24::Circuits now_on) {
  if (mode_ == Mode::closed) return;
  v24::Circuits const before = known_.value_or(now_on);
  bool const rang = now_on.on(Circuit::ri) && !before.on(Circuit::ri);
  known_ = now_on;
  if (rang) burst(last_edge_, last_text_, edge_rings_);
  lines(now_on);
  for (auto const ticket : std::exchange(samples_, {})) answer_sample(ticket, Grade::answer);
}

void PortDriver::lines(v24::Circuits now_on) {
  v24::Circuits const before = std::exchange(before_, now_on);
  auto const changed = [&](Circuit circuit) { return before.on(circuit) != now_on.on(circuit); };
  bool const carrier = now_on.on(Circuit::dcd);
  if (changed(Circuit::dcd) && !carrier) {
    fact(port::Traffic{host_.counters(index_)}, Grade::owed);
    fact(port::CarrierLost{}, Grade::notice);
  }
  if (changed(Circuit::dcd) && carrier) fact(port::CarrierUp{}, Grade::notice);
  if (changed(Circuit::dsr)) answer_sample(0, Grade::notice);
}

}  // namespace offhook::play
