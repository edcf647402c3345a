#include "rasd/ppp/chap.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "rasd/ppp/ms_chap.h"

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
    : method_(method), name_(std::move(name)), limits_(limits) {
  auto const drawn = chance.next();
  id_ = static_cast<uint8_t>(drawn[19]);
  challenge_.assign(drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(challenge_size(method)));
}

void ChapAuthenticator::start(Instant now) { send_challenge(now); }

void ChapAuthenticator::send_challenge(Instant now) {
  state_ = State::challenging;
  ++sent_;
  out_.emplace_back(make_packet(challenge_code, id_, make_value(challenge_, name_)));
  timer_ = now + limits_.restart;
}

void ChapAuthenticator::on_packet(Instant, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet || packet->code != response_code || packet->id != id_) return;
  if (state_ == State::answered) return send_answer();  // RFC 1994 4.2: the same again
  auto const value = parse_value(packet->data);
  if (!value || state_ != State::challenging) return;
  state_ = State::checking;
  timer_.reset();
  user_ = value->name;
  out_.emplace_back(Proof{.method = method_,
                          .user = user_,
                          .password = {},
                          .id = id_,
                          .challenge = challenge_,
                          .response = Buffer(value->value.begin(), value->value.end())});
}

void ChapAuthenticator::on_answer(Instant, Answer const& answer) {
  if (state_ != State::checking) return;
  state_ = State::answered;
  answer_ = answer;
  send_answer();
  out_.emplace_back(AuthOutcome{answer.accepted, answer.error, user_, answer.message, answer.keys});
}

void ChapAuthenticator::send_answer() {
  auto const text = answer_text(method_, answer_, challenge_);
  out_.emplace_back(make_packet(answer_.accepted ? success_code : failure_code, id_, as_bytes(text)));
}

void ChapAuthenticator::on_timeout(Instant now) {
  if (!timer_ || *timer_ > now) return;
  timer_.reset();
  if (sent_ < limits_.attempts) return send_challenge(now);
  out_.emplace_back(AuthOutcome{false, ras::timed_out, user_, {}});
}

std::optional<AuthAction> ChapAuthenticator::poll_action() { return take_front(out_); }

void ChapPeer::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet) return;
  if (packet->code == challenge_code) on_challenge(now, *packet);
  bool const end = packet->code == success_code || packet->code == failure_code;
  if (end && timer_ && packet->id == proof_.id) on_end(*packet, packet->code == success_code);
}

/// A challenge may come at any time, also long after the first (RFC 1994 4).
void ChapPeer::on_challenge(Instant now, Packet const& packet) {
  auto const value = parse_value(packet.data);
  if (!value || std::ranges::equal(value->value, refused_)) return;
  if (method_ != AuthMethod::chap_md5 && value->value.size() != challenge_size(method_)) return;
  // A copy of a challenge gets the response that it had: a fresh one would not fit a Success on its way.
  if (sent_ > 0 && packet.id == proof_.id && std::ranges::equal(value->value, proof_.challenge))
    return timer_ ? send_response(now) : void();
  proof_ = {.method = method_,
            .user = credentials_.user,
            .password = {},
            .id = packet.id,
            .challenge = Buffer(value->value.begin(), value->value.end()),
            .response = {}};
  if (method_ == AuthMethod::chap_md5) {
    auto const response = chap_md5_response(packet.id, credentials_.password, value->value);
    proof_.response.assign(response.begin(), response.end());
  } else {
    proof_.response = ms_chap_response(proof_, credentials_.password, chance_.next());
  }
  sent_ = 0;
  send_response(now);
}

void ChapPeer::send_response(Instant now) {
  ++sent_;
  out_.emplace_back(make_packet(response_code, proof_.id, make_value(proof_.response, proof_.user)));
  timer_ = now + limits_.restart;
}

void ChapPeer::on_end(Packet const& packet, bool accepted) {
  timer_.reset();
  auto const end = read_answer(method_, accepted, as_text(packet.data), proof_, credentials_.password);
  AuthOutcome outcome{end.accepted, end.error, proof_.user, end.message};
  if (end.accepted && is_microsoft(method_))
    outcome.keys = mppe_keys(proof_, credentials_.password, MppeRole::peer);
  out_.emplace_back(std::move(outcome));
}

void ChapPeer::on_timeout(Instant now) {
  if (!timer_ || *timer_ > now) return;
  timer_.reset();
  if (sent_ < limits_.attempts) return send_response(now);
  out_.emplace_back(AuthOutcome{false, ras::timed_out, proof_.user, {}});
}

std::optional<AuthAction> ChapPeer::poll_action() { return take_front(out_); }

}  // namespace offhook::ppp
