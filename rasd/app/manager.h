// All ports of a rasd, the leases on them, and the log of what becomes of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rasd/app/call_backs.h"
#include "rasd/app/port_driver.h"
#include "rasd/app/ppp_access.h"
#include "rasd/app/survey.h"
#include "rasd/app/taps.h"
#include "rasd/port/log.h"

namespace offhook::rasd {

/// The gid of a group; nothing for an empty name.
Result<std::optional<gid_t>> find_group(std::string const& name);

/// A client's lease, or its wish for one.
struct LeaseStatus {
  enum class Phase : uint8_t { asking, holding, releasing };
  Phase phase = Phase::asking;
  Peer peer;
  std::string port, purpose;
  lease::Progress progress;
  Instant since{};
};

class Manager final : public PortHost {
 public:
  Manager(boost::asio::io_context& context, io::Alarm& alarm, Config config);
  ~Manager();

  /// Opens lease.sock and starts all ports. The error names what the system refused.
  Result<void> start(std::string const& dir);
  /// Ends calls and leases and lets go of all ports; `done` runs once all are closed.
  void stop(std::function<void()> done);
  /// New ports appear, those that are gone drain, those that changed drain and come back; the rest is not
  /// touched. The manager's own keys stay as they were. Returns what was done, in words.
  std::vector<std::string> reload(Config config);

  port::Picture const& picture() const { return log_.picture(); }
  /// Called for each entry from then on, until forgotten; must not block.
  using Observer = std::function<void(port::Entry const&)>;
  uint64_t observe(Observer observer);
  void forget(uint64_t observer) { observers_.erase(observer); }

  PppAccesses const& accesses() const { return ppp_; }
  /// Those who look at frames, of ports that there are or will be.
  Taps& taps() { return taps_; }

  /// An error that lists the ports there are.
  Result<PortDriver*> find(std::string_view port);
  std::map<std::string, std::unique_ptr<PortDriver>, std::less<>> const& ports() const { return ports_; }
  std::map<ClientId, LeaseStatus> const& leases() const { return leases_; }
  /// The administrator's word; it holds until `enabled` in the configuration changes, or rasd is started
  /// anew. An error for a port that is on its way out.
  Result<void> set_enabled(PortDriver& port, bool enabled);
  /// All that hold the port, by our leave or not; nothing is answered once the port is gone.
  void who(PortDriver& port, Survey::Answer answer) { survey_.ask(port, std::move(answer)); }
  /// Counters are taken as zero from now on.
  void clear_statistics(std::string const& port);
  port::Counters cleared(std::string const& port) const;

  /// Ends the leases of a phonebook entry (empty: all) that belong to `uid`, or to anybody where that is
  /// root; `done` runs when their ports are at rest again. An error: there is none.
  Result<void> disconnect(std::string const& entry, uid_t uid, std::function<void()> done);

 private:
  void ask_ownership(PortDriver& port, port::Ticket ticket) override { survey_.ask(port, ticket); }
  void ask_holders(PortDriver& port, Survey::Answer answer) override { survey_.ask(port, std::move(answer)); }
  void changed(PortDriver& port, port::Change const& change) override;
  bool grant(PortDriver& port, ClientId client, lease::Granted granted, io::Fd descriptor) override;
  void refuse(ClientId client, unsigned ras_error, std::string const& text) override;
  void end_lease(ClientId client, port::Why why) override;
  bool may_call_back() const override;
  void call_back(PortDriver& port, CallBackOrder order) override;
  std::optional<holder::Process> process_of(ClientId client) const override;
  void finished(PortDriver& port) override;

  void requested(ClientId client, Peer const& peer, lease::Request const& request);
  PortDriver* free_port();
  std::string why_none_is_free() const;
  void progressed(ClientId client, lease::Progress const& progress);
  void released(ClientId client);
  void gone(ClientId client);
  void came_to_rest(std::string const& port);
  Result<void> add(PortConfig const& config);
  std::string compare(PortDriver& port);
  bool wants_enabled(PortConfig const& config) const;
  void forget_orders(std::vector<PortConfig> const& now);
  void add_what_waited_for(std::string const& name, std::string const& path);

  boost::asio::io_context& context_;
  io::Alarm& alarm_;
  Config config_;
  std::shared_ptr<auth::Gatekeeper> gatekeeper_;
  PppAccesses ppp_;
  Pools pools_;
  Taps taps_;
  tty::Banks banks_;
  tty::Presence presence_;
  io::Children children_;
  Survey survey_;
  LeaseServer server_;
  CallBacks call_backs_;
  port::Log log_;
  std::map<std::string, std::unique_ptr<PortDriver>, std::less<>> ports_;
  std::map<std::string, PortConfig const*, std::less<>> wanted_;  // of config_, since the last reload
  std::set<std::string, std::less<>> leaving_;                    // ports that were told to go
  std::map<std::string, bool, std::less<>> orders_;  // ports that were enabled or disabled by hand
  std::map<ClientId, LeaseStatus> leases_;
  std::map<std::string, port::Counters, std::less<>> cleared_;
  std::map<uint64_t, Observer> observers_;
  uint64_t last_observer_ = 0;
  struct Waiter {
    std::set<std::string> ports;
    std::function<void()> done;
  };
  std::vector<Waiter> waiters_;
  enum class Stopping : uint8_t { no, yes } stopping_ = Stopping::no;
};

}  // namespace offhook::rasd
