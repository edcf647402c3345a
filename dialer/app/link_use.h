// A call that carries PPP: its link, and what its packets are for: a program in a network of its own, or an
// interface of this host.
//
// It does not know ports or leases: it is given a line, and tells the call's machine what becomes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dialer/app/line_use.h"
#include "dialer/call/call.h"

namespace offhook::dialer {

class LinkUse {
 public:
  /// All run from the event loop.
  struct Handlers {
    std::function<void(call::Input const&)> event;          // of PPP
    std::function<void(int exit_status)> done;              // of the program
    std::function<bool()> carrier_gone;                     // asked before a loop of the line is blamed
    std::function<void(uint64_t in, uint64_t out)> counts;  // of the line's bytes, every few seconds
  };
  virtual ~LinkUse() = default;

  /// Before the call is made. The error says what the system forbids, and what would do instead.
  static Result<std::unique_ptr<LinkUse>> make(boost::asio::io_context& context, io::Alarm& alarm,
                                               LineUseConfig const& config, Handlers handlers);

  /// Once more where the far end calls back: it is not asked for another call then.
  virtual void start(serial::Station::Data line, bool called_back) = 0;
  /// The call is connected: the program is run, where there is one.
  virtual Result<void> run(std::vector<std::pair<std::string, std::string>> environment) = 0;
  virtual bool running() const = 0;
  virtual void close() = 0;
  virtual void line_over(std::string const& how) = 0;
  /// The program's only network is gone: it is hung up, and `done` follows.
  virtual void call_over() = 0;
  /// A signal to end came; true: it is the program's matter.
  virtual bool on_signal(int signal) = 0;
};

}  // namespace offhook::dialer
