// A bank of modems and other DCEs on ptys: the engines, the exchange and the lines between them, driven by
// one event loop. This is what the control verbs act on. Plain values only: no Asio, no JSON in this header.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"
#include "emulator/exchange/exchange.h"
#include "emulator/fault/words.h"
#include "emulator/hayes/modem.h"
#include "emulator/line/line.h"
#include "emulator/pad/null_modem.h"
#include "emulator/pad/pad.h"
#include "emulator/trunk/admission.h"
#include "emulator/trunk/phonebook.h"
#include "emulator/v24/circuits.h"

namespace boost::asio {
class io_context;
}

namespace offhook::driver {

struct ModemConfig {
  std::string port;             // "ttyVM0": a name below BankConfig::dir, [A-Za-z0-9_.-]{1,31}
  std::string number;           // digits; of a PAD its X.28 address
  std::string family = "v250";  // hayes::find_family
  hayes::Options options;       // pace is BankConfig's
  enum class Kind : uint8_t { modem, pad, null_modem } kind = Kind::modem;
  pad::Options pad{};         // of a PAD
  pad::CableOptions cable{};  // of one end of a null-modem cable; its own number is the above
  std::optional<line::Parameters> line = std::nullopt;  // none: the bank's
  /// Where a remote client of RFC 2217 comes in; numeric, or localhost; port 0: any that is free.
  std::optional<trunk::Address> rfc2217 = std::nullopt;
  bool operator==(ModemConfig const&) const = default;
};

inline constexpr std::array<std::pair<std::string_view, ModemConfig::Kind>, 3> kinds{
    {{"modem", ModemConfig::Kind::modem},
     {"pad", ModemConfig::Kind::pad},
     {"null-modem", ModemConfig::Kind::null_modem}}};
constexpr std::string_view name(ModemConfig::Kind kind) { return kinds[static_cast<size_t>(kind)].first; }

/// Where callers from the network come in.
struct ListenerConfig {
  trunk::Address address;  // numeric, or localhost; port 0: any that is free
  std::string number;      // of a modem, a hunt group or a test line
  trunk::Protocol protocol = trunk::Protocol::raw;
  uint32_t rings = 8;  // then the caller is told that nobody answers; 0: never
  std::string busy_text = "BUSY\r\n";
  trunk::AdmissionLimits limits;
  bool operator==(ListenerConfig const&) const = default;
};
/// A listener as it stands: "127.0.0.1:2323" and the number it rings.
struct Listening {
  std::string address, number;
};

struct BankConfig {
  std::string dir;                // holds the ports' names and the sockets; exists, and is ours
  std::string profiles;           // a folder for stored profiles; empty: dir/profiles
  unsigned mode = 0600;           // of the ports
  std::optional<unsigned> group;  // gid of the ports
  std::vector<ModemConfig> modems;
  std::vector<exchange::HuntGroup> groups;
  std::vector<std::pair<std::string, exchange::TestLine>> test_lines = exchange::default_test_lines();
  std::string country = "us";
  hayes::Pace pace = hayes::Pace::instant;
  line::Parameters line;  // of every line that no port's own stands for, until `vmodem line` changes it
  uint64_t seed = 1;      // of all chance in the bank
  Duration rest{0};
  std::vector<ListenerConfig> listeners;
  trunk::Phonebook phonebook;                            // until set_phonebook()
  trunk::Protocol dial_protocol = trunk::Protocol::raw;  // of addresses that are dialled as such
  Duration closing_wait = 30s;    // how long a remote client that ended has its port still, for what it sent
  Duration hangup_grace = 100ms;  // how long hung-up programs may still read what was written before
  bool operator==(BankConfig const&) const = default;
};

/// Something that happened, for watchers, in order. `seq` counts from 1 without gaps at its source.
struct Event {
  uint64_t seq = 0;
  double at = 0;     // seconds since the bank came up
  std::string port;  // empty: the bank's
  std::string
      kind;  // opened closed hung_up circuit state ring call caller_id fault line dte_rate dte_format note
  std::string text;                        // in words
  std::optional<exchange::CallNote> call;  // with kind "call": what the exchange said of it
};
/// Bytes over a port: `to_dte` those the program reads.
struct TraceChunk {
  double at = 0;
  std::string port;
  bool to_dte = false;
  std::string bytes;
};

struct CallStatus {
  uint64_t id = 0;
  std::string state{};  // "routing", "ringing", "ringback", "connected"
  std::string peer;     // number, or "echo" ...; empty: withheld
  bool originated = false;
  uint64_t seed = 0;  // of its line's chance; the rest below is of a connected call
  line::Parameters line{};
  line::Tally sent{}, received{};  // what became of bytes from and to this port
  double seconds = 0;              // since answered; 0 before
  uint32_t rate_bps = 0;           // 0 while there is no carrier
  std::string modulation, error_control, compression;
};
struct PortStatus {
  std::string port, path, number;
  std::string family;     // of a modem; "pad", "null-modem"
  std::string state;      // as the engine names it, or "wedged"
  bool open = false;      // a program has it open, or a remote client
  std::string remote{};   // the client's address
  std::string rfc2217{};  // where such a client comes in, as bound
  uint64_t generation = 0;
  uint32_t dte_rate_bps = 0;
  v24::Circuits circuits;
  std::string loop;  // exchange::name(LoopState)
  std::optional<CallStatus> call;
  line::Parameters line;  // the port's own; a call's is made of both ends'
  fault::Parameters words;
  std::vector<std::string> faults;  // "unplugged", "wedged", "forced busy", "carrier lost" ...
  struct Bytes {
    uint64_t from_dte = 0, to_dte = 0, to_line = 0, from_line = 0;
    uint64_t lost_to_dte = 0;    // written or due, but no program read them
    uint64_t lost_from_dte = 0;  // read, but the call was over before the line took them
  } bytes;
};

enum class Ends : uint8_t { near, far, both };

class Bank {
 public:
  Bank(boost::asio::io_context& io, BankConfig config);
  ~Bank();

