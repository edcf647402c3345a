// The life of a port under any order of facts, and its log behind a channel that loses, doubles and holds
// back. Two bytes an event: which, and what it says. Whatever was told: the condition shown is the fold of
// the log, an observer that is given a picture when it asks for one agrees, and every state has a deadline or
// an owner.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <string>

#include "emulator/base/check.h"
#include "rasd/port/port.h"

namespace {

using namespace offhook;
using namespace offhook::port;

constexpr uint64_t epoch = 1;
constexpr size_t asked_limit = 64;  // actions upon one event

class World {
 public:
  explicit World(uint8_t choice)
      : port_(now_, "p",
              {.dial_in = (choice & 1) == 0,
               .dial_out = (choice & 2) == 0,
               .rings_before_answer = static_cast<uint8_t>(1 + (choice >> 6)),
               .carrier = (choice & 4) == 0 ? Carrier::stray : Carrier::call}) {
    drain(0);
  }

  void play(std::span<uint8_t const> script) {
    for (size_t i = 0; i + 1 < script.size(); i += 2) {
      step(script[i], script[i + 1]);
      check();
    }
    while (!channel_.empty()) deliver(0);
    // A loss is seen at the next entry that comes.
    follower_.on_entry(epoch, log_.append(now_, "q", {.kind = Change::Kind::opened}));
    if (follower_.needs() == Follower::Needs::picture) follower_.on_picture(log_.picture());
    OFFHOOK_CHECK(follower_.needs() == Follower::Needs::nothing && follower_.picture() == log_.picture());
  }

 private:
  Ticket ticket(Port::Question question, uint8_t what) const {
    return (what & 0x80) != 0 ? what & 7u : port_.awaited(question);  // an old answer, or the one awaited
  }
  static Level level(unsigned what) { return static_cast<Level>(what % 3); }
  static std::string text(uint8_t what) { return (what & 1) != 0 ? "someone" : ""; }

  void step(uint8_t which, uint8_t what) {
    using Q = Port::Question;
    switch (which % 30) {
      case 0:
        return on(Ownership{(what & 0x40) != 0 ? port_.era() : ticket(Q::holder, what), text(what)});
      case 1:
        return on(Ownership{ticket(Q::holder_before_read, what), text(what)});
      case 2:
        return on(Opened{ticket(Q::open, what), what * 300u});
      case 3:
        return on(OpenFailed{ticket(Q::open, what), static_cast<Trouble>(what % 4), "why"});
      case 4:
        return on(Lost{});
      case 5:
        return (what & 1) != 0 ? on(Touched{}) : on(DeviceAppeared{});
      case 6:
        return on(DeviceGone{});
      case 7:
        return on(Sampled{ticket(Q::sample, what), level(what), (what & 4) != 0, level(what >> 3),
                          level(what >> 5)});
      case 8:
        return on(Ring{});
      case 9:
        return on(CallerId{"5550199", "ALICE"});
      case 10:
        return on(CarrierUp{});
      case 11:
        return on(CarrierLost{});
      case 12:
        return on(Readable{});
      case 13:
        return on(
            DialogueEnded{ticket(Q::dialogue, what), static_cast<Reply>(what % 7), "text", what * 100u});
      case 14:
        return on(Revoked{ticket(Q::revocation, what)});
      case 15:
        return on(NotRevoked{ticket(Q::revocation, what), "someone"});
      case 16:
        return on(ServiceStarted{ticket(Q::service, what)});
      case 17:
        return on(ServiceFailed{ticket(Q::service, what), "why"});
      case 18:
        return on(ServiceEnded{ticket(Q::service, what),
                               static_cast<Why>(what % static_cast<unsigned>(Why::count_))});
      case 19:
        return on(AuthenticationBegun{ticket(Q::service, what)});
      case 20:
        return on(Authenticated{ticket(Q::service, what), "anna"});
      case 21:
        return on(Traffic{{what, what, 0}});
      case 22:
        return on(ClientGone{what % 4u});
      case 23:
        return on(Lease{1 + what % 4u, "a client"});
      case 24:
        return on(HangUp{});
      case 25:
        return on(Reset{});
      case 26:
        return (what & 1) != 0 ? on(Enable{}) : on(Disable{});
      case 27:
        return (what & 0xf0) == 0 ? on(Remove{}) : on(Ring{});
      case 28:
        return pass(what);
      default:
        return deliver(what);
    }
  }

  void on(Event const& event) {
    port_.on(now_, event);
    drain(0);
  }
  void pass(uint8_t what) {
    Instant const until = now_ + std::chrono::milliseconds(what * what * 2);
    for (int wakes = 0; port_.next_timeout() && *port_.next_timeout() <= until && wakes < 64; ++wakes) {
      now_ = std::max(now_, *port_.next_timeout());
      port_.on_timeout(now_);
      drain(0);
    }
    now_ = until;
  }
  void drain(size_t asked) {
    while (auto const action = port_.poll_action()) {
      OFFHOOK_CHECK(++asked < asked_limit);
      if (auto const* change = std::get_if<Change>(&*action))
        channel_.push_back(log_.append(now_, "p", *change));
    }
  }

  /// One entry to the observer: the next, a later one first, twice, or not at all.
  void deliver(uint8_t what) {
    if (channel_.empty()) return;
    size_t const which = std::min<size_t>(what >> 4, channel_.size() - 1);
    Entry const entry = channel_[which];
    if ((what & 1) == 0) channel_.erase(channel_.begin() + static_cast<std::ptrdiff_t>(which));
    if ((what & 2) != 0) return;
    if (follower_.on_entry(epoch, entry) == Follower::Needs::picture && (what & 4) == 0)
      follower_.on_picture(log_.picture());
  }

  void check() const {
    auto const shown = log_.picture().ports.find("p");
    if (shown != log_.picture().ports.end()) OFFHOOK_CHECK(shown->second == port_.shown());
    State const state = port_.state();
    OFFHOOK_CHECK(port_.next_timeout() || state == State::leased || state == State::disabled);
  }

  Instant now_{};
  Log log_{epoch};
  Follower follower_;
  std::deque<Entry> channel_;
  Port port_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size == 0) return 0;
  World(data[0]).play(std::span(data + 1, size - 1));
  return 0;
}
