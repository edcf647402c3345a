// The DTE's end of a port: a real tty, or one of a bank's (a name beside a v24.sock). Circuits come by TIOCM*
// where the tty has them and by the side channel where it says ENOTTY, so that what uses this is one program
// on hardware and on ptys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "emulator/base/byte_queue.h"
#include "emulator/base/result.h"
#include "emulator/io/alarm.h"
#include "emulator/io/fd.h"
#include "emulator/tty/side_channel.h"
#include "emulator/v24/circuits.h"

namespace offhook::tty {

/// Why a tty could not be opened.
enum class Trouble : uint8_t {
  absent,  // ENOENT, ENXIO, ENODEV: there is no such device now
  busy,    // EBUSY: somebody holds TIOCEXCL
  denied,  // EACCES, EPERM
  other,
};
struct OpenError {
  Trouble trouble;
  std::string text;  // "opening /dev/ttyUSB0: Device or resource busy"
};
[[noreturn]] inline void throw_exception_from_error(OpenError const& error, boost::source_location const&) {
  throw std::logic_error(error.text);
}
template <class T>
using OpenResult = boost::system::result<T, OpenError>;

struct Settings {
  uint32_t rate_bps = 115200;  // one that termios has
  bool rts_cts = true;         // flow control by 105 and 106; a pty has none
  bool operator==(Settings const&) const = default;
};

/// Where the circuits of an open tty come from.
enum class Source : uint8_t { none, modem_lines, side_channel };

/// What the circuits did, as far as could be seen.
struct Lines {
  v24::Circuits circuits;     // of Source::none: 107, 106 ON; 109, 125 never
  uint32_t rings = 0;         // ON edges of 125 since open() or the last arm()
  bool carrier_fell = false;  // 109 fell since open() or the last arm(), even if it is ON again
};

class Tty {
 public:
  struct Handlers {
    std::function<void()> readable;           // once after await_readable()
    std::function<void()> writable;           // once after await_writable()
    std::function<void(Lines const&)> lines;  // a circuit of the DCE's changed, or 125 came ON
    std::function<void(std::string const&)>
        lost;  // once: the descriptor is dead; close(), open() again by name
  };
  /// Handlers run from the event loop (lines and lost also from read()), and may close or destroy nothing but
  /// by way of close().
  Tty(boost::asio::io_context& context, io::Alarm& alarm, Banks& banks, std::string path, Settings settings,
      Handlers handlers);
  ~Tty();
  Tty(Tty const&) = delete;
  Tty& operator=(Tty const&) = delete;

  /// Raw, 8N1, not our controlling terminal, non-blocking. DTR is on from then on, as open() makes it.
  OpenResult<void> open();
  /// As open(), on a descriptor that somebody else opened (a lease's). Its O_NONBLOCK is shared with whoever
  /// has it.
  OpenResult<void> adopt(io::Fd fd);
  /// Gives a real tty its former settings back and lets go of it; on the last close DTR falls.
  void close();
  bool is_open() const;
  std::string const& path() const;
  /// "/dev/pts/7": where the name led when it was opened.
  std::string device() const;
  int fd() const;
  Source source() const;

  /// A descriptor of its own for somebody else, opened anew: same tty, whatever the name says by now.
  OpenResult<io::Fd> second_open();
  /// Until unpark() neither `readable` nor `writable` is called, and bytes wake nobody: somebody else reads.
  /// `lines` and `lost` go on.
  void park();
  void unpark();

  /// How many bytes came: 0 where none wait now. An end or EIO is told as `lost`, from the event loop.
  size_t read(std::span<std::byte> into);
  size_t write(Bytes bytes);
  void await_readable();
  void await_writable();
  /// What nobody has read is thrown away, and what was written and not sent.
  void flush();

  /// Done when the DCE can see it. An error where the tty has no such circuit, or is no longer ours to set.
  using Done = SideChannel::Done;
  void set_dtr(bool on, Done done);
  void set_rts(bool on, Done done);
  void send_break(Done done);
  /// Done when lines() can tell: at once of a real tty, of a bank's port once the bank has told of it.
  void when_known(Done done);
  /// The lines now: asked of the tty, or what its bank has told by now.
  Lines lines();
  /// From now on rings and carrier_fell count anew.
  void arm();

  /// Of our ports: which pty of its name this is; 0 while that is not known.
  uint64_t generation() const;
  /// Nobody else may still hold the tty: a port of a bank gets a fresh pty, a real tty is hung up where we
  /// may (CAP_SYS_ADMIN). The descriptor is dead after that: close(), open() again.
  void revoke(Done done);
  /// TIOCEXCL: others' opens are EBUSY. Root's are not.
  Result<void> exclusive(bool on);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::tty
