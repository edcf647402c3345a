// Programs that have a port: the service of a call, what it leaves behind, a lease's client, a foreign
// program. They write their mark while there is a call, and read what comes; some stop doing either.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "rasd/port/log.h"
#include "tools/play/ledger.h"
#include "tools/play/tty.h"

namespace offhook::play {

class Holder final : public Tty::User {
 public:
  enum class Kind : uint8_t { service, grandchild, client, foreign };
  struct Handlers {
    std::function<void()> call_over{};  // NO CARRIER, BUSY ... was read
    std::function<void()> lost{};       // its tty was hung up
  };

  Holder(Stage& stage, Ledger& ledger, Tty& tty, size_t port, Kind kind, std::string name, uint8_t mark,
         Handlers handlers);

  /// By name, as any program.
  Tty::Outcome open();
  /// By leave of the manager.
  bool join();
  /// Says this once, and its mark from then on whenever there is a call.
  void say(std::string_view text);
  void talk() { online_ = true; }
  /// SIGSTOP and SIGCONT. What has gone on meanwhile it does not know.
  void stop() { stopped_ = true; }
  void go_on();
  void close();
  /// SIGKILL: stopped or not, it closes.
  void die() {
    stopped_ = false;
    close();
  }

  Kind kind() const { return kind_; }
  std::string const& name() const { return name_; }
  uint8_t mark() const { return mark_; }
  bool has_port() const { return tty_.has(*this); }
  bool stopped() const { return stopped_; }
  port::Counters const& counters() const { return counters_; }
  uint64_t echoes() const { return echoes_; }

 private:
  void readable() override;
  void hung_up() override;
  void begin();
  void speak();
  void hear(std::string_view words);

  Stage& stage_;
  Ledger& ledger_;
  Tty& tty_;
  size_t port_;
  Kind kind_;
  std::string name_;
  uint8_t mark_;
  Handlers handlers_;
  bool online_ = false, stopped_ = false, over_ = false;
  std::string words_;  // of the DCE, the last line or two
  port::Counters counters_;
  uint64_t echoes_ = 0;  // of its own mark
};

}  // namespace offhook::play
