#include "rasd/ppp/pap.h"

#include "emulator/base/text.h"

namespace offhook::ppp {
namespace {

constexpr uint8_t authenticate_request = 1, authenticate_ack = 2, authenticate_nak = 3;

/// A length and so many bytes; takes them off `bytes`.
std::optional<std::string> take_text(Bytes& bytes) {
  if (bytes.empty()) return std::nullopt;
  size_t const length = static_cast<size_t>(bytes[0]);
  if (bytes.size() < 1 + length) return std::nullopt;
  std::string text(as_text(bytes.subspan(1, length)));
  bytes = bytes.subspan(1 + length);
  return text;
}

void put_text(Buffer& out, std::string_view text) {
  text = text.substr(0, name_limit);
  put8(out, static_cast<unsigned>(text.size()));
  put(out, as_bytes(text));
}

}  // namespace

void PapAuthenticator::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet || packet->code != authenticate_request) return;
  id_ = packet->id;
  if (state_ == State::answered) return on_answer(now, Answer(answer_));  // RFC 1334 2.2.1: the same again
  auto data = packet->data;
  auto user = take_text(data);
  auto password = user ? take_text(data) : std::nullopt;
  if (!password || state_ == State::checking) return;
  state_ = State::checking;
  user_ = *user;
  Proof proof;
  proof.user = *std::move(user);
  proof.password = *std::move(password);
  out_.emplace_back(std::move(proof));
}

void PapAuthenticator::on_answer(Instant, Answer const& answer) {
  if (state_ == State::waiting) return;
  Buffer data;
  put_text(data, answer.message);
  out_.emplace_back(make_packet(answer.accepted ? authenticate_ack : authenticate_nak, id_, data));
  if (state_ == State::answered) return;
  state_ = State::answered;
  answer_ = answer;
  out_.emplace_back(AuthOutcome{answer.accepted, answer.error, user_, answer.message});
}

std::optional<AuthAction> PapAuthenticator::poll_action() { return take_front(out_); }

void PapPeer::start(Instant now) { ask(now); }

void PapPeer::ask(Instant now) {
  ++asked_;
  Buffer data;
  put_text(data, credentials_.user);
  put_text(data, credentials_.password);
  out_.emplace_back(make_packet(authenticate_request, static_cast<uint8_t>(asked_), data));
  timer_ = now + limits_.restart;
}

void PapPeer::on_packet(Instant, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!timer_ || !packet || (packet->code != authenticate_ack && packet->code != authenticate_nak)) return;
  // Any identifier of ours will do: an answer to an earlier request is an answer.
  if (packet->id == 0 || packet->id > asked_) return;
  timer_.reset();
  auto data = packet->data;
  auto const message = take_text(data);
  bool const accepted = packet->code == authenticate_ack;
  out_.emplace_back(
      AuthOutcome{accepted, accepted ? 0 : ras::access_denied, credentials_.user, message.value_or("")});
}

void PapPeer::on_timeout(Instant now) {
  if (!timer_ || *timer_ > now) return;
  timer_.reset();
  if (asked_ < limits_.attempts) return ask(now);
  out_.emplace_back(AuthOutcome{false, ras::timed_out, credentials_.user, {}});
}

std::optional<AuthAction> PapPeer::poll_action() { return take_front(out_); }

}  // namespace offhook::ppp
