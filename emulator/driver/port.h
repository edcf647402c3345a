// One port of the bank: a DCE on a pty. Turns the engine's actions into I/O, and what the pty shows (bytes,
// opens, closes, termios) into the engine's events. What goes on behind the DCE is the host's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/byte_queue.h"
#include "emulator/driver/bank.h"
#include "emulator/driver/dce.h"
#include "emulator/fault/words.h"
#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"
#include "emulator/pty/pty.h"
#include "emulator/v24/side_channel.h"

namespace offhook::driver {

class Call;
class Port;

/// What a port asks of the bank around it.
class PortHost {
 public:
  virtual ~PortHost() = default;
  virtual void act(Instant now, Port& port, loop::Act const& act) = 0;
  /// Circuits as presented changed, or the generation did; called before any byte that follows.
  virtual void presented(Port& port) = 0;
  virtual void repointed(Port& port, std::optional<unsigned> old_pts, std::optional<unsigned> new_pts) = 0;
  virtual void bury(Port& port, io::Fd master) = 0;
  virtual void save_profiles(Port& port) = 0;
  virtual void event(Port const& port, std::string_view kind, std::string text) = 0;
  virtual bool tracing() const = 0;
  virtual void trace(Port const& port, bool to_dte, Bytes bytes) = 0;
  /// Something happened at this port: it waits to be drained.
  virtual void touch(Port& port) = 0;
  /// Runs every engine that was touched until all are quiet.
  virtual void settle(Instant now) = 0;
  virtual void opened_or_closed(Port& port) = 0;
  /// A break for a remote DTE; false where it is not told of breaks.
  virtual bool remote_break(Port& port) = 0;
};

class Port {
 public:
  Port(boost::asio::io_context& io, io::Alarm& alarm, PortHost& host, size_t index, ModemConfig const& config,
       std::string path, pty::Access access, Dce dce);

  Result<void> start();
  /// Removes the name and closes the pty.
  void stop();

  // ---- the pty's side
  /// A wake-up: look whether a program opened or closed the port.
  void look(Instant now);
  /// The 10 Hz look at an open port: its termios, and whether bytes wait that the line has no room for.
  void look_at_settings(Instant now);
  /// The DTE's circuits as a side-channel client wants them, in place of what the pty shows; the last one's
  /// word counts, until it withdraws.
  void override_dte(Instant now, uint64_t client, v24::Circuits mask, v24::Circuits values);
  void withdraw_override(Instant now, uint64_t client);
  /// What the DTE's characters are like from here on, as a client knows who answers for its programs: no pty
  /// has seven bits or parity. It outlives a close, as a tty's settings do; the last client's word counts,
  /// until it withdraws.
  void set_format(Instant now, uint64_t client, v24::Format const& format);
  void withdraw_format(uint64_t client);
  void on_break(Instant now);
  /// Hangs up whoever has the port open: a fresh pty behind the same name.
  Result<void> revoke(Instant now);

  // ---- a DTE from the network in a program's place
  /// `dte` leads to who is the DTE from now on. A program that opens the port meanwhile gets EBUSY; one of
  /// root's, whom nothing refuses, is hung up. The error says who has the port.
  Result<void> attach_remote(Instant now, io::Fd dte, std::string who);
  /// It has gone, and wrote its last: DTR falls, and the port is a fresh pty.
  void remote_gone(Instant now);
  /// What it wrote comes before what it does next to a circuit.
  void read_waiting(Instant now);
  /// Its client has gone: what it wrote is data still, though the line may be full.
  void read_rest_of_remote(Instant now);
  void set_remote_rate(Instant now, uint32_t bps);
  static constexpr uint64_t remote_client = ~uint64_t{0};  // for override_dte() and set_format()

  // ---- the line's side
  void join(Call* call, line::End end);
  void leave();
  Call* call() const { return call_; }
  line::End end() const { return end_; }
  void tell(Instant now, loop::Event const& event);
  /// True where received data can be offered: the DCE may still have none of it.
  bool can_take() const;
  /// Gives received data to the program, as the DCE has it, and says how much of it went.
  size_t take(Instant now, Bytes bytes);
  /// A break from the far end, for the program.
  void hear_break(Instant now);
  /// Received data that nobody will read: no program has the port open, or its cable is out.
  bool deaf() const { return !open() || cable_ != Cable::plugged; }
  /// Received data has nowhere to go any more: the call is being ended from this side (V.250 6.2.8).
  bool hanging_up() const { return dce_.hanging_up(); }
  /// The line may have room again: gives it what waited and reads on; true if anything moved.
  bool resume(Instant now);

  /// Carries out what the engine wants done.
  void drain(Instant now) { drain(now, Speaker::dce); }
  /// Once all is quiet: a hang-up of the programs that fell due, the engine's next deadline.
  void finish(Instant now);

