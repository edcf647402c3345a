// The Challenge Handshake Authentication Protocol, both roles: MD5 (RFC 1994), and Microsoft's two (RFC 2433,
// RFC 2759), whose arithmetic is in ms_chap.h.
#pragma once

#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "rasd/ppp/actions.h"
#include "rasd/ppp/auth.h"
#include "rasd/ppp/chance.h"

namespace offhook::ppp {

/// RFC 1994 4.1: MD5 over the identifier, the secret and the challenge.
Block<16> chap_md5_response(uint8_t id, std::string_view secret, Bytes challenge);

/// Who challenges.
class ChapAuthenticator {
 public:
  /// `name` is what this end calls itself.
  ChapAuthenticator(AuthMethod method, std::string name, Chance chance, AuthLimits limits = {});

  void start(Instant now);
  void on_packet(Instant now, Bytes bytes);
  void on_answer(Instant now, Answer const& answer);
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timer_; }
  std::optional<AuthAction> poll_action();
  Buffer const& challenge() const { return challenge_; }
  bool operator==(ChapAuthenticator const&) const = default;

 private:
  enum class State : uint8_t { idle, challenging, checking, answered };

  void send_challenge(Instant now);
  void send_answer();

  AuthMethod method_;
  std::string name_;
  AuthLimits limits_;
  State state_ = State::idle;
  std::optional<Instant> timer_;  // runs while a response is due
  unsigned sent_ = 0;
  uint8_t id_;
  Buffer challenge_;
  std::string user_;
  Answer answer_;
  std::deque<AuthAction> out_;
};

/// Who answers challenges. It sends its response again until it is told how that ended, so that a lost
/// Success does not leave the two ends in different phases (RFC 1994 4.2).
class ChapPeer {
 public:
  ChapPeer(AuthMethod method, Credentials credentials, Chance chance, AuthLimits limits = {})
      : method_(method), credentials_(std::move(credentials)), chance_(chance), limits_(limits) {}

  void start(Instant) {}
  void on_packet(Instant now, Bytes bytes);
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timer_; }
  std::optional<AuthAction> poll_action();
  /// A challenge that we ourselves sent is not answered: the peer would have us prove ourselves to ourselves.
  void refuse(Buffer challenge) { refused_ = std::move(challenge); }
  bool operator==(ChapPeer const&) const = default;

 private:
  void on_challenge(Instant now, Packet const& packet);
  void on_end(Packet const& packet, bool accepted);
  void send_response(Instant now);

  AuthMethod method_;
  Credentials credentials_;
  Chance chance_;
  AuthLimits limits_;
  std::optional<Instant> timer_;  // runs while the end is due
  unsigned sent_ = 0;
  Proof proof_;  // what was answered last
  Buffer refused_;
  std::deque<AuthAction> out_;
};

}  // namespace offhook::ppp
