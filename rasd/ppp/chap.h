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
  enum class State : uint8_t {
    idle,
    challenging,
    checking,
    offering,  // refused, and another try is heard
    answered,  // until a further challenge in mid-call
  };

  Buffer draw();
  void challenge_anew(Instant now);
  void send_challenge(Instant now);
  void take(Instant now, Proof proof);
  void send_answer();

  AuthMethod method_;
  std::string name_;
  Chance chance_;
  AuthLimits limits_;
  State state_ = State::idle;
  std::optional<Instant> timer_;  // runs while a response is due, or a further challenge is to come
  unsigned sent_ = 0;
  uint8_t id_;
  Buffer challenge_, next_challenge_;
  std::string user_;
  Answer answer_;
  unsigned retries_;
  bool changing_ = false;  // a new password came: the last try (RFC 2759 9.1)
  bool accepted_ = false;  // in mid-call there is no other try, and no other user
  std::deque<AuthAction> out_;
};

/// Who answers challenges. It sends its response again until it is told how that ended, so that a lost
/// Success does not leave the two ends in different phases (RFC 1994 4.2).
class ChapPeer {
 public:
  /// `can_ask`: somebody is there to answer TryAgain; otherwise a refusal is the end.
  ChapPeer(AuthMethod method, Credentials credentials, Chance chance, AuthLimits limits = {},
           bool can_ask = false)
      : method_(method),
        credentials_(std::move(credentials)),
        chance_(chance),
        limits_(limits),
        can_ask_(can_ask) {}

  void start(Instant) {}
  void on_packet(Instant now, Bytes bytes);
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timer_; }
  std::optional<AuthAction> poll_action();
  /// What TryAgain asked for; at any other time these do nothing.
  void retry(Instant now, Credentials credentials);
  void change_password(Instant now, std::string password);
  void give_up();
  bool asking() const { return asked_.has_value(); }
  /// A challenge that we ourselves sent is not answered: the peer would have us prove ourselves to ourselves.
  void refuse(Buffer challenge) { refused_ = std::move(challenge); }
  bool operator==(ChapPeer const&) const = default;

 private:
  void on_challenge(Instant now, Packet const& packet);
  void on_end(Packet const& packet, bool accepted);
  void respond(Instant now, uint8_t id, Bytes challenge);
  void send(Instant now);

  AuthMethod method_;
  Credentials credentials_;
  Chance chance_;
  AuthLimits limits_;
  bool can_ask_;
  std::optional<Instant> timer_;  // runs while the end is due
  unsigned sent_ = 0;
  Proof proof_;    // what was answered last
  Buffer packet_;  // with which
  Buffer heard_;   // the last Challenge, whole
  Buffer refused_;
  std::optional<TryAgain> asked_;  // and not answered yet
  Buffer next_challenge_;          // for then
  std::deque<AuthAction> out_;
};

}  // namespace offhook::ppp
