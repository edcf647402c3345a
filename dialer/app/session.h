// The driver of one call: it turns what call::Call asks for into a lease, a tty and a dialogue.
//
// It does not know what a connected call is for: whoever owns it takes the line.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "dialer/call/call.h"
#include "rasd/serial/station.h"

namespace boost::asio {
class io_context;
}

namespace offhook::dialer {

struct SessionConfig {
  std::string dir;      // of rasd
  std::string purpose;  // "rasdial office": shown by rasadmin
  call::Plan plan;
};

class Session {
 public:
  /// All run from the event loop. `connected` may take the line; `ended` runs once and is the last.
  struct Handlers {
    std::function<void(call::Told const&)> told;
    std::function<void()> connected;
    /// PPP over this line: link_event() tells what becomes of it.
    std::function<void(serial::Station::Data, bool called_back)> start_link = {};
    std::function<void()> close_link = {};
    /// The line of the link is no more, in a few words.
    std::function<void(std::string const& how)> link_line_over = {};
    std::function<void(call::Result const&)> ended;
  };
  Session(boost::asio::io_context& context, SessionConfig config, Handlers handlers);
  ~Session();  // the lease ends with it
  Session(Session const&) = delete;
  Session& operator=(Session const&) = delete;

  void start();
  /// Cancels a call that is being made, hangs up one that stands; the port is given back before `ended`.
  void cancel();
  /// The line's bytes; what was read beyond CONNECT comes first.
  Result<serial::Station::Data> take_line();
  /// Whoever has the line saw its end: errno's words, or none.
  void line_ended(std::string const& how);
  void send_break();
  /// What the link says, an event of call.h's.
  void link_event(call::Input input);
  /// No device shows carrier on this line any more, and one did.
  bool carrier_gone() const;
  /// For the manager's lists: what the call carried so far.
  void report_bytes(uint64_t in, uint64_t out);

  call::Call const& call() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::dialer
