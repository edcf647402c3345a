// A bank without I/O: the exchange, a DCE at each port, a line for each call, wired as emulator/driver wires
// them. It does not know ttys, or who has a port open.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "emulator/base/byte_queue.h"
#include "emulator/base/time.h"
#include "emulator/exchange/apparatus.h"
#include "emulator/exchange/exchange.h"
#include "emulator/hayes/modem.h"
#include "emulator/line/line.h"
#include "emulator/pad/pad.h"
#include "emulator/v24/circuits.h"

namespace offhook::play {

struct DceConfig {
  enum class Kind : uint8_t { modem, pad } kind = Kind::modem;
  std::string family = "v250";  // of a modem
  std::string number;
};

/// Which carriers of a call are lost, as the port has it: near is what its own modem hears.
enum class Ends : uint8_t { near, far, both };

class Bank {
 public:
  /// `call` is the line's that carried the bytes; 0: the DCE's own words.
  struct ToDte {
    size_t port;
    exchange::CallId call;
    std::string bytes;
  };
  /// The circuits as the port presents them, one change after the other.
  struct Shows {
    size_t port;
    v24::Circuits circuits;
  };
  /// The DTE's bytes went on the line.
  struct Sent {
    size_t port;
    exchange::CallId call;
    std::string bytes;
  };
  using Action = std::variant<ToDte, Shows, Sent>;

  Bank(std::vector<DceConfig> const& dces, line::Parameters line);

  // ---- the DTE's side
  void on_dte_bytes(Instant now, size_t port, Bytes bytes);
  /// A program has the port open, or none has. 108 and 105 are as `dtr` says.
  void on_dte(Instant now, size_t port, bool open, bool dtr);
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  std::optional<Action> poll_action();

  // ---- what operators and callers do; false: it is so already, or there is no call
  bool unplug(Instant now, size_t port);
  bool plug(Instant now, size_t port);
  bool wedge(Instant now, size_t port);
  void power_cycle(Instant now, size_t port);
  bool drop(Instant now, size_t port, Ends ends);
  /// A caller whose own line echoes what it hears. `rings` 0: it does not give up.
  std::optional<exchange::CallId> ring(Instant now, size_t port, uint32_t rings, std::string from);
  /// The caller hangs up.
  void clear(Instant now, exchange::CallId call);

  // ---- what it is
  size_t size() const { return ports_.size(); }
  bool plugged(size_t port) const { return ports_[port].cable == Cable::plugged; }
  bool wedged(size_t port) const { return ports_[port].power == Power::wedged; }
  v24::Circuits presented(size_t port) const { return ports_[port].presented; }
  /// The call the port is connected in; 0: none.
  exchange::CallId call(size_t port) const { return ports_[port].call; }
  /// The call the exchange has for it, ringing or connected; 0: none.
  exchange::CallId offered(size_t port) const;
  /// Its line is not on hook: whoever calls it finds it busy.
  bool engaged(size_t port) const;

 private:
  using Dce = std::variant<hayes::Modem, pad::Pad>;
  enum class Cable : uint8_t { plugged, unplugged };
  enum class Power : uint8_t { on, wedged };
  struct Port {
    Dce dce;
    Cable cable = Cable::plugged;
    Power power = Power::on;
    bool open = false, dtr = false;  // as the DTE last said
    v24::Circuits dce_circuits{}, presented{};
    exchange::CallId call = 0;
    line::End end = line::End::near;
    std::string backlog{};                    // let through by the DCE; the line has no room for it
    std::optional<loop::StopCarrier> stop{};  // due once the backlog is on the line
  };
  struct Party {
    std::optional<size_t> port;
    std::optional<exchange::Apparatus> apparatus;
    bool gone() const { return !port && !apparatus; }
  };
  struct Call {
    exchange::CallId id;
    line::Line line;
    std::array<Party, 2> parties;
    bool cleared = false;             // in the exchange, since one party left
    std::optional<Instant> linger{};  // then what is not delivered is thrown away
    Party& at(line::End end) { return parties[static_cast<size_t>(end)]; }
  };
  enum class Speaker : uint8_t { dce, far_end };

  // bank.cc: ports
  void settle(Instant now);
  bool drain(Instant now, size_t port, Speaker speaker = Speaker::dce);
  void act(Instant now, size_t port, loop::Act const& act);
  void pass(Instant now, size_t port, Bytes bytes);
  bool send_backlog(Instant now, size_t port);
  void tell(Instant now, size_t port, loop::Event const& event);
  void update_circuits(Instant now, size_t port);
  void present(size_t port);
  bool deaf(Port const& port) const { return !port.open || port.cable != Cable::plugged; }

  // bank_calls.cc
  void handle(Instant now, exchange::Tell const& tell);
  void handle(Instant now, exchange::Connect const& connect);
  void handle(Instant now, exchange::Disconnect const& disconnect);
  void handle(Instant, exchange::CallNote const&) {}
  void handle(Instant now, exchange::CallOut const& out);
  Call* connected(size_t port);
  size_t push(Instant now, Call& call, line::End from, Bytes bytes);
  size_t take(Instant now, Call& call, line::End to, Bytes bytes);
  bool pump(Instant now, Call& call);
  bool deliver(Instant now, Call& call, line::End to);
  void tell_party(Instant now, Call& call, line::End to, loop::Event const& event);
  void settle_party(Instant now, Call& call, line::End end);
  void left(Instant now, Call& call, line::End end);
  bool retire(Instant now);

  line::Parameters line_;
  exchange::Exchange exchange_;
  std::vector<Port> ports_;
  std::map<exchange::CallId, Call> calls_;
  std::deque<Action> actions_;
};

}  // namespace offhook::play
