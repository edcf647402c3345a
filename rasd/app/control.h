// rasd's verbs, as JSON-RPC methods over control.sock: rasadmin's, and rasdial's list and disconnect.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emulator/rpc/server.h"
#include "rasd/app/manager.h"

namespace offhook::rasd {

class Control {
 public:
  /// The way to the clients.
  struct Outlet {
    std::function<void(rpc::ClientId, std::string)> send, notify;
    std::function<std::optional<unsigned>(rpc::ClientId)> user;
  };
  Control(Manager& manager, Outlet outlet);
  ~Control();

  void on_request(rpc::ClientId client, rpc::Request const& request);
  void on_gone(rpc::ClientId client);

 private:
  struct Asked {
    rpc::ClientId client;
    std::string id;  // JSON text; empty: not to be answered
    unsigned user;
    std::map<std::string, std::string, std::less<>> parameters;
  };
  /// JSON text; empty: the answer comes later.
  using Answer = Result<std::string>;
  struct Binding;
  static std::span<Binding const> bindings();
  static std::string accepted(Binding const& binding);

  Answer ports(Asked const&);
  Answer port(Asked const&);
  Answer who(Asked const&);
  Answer connections(Asked const&);
  Answer hangup(Asked const&);
  Answer reset(Asked const&);
  Answer enable(Asked const&);
  Answer disable(Asked const&);
  Answer clear_stats(Asked const&);
  Answer message(Asked const&);
  Answer watch(Asked const&);
  Answer capture(Asked const&);
  Answer disconnect(Asked const&);
  Answer order(Asked const& asked, port::Event const& event);
  void answer(Asked const& asked, Answer const& answer);

  Manager& manager_;
  Outlet outlet_;
  std::map<rpc::ClientId, uint64_t> watchers_;
  std::map<rpc::ClientId, uint64_t> captures_;  // one a client
};

}  // namespace offhook::rasd
