// Follows rasd's port log through gaps: what to print for each message, and when to ask for a new picture. It
// does not know sockets.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/base/result.h"
#include "emulator/rpc/codec.h"
#include "rasd/port/log.h"
#include "tools/rasadmin/table.h"

namespace offhook::rasadmin {

class Watch {
 public:
  /// `json`: what came is printed as it came, one object a line.
  Watch(bool json, Look look) : json_(json), look_(look) {}

  /// The picture is to be asked for now (the method `watch`). True once for each need.
  bool asks();
  /// What is to be printed: nothing, or lines.
  Result<std::string> on_message(rpc::Message const& message);

 private:
  enum class Picture : uint8_t { wanted, asked, had };
  Result<std::string> on_picture(std::string const& body);
  Result<std::string> on_entry(std::string const& body);
  std::string on_dropped(std::string const& body);

  bool json_;
  Look look_;
  Picture picture_ = Picture::wanted;
  port::Follower follower_;
};

}  // namespace offhook::rasadmin
