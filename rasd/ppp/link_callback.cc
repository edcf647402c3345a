// The Callback phase, between Authenticate and Network: by CBCP ([MS-CBCP]) or as RFC 1570 2.3 has it, where
// LCP alone settles it and the link ends once everybody is known.
#include "emulator/base/check.h"
#include "rasd/ppp/errors.h"
#include "rasd/ppp/link.h"

namespace offhook::ppp {
namespace {

/// Ours: so long the end that will call lets the other end the link, as the acknowledged caller is to.
constexpr Duration farewell = 10s;
constexpr std::string_view ended_for_callback = "The link ends for a callback";

}  // namespace

void Link::start_callback(Instant now) {
  auto const to_get = lcp_.ours().callback, to_grant = lcp_.peer().callback;
  callback_ = {};
  callback_.to_grant = config_.lcp.grant_callback;
  callback_.to_get = to_get.has_value();
  if (!callback_.to_grant && !callback_.to_get) return start_network(now);
  enter(now, Phase::callback);
  if (callback_.to_grant) {
    callback_.asked = true;
    out_.emplace_back(CallbackAsked{peer_user_, to_grant, lcp_.peer().callback_number});
  }
  if (to_get == callback_cbcp) {
    callback_.caller.emplace(config_.callback, config_.auth);
    callback_.caller->start(now);
  } else if (to_get) {
    callback_chosen(now, false, {CallbackKind::by_caller, config_.lcp.callback_number});
  }
}

void Link::on_callback(Instant now, CallbackGrant const& grant) {
  if (phase_ != Phase::callback || !callback_.asked) return;
  callback_.asked = false;
  auto const operation = lcp_.peer().callback;
  if (operation == callback_cbcp) {
    callback_.answerer.emplace(grant, config_.auth);
    callback_.answerer->start(now);
  } else if (operation) {
    bool const theirs = grant.kind == CallbackKind::by_caller;
    auto const& number = theirs ? lcp_.peer().callback_number : grant.number;
    if (grant.kind == CallbackKind::none || (theirs && !is_callback_number(number)))
      fail(now, ras::bad_callback_number);
    else
      callback_chosen(now, true, {grant.kind, number});
  } else if (grant.kind == CallbackKind::preset) {
    fail(now, ras::bad_callback_number);  // who must be called back, and cannot be, does not get in
  } else {
    callback_settled(now, true);
  }
  settle(now);
}

void Link::on_cbcp(Instant now, Bytes packet) {
  if (callback_.answerer) callback_.answerer->on_packet(now, packet);
  if (callback_.caller) callback_.caller->on_packet(now, packet);
}

bool Link::drain_callback(Instant now) {
  bool any = false;
  auto const drain = [&](auto& machine, bool by_us) {
    while (machine) {
      auto action = machine->poll_action();
      if (!action) return;
      any = true;
      if (auto const* packet = std::get_if<Buffer>(&*action)) transmit(protocol::cbcp, *packet);
      if (auto const* failed = std::get_if<CallbackFailed>(&*action)) fail(now, failed->error);
      if (auto const* choice = std::get_if<CallbackChoice>(&*action)) callback_chosen(now, by_us, *choice);
    }
  };
  drain(callback_.answerer, true);
  drain(callback_.caller, false);
  return any;
}

void Link::callback_chosen(Instant now, bool by_us, CallbackChoice const& choice) {
  if (phase_ != Phase::callback) return;
  if (choice.kind == CallbackKind::none) return callback_settled(now, by_us);
  callback_.agreed = true;
  out_.emplace_back(CallbackAgreed{by_us, choice.number, choice.delay});
  if (!why_) why_ = Ended{ras::none, std::string(ended_for_callback)};
  // By CBCP the caller ends the link; by RFC 1570 both do at once.
  bool const wait = by_us && callback_.answerer;
  if (wait)
    timers_.set(Timer::phase, now + farewell);
  else
    fail(now, ras::none);
}

/// No callback that way; the answerer stays, to acknowledge again what was lost.
void Link::callback_settled(Instant now, bool by_us) {
  (by_us ? callback_.to_grant : callback_.to_get) = false;
  if (!by_us) callback_.caller.reset();
  if (!callback_.to_grant && !callback_.to_get && !callback_.agreed) start_network(now);
}

/// LCP begins anew or ends. What was agreed stands: the link does not begin anew.
void Link::forget_callback(Instant now) {
  bool const agreed = callback_.agreed;
  callback_ = {};
  bool const anew = lcp_.state() >= State::req_sent;
  if (agreed && anew && phase_ == Phase::callback) fail(now, ras::none);
}

}  // namespace offhook::ppp
