// A control protocol of PPP: the automaton of RFC 1661 with packets, a restart timer and a table of options.
// LCP and the NCPs differ in that table alone: P is the protocol's policy, its own file.
//
// A policy P has:
//   static std::span<OptionRow<P> const> rows();
//   void restart();      a negotiation begins: what is asked for is again what is configured
//   void clear_ours();   forgets what the peer agreed to of our options, before the rows set it anew
//   void clear_peer();   forgets what we agreed to of the peer's
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "emulator/base/text.h"
#include "emulator/base/time.h"
#include "rasd/ppp/actions.h"
#include "rasd/ppp/automaton.h"
#include "rasd/ppp/packet.h"

namespace offhook::ppp {

/// The timer and the counters of one automaton.
struct Limits {
  Duration restart = 3s;        // Restart timer, RFC 1661 4.6
  unsigned max_terminate = 2;   // Max-Terminate, RFC 1661 4.6
  unsigned max_configure = 10;  // Max-Configure, RFC 1661 4.6
  unsigned max_failure = 5;  // Max-Failure, RFC 1661 4.6: Configure-Naks before they become Configure-Rejects
  unsigned max_rounds = 30;  // ours: refusals sent and received in one negotiation before it is given up
  bool operator==(Limits const&) const = default;
};

enum class Judgement : uint8_t { ack, nak, reject };
struct Verdict {
  Judgement judgement = Judgement::reject;
  Buffer data = {};  // nak: what would be taken
};
inline Verdict acked() { return {Judgement::ack}; }
inline Verdict naked(Buffer data) { return {Judgement::nak, std::move(data)}; }
inline Verdict rejected() { return {Judgement::reject}; }

/// One option of protocol P. A null `judge` rejects; a null `ask` never asks.
template <class P>
struct OptionRow {
  uint8_t type;
  std::string_view name;
  uint8_t shortest, longest;                             // length of the data, without type and length
  std::optional<Buffer> (*ask)(P const&) = nullptr;      // what our Configure-Request says of it, if anything
  Verdict (*judge)(P&, Bytes) = nullptr;                 // the peer asks for it
  void (*naked)(P&, Bytes) = nullptr;                    // the peer would rather have this
  void (*rejected)(P&) = nullptr;                        // the peer will not have it
  void (*ours)(P&, Bytes) = nullptr;                     // the peer agreed to what we asked for
  void (*peer)(P&, Bytes) = nullptr;                     // we agreed to what the peer asked for
  std::optional<Buffer> (*missing)(P const&) = nullptr;  // what the peer ought to have asked for, if anything
  std::optional<Buffer> (*right)(P const&) = nullptr;  // what a peer may ask for; null: as missing, or as ask
};

/// What the layer tells the one above and below it (RFC 1661 4.4).
enum class Layer : uint8_t { up, down, started, finished };
using ControlAction = std::variant<Buffer, Layer>;

template <class P>
class Control {
 public:
  explicit Control(P with, Limits limits = {}) : policy(std::move(with)), limits_(limits) {}

  P policy;

  void up(Instant now) { (void)on_event(now, Event::up); }
  void down(Instant now) { (void)on_event(now, Event::down); }
  void open(Instant now) { (void)on_event(now, Event::open); }
  /// `reason` goes into the Terminate-Request for a person to read.
  void close(Instant now, std::string_view reason = {}) {
    reason_ = reason;
    (void)on_event(now, Event::close);
  }

  void on_packet(Instant now, Bytes bytes);
  /// One event of the table. Returns the actions that were done, nothing for a cell with a dash.
  Actions on_event(Instant now, Event event);
  void send(Buffer packet) { out_.emplace_back(std::move(packet)); }
  uint8_t next_id() { return ++last_id_; }

  void on_timeout(Instant now) {
    if (!timer_ || *timer_ > now) return;
    timer_.reset();
    (void)on_event(now, restarts_ > 0 ? Event::timeout_again : Event::timeout_last);
  }
  std::optional<Instant> next_timeout() const { return timer_; }
  std::optional<ControlAction> poll_action() { return take_front(out_); }

  State state() const { return state_; }
  /// The negotiation was given up after max_rounds.
  bool diverged() const { return rounds_ > limits_.max_rounds; }
  /// The peer has sent a packet of this protocol since the lower layer came up.
  bool heard() const { return heard_; }
  /// The peer asked for the end, or the last Code-Reject was fatal, since this negotiation began.
  bool terminated_by_peer() const { return terminated_by_peer_; }

  /// What its Terminate-Request said, escaped.
  std::string const& peer_reason() const { return peer_reason_; }

  bool operator==(Control const&) const = default;

 private:
  /// Room for the rejected packet in a Code-Reject: no peer's MRU is smaller.
  static constexpr size_t reject_limit = 124;

