// The virtual world in its small form: a bank, rasd's side of each of its ports, and everybody who wants
// something of them, on one clock. The verbs are what operators, callers and programs do; chaos.h says when.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rasd/port/port.h"
#include "tools/play/bank.h"
#include "tools/play/holder.h"
#include "tools/play/ledger.h"
#include "tools/play/observers.h"
#include "tools/play/port_driver.h"
#include "tools/play/stage.h"

namespace offhook::play {

struct PortSetup {
  std::string name;  // "ttyVM0"
  DceConfig dce{};
  std::string device = "v250";  // rasd's script for it: at::find_built_in
  uint8_t rings = 1;            // before it answers
  Tty::Kind tty = Tty::Kind::pty;
};

struct Setup {
  uint64_t seed = 1;
  std::vector<PortSetup> ports;
  Duration delay{0};  // of bytes and circuits, at most
  line::Parameters line{};
  port::Laws const* laws = &port::standard_laws();
};
/// A bank of four as the seed has it: three modems and a PAD.
Setup small_bank(uint64_t seed);
/// `vmodem up`'s: four modems, ttyVM0 ... ttyVM3.
Setup default_bank(uint64_t seed);

class World final : PortHost {
 public:
  explicit World(Setup setup);
  World(World const&) = delete;
  World& operator=(World const&) = delete;

  /// Runs until then, or until an invariant breaks.
  void run_until(Instant end);
  void run_for(Duration time) { run_until(stage.now + time); }
  bool broken() const { return !stage.broken.empty(); }

  // ---- the line's side
  bool ring(size_t port, uint32_t rings, std::string from = "5550199");
  bool drop(size_t port, Ends ends) { return bank_.drop(stage.now, port, ends); }
  /// The caller hangs up, whether it was answered or not.
  bool caller_hangs_up(size_t port);

  // ---- the cable's and the modem's
  bool unplug(size_t port, bool remove);
  bool plug(size_t port);
  bool wedge(size_t port) { return bank_.wedge(stage.now, port); }
  void power_cycle(size_t port) { bank_.power_cycle(stage.now, port); }
  /// The bank stands still, for all its ports.
  void stand_still(Duration time);

  // ---- programs
  /// A client asks for the port; it dials `number` once it has it, where that is not empty.
  void lease(size_t port, std::string name, std::string number);
  /// SIGKILL of a client, a service (of its port) or a foreign program, by its name; false: no such program.
  bool kill(std::string_view name);
  bool stop(std::string_view name);
  bool go_on(std::string_view name);
  enum class Manners : uint8_t { merely_opens, takes_locks, takes_exclusive, is_root };
  /// False: the port does not let it in.
  bool foreign(size_t port, std::string name, Manners manners);
  /// Left behind by a service that is killed or ends: holds the port on.
  void leave_grandchild(size_t port);
  void kill_grandchildren();
  bool kill_service(size_t port);
  void order(size_t port, port::Event event) { drivers_[port]->tell(std::move(event)); }

  // ---- what it is
  size_t size() const { return drivers_.size(); }
  std::optional<size_t> find(std::string_view port) const;
  std::string const& name(size_t port) const { return drivers_[port]->name(); }
  port::Port const& machine(size_t port) const { return drivers_[port]->machine(); }
  bool plugged(size_t port) const { return bank_.plugged(port) && ttys_[port]->present(); }
  bool wedged(size_t port) const { return bank_.wedged(port); }
  bool offered(size_t port) const { return bank_.offered(port) != 0; }
  bool engaged(size_t port) const { return bank_.engaged(port); }
  /// A call that the service has had its own words back on.
  bool served(size_t port) const;
  /// What the log says of a port is what its machine says.
  bool log_agrees() const;
  std::vector<std::string> clients() const;     // alive
  std::vector<std::string> foreigners() const;  // alive
  /// Sent to the device by a foreign program that has the port.
  bool say(std::string_view foreigner, std::string_view text);
  Observers& observers() { return observers_; }
  uint64_t unexpected() const;
  /// How services behave: how long they last (half of it at least), and whether they may fail to start,
  /// resist or leave something behind (once in so many).
  struct Manner {
    Duration lasts = 24h;
    uint32_t fails = 0, resists = 0, leaves_grandchild = 0;
  } services{};
  /// How long clients keep their port at most; 0: until they are told, or killed.
  Duration clients_last{0};

  Stage stage;

 private:
  struct Service {
    port::Ticket ticket = 0;
    Holder* holder = nullptr;  // none: it is dead, or there was none
  };
  struct Client {
    port::ClientId id;
    std::string name, number;
    size_t port;
    Holder* holder = nullptr;
    enum class Life : uint8_t { waiting, has_port, told, gone } life = Life::waiting;
  };

  std::vector<Holder const*> openers(size_t port) const override;
  std::string stranger(size_t port, std::vector<Holder const*> const& seen) const override;
  std::string locker(size_t port) const override;
  void changed(size_t port, port::Change const& change) override;
  void start_service(size_t port, port::Ticket ticket) override;
  void stop_service(size_t port, bool at_once) override;
  void service_over(size_t port) override;
  port::Counters counters(size_t port) const override;
  bool grant(size_t port, port::ClientId client) override;
  void refuse(port::ClientId client) override;
  void end_lease(port::ClientId client) override;

  void step();
  std::optional<Instant> next() const;
  void drain_bank();
  void take(Bank::ToDte const& bytes);
  void take(Bank::Shows const& shows);
  void take(Bank::Sent const& sent);
  void check();
  void end_service(size_t port, port::Why why);
  Client* client(port::ClientId id);
  Client* client(std::string_view name);
  void client_leaves(Client& client);
  Holder* find_holder(std::string_view name);
  bool is_ours(size_t port, Holder const& holder) const;
  Holder& add(size_t port, Holder::Kind kind, std::string name, uint8_t mark, Holder::Handlers handlers = {});

  Bank bank_;
  Ledger ledger_;
  port::Log log_{1};
  Observers observers_;
  std::vector<std::unique_ptr<Tty>> ttys_;
  std::vector<std::unique_ptr<PortDriver>> drivers_;
  std::vector<Service> services_;
  std::vector<std::string> devices_;
  std::vector<std::unique_ptr<Holder>> holders_;  // what is on its way refers to them
  std::map<port::ClientId, Client> clients_;
  struct Foreigner {
    Holder* holder;
    Manners manners;
  };
  std::vector<Foreigner> foreigners_;  // alive, or hung up and unaware of it
  port::ClientId last_client_ = 0;
};

}  // namespace offhook::play
