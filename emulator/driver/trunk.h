// The bank's way out and in: calls that leave go to an address or a program, callers on listeners ring a
// number. Holds each of them until the exchange connects it, and ends it when the exchange does.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulator/driver/bank.h"
#include "emulator/driver/outside.h"
#include "emulator/driver/trunk_dialer.h"
#include "emulator/driver/trunk_farewells.h"
#include "emulator/driver/trunk_listener.h"
#include "emulator/driver/trunk_program.h"
#include "emulator/driver/trunk_resolver.h"
#include "emulator/trunk/lines.h"

namespace offhook::driver {

/// What the trunk asks of the bank.
class TrunkHost {
 public:
  virtual ~TrunkHost() = default;
  virtual void touch(Call& call) = 0;
  virtual void settle(Instant now) = 0;
  /// The port that has this number; empty: none.
  virtual std::string port_with(std::string_view number) const = 0;
};

class Trunk final : public OutsideHost {
 public:
  Trunk(boost::asio::io_context& io, io::Alarm& alarm, exchange::Exchange& exchange, BankConfig const& config,
        TrunkHost& host);

  Result<void> start();
  void stop();
  void set_phonebook(trunk::Phonebook phonebook);
  std::vector<Listening> listening() const;

  void call_out(Instant now, exchange::CallOut const& out);
  enum class Direction : uint8_t { out, in };
  /// The exchange connects the call: who is out there is the call's from now on. A caller from the network
  /// who reached somebody outside is both: one in, one out.
  std::unique_ptr<Outside> connect(exchange::CallId id, Direction direction);
  /// The exchange ended the call; nothing happens where it was connected.
  void disconnected(exchange::CallId id);

 private:
  /// A call to somebody outside that is not connected yet.
  struct Leaving {
    std::unique_ptr<Dialer> dialer;  // while the far end is being reached
    std::unique_ptr<Outside> far;    // once it is
    std::unique_ptr<io::Alarm::Entry> alarm;
  };
  /// Somebody outside who waits for an answer.
  struct Arriving {
    std::unique_ptr<Outside> caller;
    std::string address;    // without its port
    std::string busy_text;  // what it is told
  };

  // ---- OutsideHost
  void ready(Instant now, exchange::CallId id, Outside const& who) override;
  void gone(Instant now, exchange::CallId id, Outside const& who) override;
  void touch(Call& call) override { host_.touch(call); }
  void settle(Instant now) override { host_.settle(now); }

  void dial(Instant now, exchange::CallId id, trunk::Address const& address, trunk::Protocol protocol);
  void reached(Instant now, exchange::CallId id, std::string name, trunk::Protocol protocol, io::Fd socket);
  void run_program(Instant now, exchange::CallOut const& out, trunk::Entry const& entry);
  ProgramEnd::Environment environment_of(exchange::CallOut const& out) const;
  void time_attempt(Instant now, exchange::CallId id, Leaving& attempt);
  bool is_leaving(exchange::CallId id, Outside const& who) const;
  void arrived(Instant now, Listener& listener, Caller caller);
  void refuse(std::string const& text, io::Fd socket);

  boost::asio::io_context& io_;
  io::Alarm& alarm_;
  exchange::Exchange& exchange_;
  BankConfig const& config_;
  TrunkHost& host_;
  trunk::Phonebook phonebook_;
  Resolver resolver_;
  Farewells farewells_;
  io::Children children_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::shared_ptr<trunk::Lines> lines_;  // outlived by nobody who holds one
  std::map<exchange::CallId, Leaving> leaving_;
  std::map<exchange::CallId, Arriving> arriving_;
};

}  // namespace offhook::driver
