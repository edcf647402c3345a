// Whether a device's name is there, leads elsewhere, or is opened and closed by others: wake-ups of one
// inotify descriptor for all ports of a program. A wake-up says when to look, never what is true: equal ones
// are merged, and our own opens and closes wake us too.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/alarm.h"

namespace boost::asio {
class io_context;
}

namespace offhook::tty {

enum class Wake : uint8_t {
  appeared,   // the name leads to a device again
  gone,       // it leads nowhere
  repointed,  // it leads to another device, or to the same one made anew: another generation, or replugged
  touched,    // somebody opened or closed the device
};

class Presence {
 public:
  Presence(boost::asio::io_context& context, io::Alarm& alarm);
  ~Presence();
  Result<void> start();

  using Handler = std::function<void(Wake)>;
  /// Calls the handler from the event loop, until forgotten. The directory need not exist yet.
  [[nodiscard]] uint64_t watch(std::string const& path, Handler handler);
  void forget(uint64_t id);
  /// Whether the name of a watch leads to something, as far as is known.
  bool present(uint64_t id) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::tty
