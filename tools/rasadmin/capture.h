// A capture as rasd tells it: its messages in, the bytes of a pcapng file out. It does not know files or
// sockets.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "emulator/base/result.h"
#include "emulator/rpc/codec.h"
#include "rasd/ppp/packet.h"

namespace offhook::rasadmin {

class Capture {
 public:
  explicit Capture(std::string port) : port_(std::move(port)) {}

  /// What is to be written: nothing, the head, or a frame. The error ends the capture: rasd would not have
  /// it, or frames are missing.
  Result<ppp::Buffer> on_message(rpc::Message const& message);
  /// rasd has taken it up.
  bool begun() const { return begun_; }
  /// It began without a call of PPP.
  bool waits() const { return waits_; }
  uint64_t frames() const { return frames_; }

 private:
  Result<ppp::Buffer> on_frame(std::string const& body);

  std::string port_;
  uint64_t frames_ = 0;
  bool begun_ = false, waits_ = false;
};

}  // namespace offhook::rasadmin
