// Tells when a file may have changed: its folder is watched, so that a file which an editor replaces is seen
// too.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/result.h"

namespace boost::asio {
class io_context;
}

namespace offhook::app {

class FileWatch {
 public:
  /// `changed` runs from the event loop, once for what happened at one time.
  FileWatch(boost::asio::io_context& io, std::string const& path, std::function<void()> changed);
  ~FileWatch();

  Result<void> start();
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace offhook::app
