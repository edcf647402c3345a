// The side channel from the asker's end: one connection to a bank's v24.sock, shared by all ports of a
// program. It comes back by itself when the bank does.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/alarm.h"
#include "emulator/v24/side_channel.h"

namespace boost::asio {
class io_context;
}

namespace offhook::tty {

/// A port's circuits as its bank told them last.
struct PortState {
  v24::Circuits circuits;
  v24::OnEdges on_edges;  // since the bank came up
  uint64_t generation = 0;
  bool attached_anew = false;  // the first state of a connection: what was set over an earlier one has lapsed
};

class SideChannel {
 public:
  /// `path` of the socket. Nothing is done before the first attach().
  SideChannel(boost::asio::io_context& context, io::Alarm& alarm, std::string path);
  ~SideChannel();

  /// Each state of the port, in order, from the event loop or from drain(); nullptr: the bank is gone. None
  /// after detach(), and none for a port that the bank does not have.
  using Handler = std::function<void(PortState const*)>;
  [[nodiscard]] uint64_t attach(std::string const& port, Handler handler);
  /// What was set through it lapses, unless another attachment of the same port remains.
  void detach(uint64_t attachment);

  /// Called once, from the event loop or drain(), when the bank has done it, refused it, or is gone.
  using Done = std::function<void(Result<void>)>;
  /// 105 and 108 of the port, where `mask` names them. A generation other than the port's is refused: whoever
  /// was stopped while the port was given to others does not act on theirs. 0: whatever it is.
  void set(std::string const& port, uint64_t generation, v24::Circuits mask, v24::Circuits circuits,
           Done done);
  /// What the DTE's characters are like from now on.
  void set_format(std::string const& port, uint64_t generation, v24::Format const& format, Done done);
  void send_break(std::string const& port, uint64_t generation, Done done);
  /// Whoever has the port open is hung up; a fresh pty takes its name.
  void revoke(std::string const& port, uint64_t generation, Done done);

  /// Reads what waits. The bank sends a circuit before the byte that follows it: drain, then read the tty.
  void drain();
  bool connected() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// The side channels of a program, one a bank.
class Banks {
 public:
  Banks(boost::asio::io_context& context, io::Alarm& alarm) : context_(context), alarm_(alarm) {}
  /// That of the bank whose port `path` is: a symbolic link beside a v24.sock; nullptr where it is none.
  std::shared_ptr<SideChannel> of(std::string const& path);

 private:
  boost::asio::io_context& context_;
  io::Alarm& alarm_;
  std::map<std::string, std::weak_ptr<SideChannel>> channels_;
};

}  // namespace offhook::tty
