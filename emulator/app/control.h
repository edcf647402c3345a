// Binds each verb of the table to the bank, and what the bank says to the clients of the control socket.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/driver/bank.h"
#include "emulator/rpc/server.h"
#include "emulator/verbs/call.h"

namespace offhook::app {

class Control {
 public:
  /// How lines reach a client: rpc::Server's send and notify.
  struct Outlet {
    std::function<void(rpc::ClientId, std::string)> send, notify;
  };
  Control(driver::Bank& bank, Outlet outlet);
  ~Control();
  Control(Control const&) = delete;
  Control& operator=(Control const&) = delete;

  void on_request(rpc::ClientId client, rpc::Request const& request);
  void on_gone(rpc::ClientId client);

 private:
  struct Asked {
    rpc::ClientId client;
    std::string id;  // JSON text; empty: no answer is wanted
  };
  /// A JSON text for the answer; empty: the answer comes later.
  using Answer = Result<std::string>;
  using Bound = Answer (Control::*)(Asked const&, verbs::Call const&);
  struct Binding {
    std::string_view verb;
    Bound act;
  };
  static std::vector<Binding> const& bindings();

  Answer status(Asked const&, verbs::Call const&);
  Answer watch(Asked const&, verbs::Call const&);
  Answer trace(Asked const&, verbs::Call const&);
  Answer ring(Asked const&, verbs::Call const&);
  Answer drop(Asked const&, verbs::Call const&);
  Answer unplug(Asked const&, verbs::Call const&);
  Answer plug(Asked const&, verbs::Call const&);
  Answer line(Asked const&, verbs::Call const&);
  Answer restore(Asked const&, verbs::Call const&);
  Answer clip(Asked const&, verbs::Call const&);
  Answer retrain(Asked const&, verbs::Call const&);
  Answer fault(Asked const&, verbs::Call const&);
  Answer wedge(Asked const&, verbs::Call const&);
  Answer reset(Asked const&, verbs::Call const&);
  Answer force(Asked const&, verbs::Call const&);

  void answer(Asked const& asked, Answer const& answer);
  /// The port's state after something was done to it, or why that failed.
  Answer after(Result<void> const& done, size_t port) const;
  void on_bank_event(driver::Event const& event);
  void finish_waits(exchange::CallNote const& note);

  driver::Bank& bank_;
  Outlet outlet_;
  uint64_t own_watch_;
  /// What a client is sent, as subscriptions of the bank; a second watch or trace takes the place of the
  /// first.
  struct Streams {
    uint64_t watch = 0, trace = 0;
  };
  std::map<rpc::ClientId, Streams> streams_;
  std::multimap<exchange::CallId, Asked> waits_;  // ring --wait, by call
  std::vector<exchange::CallNote> notes_;         // of calls, while ring() runs
};

}  // namespace offhook::app