  /// Opens every port and v24.sock. The error names what the system refused and how to raise it.
  Result<void> start();
  /// Ends calls, removes names and sockets. Idempotent.
  void stop();

  size_t size() const;
  /// Index of a port by its name, or an error that lists the names there are.
  Result<size_t> find(std::string_view port) const;
  PortStatus status(size_t port) const;

  struct RingRequest {
    loop::CallerId from;  // date is filled in from the wall clock
    uint32_t rings = 0;
    uint8_t pattern = 0;
    std::string to;  // who speaks once answered: a number of the plan; empty: the echo line
  };
  Result<uint64_t> ring(size_t port, RingRequest const& request);
  /// Takes the carrier from the call on this port: at one end, or both; now, or after bytes or time.
  struct DropRequest {
    Ends ends = Ends::both;
    std::optional<uint64_t> after_bytes;
    std::optional<Duration> after_time;
  };
  Result<void> drop(size_t port, DropRequest const& request);
  /// Takes back a drop that waits.
  Result<void> cancel_drop(size_t port);
  /// Ends what drop and clip began.
  Result<void> restore(size_t port, Ends ends);
  Result<void> clip(size_t port, Duration time, Ends ends);
  Result<void> retrain(size_t port);
  Result<void> unplug(size_t port, bool remove);
  Result<void> plug(size_t port);
  Result<void> wedge(size_t port);
  Result<void> reset(size_t port);
  Result<void> force(size_t port, exchange::Forced forced);
  /// The error names the value out of range.
  Result<void> set_line(size_t port, line::Parameters parameters);
  /// What the configuration says of the port's line.
  line::Parameters configured_line(size_t port) const;
  /// What becomes of the modem's own words on their way to the program.
  Result<void> set_words(size_t port, fault::Parameters parameters);
  /// Takes the place of the former one; calls under way go on.
  void set_phonebook(trunk::Phonebook phonebook);
  std::vector<Listening> listening() const;

  /// Called for each event or chunk from then on, until forgotten; must not block.
  using Watcher = std::function<void(Event const&)>;
  using Tracer = std::function<void(TraceChunk const&)>;
  uint64_t watch(Watcher watcher);
  uint64_t trace(Tracer tracer);
  void forget(uint64_t id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace offhook::driver
