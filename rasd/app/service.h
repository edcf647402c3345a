// What an answered call gets: a program, a TCP connection, PPP, or what its first bytes ask for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/io/alarm.h"
#include "emulator/io/children.h"
#include "rasd/app/config.h"
#include "rasd/port/log.h"
#include "rasd/serial/station.h"

namespace offhook::rasd {

class PppAccess;
class Taps;

/// The call, as a program finds it in its environment: RAS_PORT, RAS_CALL, RAS_CALLER, RAS_CALLER_NAME,
/// RAS_SPEED (bit/s of the line).
struct CallFacts {
  std::string port;
  uint64_t call = 0;
  std::string caller, caller_name;
  uint32_t line_rate_bps = 0;
  bool may_call_back = false;    // some port can dial
  std::string called_back = {};  // whom we have called: nobody else is let in
};

/// A caller hangs up to be called back.
struct CallBackOrder {
  std::string user, number;
  Duration delay{0};  // after his call's port is at rest again
};

/// How a service comes by the call's bytes: once, by one of the two.
struct Line {
  std::function<Result<serial::Station::Data>()> take_data;
  std::function<tty::OpenResult<io::Fd>()> lend;  // empty: somebody has read of it
};
Line line_of(serial::Station& station);

/// Who has the call, as far as that is known by now.
struct CallDetails {
  std::string service;      // "program", "relay", "ppp"; empty: not decided yet
  std::string phase;        // of PPP
  std::string user;         // as he was authenticated
  std::string address;      // the caller's
  std::string dns;          // what he was told
  std::string network;      // "slirp"
  std::string compression;  // "PFC ACFC"
};

/// What all services live in.
struct Surroundings {
  boost::asio::io_context& context;
  io::Alarm& alarm;
  io::Children& children;
  std::shared_ptr<PppAccess> ppp;  // of this service; none where it has no PPP
  Taps* taps = nullptr;            // on PPP's frames; none: nobody looks
};

class Service {
 public:
  /// Run from the event loop, in this order: started or failed, then ended once, when all of it is dead.
  /// Between them, of PPP: authenticating, authenticated, each time that the caller is asked who he is.
  struct Handlers {
    std::function<void()> started;
    std::function<void(std::string)> failed;
    std::function<void(port::Why, std::string)> ended;
    std::function<void()> authenticating;
    std::function<void(std::string user)> authenticated;
    std::function<void(CallBackOrder)> call_back = {};  // before `ended`
  };
  /// What runs is killed, and no handler runs any more.
  virtual ~Service() = default;

  virtual void start(CallFacts const& facts, Line line) = 0;
  /// In order, or at once.
  virtual void stop(bool at_once) = 0;
  /// The carrier is gone: whoever says good-bye to the far end need not. What had ended the call before that,
  /// where the service knows.
  virtual std::optional<port::Why> line_over() { return std::nullopt; }
  virtual port::Counters counters() const = 0;
  /// The leader of the program's session; -1: there is none.
  virtual pid_t leader() const { return -1; }
  /// Whether a text between its bytes reaches a person.
  virtual Result<void> may_say() const { return {}; }
  virtual CallDetails details() const { return {}; }
};

std::unique_ptr<Service> make_service(Surroundings const& around, ServiceConfig config,
                                      Service::Handlers handlers);

}  // namespace offhook::rasd
