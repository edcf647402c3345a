// Every state that the port can come to, breadth first, under chaos; from each of them, with the faults off,
// the way back to rest (obedient.h).
#pragma once

#include <array>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rasd/port/invariants.h"
#include "rasd/port/obedient.h"

namespace offhook::port::test {

struct Found {
  size_t states = 0, transitions = 0, ways = 0;
  int worst = 0;                                                     // ticks to rest
  std::array<uint16_t, static_cast<size_t>(State::count_)> moves{};  // bit n: State n came next
  std::string broken;                                                // empty: all laws hold
  std::string trace;                                                 // the shortest way there
};

class Explorer {
 public:
  Explorer(Config config, Laws const& laws) : config_(std::move(config)), laws_(laws), way_(config_) {}

  Found run() {
    std::string broken;
    visit(start(), 0, "start");
    while (broken.empty() && !frontier_.empty()) {
      auto const [node, id] = std::move(frontier_.front());
      frontier_.pop_front();
      broken = expand(node, id);
    }
    found_.broken = broken;
    found_.states = parents_.size();
    found_.ways = way_.known();
    found_.worst = way_.worst();
    return found_;
  }

 private:
  Node start() const {
    Node node{Instant{}, Port(Instant{}, "p", config_, laws_), {}};
    while (node.port.poll_action()) {
    }
    return node;
  }

  std::string expand(Node const& node, size_t id) {
    for (Stimulus const& stimulus : stimuli(node)) {
      Node next = node;
      ++found_.transitions;
      std::string broken = Watch::step(next, stimulus);
      if (!broken.empty()) return blame(id, std::string(stimulus.label) + "\n", std::move(broken));
      State const before = node.port.state(), after = next.port.state();
      if (before != after)
        found_.moves[static_cast<size_t>(before)] |=
            static_cast<uint16_t>(1u << static_cast<unsigned>(after));
      visit(std::move(next), id, stimulus.label);
    }
    Port unmoved = node.port;
    for (Event const& straggler : stragglers(node)) unmoved.on(node.now, straggler);
    if (unmoved.key(node.now) != node.port.key(node.now))
      return blame(id, "an answer to an older question\n", "a late answer changes something");
    std::string trace;
    std::string broken = way_.home(node, trace);
    return broken.empty() ? broken : blame(id, trace, std::move(broken));
  }

  void visit(Node node, size_t parent, char const* label) {
    auto const [at, fresh] = ids_.try_emplace(node.key(), parents_.size());
    if (!fresh) return;
    size_t const id = parents_.size();
    parents_.push_back({parent, label});
    frontier_.emplace_back(std::move(node), id);
  }

  std::string blame(size_t id, std::string last, std::string broken) {
    std::vector<char const*> way;
    for (; id != 0; id = parents_[id].first) way.push_back(parents_[id].second);
    found_.trace.clear();
    Node node = start();
    for (auto label = way.rbegin(); label != way.rend(); ++label) {
      for (Stimulus const& stimulus : stimuli(node))
        if (std::string_view(stimulus.label) == *label) {
          (void)Watch::step(node, stimulus);
          break;
        }
      found_.trace += std::string(*label) + " -> " + std::string(name(node.port.state())) + "." +
                      std::string(name(node.port.step())) + "\n";
    }
    found_.trace += last;
    return broken;
  }

  Config config_;
  Laws const& laws_;
  WayHome way_;
  Found found_;
  std::unordered_map<std::string, size_t> ids_;
  std::vector<std::pair<size_t, char const*>> parents_;
  std::deque<std::pair<Node, size_t>> frontier_;
};

}  // namespace offhook::port::test
