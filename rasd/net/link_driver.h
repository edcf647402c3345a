// Drives one PPP link over a serial line: bytes, time and chance go into the pure engine, its actions become
// frames on the line and packets of a network.
//
// The same for both ends: rasd's, where the caller is authenticated (proof, answer), and the dialer's. It
// does not know ports, leases, secrets, or where packets go.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/io/alarm.h"
#include "emulator/io/fd.h"
#include "rasd/net/network.h"
#include "rasd/ppp/link.h"

namespace boost::asio {
class io_context;
}

namespace offhook::net {

/// Since start(): what the link counts, and what it does not know.
struct Statistics {
  ppp::LinkStatistics link = {};
  uint64_t packets_dropped = 0;  // for the peer: the line was full
  Instant last_packet = {};      // of a network protocol, either way; begins as start()
  bool operator==(Statistics const&) const = default;
};

/// How it ended.
struct Ended {
  unsigned error = 0;       // RAS's number; 0: by close()
  std::string text = {};    // a sentence
  bool line_alive = false;  // the line still carries data: who hangs up is us
  bool by_peer = false;     // the peer's Terminate-Request
  bool by_network = false;  // what is behind this end of the link failed
  bool operator==(Ended const&) const = default;
};

class LinkDriver {
 public:
  /// All run from the event loop. Any of them may call anything here, and `ended` may destroy the driver.
  /// Any may be empty but `ended`.
  struct Handlers {
    std::function<void(ppp::Phase)> phase = {};
    /// The peer offers a proof: answer() with its serial, now or later. Without this handler nobody is
    /// accepted.
    std::function<void(ppp::Proof const&)> proof = {};
    /// Somebody was authenticated, or was not.
    std::function<void(ppp::Authenticated const&)> authenticated = {};
    /// This end's proof is refused, and another is heard: retry(), change_password() or give_up(), now or
    /// later. Without this handler the last. Only where the configuration has can_ask.
    std::function<void(ppp::TryAgain const&)> try_again = {};
    /// What callback the user shall have: grant_callback(), now or later. Without this handler, none.
    std::function<void(ppp::CallbackAsked const&)> callback_asked = {};
    /// The link ends, so that one end can call the other.
    std::function<void(ppp::CallbackAgreed const&)> callback_agreed = {};
    /// Addresses are agreed on and the network is up. Comes again after `down` where the peer began anew.
    std::function<void(Agreed const&)> up = {};
    std::function<void()> down = {};
    /// IPv6 too, where both ends and the network carry it. Some time after `up`.
    std::function<void(Agreed6 const&)> up6 = {};
    /// Once, and last. The line's descriptor is closed, and the network is down.
    std::function<void(Ended const&)> ended = {};
  };

  /// IPv6 is agreed on where the configuration asks for it and the network carries it; IPv4 is a must.
  /// `line`: a raw tty, or a socket, non-blocking. `early`: what was read of it already. The
  /// program ignores SIGPIPE.
  LinkDriver(boost::asio::io_context& context, io::Alarm& alarm, io::Fd line, std::string early,
             ppp::LinkConfig config, std::unique_ptr<Network> network, Handlers handlers);
  ~LinkDriver();
  LinkDriver(LinkDriver const&) = delete;
  LinkDriver& operator=(LinkDriver const&) = delete;

  Result<void> start();
  /// The verdict on a proof. One that was overtaken is ignored.
  void answer(uint32_t serial, ppp::Answer const& answer);
  void grant_callback(ppp::CallbackGrant const& grant);
  void retry(ppp::Credentials const& credentials);
  void change_password(std::string const& password);
  void give_up();
  /// Addresses that depend on who the peer is: before answer() accepts.
  void set_ipcp(ppp::IpcpConfig const& config);
  /// Ends the link in order: LCP says so to the peer, with the reason, which must not be secret. `ended`
  /// follows, at the latest after a few seconds.
  void close(std::string_view reason = {});
  /// The carrier is gone, or the port is taken away: `ended` follows at once. An end that the line itself
  /// shows needs no such call.
  void line_over(std::string_view how = {});

  ppp::Phase phase() const;
  Statistics statistics() const;  // also after the end
  Counters network_counters() const;
  /// As the network says: an interface has its own name from `up` on.
  std::string network() const;
  /// What LCP has agreed on: compression, authentication.
  ppp::Lcp const& lcp() const;

  /// Every frame from now on, both ways; empty: no more.
  void capture(std::function<void(ppp::Passed const&)> sink);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::net