  // ---- faults
  Result<void> unplug(Instant now, bool remove);
  Result<void> plug(Instant now);
  Result<void> wedge(Instant now);
  void reset(Instant now);
  /// What becomes of the DCE's words on their way to the program; check()ed before.
  void set_words(Instant now, fault::Parameters const& parameters);
  bool removed() const { return cable_ == Cable::removed; }

  // ---- what it is
  size_t index() const { return index_; }
  std::string const& name() const { return config_.port; }
  uint32_t dte_rate_bps() const { return settings_.rate_bps; }
  ModemConfig const& config() const { return config_; }
  Dce const& dce() const { return dce_; }
  /// A program has it open.
  bool open() const { return reading_ == Reading::armed || reading_ == Reading::held; }
  uint64_t generation() const { return generation_; }
  v24::Circuits presented() const { return presented_; }
  v24::OnEdges const& on_edges() const { return on_edges_; }
  void lost(size_t bytes) { bytes_.lost_to_dte += bytes; }
  void describe(PortStatus& status) const;

  bool touched = false;   // the host's mark: waits to be drained
  line::Parameters line;  // of calls from and to this port

 private:
  enum class Reading : uint8_t {
    idle,   // no program has the port open
    armed,  // open: bytes are awaited
    held,   // open, but the line is full
  };
  enum class Cable : uint8_t { plugged, unplugged, removed };
  enum class Power : uint8_t { on, wedged };

  enum class Replace : uint8_t { no, carrier_fell, stale_exclusive };  // why a fresh pty is due

  Result<void> fresh_pty(termios const& settings);
  void look_at_parked();
  void leave_remote(Instant now);
  Result<void> replace_pty(Instant now, std::string_view why);
  void replace_if_due(Instant now);
  void clear_last_close();
  void read_burst(Instant now);
  void tell_line_full(Instant now, bool full);
  bool read_rest(Instant now);
  void on_readable();
  void on_writable();
  void opened(Instant now);
  void closed(Instant now);
  void from_dte(Instant now, std::span<std::byte> bytes);
  void pass(Instant now, Bytes bytes);
  bool send_backlog(Instant now);
  void act(Instant now, loop::Act const& act);
  size_t take_as_it_is(Instant now, Bytes bytes);
  size_t take_changed(Instant now, Bytes bytes);
  enum class Speaker : uint8_t { dce, far_end };  // whose bytes a ToDte holds
  void drain(Instant now, Speaker speaker);
  void say(Instant now, v24::ToDte const& words);
  void say_due(Instant now);
  void drop_words();
  void to_dte(std::string_view bytes);
  void deliver(Bytes bytes);
  void adopt_format();
  void flush();
  void on_dce_alarm(Instant now);
  void adopt_settings(Instant now);
  void update_dte_circuits(Instant now);
  v24::Circuits driven_by_dte() const;
  void update_presented();
  size_t reading_room(Instant now) const;

  PortHost& host_;
  size_t index_;
  ModemConfig config_;
  std::string path_;
  pty::Access access_;
  Dce dce_;
  io::Descriptor descriptor_;
  std::optional<unsigned> pts_;  // none: never opened, or removed
  uint64_t generation_ = 0;
  Reading reading_ = Reading::idle;
  Cable cable_ = Cable::plugged;
  Power power_ = Power::on;
  Replace replace_ = Replace::no;
  bool line_full_ = false;  // as the DCE was told
  bool own_open_ = false;   // our look after a last close made the next wake-up itself
  pty::Settings settings_;
  termios termios_;
  struct Override {
    uint64_t client;
    v24::Circuits mask, values;
  };
  /// The DTE is a remote client: the descriptor is a socket, the pty behind the name waits here, locked.
  struct Remote {
    io::Fd parked;
    std::string who;
  };
  std::optional<Remote> remote_;
  std::vector<Override> overrides_;  // the last one that names a circuit counts
  struct ClientFormat {
    uint64_t client;
    v24::Format format;
  };
  std::vector<ClientFormat> formats_;  // the last one counts
  v24::Format format_;
  v24::Circuits dce_circuits_;  // as far as its actions are carried out
  v24::Circuits presented_;
  v24::OnEdges on_edges_;
  ByteQueue out_;                          // the DCE's words the pty has not taken yet
  ByteQueue backlog_;                      // data the DCE let through and the line has no room for
  std::optional<loop::StopCarrier> stop_;  // due once the backlog is on the line
  Call* call_ = nullptr;
  line::End end_ = line::End::near;
  PortStatus::Bytes bytes_;
  std::unique_ptr<fault::Words> words_;  // none: the DCE's words go as they are
  io::Alarm::Entry dce_alarm_, retry_alarm_, words_alarm_;
};

}  // namespace offhook::driver
