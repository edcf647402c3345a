#include "rasd/app/ppp_service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "emulator/base/text.h"
#include "rasd/app/taps.h"
#include "rasd/ppp/describe.h"
#include "rasd/ppp/errors.h"

namespace offhook::rasd {
namespace {

/// What the end of a link means for the call (RFC 2866 5.10). What has no row is the service's own trouble.
constexpr std::pair<unsigned, port::Why> causes[] = {
    {ppp::ras::connection_lost, port::Why::lost_carrier},
    {ppp::ras::access_denied, port::Why::user_error},
    {ppp::ras::logon_hours, port::Why::user_error},
    {ppp::ras::account_disabled, port::Why::user_error},
    {ppp::ras::password_expired, port::Why::user_error},
    {ppp::ras::no_dialin_permission, port::Why::user_error},
    {ppp::ras::bad_callback_number, port::Why::user_error},
    {ppp::ras::timed_out, port::Why::user_error},
    {ppp::ras::ended_by_peer, port::Why::user_request},
    {ppp::ras::no_network_protocol, port::Why::user_error},
    {ppp::ras::no_response, port::Why::user_error},
    {ppp::ras::not_converging, port::Why::user_error},
    {ppp::ras::rejected_by_peer, port::Why::user_error},
    {ppp::ras::lcp_terminated, port::Why::user_request},
    {ppp::ras::address_rejected, port::Why::user_error},
    {ppp::ras::ncp_terminated, port::Why::user_request},
    {ppp::ras::loopback, port::Why::port_error},
    {ppp::ras::no_address, port::Why::user_error},
    {ppp::ras::no_encryption_here, port::Why::user_error},
    {ppp::ras::no_encryption_there, port::Why::user_error},
    {ppp::ras::encryption_required, port::Why::user_error},
    {ppp::ras::peer_refused_authentication, port::Why::user_error},
};

constexpr std::pair<auth::Callback, ppp::CallbackKind> callbacks[] = {
    {auth::Callback::none, ppp::CallbackKind::none},
    {auth::Callback::by_caller, ppp::CallbackKind::by_caller},
    {auth::Callback::preset, ppp::CallbackKind::preset},
};
ppp::CallbackGrant grant_of(auth::Verdict const& verdict) {
  auto const row =
      std::ranges::find(callbacks, verdict.callback, [](auto const& each) { return each.first; });
  return {row->second, verdict.number};
}

}  // namespace

PppService::PppService(Surroundings const& around, ServiceConfig const&, Handlers handlers)
    : context_(around.context),
      alarm_(around.alarm),
      taps_(around.taps),
      access_(around.ppp),
      handlers_(std::move(handlers)),
      answer_due_(around.alarm, [this](Instant) { answer(); }),
      idle_due_(around.alarm, [this](Instant now) { on_idle(now); }) {}

PppService::~PppService() {
  untap();
  driver_.reset();
  leave();
}

/// What is told leads to what may end us: not from within the link's own call.
template <class F>
void PppService::later(F f) {
  boost::asio::post(context_, [alive = std::weak_ptr<int>(alive_), f = std::move(f)] {
    if (!alive.expired()) f();
  });
}

void PppService::start(CallFacts const& facts, Line line) {
  port_ = facts.port;
  may_call_back_ = facts.may_call_back && handlers_.call_back;
  called_back_ = facts.called_back;
  auto const fail = [this](std::string why) {
    later([this, why = std::move(why)] { handlers_.failed(why); });
  };
  auto config = access_->link();
  if (config.lcp.demand.empty()) {
    auto const address = access_->lease({});
    if (!address) return fail(address.error().message);
    address_ = *address;
    config.ipcp = access_->ipcp(*address);
  }
  // Always asked: who must be called back is not to get round it. A call that is one asks no more.
  config.lcp.grant_callback = !config.lcp.demand.empty() && called_back_.empty();
  auto data = line.take_data();
  if (!data) return fail(data.error().message);
  auto network = access_->make_network(context_);
  net::LinkDriver::Handlers told;
  told.phase = [this](ppp::Phase phase) { on_phase(phase); };
  told.proof = [this](ppp::Proof const& proof) { on_proof(proof); };
  told.authenticated = [this](ppp::Authenticated const& what) { on_authenticated(what); };
  told.callback_asked = [this](ppp::CallbackAsked const& asked) { on_callback_asked(asked); };
  told.callback_agreed = [this](ppp::CallbackAgreed const& agreed) { on_callback_agreed(agreed); };
  told.up = [this](net::Agreed const& agreed) { on_up(agreed); };
  told.down = [this] {
    agreed_.reset();
    idle_due_.set(std::nullopt);
  };
  told.ended = [this](net::Ended const& how) { on_ended(how); };
  driver_ = std::make_unique<net::LinkDriver>(context_, alarm_, std::move(data->fd), std::move(data->early),
                                              std::move(config), std::move(network), std::move(told));
  network_ = driver_->network();
  if (auto const started = driver_->start(); !started) return fail(started.error().message);
  log_frames();
  if (taps_) taps_->begun(port_, *driver_);
  later([this] { handlers_.started(); });
}

/// What the two ends say to each other; no datagrams, and no secrets.
void PppService::log_frames() {
  if (!taps_ || !spdlog::should_log(spdlog::level::debug)) return;
  log_tap_ = taps_->add(port_, {[port = port_](ppp::Passed const& passed) {
                                  if (!ppp::is_control(ppp::get16(passed.frame))) return;
                                  bool const sent = passed.direction == ppp::Direction::sent;
                                  spdlog::debug("port {}: PPP {} {}", port, sent ? "sent" : "received",
                                                ppp::describe(passed.frame));
                                },
                                [](bool) {}});
}

void PppService::untap() {
  if (!taps_) return;
  if (driver_) taps_->ended(port_, *driver_);
  if (log_tap_ != 0) taps_->remove(std::exchange(log_tap_, 0));
}

void PppService::stop(bool at_once) {
  if (was_ == Was::over) return;  // its end is told already
  if (!driver_) return later([this] { handlers_.ended(port::Why::none, ""); });
  was_ = Was::stopped;
  if (at_once)
    driver_->line_over();
  else
    driver_->close("The call is ended by the port manager");
}

std::optional<port::Why> PppService::line_over() {
  if (!driver_) return std::nullopt;
  if (was_ == Was::over) return why_;
  if (was_ == Was::stopped) {  // and waits for the peer's answer, which cannot come any more
    driver_->line_over();
    return std::nullopt;
  }
  bool const by_peer = driver_->lcp().terminated_by_peer();
  driver_->line_over();
  if (was_ == Was::idle) return port::Why::idle_timeout;
  if (refused_) return port::Why::user_error;
  if (calls_back_) return port::Why::callback;
  return by_peer ? std::optional(port::Why::user_request) : std::nullopt;
}

// ---- who it is

void PppService::on_phase(ppp::Phase phase) {
  spdlog::debug("port {}: PPP is in phase {}", port_, ppp::name(phase));
  if (phase != ppp::Phase::authenticate) return;
  later([this] { handlers_.authenticating(); });
}

auth::Verdict PppService::judge(ppp::Proof const& proof) {
  auth::Verdict verdict = access_->judge(port_, proof);
  if (called_back_.empty() || !verdict.answer.accepted || verdict.user == called_back_) return verdict;
  access_->leave(verdict.user);
  auth::Verdict refused;
  refused.answer = {.accepted = false, .error = ppp::ras::access_denied, .message = "Access denied"};
  refused.note = "user '" + escaped(verdict.user) + "' is refused: it is '" + escaped(called_back_) +
                 "' who is called back";
  return refused;
}

void PppService::on_proof(ppp::Proof const& proof) {
  leave();  // LCP may have begun anew
  auth::Verdict verdict = judge(proof);
  refused_ = !verdict.answer.accepted;
  if (refused_) spdlog::warn("port {}: {}", port_, verdict.note);
  if (verdict.answer.accepted) {
    user_ = verdict.user;
    callback_ = grant_of(verdict);
    auto const address = access_->lease(verdict);
    no_address_ = address ? "" : address.error().message;
    if (address) {
      address_ = *address;
      driver_->set_ipcp(access_->ipcp(*address));
    }
  }
  pending_ = Pending{proof.serial, std::move(verdict.answer)};
  if (verdict.delay == Duration(0)) return answer();
  answer_due_.set(io::now() + verdict.delay);
}

void PppService::answer() {
  answer_due_.set(std::nullopt);
  if (!pending_) return;
  Pending const told = *std::exchange(pending_, std::nullopt);
  driver_->answer(told.serial, told.answer);
}

void PppService::on_authenticated(ppp::Authenticated const& what) {
  if (what.who != ppp::Authenticated::Who::peer || !what.outcome.accepted) return;
  std::string const user = escaped(user_.value_or(""));
  later([this, user] { handlers_.authenticated(user); });
  if (no_address_.empty()) return;
  spdlog::error("port {}: user '{}' gets no address: {}", port_, user, no_address_);
  later([this] { driver_->close("No address is free"); });
}

void PppService::on_callback_asked(ppp::CallbackAsked const&) {
  auto grant = callback_;
  if (!may_call_back_ && grant.kind != ppp::CallbackKind::none)
    spdlog::error("port {}: user '{}' is not called back: no port may dial out", port_,
                  escaped(user_.value_or("")));
  // A preset callback stays one: without it he does not get in.
  if (!may_call_back_ && grant.kind == ppp::CallbackKind::by_caller) grant = {};
  driver_->grant_callback(grant);
}

void PppService::on_callback_agreed(ppp::CallbackAgreed const& agreed) {
  if (!agreed.by_us || !user_) return;
  calls_back_ = true;
  if (may_call_back_) handlers_.call_back({*user_, agreed.number, agreed.delay});
}

/// Gives back what the caller had.
void PppService::leave() {
  pending_.reset();
  answer_due_.set(std::nullopt);
  if (user_) access_->leave(*std::exchange(user_, std::nullopt));
  if (address_) access_->give_back(*std::exchange(address_, std::nullopt));
}

// ---- the network

void PppService::on_up(net::Agreed const& agreed) {
  agreed_ = agreed;
  if (was_ == Was::starting) was_ = Was::up;
  network_ = driver_->network();
  spdlog::info("port {}: PPP is up: {} has {}, by {}", port_,
               user_ ? "user '" + escaped(*user_) + "'" : "the caller", ppp::ipv4_text(agreed.peer),
               network_);
  if (access_->config().idle > Duration(0)) idle_due_.set(io::now() + access_->config().idle);
}

void PppService::on_idle(Instant now) {
  Instant const due = driver_->statistics().last_packet + access_->config().idle;
  if (due > now) return idle_due_.set(due);
  was_ = Was::idle;
  driver_->close("The call was idle for too long");
}

void PppService::on_ended(net::Ended const& how) {
  port::Why const why = why_ = why_of(how);
  was_ = Was::over;
  untap();
  agreed_.reset();
  idle_due_.set(std::nullopt);
  std::string const text = how.error == 0 ? how.text : how.text + " (" + std::to_string(how.error) + ")";
  spdlog::info("port {}: PPP has ended: {}", port_, text);
  later([this, why, text] { handlers_.ended(why, text); });
}

port::Why PppService::why_of(net::Ended const& how) const {
  if (was_ == Was::idle) return port::Why::idle_timeout;
  if (was_ == Was::stopped) return port::Why::none;  // who stopped us knows
  if (calls_back_) return port::Why::callback;
  if (how.by_network) return port::Why::lost_service;
  // Somebody who was there and answers no more has lost his carrier, whatever the modem says.
  if (was_ == Was::up && how.error == ppp::ras::no_response) return port::Why::lost_carrier;
  auto const row = std::ranges::find(causes, how.error, [](auto const& each) { return each.first; });
  auto const why = row == std::end(causes) ? port::Why::lost_service : row->second;
  // Who is refused says good-bye too, and whoever has said it may let the line go at once.
  bool const said = how.by_peer && (why == port::Why::lost_carrier || row == std::end(causes));
  return said ? port::Why::user_request : why;
}

// ---- what is told of it

port::Counters PppService::counters() const {
  if (!driver_) return {};
  // Packets alone: what LCP asks to know whether somebody is there is no traffic.
  auto const packets = driver_->network_counters();
  return {packets.bytes_from_peer, packets.bytes_to_peer, driver_->statistics().link.errors.total()};
}

Result<void> PppService::may_say() const {
  return error("the caller of port ", port_, " speaks PPP: there is nobody to read a text");
}

CallDetails PppService::details() const {
  CallDetails made;
  made.service = "ppp";
  made.user = escaped(user_.value_or(""));
  made.network = network_;
  if (!driver_) return made;
  made.phase = ppp::name(driver_->phase());
  if (agreed_) {
    made.address = ppp::ipv4_text(agreed_->peer);
    for (ppp::Ipv4 const server : access_->config().dns)
      if (server != 0) made.dns += (made.dns.empty() ? "" : " ") + ppp::ipv4_text(server);
  }
  auto const& lcp = driver_->lcp().peer();
  if (lcp.pfc) made.compression = "PFC";
  if (lcp.acfc) made.compression += made.compression.empty() ? "ACFC" : " ACFC";
  return made;
}

}  // namespace offhook::rasd
