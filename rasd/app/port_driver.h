// One port of rasd: turns what its machine (port/) asks into I/O, and what is seen into the machine's facts.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/io/alarm.h"
#include "emulator/io/children.h"
#include "emulator/tty/presence.h"
#include "rasd/app/config.h"
#include "rasd/app/lease_server.h"
#include "rasd/app/service.h"
#include "rasd/app/survey.h"
#include "rasd/holder/holder.h"
#include "rasd/holder/tty_lock.h"
#include "rasd/port/dtr.h"
#include "rasd/port/port.h"
#include "rasd/serial/station.h"

namespace offhook::rasd {

class PortDriver;
class Taps;

/// What a port asks of the manager around it.
class PortHost {
 public:
  virtual ~PortHost() = default;
  /// Answers with ownership(); questions of many ports are answered together.
  virtual void ask_ownership(PortDriver& port, port::Ticket ticket) = 0;
  /// All that hold it, by our leave or not.
  virtual void ask_holders(PortDriver& port, Survey::Answer answer) = 0;
  virtual void changed(PortDriver& port, port::Change const& change) = 0;
  /// False: the client is gone.
  virtual bool grant(PortDriver& port, ClientId client, lease::Granted granted, io::Fd descriptor) = 0;
  virtual void refuse(ClientId client, unsigned ras_error, std::string const& text) = 0;
  virtual void end_lease(ClientId client, port::Why why) = 0;
  /// Whether a port can dial, and that somebody is to be called back by one.
  virtual bool may_call_back() const = 0;
  virtual void call_back(PortDriver& port, CallBackOrder order) = 0;
  /// The process that a client's lease stands for; nothing: the client is gone.
  virtual std::optional<holder::Process> process_of(ClientId client) const = 0;
  virtual void finished(PortDriver& port) = 0;
};

/// What all ports of a rasd share.
struct Shared {
  boost::asio::io_context& context;
  io::Alarm& alarm;
  tty::Banks& banks;
  tty::Presence& presence;
  io::Children& children;
  std::string lock_dir;
  Taps& taps;
};

class PortDriver {
 public:
  PortDriver(Shared shared, PortHost& host, PortConfig config, at::Script script,
             std::optional<ServiceConfig> service, std::shared_ptr<PppAccess> ppp);
  ~PortDriver();
  PortDriver(PortDriver const&) = delete;
  PortDriver& operator=(PortDriver const&) = delete;

  void start();
  /// An order, or a fact that the manager alone knows (ClientGone).
  void tell(port::Event const& event);
  void set_enabled(bool enabled);
  /// The answer to ask_ownership(); `holder` empty: nobody.
  void ownership(port::Ticket ticket, std::string holder);
  /// Writes to the caller, where a call has a service with a terminal or a connection of its own.
  Result<void> say(std::string_view text);

  std::string const& name() const { return config_.name; }
  PortConfig const& config() const { return config_; }
  std::optional<ServiceConfig> const& service() const { return service_config_; }
  std::shared_ptr<PppAccess> const& ppp() const { return ppp_; }
  /// It is what these would make; `enabled` aside. No service: nullptr.
  bool is(PortConfig const& config, at::Script const& device, ServiceConfig const* service) const;
  port::Port const& machine() const { return port_; }
  /// What a walk through /proc must know of the port, and the event loop alone can tell.
  struct Look {
    std::string path;
    holder::Refusal refused;  // by the last open
    io::Fd marked;  // a copy of our descriptor where it shows a TIOCEXCL that is not ours; else none
  };
  Look look();
  /// True for a process that has the port by our leave: the service's, the lessee's, or a child of theirs.
  bool by_our_leave(pid_t pid) const;
  port::Counters counters() const;
  /// Of the call's service; nothing where there is none.
  struct Call {
    CallDetails details;
    Instant since;  // it began
  };
  std::optional<Call> call() const;

 private:
  void drain();
  void feed(port::Event event);
  void on_alarm(Instant now);
  void tell_traffic(Instant now);
  void raise_dtr();
  void forget_dtr();

  // port_driver.cc: what the machine asks for.
  void act(port::AskOwnership const&);
  void act(port::Open const&);
  void act(port::Close const&);
  void act(port::Lock const&);
  void act(port::Unlock const&);
  void act(port::SetDtr const&);
  void act(port::Arm const&);
  void act(port::Sample const&);
  void act(port::Read const&);
  void act(port::Talk const&);
  void act(port::HushUp const&);
  void act(port::Revoke const&);
  void act(port::StartService const&);
  void act(port::StopService const&);
  void act(port::Grant const&);
  void act(port::Refuse const&);
  void act(port::EndLease const&);
  void act(port::Finished const&);
  void act(port::Note const&);
  void act(port::Change const&);

  // port_driver_seen.cc: what is seen.
  void say_source();
  void answer_sample(port::Ticket ticket);
  void heard(at::Heard const&);
  void ended(at::Ended const&);
  void lines(tty::Lines const&);
  void lost(std::string const&);
  void on_presence(tty::Wake);
  void revoked(port::Ticket ticket, Result<void> const& done);
  void not_revoked(port::Ticket ticket);
  std::optional<holder::TtyLock> lock(pid_t owner, bool exclusive);

  Shared shared_;
  PortHost& host_;
  PortConfig config_;
  at::Script script_;
  std::optional<ServiceConfig> service_config_;
  std::shared_ptr<PppAccess> ppp_;
  port::Port port_;
  serial::Station station_;
  io::Alarm::Entry alarm_;
  std::optional<holder::TtyLock> lock_;
  std::unique_ptr<Service> running_;
  Instant running_since_{};
  /// Our own attachment to the port's bank while a revocation is under way: the tty may be closed, or die of
  /// it before the bank has answered.
  struct Revocation;
  std::unique_ptr<Revocation> revocation_;
  std::optional<tty::Source> said_source_;
  std::optional<tty::Lines> last_lines_;  // none: not known since the open
  uint64_t watch_ = 0;
  port::Ticket dialogue_ = 0;  // of the Talk under way
  port::Dtr dtr_;
  io::Alarm::Entry dtr_due_;
  std::vector<port::Ticket> samples_;  // asked for while it rises
  std::deque<port::Event> pending_;
  enum class Draining : uint8_t { no, yes } draining_ = Draining::no;
  holder::Refusal refused_ = holder::Refusal::none;       // by the last open
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // for what may answer after we are gone
};

}  // namespace offhook::rasd
