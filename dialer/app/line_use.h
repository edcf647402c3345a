// What a connected call is for: standard input and output, a terminal, a program, or nothing but being up.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dialer/app/options.h"
#include "emulator/io/alarm.h"
#include "rasd/ppp/link.h"
#include "rasd/serial/station.h"

namespace boost::asio {
class io_context;
}

namespace offhook::dialer {

class LineUse {
 public:
  /// All run from the event loop.
  struct Handlers {
    /// The line's bytes have ended. `how`: errno's words, or none.
    std::function<void(std::string const& how)> line_ended;
    /// The user of the line is done with it: hang up. May come after line_over() only, never twice.
    std::function<void(int exit_status)> done;
    std::function<void()> send_break;
  };
  virtual ~LineUse() = default;
  /// The call is over. What still waits is delivered; `done` follows unless it came before.
  virtual void line_over() = 0;
  /// A signal to end came; true: it is the program's matter.
  virtual bool on_signal(int signal) = 0;
};

/// How a call that carries PPP does so.
struct PppUse {
  ppp::LinkConfig link = {};
  bool may_ask = false;        // the user, for another password, where he is at a terminal
  Duration idle{0};            // no packet either way for so long ends the call; 0: never
  bool default_route = false;  // of this host, where the call is an interface of its own
};

struct LineUseConfig {
  Use use = Use::background;
  Duration linger = 2s;
  std::vector<std::string> command = {};
  std::optional<PppUse> ppp = std::nullopt;
  std::vector<std::pair<std::string, std::string>> environment = {};  // for the command, added to ours
};

/// An error where the line cannot be used so: no terminal, a program that cannot be run.
Result<std::unique_ptr<LineUse>> use_line(boost::asio::io_context& context, io::Alarm& alarm,
                                          serial::Station::Data line, LineUseConfig config,
                                          LineUse::Handlers handlers);

}  // namespace offhook::dialer
