#include "rasd/ppp/chap.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "rasd/ppp/ms_chap.h"
#include "rasd/ppp/ms_chap_change.h"

namespace offhook::ppp {
namespace {

constexpr uint8_t challenge_code = 1, response_code = 2, success_code = 3, failure_code = 4;

/// RFC 1994 4.1: a value with its length, and a name.
struct Value {
  Bytes value;
  std::string name;
};
std::optional<Value> parse_value(Bytes data) {
  if (data.empty()) return std::nullopt;
  size_t const length = static_cast<size_t>(data[0]);
  if (length == 0 || data.size() < 1 + length) return std::nullopt;
  return Value{data.subspan(1, length), std::string(as_text(data.subspan(1 + length)).substr(0, name_limit))};
}
Buffer make_value(Bytes value, std::string_view name) {
  Buffer out;
  put8(out, static_cast<unsigned>(value.size()));
  put(out, value);
  put(out, as_bytes(name.substr(0, name_limit)));
  return out;
}

size_t challenge_size(AuthMethod method) { return method == AuthMethod::ms_chap_v1 ? 8 : 16; }

}  // namespace

Block<16> chap_md5_response(uint8_t id, std::string_view secret, Bytes challenge) {
  std::byte const first[] = {std::byte{id}};
  return md5({first, as_bytes(secret), challenge});
}

ChapAuthenticator::ChapAuthenticator(AuthMethod method, std::string name, Chance chance, AuthLimits limits)
    : method_(method), name_(std::move(name)), chance_(chance), limits_(limits), retries_(limits.retries) {
  id_ = static_cast<uint8_t>(chance_.next()[19]);
  challenge_ = draw();
}

Buffer ChapAuthenticator::draw() {
  auto const drawn = chance_.next();
  return {drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(challenge_size(method_))};
}

void ChapAuthenticator::start(Instant now) { send_challenge(now); }

void ChapAuthenticator::challenge_anew(Instant now) {
  ++id_;
  challenge_ = draw();
  sent_ = 0;
  send_challenge(now);
}

void ChapAuthenticator::send_challenge(Instant now) {
  state_ = State::challenging;
  ++sent_;
  out_.emplace_back(make_packet(challenge_code, id_, make_value(challenge_, name_)));
  timer_ = now + limits_.restart;
}

void ChapAuthenticator::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet || packet->code == challenge_code || packet->code == success_code ||
      packet->code == failure_code)
    return;
  bool const told = state_ == State::answered || state_ == State::offering;
  if (told && packet->id == id_) return send_answer();  // RFC 1994 4.2: the same again
  // Another try bears the next identifier (RFC 2433 A, RFC 2759 9.1).
  bool const again = state_ == State::offering && packet->id == static_cast<uint8_t>(id_ + 1);
  bool const first = state_ == State::challenging && packet->id == id_;
  if (!again && !first) return;
  Proof proof{.method = method_,
              .user = user_,
              .password = {},
              .id = packet->id,
              .challenge = again ? next_challenge_ : challenge_,
              .response = {}};
  if (packet->code == response_code) {
    auto const value = parse_value(packet->data);
    if (!value) return;
    proof.user = value->name;
    proof.response.assign(value->value.begin(), value->value.end());
  } else if (!again || answer_.error != ras::password_expired ||
             !read_change(proof, packet->code, packet->data)) {
    return;
  }
  take(now, std::move(proof));
}

void ChapAuthenticator::take(Instant now, Proof proof) {
  state_ = State::checking;
  timer_.reset();
  id_ = proof.id;
  challenge_ = proof.challenge;
  changing_ = !proof.change.empty();
  if (accepted_ && proof.user != user_) return on_answer(now, {.message = "Not the user of this call"});
  user_ = proof.user;
  out_.emplace_back(std::move(proof));
}

void ChapAuthenticator::on_answer(Instant now, Answer const& answer) {
  if (state_ != State::checking) return;
  answer_ = answer;
  bool const wrong = answer.error == ras::access_denied && retries_ > 0;
  bool const expired = answer.error == ras::password_expired && answer.may_change;
  bool const offer =
      method_ != AuthMethod::chap_md5 && !answer.accepted && !accepted_ && !changing_ && (wrong || expired);
  state_ = offer ? State::offering : State::answered;
  if (offer) {
    retries_ -= wrong;
    next_challenge_ = draw();
    timer_ = now + limits_.patience;
    send_answer();
    return (void)out_.emplace_back(TryAgain{answer.error, answer.message, expired});
  }
  accepted_ = answer.accepted;
  if (accepted_ && limits_.rechallenge > 0s) timer_ = now + limits_.rechallenge;
  send_answer();
  out_.emplace_back(AuthOutcome{answer.accepted, answer.error, user_, answer.message, answer.keys});
}

