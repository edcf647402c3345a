// The DCE's end of a port: one pty whose slave side is a program's serial port. Facts about what a stock pty
// does and does not do are measured, not remembered: emulator/pty/README.md.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <cstdint>
#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace offhook::pty {

/// Who may open the slave.
struct Access {
  mode_t mode = 0600;
  std::optional<gid_t> group;
};

/// What the program on the slave has set, as far as the master can see it.
struct Settings {
  uint32_t rate_bps = 0;  // 0: B0, which is a hang-up, or a speed with no number
  bool hang_up = false;   // B0
  bool clocal = false;    // modem lines are ignored
  bool hupcl = false;     // DTR falls with the last close
  bool operator==(Settings const&) const = default;
};

/// Raw, 8 bits, CREAD HUPCL CLOCAL, 115200 bit/s: how a fresh port stands.
termios raw_settings();

/// "/dev/pts/7"
inline std::string slave_path(unsigned index) { return "/dev/pts/" + std::to_string(index); }

class Pty {
 public:
  /// A fresh pty with the termios given. Its slave is closed again at once, so that POLLHUP on the master
  /// means 'no program has it open' from the first moment. Errors name the system's limit and how to raise
  /// it.
  static Result<Pty> open(termios const& settings, Access const& access);

  int master() const { return master_.get(); }
  /// Gives the master away; the pty lives as long as that descriptor.
  io::Fd take_master() { return std::move(master_); }
  unsigned index() const { return index_; }
  std::string slave_path() const { return pty::slave_path(index_); }

 private:
  Pty(io::Fd master, unsigned index) : master_(std::move(master)), index_(index) {}
  io::Fd master_;
  unsigned index_;
};

/// What poll says of a master.
struct Presence {
  bool open = false;      // a program has the slave open
  bool readable = false;  // bytes wait, also those of a program that has closed again
};
Presence presence(int master);

std::optional<termios> read_termios(int master);
Settings settings(termios const& t);

/// After the last close: clears the slave's unread input and a TIOCEXCL that outlived its program.
struct Cleared {
  bool locked_out =
      false;          // EBUSY: the exclusive mark cannot be cleared without root; only a fresh pty helps
  size_t unread = 0;  // bytes thrown away that no program had read (as far as FIONREAD counts: 4095)
};
Cleared clear_after_last_close(int master);

/// Nobody but root may open the slave any more (TIOCEXCL; it outlives our own descriptor).
Result<void> lock_out(int master);

/// Bytes the program has not read yet (FIONREAD on a slave descriptor of our own: at most 4095; 0 if it
/// cannot tell).
size_t unread(int master);

}  // namespace offhook::pty
