// Our PPP engine alone at a port, for other people's pppd: it dials or answers by AT, runs one link, and
// answers pings. No program of ours is between: what a real peer dislikes here, it dislikes in the engine.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "rasd/ppp/link.h"
#include "tests/e2e/network.h"

namespace offhook::e2e {

class PppPeer {
 public:
  struct Setup {
    std::string port;
    std::string number;  // empty: it answers, and begins once it hears something
    ppp::LinkConfig config = {};
    std::map<std::string, std::string> secrets = {};
  };
  /// What has come of the link so far.
  struct Story {
    bool connected = false;  // CONNECT was read
    std::optional<ppp::NetworkUp> up;
    std::optional<ppp::Network6Up> up6;
    bool encrypted = false;
    std::vector<ppp::Authenticated> authenticated;
    unsigned pings = 0;  // answered
    ppp::FramingErrors errors;
    std::optional<ppp::Ended> ended;
  };

  explicit PppPeer(Setup setup);
  /// Hangs up, whatever the link is in.
  ~PppPeer() = default;

  Story story() const;
  /// Waits until the story is so.
  template <class Condition>
  bool sees(Condition condition, Clock::duration limit = patience) const {
    return eventually([&] { return condition(story()); }, limit);
  }
  bool is_up() const {
    return sees([](Story const& story) { return story.up.has_value(); });
  }
  /// RAS's error, or nothing where it has not ended in time.
  std::optional<unsigned> error(Clock::duration limit = patience) const;
  /// Bytes for the line, whatever they are, between the link's own frames; true once the line has taken all.
  bool blurts(std::string bytes, Clock::duration limit = patience);
  /// Ends the link in order.
  void close() { closing_.request_stop(); }

 private:
  void live(std::stop_token const& stop);
  void converse(std::stop_token const& stop);
  void run(PortFile& port, std::stop_token const& stop);
  bool blurt(PortFile& port);
  void act(PortFile& port, ppp::Link& link);
  void answer_ping(ppp::Link& link, ppp::FromPeer& packet);

  Setup setup_;
  mutable std::mutex mutex_;
  Story story_;
  std::string blurted_;  // and not yet on the line
  std::stop_source closing_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace offhook::e2e
