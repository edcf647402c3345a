// The Callback Control Protocol, both roles ([MS-CBCP], after draft-ietf-pppext-callback-cp): behind
// authentication the answerer says by which ways it would call back, the caller chooses one, the answerer
// acknowledges it. Who may be called back, and when, is the driver's affair.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "rasd/ppp/actions.h"
#include "rasd/ppp/auth.h"

namespace offhook::ppp {

/// [MS-CBCP] 2.2.3; its numbers are these and one. A list of numbers (4) is never offered, nor chosen.
enum class CallbackKind : uint8_t {
  none,       // the call goes on
  by_caller,  // to the number that the caller names
  preset,     // to the number that the answerer's administrator has set: the caller is not told which
};
std::string_view name(CallbackKind kind);

/// What a user may have. The caller may do without where the number is its own to name, and must not where
/// it is preset.
struct CallbackGrant {
  CallbackKind kind = CallbackKind::none;
  std::string number = {};  // preset
  bool operator==(CallbackGrant const&) const = default;
};
/// What a caller would have. Without a number it takes a preset callback, or none.
struct CallbackWish {
  std::string number = {};
  std::chrono::seconds delay{0};  // at most 255: how long the answerer shall wait before it calls
  bool required = false;          // without a callback the call is of no use
  bool operator==(CallbackWish const&) const = default;
};
/// What both have agreed on. `number` is empty at the caller where it is preset.
struct CallbackChoice {
  CallbackKind kind = CallbackKind::none;
  std::string number = {};
  std::chrono::seconds delay{0};
  bool operator==(CallbackChoice const&) const = default;
};
struct CallbackFailed {
  unsigned error = 0;  // RAS's number: 704, 718 or 751
  bool operator==(CallbackFailed const&) const = default;
};
using CbcpAction = std::variant<Buffer, CallbackChoice, CallbackFailed>;

/// The characters that RAS's error 751 allows: digits, T P W ( ) - @ and space. An empty number is none.
bool is_callback_number(std::string_view number);

/// Who was called: it offers, and acknowledges. It answers a Response again for as long as it lives, so that
/// a lost Acknowledgment does no harm.
class CbcpAnswerer {
 public:
  explicit CbcpAnswerer(CallbackGrant grant, AuthLimits limits = {});

  void start(Instant now) { send_request(now); }
  void on_packet(Instant now, Bytes bytes);
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timer_; }
  std::optional<CbcpAction> poll_action() { return take_front(out_); }
  bool operator==(CbcpAnswerer const&) const = default;

 private:
  void send_request(Instant now);
  std::optional<CallbackChoice> chosen(Bytes data) const;

  CallbackGrant grant_;
  AuthLimits limits_;
  std::optional<Instant> timer_;  // runs while a Response is due
  unsigned sent_ = 0;
  uint8_t id_ = 0;
  Buffer acked_;  // the option that was acknowledged; empty until then
  std::deque<CbcpAction> out_;
};

/// Who has called: it chooses.
class CbcpCaller {
 public:
  explicit CbcpCaller(CallbackWish wish, AuthLimits limits = {});

  void start(Instant now) { wait(now); }
  void on_packet(Instant now, Bytes bytes);
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timer_; }
  std::optional<CbcpAction> poll_action() { return take_front(out_); }
  bool operator==(CbcpCaller const&) const = default;

 private:
  void on_request(Instant now, Packet const& packet);
  void send_response(Instant now);
  void fail(unsigned error);
  void wait(Instant now) { timer_ = now + limits_.restart; }

  CallbackWish wish_;
  AuthLimits limits_;
  std::optional<Instant> timer_;  // runs until all is agreed
  unsigned waits_ = 0;
  uint8_t id_ = 0;
  CallbackChoice choice_;
  Buffer response_;  // the option that was chosen; empty until there was a Request
  std::deque<CbcpAction> out_;
};

}  // namespace offhook::ppp
