// Who looks at the frames of which port's links, now and of calls to come: rasadmin's captures.
//
// A link gives its frames out only while somebody looks. It does not know clients, files or formats.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "rasd/net/link_driver.h"

namespace offhook::rasd {

class Taps {
 public:
  /// They run from the event loop, and must not block.
  struct Tap {
    std::function<void(ppp::Passed const&)> passed;
    std::function<void(bool begun)> link;  // a link begins, or it has ended
  };
  /// Until remove(), through all calls of that port.
  uint64_t add(std::string port, Tap tap);
  void remove(uint64_t tap);
  bool has_link(std::string const& port) const { return links_.contains(port); }

  /// One link a port: the last that began. The driver outlives ended().
  void begun(std::string const& port, net::LinkDriver& link);
  void ended(std::string const& port, net::LinkDriver const& link);

 private:
  struct Entry {
    std::string port;
    Tap tap;
  };
  void adjust(std::string const& port);
  template <class F>
  void for_each(std::string const& port, F f);

  std::map<uint64_t, std::shared_ptr<Entry const>> taps_;
  std::map<std::string, net::LinkDriver*> links_;
  uint64_t last_ = 0;
};

}  // namespace offhook::rasd
