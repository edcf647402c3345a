// Answers the modem-line ioctls of a program and of all it starts, from what the bank tells over v24.sock,
// and has its blocking opens wait for carrier.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/io/alarm.h"
#include "emulator/supervise/listener.h"
#include "emulator/supervise/opens.h"
#include "emulator/supervise/port_names.h"
#include "emulator/supervise/waits.h"
#include "emulator/tty/side_channel.h"

namespace offhook::supervise {

class Supervisor {
 public:
  struct Handlers {
    std::function<void()> over;                      // no process is left that could ask
    std::function<void(std::string const&)> notice;  // something that cannot work, as one line
  };
  /// `dir` is the bank's, absolute.
  Supervisor(boost::asio::io_context& io, std::string dir, Handlers handlers);
  Result<void> start(io::Fd listener) { return listener_.start(std::move(listener)); }

 private:
  /// What is known of a port.
  enum class Standing : uint8_t {
    asked,    // the bank has not told yet
    told,     // `state` is what it told last
    gone,     // there is no bank any more
    foreign,  // the bank has no such port
  };
  struct Port {
    std::string name;
    Standing standing = Standing::asked;
    tty::PortState state;
    v24::Format format;                   // as the program set it last
    std::vector<Notification> undecided;  // while it is asked
  };
  /// A call on a port of ours.
  struct Ask {
    Notification call;
    Port& port;
    bool current;  // the descriptor is of the port's pty, not of one it left
    int tries = 0;
  };
  struct Row;
  static Row const* find(uint32_t request);

  void asked(Notification const& call);
  int stat_file(Notification const& call, struct stat& file);
  void decide(Ask const& ask);
  void open_port(Ask const& ask);
  Port& port(std::string const& name);
  void told(Port& port, tty::PortState const* state);
  void stand(Port& port, Standing standing);
  void settle(Port const& port);
  void end_wait(Wait const& wait, long result);
  void unreadable(pid_t thread);

  void get_lines(Ask const& ask);
  void set_lines(Ask const& ask);
  void await_edge(Ask const& ask);
  void get_counts(Ask const& ask);
  void get_serial(Ask const& ask);
  void send_break(Ask const& ask);
  void take_and_ignore(Ask const& ask);
  void set_settings(Ask const& ask);
  void get_settings(Ask const& ask);
  bool all_as_ptys_are() const;
  void answer_with(Notification const& call, std::span<std::byte const> bytes);
  tty::SideChannel::Done answering(Ask const& ask);

  static Counts counts_of(Port const& port);

  std::string dir_;
  Handlers handlers_;
  io::Alarm alarm_;
  PortNames names_;
  OpenFiles files_;
  tty::SideChannel channel_;
  Listener listener_;
  Opens opens_;
  std::map<std::string, Port> ports_;
  Waits waits_;
  bool said_unreadable_ = false;
};

}  // namespace offhook::supervise
