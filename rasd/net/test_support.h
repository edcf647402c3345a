// Two drivers back to back over a pair of sockets, on one event loop.
#pragma once

#include <sys/socket.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/io/alarm.h"
#include "rasd/net/link_driver.h"

namespace boost::asio {
class io_context;
}

namespace offhook::net {

inline std::pair<io::Fd, io::Fd> socket_pair(int kind = SOCK_STREAM) {
  std::array<int, 2> ends{-1, -1};
  (void)::socketpair(AF_UNIX, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data());
  return {io::Fd(ends[0]), io::Fd(ends[1])};
}

/// A network in the test's hands.
struct FakeNetwork : Network {
  struct Seen {
    std::vector<std::string> words;  // "up 10.0.0.2", "down", "ready", "not ready"
    std::vector<std::string> packets;
    std::optional<Agreed> agreed;
    Handlers handlers;
    std::string refusal;  // why up() fails
    bool alive = true;
  };
  explicit FakeNetwork(std::shared_ptr<Seen> what) : seen(std::move(what)) {}
  ~FakeNetwork() override { seen->alive = false; }
  Result<void> up(Agreed const& agreed, Handlers handlers) override {
    seen->words.push_back("up " + ppp::ipv4_text(agreed.own));
    if (!seen->refusal.empty()) return error(seen->refusal);
    seen->agreed = agreed;
    seen->handlers = std::move(handlers);
    return {};
  }
  void down() override {
    if (seen->agreed) seen->words.emplace_back("down");
    seen->agreed.reset();
    seen->handlers = {};
  }
  void from_peer(uint16_t, Bytes packet) override {
    seen->packets.emplace_back(reinterpret_cast<char const*>(packet.data()), packet.size());
  }
  void set_ready(bool ready) override { seen->words.emplace_back(ready ? "ready" : "not ready"); }
  Counters counters() const override { return {}; }
  std::string describe() const override { return "fake"; }
  std::shared_ptr<Seen> seen;
};

/// One end of a link, and what it told.
struct End {
  std::shared_ptr<FakeNetwork::Seen> seen = std::make_shared<FakeNetwork::Seen>();
  std::unique_ptr<LinkDriver> driver;
  std::vector<std::string> phases;
  std::vector<ppp::Authenticated> authenticated;
  std::optional<Agreed> up;
  int downs = 0;
  std::optional<Ended> ended;
  std::function<void(ppp::Proof const&)> on_proof;
  bool destroys_itself = false;

  void start(boost::asio::io_context& context, io::Alarm& alarm, io::Fd line, ppp::LinkConfig config,
             std::unique_ptr<Network> network = nullptr, std::string early = {}) {
    if (!network) network = std::make_unique<FakeNetwork>(seen);
    LinkDriver::Handlers handlers;
    handlers.phase = [this](ppp::Phase phase) { phases.emplace_back(ppp::name(phase)); };
    if (on_proof) handlers.proof = [this](ppp::Proof const& proof) { on_proof(proof); };
    handlers.authenticated = [this](ppp::Authenticated const& each) { authenticated.push_back(each); };
    handlers.up = [this](Agreed const& agreed) { up = agreed; };
    handlers.down = [this] {
      ++downs;
      up.reset();
    };
    handlers.ended = [this](Ended const& how) {
      ended = how;
      if (destroys_itself) driver.reset();
    };
    driver = std::make_unique<LinkDriver>(context, alarm, std::move(line), std::move(early),
                                          std::move(config), std::move(network), std::move(handlers));
    (void)driver->start();
  }
};

inline ppp::LinkConfig serving(ppp::Ipv4 own, ppp::Ipv4 peer) {
  ppp::LinkConfig config;
  config.ipcp.own = own;
  config.ipcp.peer = peer;
  config.ipcp.dns = {ppp::ipv4(10, 0, 2, 3), 0};
  return config;
}
inline ppp::LinkConfig calling() {
  ppp::LinkConfig config;
  config.ipcp.ask_dns = true;
  return config;
}

/// Defined in link_driver_test.cc.
struct Loop {
  Loop();
  ~Loop();

  std::unique_ptr<boost::asio::io_context> io;
  boost::asio::io_context& context;
  io::Alarm alarm{context};

  /// Until it is so; a test that hangs is ended by its own limit.
  bool until(std::function<bool()> const& so);
};

}  // namespace offhook::net
