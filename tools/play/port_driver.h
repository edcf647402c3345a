// rasd's driver of one port, without I/O: what the port's machine asks for is done to a virtual tty, and what
// is seen there is told to the machine as rasd/app/port_driver.cc and rasd/serial tell it. On the way facts
// may be lost, doubled or late (Stage::arrivals).
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rasd/at/dialogue.h"
#include "rasd/port/dtr.h"
#include "rasd/port/port.h"
#include "tools/play/tty.h"
#include "tools/play/watch.h"

namespace offhook::play {

class Holder;

/// What the driver asks of the world around it.
class PortHost {
 public:
  virtual ~PortHost() = default;
  /// Who has the port, but for the manager.
  virtual std::vector<Holder const*> openers(size_t port) const = 0;
  /// One of those seen who is not there by the manager's leave, as that is now; empty: nobody.
  virtual std::string stranger(size_t port, std::vector<Holder const*> const& seen) const = 0;
  /// Whose lock is in the way of ours; empty: nobody's.
  virtual std::string locker(size_t port) const = 0;
  virtual void changed(size_t port, port::Change const& change) = 0;
  /// Answered by the service's facts.
  virtual void start_service(size_t port, port::Ticket ticket) = 0;
  virtual void stop_service(size_t port, bool at_once) = 0;
  /// What is left of it is killed.
  virtual void service_over(size_t port) = 0;
  virtual port::Counters counters(size_t port) const = 0;
  /// False: the client is gone.
  virtual bool grant(size_t port, port::ClientId client) = 0;
  virtual void refuse(port::ClientId client) = 0;
  virtual void end_lease(port::ClientId client) = 0;
};

class PortDriver final : public Tty::User {
 public:
  PortDriver(Stage& stage, PortHost& host, Tty& tty, size_t index, std::string name, port::Config config,
             at::Script script, port::Laws const& laws);

  void start() { drain(); }
  /// A fact on its way to the machine, as the world's mischief has it.
  void fact(port::Event const& event, Grade grade);
  /// An order.
  void tell(port::Event event) { feed(std::move(event)); }
  /// Somebody opened the tty, or closed it.
  void touched();
  void on_timeout();
  std::optional<Instant> next_timeout() const;

  port::Port const& machine() const { return port_; }
  std::string const& name() const { return name_; }
  /// Our lock file or TIOCEXCL is there for others to see.
  bool locked() const { return lock_.has_value(); }

 private:
  enum class Mode : uint8_t { closed, hushed, talking, online, lent };

  void readable() override;
  void hung_up() override;
  void circuits(v24::Circuits now_on) override;

  void feed(port::Event event);
  void drain();
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
  void act(port::Finished const&) {}
  void act(port::Note const&) {}
  void act(port::Change const&);

  void look(std::function<void(std::string)> told);
  void look_for_openers();
  void raise_dtr();

  // the station
  void close();
  void unlock();
  void forget_dialogue();
  void await_readable();
  void read();
  void drain_dialogue();
  void tell_news();
  void burst(std::optional<Instant>& this_sign, std::optional<Instant> const& other_sign, uint32_t& count);
  void answer_revoke(port::Ticket ticket);
  void answer_sample(port::Ticket ticket, Grade grade);
  void lines(v24::Circuits now_on);

  Stage& stage_;
  PortHost& host_;
  Tty& tty_;
  size_t index_;
  std::string name_;
  at::Dialogue dialogue_;
  port::Port port_;
  Watch watch_;
  Mode mode_ = Mode::closed;
  std::optional<uint64_t> lock_;  // the generation that we locked
  std::deque<port::Event> pending_;
  bool draining_ = false;
  port::Ticket talk_ = 0;
  enum class Woken : uint8_t { no, yes } woken_ = Woken::no;  // a look that nobody asked for is due
  port::Dtr dtr_;
  std::deque<at::Action> news_;
  enum class Ear : uint8_t { none, once } ear_ = Ear::none;  // whether `readable` is awaited
  bool parked_ = false;                                      // somebody else reads
  std::optional<v24::Circuits> known_;                       // none: not told since the open
  v24::Circuits before_;
  std::vector<port::Ticket> samples_;  // asked for before the circuits were known
  std::vector<port::Ticket> samples_of_the_rise_;
  uint32_t text_rings_ = 0, edge_rings_ = 0;
  std::optional<Instant> last_text_, last_edge_;
};

}  // namespace offhook::play
