// Callers who are called back: once the first call's port is at rest, a port is leased as any client would,
// the number is dialled by its device, and the service that agreed to it gets the line.
//
// It does not decide who is called back, nor where: PppService does, with the account of who has proved
// himself. It does not know how ports live.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "rasd/app/lease_server.h"
#include "rasd/app/service.h"
#include "rasd/port/log.h"

namespace offhook::tty {
class Banks;
}

namespace offhook::rasd {

class CallBacks {
 public:
  /// What the manager does for them, as for a client of lease.sock; `request` is answered by granted() or
  /// refused(), `release` by nothing.
  struct Handlers {
    std::function<void(ClientId, Peer const&, lease::Request const&)> request;
    std::function<void(ClientId, lease::Progress const&)> progress;
    std::function<void(ClientId)> release;
    std::function<at::Script const*(std::string const& device)> script;
  };
  CallBacks(Surroundings const& around, tty::Banks& banks, Handlers handlers);
  ~CallBacks();
  CallBacks(CallBacks const&) = delete;
  CallBacks& operator=(CallBacks const&) = delete;

  /// Somebody whose call on `port` is ending is to be called back, by that port if `again`, else by any.
  void add(CallBackOrder order, ServiceConfig service, std::shared_ptr<PppAccess> ppp,
           std::string const& port, bool again);
  /// A port is at rest: whoever has waited for that is called.
  void at_rest(std::string const& port);
  /// Nobody is called any more; links end without a word.
  void stop();

  // Of leases. False: the client is none of ours.
  bool granted(ClientId client, lease::Granted const& granted, io::Fd& descriptor);
  bool refused(ClientId client, std::string const& text);
  bool ended(ClientId client, port::Why why);

 private:
  class Calling;
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::rasd
