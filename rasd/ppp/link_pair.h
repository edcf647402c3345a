// Two links joined by a line in virtual time, for tests: it can lose, repeat, swap and hurt what it carries.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/random.h"
#include "rasd/ppp/link.h"

namespace offhook::ppp {

/// One frame in so many suffers; 0: none.
struct Trouble {
  unsigned lose = 0, repeat = 0, swap = 0, hurt = 0;
};

inline Chance::Seed seed_of(unsigned char n) {
  Chance::Seed seed{};
  seed[0] = std::byte{n};
  return seed;
}

/// One link and all that it did.
struct End {
  explicit End(LinkConfig config, unsigned char seed) : link(std::move(config), seed_of(seed)) {}

  Link link;
  std::map<std::string, std::string, std::less<>> secrets;
  CallbackGrant grant;             // what it says when it is asked
  std::vector<Answer> verdicts;    // for proofs that are right: the next is taken off; none left: accepted
  std::vector<std::string> tries;  // what the person at this end types when asked, the next first
  std::vector<TryAgain> asked_again;
  std::vector<Authenticated> authenticated;
  std::vector<CallbackAsked> asked;
  std::vector<CallbackAgreed> agreed;
  std::vector<Phase> phases;
  std::vector<std::string> packets;
  std::vector<Identified> identified;
  std::vector<TimeRemaining> remaining;
  std::vector<std::pair<Instant, Passed>> passed;
  std::optional<NetworkUp> network;
  std::optional<Network6Up> network6;
  std::vector<NetworkFailed> failed;
  std::optional<Ended> ended;
  unsigned ups = 0, downs = 0;
};

class LinkPair {
 public:
  LinkPair(LinkConfig a, LinkConfig b, uint64_t seed = 1, Trouble trouble = {})
      : ends{End(std::move(a), 1), End(std::move(b), 2)}, random_(seed), trouble_(trouble) {}

  End& a() { return ends[0]; }
  End& b() { return ends[1]; }
  void start() {
    for (auto& end : ends) end.link.on_line_up(now);
    drain();
  }
  /// To the next thing that happens; false where there is none before `until`.
  bool step(Instant until) {
    std::optional<Instant> next;
    for (auto& end : ends)
      if (auto const at = end.link.next_timeout(); at && (!next || *at < *next)) next = at;
    if (!flying_.empty() && (!next || flying_.begin()->first < *next)) next = flying_.begin()->first;
    if (!next || *next > until) return false;
    now = std::max(now, *next);
    while (!flying_.empty() && flying_.begin()->first <= now) {
      auto const [to, bytes] = flying_.begin()->second;
      flying_.erase(flying_.begin());
      ends[to].link.on_line_bytes(now, bytes);
      drain();
    }
    for (auto& end : ends) end.link.on_timeout(now);
    drain();
    return true;
  }
  void run(Duration time) {
    Instant const until = now + time;
    for (int steps = 0; steps < 100'000 && step(until); ++steps) continue;
    now = until;
  }
  bool up() const { return ends[0].network && ends[1].network; }
  bool over() const { return ends[0].ended && ends[1].ended; }
  void calm() { trouble_ = {}; }

  void drain() {
    for (size_t i = 0; i < 2; ++i)
      while (auto action = ends[i].link.poll_action())
        std::visit([&](auto& each) { take(i, each); }, *action);
  }

  Duration delay = 100ms;  // of a frame
  Instant now{};
  End ends[2];

 private:
  void take(size_t from, ToLine& line) {
    auto const fly = [&](Duration after) { flying_.emplace(now + after, std::pair(1 - from, line.bytes)); };
    if (random_.one_in(trouble_.lose)) return;
    if (random_.one_in(trouble_.hurt))
      line.bytes[random_.below(line.bytes.size())] ^= std::byte{1} << random_.below(8);
    fly(random_.one_in(trouble_.swap) ? 3 * delay : delay);
    if (random_.one_in(trouble_.repeat)) fly(delay);
  }
  void take(size_t at, Proof& proof) {
    auto& end = ends[at];
    auto const secret = end.secrets.find(proof.user);
    auto const known = secret != end.secrets.end();
    auto answer = check(proof, known ? std::optional<std::string_view>(secret->second) : std::nullopt);
    if (answer.accepted && !end.verdicts.empty()) {
      answer = end.verdicts.front();
      end.verdicts.erase(end.verdicts.begin());
    }
    if (answer.new_password) secret->second = *answer.new_password;
    end.link.on_answer(now, proof.serial, answer);
  }
  void take(size_t at, TryAgain& again) {
    auto& end = ends[at];
    end.asked_again.push_back(again);
    if (end.tries.empty()) return end.link.give_up(now);
    auto const typed = end.tries.front();
    end.tries.erase(end.tries.begin());
    if (again.new_password) return end.link.change_password(now, typed);
    end.link.retry(now, {"user", typed});
  }
  void take(size_t at, Identified& note) { ends[at].identified.push_back(note); }
  void take(size_t at, TimeRemaining& note) { ends[at].remaining.push_back(note); }
  void take(size_t at, Passed& passed) { ends[at].passed.emplace_back(now, passed); }
  void take(size_t at, FromPeer& packet) { ends[at].packets.emplace_back(as_text(packet.packet)); }
  void take(size_t at, Authenticated& done) { ends[at].authenticated.push_back(done); }
  void take(size_t at, CallbackAsked& asked) {
    ends[at].asked.push_back(asked);
    ends[at].link.on_callback(now, ends[at].grant);
  }
  void take(size_t at, CallbackAgreed& agreed) { ends[at].agreed.push_back(agreed); }
  void take(size_t at, NetworkUp& network) {
    ends[at].network = network;
    ++ends[at].ups;
  }
  void take(size_t at, NetworkDown&) {
    ends[at].network.reset();
    ++ends[at].downs;
  }
  void take(size_t at, Network6Up& network) { ends[at].network6 = network; }
  void take(size_t at, Network6Down&) { ends[at].network6.reset(); }
  void take(size_t at, NetworkFailed& failed) { ends[at].failed.push_back(failed); }
  void take(size_t at, Entered& entered) { ends[at].phases.push_back(entered.phase); }
  void take(size_t at, Ended& ended) { ends[at].ended = ended; }

  Random random_;
  Trouble trouble_;
  std::multimap<Instant, std::pair<size_t, Buffer>> flying_;
};

}  // namespace offhook::ppp
