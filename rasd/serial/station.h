// The DTE at a port: one tty and the dialogue with the device behind it. rasd and rasdial drive their ports
// by this.
//
// It does not know what a port's life is, nor who may have it: it opens, talks, listens and lets go as it is
// told, and tells what it sees.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/io/alarm.h"
#include "emulator/io/fd.h"
#include "emulator/tty/tty.h"
#include "rasd/at/dialogue.h"

namespace offhook::serial {

/// Who has the tty's bytes.
enum class Mode : uint8_t {
  closed,   // not open
  hushed,   // open, and nobody reads: `readable` says when bytes wait
  talking,  // a task is under way: what comes is read and answered
  online,   // a carrier: the bytes are a relay's, or wait for one
  lent,     // somebody else has a descriptor
};
std::string_view name(Mode);

struct StationConfig {
  std::string path;
  tty::Settings settings;
  at::Script script;
};

class Station {
 public:
  /// All run from the event loop. Any of them may call anything here but the destructor.
  struct Handlers {
    std::function<void(at::Heard const&)> heard;  // rings too, but not those of 125: count bursts by `ring`
    std::function<void(at::Ended const&)> ended;
    std::function<void(tty::Lines const&)> lines;
    std::function<void()> readable;                // hushed: bytes wait, or an end
    std::function<void(std::string const&)> lost;  // the station is closed: open() again by name
    std::function<void(bool to_device, std::string_view bytes)>
        trace;                   // may be empty; of command state alone
    std::function<void()> ring;  // may be empty; one a burst, by its text or by 125, whichever came first
  };
  Station(boost::asio::io_context& context, io::Alarm& alarm, tty::Banks& banks, StationConfig config,
          Handlers handlers);
  ~Station();
  Station(Station const&) = delete;
  Station& operator=(Station const&) = delete;

  tty::OpenResult<void> open();
  /// On a descriptor of somebody else's opening (a lease's), in place of open().
  tty::OpenResult<void> adopt(io::Fd fd);
  void close();
  Mode mode() const;
  tty::Tty& tty();

  /// Begins a task; one under way is forgotten. Ends with `ended`. After a connect the mode is online, else
  /// hushed.
  void talk(at::Task task, std::string_view number = {});
  /// A task under way ends as cancelled.
  void cancel();
  /// A task under way is forgotten without a word.
  void hush();
  /// Reads what waits, once; heard() tells what it was. For a hushed station whose `readable` was called; the
  /// next bytes call it again.
  void read();
  /// Hushed: `readable` is called once when bytes wait. In any other mode it does nothing.
  void await_readable();
  /// The device is another one, or was reset: answers still due are not waited for.
  void forget_dialogue();

  /// Rings heard as text and by 125, each burst counted once, and the lines, since the last arm().
  void arm();
  struct Sample {
    tty::Lines lines;
    uint32_t rings = 0;
  };
  Sample sample();

  /// Gives the tty's bytes away: a descriptor for a relay, and what was read beyond the CONNECT. The mode is
  /// online.
  struct Data {
    io::Fd fd;
    std::string early;
  };
  Result<Data> take_data();
  /// The relay is over, or what had the tty by lend() is: hushed again.
  void take_back();
  /// A second descriptor for a client; lent until take_back().
  tty::OpenResult<io::Fd> lend();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::serial
