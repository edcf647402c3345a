// The phases: one table, one enter(), and the reason why a link ended.
#include "rasd/ppp/link.h"

#include <algorithm>

#include "emulator/base/check.h"
#include "rasd/ppp/errors.h"

namespace offhook::ppp {
namespace {

constexpr unsigned bit(Phase phase) { return 1u << static_cast<unsigned>(phase); }

/// A phase: how long it may last (ours: RFC 1661 gives none; LCP's own counters are shorter where the peer is
/// silent), what it means when it does not end by then, and where it may lead.
struct PhaseRow {
  Phase phase;
  std::string_view name;
  Duration limit;  // nought: none
  unsigned error;
  unsigned next;
};
constexpr PhaseRow phases[] = {
    {Phase::dead, "Dead", 0s, ras::none, bit(Phase::establish) | bit(Phase::ended)},
    {Phase::establish, "Establish", 60s, ras::not_converging,
     bit(Phase::authenticate) | bit(Phase::callback) | bit(Phase::network) | bit(Phase::terminate) |
         bit(Phase::ended)},
    {Phase::authenticate, "Authenticate", 60s, ras::timed_out,
     bit(Phase::establish) | bit(Phase::callback) | bit(Phase::network) | bit(Phase::terminate) |
         bit(Phase::ended)},
    {Phase::callback, "Callback", 60s, ras::timed_out,
     bit(Phase::establish) | bit(Phase::network) | bit(Phase::terminate) | bit(Phase::ended)},
    {Phase::network, "Network", 60s, ras::timed_out,
     bit(Phase::establish) | bit(Phase::terminate) | bit(Phase::ended)},
    {Phase::terminate, "Terminate", 15s, ras::none, bit(Phase::ended)},
    {Phase::ended, "Dead", 0s, ras::none, 0},
};
constexpr PhaseRow const& row(Phase phase) { return phases[static_cast<size_t>(phase)]; }

template <class T>
std::optional<Instant> deadline(T const& variant) {
  return std::visit(
      [](auto const& each) -> std::optional<Instant> {
        if constexpr (requires { each.next_timeout(); })
          return each.next_timeout();
        else
          return std::nullopt;
      },
      variant);
}

template <class T>
std::optional<Instant> deadline(std::optional<T> const& machine) {
  return machine ? machine->next_timeout() : std::nullopt;
}

}  // namespace

std::string_view name(Phase phase) { return row(phase).name; }

Link::Link(LinkConfig config, Chance::Seed const& seed)
    : config_(std::move(config)),
      chance_(seed),
      decoder_(std::max(default_mru, config_.lcp.mru) + size_t{mppe_overhead}),
      lcp_(config_.lcp, Chance(chance_.fork()), config_.echo, config_.limits),
      ipcp_(IpcpOptions(config_.ipcp), config_.limits),
      ipv6cp_(Ipv6cpOptions(config_.ipv6cp, Chance(chance_.fork())), config_.limits) {
  OFFHOOK_CHECK(config_.ipv4 || config_.ipv6);
  OFFHOOK_CHECK(config_.lcp.prove.empty() || config_.credentials);
}

void Link::enter(Instant now, Phase phase) {
  OFFHOOK_CHECK(row(phase_).next & bit(phase));
  phase_ = phase;
  timers_.cancel_all();
  limit_phase(now);
  out_.emplace_back(Entered{phase});
}

void Link::limit_phase(Instant now) {
  if (row(phase_).limit > 0s) timers_.set(Timer::phase, now + row(phase_).limit);
}

void Link::on_line_up(Instant now) {
  if (phase_ != Phase::dead) return;
  enter(now, Phase::establish);
  lcp_.open(now);
  lcp_.up(now);
  settle(now);
}

void Link::on_line_down(Instant now) {
  if (phase_ == Phase::ended) return;
  // Who ended the link by LCP and then hangs up has said why.
  if (!why_ && !lcp_.terminated_by_peer())
    why_ = Ended{ras::connection_lost, std::string(ras::text(ras::connection_lost))};
  finish(now);
}

void Link::on_line_bytes(Instant now, Bytes bytes) {
  counts_.received.bytes += bytes.size();
  while (!bytes.empty() && phase_ != Phase::dead && phase_ != Phase::ended) {
    auto const errors = decoder_.errors().total();
    auto const got = decoder_.receive(bytes);
    bytes = bytes.subspan(got.taken);
    if (vj_in_ && decoder_.errors().total() != errors) vj_in_->on_error();
    if (!got.frame) continue;
    count(Direction::received, got.frame->protocol, got.frame->payload);
    on_frame(now, *got.frame);
    settle(now);
  }
}

void Link::close(Instant now, std::string_view reason) {
  if (phase_ == Phase::ended) return;
  if (phase_ == Phase::dead) return finish(now);
  fail(now, ras::none, reason);
  settle(now);
}

bool Link::say(Instant now, Identified const& note) {
  bool const said = lcp_.say(note);
  settle(now);
  return said;
}
bool Link::say(Instant now, TimeRemaining const& note) {
  bool const said = lcp_.say(note);
  settle(now);
  return said;
}

LinkStatistics Link::statistics() const {
  auto now = counts_;
  now.errors = decoder_.errors();
  return now;
}

void Link::count(Direction direction, uint16_t protocol, Bytes information) {
  auto& traffic = direction == Direction::sent ? counts_.sent : counts_.received;
  ++traffic.frames;
  traffic.information += information.size();
  if (!capturing_) return;
  Passed passed{direction, {}};
  put16(passed.frame, protocol);
  put(passed.frame, information);
  out_.emplace_back(std::move(passed));
}

/// Ends the link by LCP. The first reason stands.
void Link::fail(Instant now, unsigned error, std::string_view text) {
  if (phase_ == Phase::terminate || phase_ == Phase::ended) return;
  if (!why_) why_ = Ended{error, std::string(text.empty() ? ras::text(error) : text)};
  enter(now, Phase::terminate);
  lcp_.close(now, why_->text);
}

/// Who has left echo after echo unanswered is told that this is the end, and not waited for: nothing can come
/// of the 6 s that RFC 1661's Restart timer and Max-Terminate (4.6) make of it.
void Link::miss(Instant now) {
  fail(now, ras::no_response);
  if (phase_ == Phase::terminate) timers_.set(Timer::phase, now);
}

void Link::finish(Instant now) {
  if (phase_ == Phase::ended) return;
  forget_network();
  auto const ended = reason();
  enter(now, Phase::ended);
  verifier_ = {};
  prover_ = {};
  callback_ = {};
  lcp_.down(now);
  lcp_.close(now);
  while (lcp_.poll_action()) continue;
  out_.emplace_back(ended);
}

/// What LCP's end means where nothing else went wrong before.
Ended Link::reason() const {
  if (why_) return *why_;
  auto const told = [&](unsigned error) {
    std::string text = words_of(error);
    if (!lcp_.peer_reason().empty()) text += ": " + lcp_.peer_reason();
    return Ended{error, text};
  };
  if (phase_ == Phase::dead) return told(ras::none);
  if (!lcp_.heard()) return told(ras::no_response);
  if (!lcp_.terminated_by_peer()) return told(ras::timed_out);
  if (phase_ == Phase::authenticate && refused_ != 0) return told(refused_);
  if (blame_ != 0) return told(blame_);
  if (phase_ == Phase::establish && blame_of_proof() != 0) return told(blame_of_proof());
  return told(phase_ == Phase::establish ? ras::lcp_terminated : ras::ended_by_peer);
}

/// A peer that goes before anybody spoke of networks, and had demanded what we do not give, goes for that.
unsigned Link::blame_of_proof() const {
  if (lcp_.options().unmet.empty() || ipcp_.heard() || ipv6cp_.heard()) return ras::none;
  return config_.lcp.prove.empty() ? ras::access_denied : ras::lcp_terminated;
}

std::string Link::words_of(unsigned blame) const {
  if (blame == ras::none || blame != blame_of_proof()) return std::string(ras::text(blame));
  if (blame == ras::access_denied)
    return "The remote computer demands to know who calls, and no user was named";
  return "The remote computer demands proof of identity by " + lcp_.options().unmet +
         ", which this one is not to give";
}

/// Until nobody has anything left to say. What one protocol does can make another speak, at most a few times.
void Link::settle(Instant now) {
  auto const drain = [&] {
    return drain_lcp(now) || drain_auth(now) || drain_callback(now) || drain_encryption(now) ||
           drain_networks(now);
  };
  while (drain()) continue;
  look(now);
  while (drain()) continue;
}

/// What the protocols know and do not say.
void Link::look(Instant now) {
  if (phase_ == Phase::terminate || phase_ == Phase::ended) return;
  if (lcp_.looped()) return fail(now, ras::loopback);
  if (lcp_.diverged()) {
    unsigned const blame = blame_of_proof();
    return fail(now, blame ? blame : ras::not_converging, blame ? words_of(blame) : "");
  }
  if (lcp_.options().auth_refused) return fail(now, ras::peer_refused_authentication);
  look_at_encryption(now);
  look_at_networks(now);
}

void Link::on_timeout(Instant now) {
  lcp_.on_timeout(now);
  if (ccp_) ccp_->on_timeout(now);
  ipcp_.on_timeout(now);
  ipv6cp_.on_timeout(now);
  auto const fire = [&](auto& each) {
    if constexpr (requires { each.on_timeout(now); }) each.on_timeout(now);
  };
  std::visit(fire, verifier_);
  std::visit(fire, prover_);
  if (callback_.answerer) callback_.answerer->on_timeout(now);
  if (callback_.caller) callback_.caller->on_timeout(now);
  settle(now);
  while (timers_.take_due(now)) {
    if (phase_ == Phase::terminate)
      finish(now);  // a peer that will not let go
    else
      fail(now, row(phase_).error);
    settle(now);
  }
}

std::optional<Instant> Link::next_timeout() const {
  std::optional<Instant> earliest;
  for (auto const& at : {lcp_.next_timeout(), ccp_ ? ccp_->next_timeout() : std::nullopt,
                         ipcp_.next_timeout(), ipv6cp_.next_timeout(), deadline(verifier_), deadline(prover_),
                         deadline(callback_.answerer), deadline(callback_.caller), timers_.next()})
    if (at && (!earliest || *at < *earliest)) earliest = at;
  return earliest;
}

}  // namespace offhook::ppp
