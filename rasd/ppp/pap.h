// The Password Authentication Protocol, both roles (RFC 1334 2).
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "rasd/ppp/actions.h"
#include "rasd/ppp/auth.h"

namespace offhook::ppp {

/// Who asks for a password. The peer speaks first, and again until it is answered.
class PapAuthenticator {
 public:
  void start(Instant) {}
  void on_packet(Instant now, Bytes bytes);
  void on_answer(Instant now, Answer const& answer);
  void on_timeout(Instant) {}
  std::optional<Instant> next_timeout() const { return std::nullopt; }
  std::optional<AuthAction> poll_action();
  bool operator==(PapAuthenticator const&) const = default;

 private:
  enum class State : uint8_t { waiting, checking, answered };

  State state_ = State::waiting;
  uint8_t id_ = 0;
  std::string user_;
  Answer answer_;
  std::deque<AuthAction> out_;
};

/// Who gives its password.
class PapPeer {
 public:
  explicit PapPeer(Credentials credentials, AuthLimits limits = {})
      : credentials_(std::move(credentials)), limits_(limits) {}

  void start(Instant now);
  void on_packet(Instant now, Bytes bytes);
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timer_; }
  std::optional<AuthAction> poll_action();
  bool operator==(PapPeer const&) const = default;

 private:
  void ask(Instant now);

  Credentials credentials_;
  AuthLimits limits_;
  std::optional<Instant> timer_;  // runs while an answer is due
  unsigned asked_ = 0;
  std::deque<AuthAction> out_;
};

}  // namespace offhook::ppp
