// Deadlines of many engines on one clock: an ordered set in front of a single timer of the event loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "emulator/base/time.h"

namespace boost::asio {
class io_context;
}

namespace offhook::io {

/// A span in seconds, for people.
inline double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

/// The driver's clock: the steady clock's time as an Instant.
Instant now();

class Alarm {
 public:
  explicit Alarm(boost::asio::io_context& io);
  ~Alarm();

  /// One deadline of its owner's. `due` runs once, at the deadline or a little later, and may set it anew.
  class Entry {
   public:
    Entry(Alarm& alarm, std::function<void(Instant)> due) : alarm_(alarm), due_(std::move(due)) {}
    ~Entry() { set(std::nullopt); }
    Entry(Entry const&) = delete;
    Entry& operator=(Entry const&) = delete;
    void set(std::optional<Instant> at);
    std::optional<Instant> at() const { return at_; }

   private:
    friend class Alarm;
    Alarm& alarm_;
    std::function<void(Instant)> due_;
    std::optional<Instant> at_;
  };

  /// Nothing fires any more.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::io