  static OptionRow<P> const* row_of(uint8_t type) {
    for (auto const& row : P::rows())
      if (row.type == type) return &row;
    return nullptr;
  }
  static bool fits(OptionRow<P> const& row, Bytes data) {
    return data.size() >= row.shortest && data.size() <= row.longest;
  }

  void on_request(Instant now, Packet const& packet);
  void on_answer(Instant now, Packet const& packet);
  bool take_refusal(Code code, Options const& refused);
  Verdict judge(Option const& option);
  void do_actions(Instant now, Event event, Actions actions);
  void send_request(Event event);
  void count_round(Instant now) {
    if (++rounds_ == limits_.max_rounds + 1) close(now, "Negotiation does not converge");
  }

  Limits limits_;
  State state_ = State::initial;
  std::optional<Instant> timer_;
  unsigned restarts_ = 0, failures_ = 0, rounds_ = 0;
  uint8_t last_id_ = 0, request_id_ = 0, terminate_id_ = 0;
  Buffer request_;  // the options of our last Configure-Request
  Options agreed_;  // of the peer's last request, where its answer is an Ack
  Buffer reply_;    // the answer to the packet being handled
  std::string reason_, peer_reason_;
  bool awaiting_ = false;  // our last Configure-Request has no answer yet: a second answer to it is a copy
  bool heard_ = false, terminated_by_peer_ = false;
  std::deque<ControlAction> out_;
};

template <class P>
void Control<P>::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet) return;
  heard_ = true;
  auto const code = static_cast<Code>(packet->code);
  switch (code) {
    case Code::configure_request:
      return on_request(now, *packet);
    case Code::configure_ack:
    case Code::configure_nak:
    case Code::configure_reject:
      return on_answer(now, *packet);
    case Code::terminate_request:
      terminated_by_peer_ = true;
      peer_reason_ = escaped(packet->data.first(std::min(packet->data.size(), reject_limit)));
      reply_ = make_packet(Code::terminate_ack, packet->id, {});
      (void)on_event(now, Event::terminate_request);
      return;
    case Code::terminate_ack:
      return (void)on_event(now, Event::terminate_ack);
    case Code::code_reject: {
      if (packet->data.empty()) return;
      bool const fatal = static_cast<uint8_t>(packet->data[0]) <= last_common_code;
      if (fatal) terminated_by_peer_ = true;
      return (void)on_event(now, fatal ? Event::reject_fatal : Event::reject_permitted);
    }
    default:
      reply_ = make_packet(Code::code_reject, next_id(), bytes.first(std::min(bytes.size(), reject_limit)));
      return (void)on_event(now, Event::unknown_code);
  }
}

template <class P>
Verdict Control<P>::judge(Option const& option) {
  auto const* row = row_of(option.type);
  if (!row || !row->judge) return rejected();
  if (fits(*row, option.data)) return row->judge(policy, option.data);
  // A length that cannot be: told with the option as it should look (RFC 1661 6).
  auto const suggest = row->right ? row->right : row->missing ? row->missing : row->ask;
  auto right = suggest ? suggest(policy) : std::nullopt;
  return right ? naked(*std::move(right)) : rejected();
}

template <class P>
void Control<P>::on_request(Instant now, Packet const& packet) {
  bool const begins = state_ == State::stopped || state_ == State::opened;
  if (state_ < State::stopped || state_ == State::closing || state_ == State::stopping) {
    reply_ = make_packet(Code::terminate_ack, packet.id, {});
    return (void)on_event(now, Event::request_good);  // both columns are alike there
  }
  auto asked = parse_options(packet.data);
  if (!asked) return;  // RFC 1661 5: a malformed packet is dropped
  if (begins) policy.restart();

  Options rejects, naks;
  for (auto const& option : *asked) {
    auto verdict = judge(option);
    if (verdict.judgement == Judgement::reject) rejects.push_back(option);
    if (verdict.judgement != Judgement::nak) continue;
    if (failures_ < limits_.max_failure)
      naks.push_back({option.type, std::move(verdict.data)});
    else
      rejects.push_back(option);
  }
  for (auto const& row : P::rows()) {
    if (!row.missing || failures_ >= limits_.max_failure) continue;
    auto const same = [&](Option const& option) { return option.type == row.type; };
    if (std::any_of(asked->begin(), asked->end(), same)) continue;
    if (auto wanted = row.missing(policy)) naks.push_back({row.type, *std::move(wanted)});
  }
  if (!rejects.empty() || !naks.empty()) {
    bool const nak = rejects.empty();
    failures_ += nak;
    reply_ = make_packet(nak ? Code::configure_nak : Code::configure_reject, packet.id,
                         make_options(nak ? naks : rejects));
    (void)on_event(now, Event::request_bad);
    return count_round(now);
  }
  reply_ = make_packet(Code::configure_ack, packet.id, packet.data);
  agreed_ = *std::move(asked);
  (void)on_event(now, Event::request_good);
}

