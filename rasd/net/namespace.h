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
#include <utility>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "rasd/net/network.h"

namespace boost::asio {
class io_context;
}

namespace offhook::net {

/// What the program is run with. Standard input, output and error are ours.
struct NamespaceCommand {
  std::vector<std::string> words;  // the first is a path, or a name looked for in PATH
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to ours
};

class Namespace {
 public:
  struct Handlers {
    /// Once: the program has ended, or could not be run (127, and the reason was written to standard error).
    /// As a shell says it: 128 + n for signal n.
    std::function<void(int status)> exited;
  };

  /// Makes the namespaces, before any call is made: the error says which setting of the system forbids it.
  /// The calling process has one thread.
  static Result<std::unique_ptr<Namespace>> make(boost::asio::io_context& context, Handlers handlers);
  virtual ~Namespace() = default;  // everything in it is killed

  /// The network for the link's driver, once: its up() gives ppp0 the call's address, MTU and name servers.
  virtual std::unique_ptr<Network> network() = 0;
  /// Runs the program, once, after the network is up.
  virtual Result<void> run(NamespaceCommand const& command) = 0;
  /// A signal for the program.
  virtual void kill(int signal) = 0;
};

}  // namespace offhook::net
