// A capture of a port's links: what rasd sends of it, as a file's bytes and as words for a person. It does
// not know sockets and files.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/base/result.h"
#include "emulator/rpc/codec.h"
#include "tools/rasadmin/console.h"
#include "tools/rasadmin/options.h"

namespace offhook::rasadmin {

class Capture {
 public:
  explicit Capture(std::string port) : port_(std::move(port)) {}

  struct Step {
    std::string bytes;  // for the file: whole blocks
    std::string words;  // for a person, without a newline; empty: nothing to say
    bool operator==(Step const&) const = default;
  };
  /// The answer first, then what follows it. The error: frames are lost, or what rasd sends is not
  /// understood; what was given out before is whole.
  Result<Step> on_message(rpc::Message const& message);
  uint64_t frames() const { return frames_; }

 private:
  Result<Step> on_link(std::string const& body);
  Result<Step> on_frame(std::string const& body);

  std::string port_;
  bool begun_ = false;
  uint64_t frames_ = 0;
};

/// Until Ctrl-C, or the end of its time.
Status capture(Options const& options);

}  // namespace offhook::rasadmin
