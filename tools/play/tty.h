// The virtual tty between a port of the bank and the programs that have it open: bytes both ways with delay,
// circuits in order with the bytes, fresh ptys (generations), TIOCEXCL, and a name that may be away.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/v24/circuits.h"
#include "tools/play/bank.h"
#include "tools/play/stage.h"

namespace offhook::play {

class Tty {
 public:
  /// A program that may have the tty open: once at a time.
  class User {
   public:
    virtual ~User() = default;
    virtual void readable() = 0;
    /// The tty was hung up: it is not open any more.
    virtual void hung_up() = 0;
    virtual void circuits(v24::Circuits) {}  // of whom listens to the side channel
  };
  /// What was read: words of the DCE (call 0), or what the line of a call carried.
  struct Chunk {
    exchange::CallId call;
    std::string bytes;
  };
  enum class Outcome : uint8_t { opened, absent, busy };

  /// Of a pty its holders can be revoked; of a real tty nobody may without privilege.
  enum class Kind : uint8_t { pty, real };

  Tty(Stage& stage, Bank& bank, size_t port, Duration delay, Kind kind);
  Tty(Tty const&) = delete;
  Tty& operator=(Tty const&) = delete;

  // ---- programs
  Outcome open(User& user);
  /// A second open of the same pty, whatever TIOCEXCL says: for whom the port is lent.
  bool join(User& user);
  void close(User& user);
  bool has(User const& user) const;
  /// TIOCEXCL. It stays until the last close, whoever died.
  void exclusive(bool on) { exclusive_ = on; }
  bool is_exclusive() const { return exclusive_; }
  std::vector<Chunk> read(User const& user);
  /// What was read and is somebody else's to read.
  void unread(std::vector<Chunk> chunks);
  bool waiting() const { return !input_.empty(); }
  /// Nothing where the user has it not open.
  void write(User const& user, std::string_view bytes);
  /// 108 as the side channel's client says, until it closes. `done` once the bank has answered, unless the
  /// tty is another by then.
  void set_dtr(User const& user, bool on, std::function<void()> done = {});
  /// The circuits are told, behind the bytes before them.
  void ask_circuits(User& user);
  /// Told of each open and close, whoever's (inotify).
  void on_touch(std::function<void()> touched) { touched_ = std::move(touched); }

  // ---- the bank's side
  /// The bank stands still: what is on its way, both ways, comes at that time at the earliest.
  void stand_still(Instant until);
  /// A fresh pty behind the same name.
  void replace();
  /// The name goes away, and comes back with a fresh pty.
  void remove();
  void restore();
  Kind kind() const { return kind_; }
  bool present() const { return present_; }
  uint64_t generation() const { return generation_; }
  void take(Bank::ToDte const& what);
  void take(Bank::Shows const& what);

  std::vector<User*> const& users() const { return users_; }

 private:
  Instant down();
  Instant up();
  void later_down(std::function<void()> what);
  void later_up(std::function<void()> what);
  void tell_presence();
  void clear_last_close();
  void hang_up_all();

  Stage& stage_;
  Bank& bank_;
  size_t port_;
  Duration delay_;
  Kind kind_;
  bool present_ = true, exclusive_ = false;
  uint64_t generation_ = 1;
  std::vector<User*> users_;
  std::optional<bool> dtr_;  // the override
  User const* dtr_by_ = nullptr;
  std::deque<Chunk> input_;
  Instant last_down_{}, last_up_{};
  std::function<void()> touched_;
};

}  // namespace offhook::play