void ChapAuthenticator::send_answer() {
  bool const offer = state_ == State::offering;
  auto const text = answer_text(method_, answer_, offer ? next_challenge_ : challenge_, offer);
  out_.emplace_back(make_packet(answer_.accepted ? success_code : failure_code, id_, as_bytes(text)));
}

void ChapAuthenticator::on_timeout(Instant now) {
  if (!timer_ || *timer_ > now) return;
  timer_.reset();
  if (state_ == State::answered) return challenge_anew(now);
  if (state_ == State::challenging && sent_ < limits_.attempts) return send_challenge(now);
  auto const error = state_ == State::offering ? answer_.error : ras::timed_out;
  state_ = State::idle;
  out_.emplace_back(AuthOutcome{false, error, user_, {}});
}

std::optional<AuthAction> ChapAuthenticator::poll_action() { return take_front(out_); }

void ChapPeer::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet) return;
  if (packet->code == challenge_code) on_challenge(now, *packet);
  bool const end = packet->code == success_code || packet->code == failure_code;
  if (end && timer_ && packet->id == proof_.id) on_end(*packet, packet->code == success_code);
}

/// A challenge may come at any time, also long after the first (RFC 1994 4); but not while somebody is asked.
void ChapPeer::on_challenge(Instant now, Packet const& packet) {
  auto const value = parse_value(packet.data);
  if (!value || asked_ || std::ranges::equal(value->value, refused_)) return;
  if (method_ != AuthMethod::chap_md5 && value->value.size() != challenge_size(method_)) return;
  // A copy of a challenge gets the response that it had: a fresh one would not fit a Success on its way.
  auto whole = make_packet(packet.code, packet.id, packet.data);
  if (whole == heard_) return timer_ ? send(now) : void();
  heard_ = std::move(whole);
  respond(now, packet.id, value->value);
}

void ChapPeer::respond(Instant now, uint8_t id, Bytes challenge) {
  proof_ = {.method = method_,
            .user = credentials_.user,
            .password = {},
            .id = id,
            .challenge = Buffer(challenge.begin(), challenge.end()),
            .response = {}};
  if (method_ == AuthMethod::chap_md5) {
    auto const response = chap_md5_response(id, credentials_.password, challenge);
    proof_.response.assign(response.begin(), response.end());
  } else {
    proof_.response = ms_chap_response(proof_, credentials_.password, chance_.next());
  }
  packet_ = make_packet(response_code, id, make_value(proof_.response, proof_.user));
  sent_ = 0;
  send(now);
}

void ChapPeer::send(Instant now) {
  ++sent_;
  out_.emplace_back(packet_);
  timer_ = now + limits_.restart;
}

void ChapPeer::on_end(Packet const& packet, bool accepted) {
  timer_.reset();
  auto const text = as_text(packet.data);
  auto const end = read_answer(method_, accepted, text, proof_, credentials_.password);
  if (!accepted && can_ask_) {
    auto reprieve = read_reprieve(method_, text, proof_.challenge);
    if (reprieve.retry || reprieve.new_password) {
      next_challenge_ = std::move(reprieve.challenge);
      asked_ = TryAgain{end.error, end.message, reprieve.new_password};
      return (void)out_.emplace_back(*asked_);
    }
  }
  AuthOutcome outcome{end.accepted, end.error, proof_.user, end.message};
  if (end.accepted && is_microsoft(method_))
    outcome.keys = mppe_keys(proof_, credentials_.password, MppeRole::peer);
  out_.emplace_back(std::move(outcome));
}

void ChapPeer::retry(Instant now, Credentials credentials) {
  if (!asked_) return;
  asked_.reset();
  credentials_ = std::move(credentials);
  respond(now, static_cast<uint8_t>(proof_.id + 1), Buffer(next_challenge_));
}

void ChapPeer::change_password(Instant now, std::string password) {
  if (!asked_ || !asked_->new_password) return;
  asked_.reset();
  ++proof_.id;
  proof_.challenge = next_challenge_;
  auto change = make_change(proof_, credentials_.password, password, chance_);
  proof_.response = std::move(change.response);
  credentials_.password = std::move(password);
  packet_ = make_packet(change.code, proof_.id, change.data);
  sent_ = 0;
  send(now);
}

void ChapPeer::give_up() {
  if (!asked_) return;
  out_.emplace_back(AuthOutcome{false, asked_->error, proof_.user, asked_->message});
  asked_.reset();
}

void ChapPeer::on_timeout(Instant now) {
  if (!timer_ || *timer_ > now) return;
  timer_.reset();
  if (sent_ < limits_.attempts) return send(now);
  out_.emplace_back(AuthOutcome{false, ras::timed_out, proof_.user, {}});
}

std::optional<AuthAction> ChapPeer::poll_action() { return take_front(out_); }

}  // namespace offhook::ppp
