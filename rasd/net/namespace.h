// A program in a network of its own, whose only way out is a call: `rasdial ENTRY -- COMMAND` without root.
//
// The program gets its own network, mount and pid namespaces (and, for an ordinary user, a user namespace
// where it is nobody but itself). In it are lo, ppp0 with the call's address, a default route, and an
// /etc/resolv.conf with the call's name servers. All of it is the kernel's and goes with its processes: when
// we die, however, they are killed; when they end, nothing is left.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "rasd/net/network.h"

namespace boost::asio {
class io_context;
}

namespace offhook::net {

class Namespace {
 public:
  struct Handlers {
    /// Once: the program has ended, or could not be run (127, and the reason was written to standard error).
    /// As a shell says it: 128 + n for signal n.
    std::function<void(int status)> exited;
  };

  using Variables = std::vector<std::pair<std::string, std::string>>;

  /// Makes the namespaces, before any call is made: the error says which setting of the system forbids it.
  /// `command`: the first word is a path, or a name looked for in PATH; its standard input, output and error
  /// are ours. The calling process has one thread.
  static Result<std::unique_ptr<Namespace>> make(boost::asio::io_context& context,
                                                 std::vector<std::string> const& command, Handlers handlers);
  virtual ~Namespace() = default;  // everything in it is killed

  /// The network for a link's driver, one after the other: its up() gives ppp0 the call's address, MTU and
  /// name servers.
  virtual std::unique_ptr<Network> network() = 0;
  /// Runs the program, once, after the network is up, with these in its environment in addition to ours.
  virtual Result<void> run(Variables const& environment) = 0;
  /// A signal for the program.
  virtual void kill(int signal) = 0;
};

/// Why the kernel refused to make or to furnish namespaces: errno's words, and the setting that is the reason
/// where one is. `read` is given a file's path and gives its first line, empty where there is none.
std::string explain_refusal(std::string_view what, int code,
                            std::function<std::string(std::string const& path)> const& read);

}  // namespace offhook::net