template <class P>
void Control<P>::on_answer(Instant now, Packet const& packet) {
  auto const code = static_cast<Code>(packet.code);
  if (state_ < State::req_sent) {  // nothing is out that could be answered
    reply_ = make_packet(Code::terminate_ack, packet.id, {});
    return (void)on_event(now, code == Code::configure_ack ? Event::ack : Event::nak);
  }
  auto const options = parse_options(packet.data);
  if (!awaiting_ || packet.id != request_id_ || !options) return;  // RFC 1661 5.2-5.4: dropped
  if (code == Code::configure_ack) {
    if (!std::ranges::equal(packet.data, request_)) return;
    awaiting_ = false;
    policy.clear_ours();
    for (auto const& option : *options)
      if (auto const* row = row_of(option.type); row && row->ours) row->ours(policy, option.data);
    return (void)on_event(now, Event::ack);
  }
  bool const again = state_ == State::opened;
  if (again) policy.restart();
  if (!take_refusal(code, *options)) return;
  awaiting_ = false;
  (void)on_event(now, Event::nak);
  count_round(now);
}

/// False where the peer rejects what was never asked for.
template <class P>
bool Control<P>::take_refusal(Code code, Options const& refused) {
  auto const asked = parse_options(request_);
  if (code == Code::configure_reject)
    for (auto const& option : refused)
      if (!asked || std::find(asked->begin(), asked->end(), option) == asked->end()) return false;
  for (auto const& option : refused) {
    auto const* row = row_of(option.type);
    if (!row || !row->ask || !row->ask(policy)) continue;  // an option that the peer adds, and we do not want
    // A value that cannot be is as good as a rejection: done without.
    if (code == Code::configure_nak && row->naked && fits(*row, option.data))
      row->naked(policy, option.data);
    else
      row->rejected(policy);
  }
  return true;
}

template <class P>
Actions Control<P>::on_event(Instant now, Event event) {
  auto const found = cell(state_, event);
  if (!found) return 0;
  if (event == Event::up) heard_ = terminated_by_peer_ = false;
  bool const negotiates = found->next >= State::req_sent && found->next != State::opened;
  bool const begins = negotiates && (state_ < State::closing || state_ == State::opened);
  bool const judged = event == Event::request_good || event == Event::request_bad || event == Event::nak;
  if (begins && !judged) policy.restart();  // else it was restarted before the packet was looked into
  if (begins) {
    failures_ = rounds_ = 0;
    terminated_by_peer_ = false;
  }
  state_ = found->next;
  do_actions(now, event, found->actions);
  if (!has_timer(state_)) timer_.reset();
  return found->actions;
}

template <class P>
void Control<P>::do_actions(Instant now, Event event, Actions actions) {
  using namespace action;
  if (actions & tld) out_.emplace_back(Layer::down);
  if (actions & irc) restarts_ = actions & str ? limits_.max_terminate : limits_.max_configure;
  if (actions & zrc) restarts_ = 0;
  if (actions & scr) send_request(event);
  if (actions & sca) {
    failures_ = 0;
    policy.clear_peer();
    for (auto const& option : agreed_)
      if (auto const* row = row_of(option.type); row && row->peer) row->peer(policy, option.data);
  }
  if (actions & str) {
    if (event != Event::timeout_again) terminate_id_ = next_id();
    send(make_packet(Code::terminate_request, terminate_id_, as_bytes(reason_)));
  }
  if (actions & (sca | scn | sta | scj)) send(std::move(reply_));
  if (actions & (scr | str)) restarts_ -= restarts_ > 0;
  if (actions & (scr | str | zrc)) timer_ = now + limits_.restart;
  if (actions & tls) out_.emplace_back(Layer::started);
  if (actions & tlf) out_.emplace_back(Layer::finished);
  if (actions & tlu) {
    rounds_ = 0;
    out_.emplace_back(Layer::up);
  }
}

/// What is sent again keeps its identifier, so that an answer slower than the timer still counts.
template <class P>
void Control<P>::send_request(Event event) {
  if (event != Event::timeout_again) {
    Options asked;
    for (auto const& row : P::rows())
      if (auto data = row.ask ? row.ask(policy) : std::nullopt) asked.push_back({row.type, *std::move(data)});
    request_ = make_options(asked);
    request_id_ = next_id();
  }
  awaiting_ = true;
  send(make_packet(Code::configure_request, request_id_, request_));
}

}  // namespace offhook::ppp
