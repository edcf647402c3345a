// Somebody beyond the exchange at one end of a call: a descriptor behind a modem of its own, which takes any
// carrier that it is offered. Moves bytes between the descriptor and the call, and knows when either has
// ended; what the descriptor is (a socket, a program's pty), the kinds know.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>

#include "emulator/base/byte_queue.h"
#include "emulator/base/fifo.h"
#include "emulator/exchange/exchange.h"
#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"
#include "emulator/line/line.h"

namespace offhook::driver {

class Call;
class Outside;

/// What an Outside asks of the trunk around it.
class OutsideHost {
 public:
  virtual ~OutsideHost() = default;
  /// Not yet part of a call: it can be connected through.
  virtual void ready(Instant now, exchange::CallId attempt, Outside const& who) = 0;
  /// Not yet part of a call, and its far end is gone.
  virtual void gone(Instant now, exchange::CallId attempt, Outside const& who) = 0;
  virtual void touch(Call& call) = 0;
  /// Runs every engine until all are quiet; whoever calls this may be no more when it returns.
  virtual void settle(Instant now) = 0;
};

class Outside {
 public:
  Outside(boost::asio::io_context& io, io::Alarm& alarm, OutsideHost& host, std::string name);
  virtual ~Outside() = default;
  Outside(Outside const&) = delete;
  Outside& operator=(Outside const&) = delete;

  /// Who it is, for people: an address, a number.
  std::string const& name() const { return name_; }
  /// Belongs to an attempt, which is no call yet; already hears its far end.
  virtual void begin(Instant now, exchange::CallId attempt);
  /// Takes part in a call from now on; originates where it is the near end.
  void join(Call& call, line::End end);

  /// What the exchange (Answered, Cleared) or the line says.
  void on_line(Instant now, loop::Event const& event);
  /// What it does on the line; GoOnHook is the last.
  std::optional<loop::Act> poll_action() { return actions_.pop(); }
  /// True where bytes of the call can go out now.
  bool can_take() const;
  /// Sends bytes of the call out and says how many of them went; all of them where nobody is there any more.
  size_t take(Bytes bytes);
  /// What came in and waits goes to the call, and reading goes on; true if anything moved.
  bool resume(Instant now);
  /// A word to somebody who was not connected, before it is hung up.
  void say(std::string_view text);
  /// The other party sends a break.
  void hear_break() {
    if (state_ == State::carrying && source_ == Source::open) send_break();
  }
  /// It went on-hook.
  void hang_up();

 protected:
  [[nodiscard]] Result<void> adopt(io::Fd fd) { return descriptor_.assign(std::move(fd)); }
  io::Descriptor& descriptor() { return descriptor_; }
  OutsideHost& host() { return host_; }
  exchange::CallId attempt() const { return attempt_; }
  bool joined() const { return call_ != nullptr; }
  /// Decoded bytes, on their way into the call; within received() alone.
  void bring_in(Instant now, Bytes bytes);
  /// The far end sends a break; within received() alone.
  void bring_in_break(Instant now);
  /// The far end is gone for good: what came from it is still delivered, then the call ends.
  void far_end_gone() { source_ = Source::ended; }
  bool far_end_there() const { return source_ == Source::open; }
  /// Writes to the descriptor and says how much went; a failure is the far end's end.
  size_t put(Bytes bytes);
  void settle(Instant now);

  // ---- what the kinds do in their own way
  /// Its carrier is up: nothing was read or sent before. False: there is nobody to talk to.
  virtual bool on_carrier(loop::CarrierUp const&) { return true; }
  virtual void received(Instant now, std::span<std::byte> bytes) { bring_in(now, bytes); }
  /// Nothing more is to be read for now: the kind has to be rid of something first.
  virtual bool clogged() const { return false; }
  /// An empty descriptor means that the far end is gone.
  virtual bool ends_when_empty() const { return false; }
  virtual ssize_t write_some(Bytes bytes) = 0;
  virtual size_t send(Bytes bytes) { return put(bytes); }
  virtual void send_break() {}
  /// Sends what send() took and kept back.
  virtual void flush(Instant) {}
  virtual bool flushed() const { return true; }
  virtual void close() = 0;

 private:
  enum class State : uint8_t {
    idle,          // not answered
    training,      // its carrier is on
    carrying,      // bytes flow
    carrier_lost,  // the other modem's carrier is gone, and may come back
    clearing,      // the call is over: what the line still has is sent out
    flushing,      // and that was all of it
    releasing,     // the far end is gone: what came from it is delivered
    gone,
  };
  enum class Source : uint8_t { open, ended };
  struct StateRow;
  static StateRow const& row(State state);
  void enter(Instant now, State next);
  void end(Instant now);
  bool may_read() const;
  size_t reading_room() const;
  void read_burst(Instant now);
  void on_readable();
  void on_writable();

  OutsideHost& host_;
  std::string name_;
  io::Descriptor descriptor_;
  State state_ = State::idle;
  Source source_ = Source::open;
  exchange::CallId attempt_ = 0;
  Call* call_ = nullptr;
  line::End end_ = line::End::near;
  ByteQueue inbox_;  // came in, and the line has no room for it
  Fifo<loop::Act> actions_{8};
  io::Alarm::Entry due_;
};

}  // namespace offhook::driver
