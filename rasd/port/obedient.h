// The world with its faults off: the device is there, the modem does as it is told, nobody foreign wants the
// port, services and clients end within two ticks. One more call may begin at any moment, also between two
// actions of the port's. From wherever chaos left it, the port must come to rest within a bound, and never be
// deaf to a call.
#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "rasd/port/chaos.h"

namespace offhook::port::test {

/// What begins at the modem: a caller that does not give up, one that gives up after a burst, a carrier
/// without us.
enum class Begins : uint8_t { nothing, patient_call, single_burst, carrier };
constexpr char const* begins_names[] = {"", "a patient call", "a call of one burst",
                                        "a carrier out of nothing"};

class Obedient {
 public:
  enum class Modem : uint8_t { idle, ringing, online };
  /// How a burst is heard: an edge of RI, or RING among the bytes.
  enum class Bell : uint8_t { edge, text };

  Obedient(Node const& node, Config const& config) : config_(&config), now_(node.now), port_(node.port) {
    State const s = port_.state();
    open_ = port_.step() == Step::opening_samples || port_.step() == Step::unready ||
            (s != State::absent && s != State::opening && s != State::foreign && s != State::failed &&
             s != State::disabled);
    excused_ = s == State::listening;
  }

  /// How soon the world answers: at once, or a tick later.
  enum class Pace : uint8_t { prompt, slow };

  void set(Modem modem, Bell bell, Pace pace) {
    modem_ = modem;
    bell_ = bell;
    pace_ = pace;
  }

  std::string key() const {
    std::string key = port_.key(now_);
    for (int value :
         {static_cast<int>(modem_), static_cast<int>(bell_), patience_, to_burst_, service_age_, client_age_,
          open_ | dtr_ << 1 | ring_seen_ << 2 | unread_ << 3 | calls_left_ << 4 | excused_ << 5 |
              thinks_ << 6,
          static_cast<int>(in_burst_), static_cast<int>(pace_)})
      key.push_back(static_cast<char>(value));
    return key;
  }

  bool at_rest() const {
    if (port_.state() == State::disabled) return true;
    if (port_.step() != Step::quiet) return false;
    return modem_ == Modem::idle ||
           (!config_->dial_in && (modem_ == Modem::ringing || config_->carrier == Carrier::call));
  }
  /// A call on the line, and a port that says it listens and does not ask.
  bool deaf() const {
    return port_.state() == State::listening && modem_ == Modem::online && !excused_ &&
           !port_.awaited(Q::sample) && (config_->carrier == Carrier::stray || config_->dial_in);
  }
  bool may_begin() const { return calls_left_ && modem_ == Modem::idle; }
  Port const& port() const { return port_; }

  /// The next thing that happens: an answer, at once, or a tick. `begins` happens before the port's action
  /// number `at`. How many actions there were, and how many ticks went by.
  struct Took {
    int actions, ticks;
    char const* what;
  };
  Took step(Begins begins, int at) {
    begins_ = begins;
    begin_at_ = at;
    actions_ = 0;
    Took took{0, 0, "an answer"};
    thinks_ = pace_ == Pace::slow && !thinks_;
    if (thinks_ || !answer()) {
      pass();
      took.ticks = 1;
      took.what = "tick";
    }
    drain();
    if (begins_ != Begins::nothing) begin();
    drain();
    took.actions = actions_;
    if (port_.state() != State::listening) excused_ = false;
    return took;
  }

 private:
  using Q = Port::Question;

  void tell(Event const& event) { port_.on(now_, event); }

  bool answer() {
    for (Q const q : {Q::holder, Q::holder_before_read})
      if (Ticket const t = port_.awaited(q)) return tell(Ownership{t, ""}), true;
    if (Ticket const t = port_.awaited(Q::open)) return open_ = dtr_ = true, tell(Opened{t}), true;
    if (Ticket const t = port_.awaited(Q::sample)) {
      Level const rings = bell_ == Bell::text ? Level::unknown : in_burst_ ? Level::on : Level::off;
      tell(Sampled{t, modem_ == Modem::online ? Level::on : Level::off, ring_seen_ && bell_ == Bell::edge,
                   Level::on, rings});
      return true;
    }
    if (Ticket const t = port_.awaited(Q::revocation)) return tell(Revoked{t}), true;
    if (Ticket const t = port_.awaited(Q::dialogue)) return tell(DialogueEnded{t, reply(), ""}), true;
    if (Ticket const t = port_.awaited(Q::service); t && port_.step() == Step::starts)
      return service_age_ = 0, tell(ServiceStarted{t}), true;
    return false;
  }

  Reply reply() {
    switch (port_.step()) {
      case Step::answers:
        if (modem_ == Modem::idle) return Reply::no_carrier;
        if (modem_ == Modem::online)
          return config_->carrier == Carrier::call ? Reply::connect : Reply::garbage;
        modem_ = Modem::online;
        carrier_rose_ = open_;
        return Reply::connect;
      case Step::escapes:
        if (modem_ == Modem::online) modem_ = Modem::idle;
        return Reply::ok;
      default:
        return modem_ == Modem::online && config_->carrier == Carrier::stray ? Reply::silent : Reply::ok;
    }
  }

  /// A tick: bursts, and the ends of services and clients.
  void pass() {
    now_ += tick;
    in_burst_ = false;
    if (!dtr_ && modem_ == Modem::online) {
      modem_ = Modem::idle;
      carrier_fell_ = open_;
    }
    if (modem_ == Modem::ringing && to_burst_-- == 0) burst();
    port_.on_timeout(now_);
    if (Ticket const t = port_.awaited(Q::service); t && service_age_++ == 1) tell(ServiceEnded{t});
    if (!port_.awaited(Q::service)) service_age_ = 0;
    ClientId const client = port_.waiting_client() ? port_.waiting_client() : port_.shown().client;
    if (client && client_age_++ == 1) tell(ClientGone{client});
    if (!client) client_age_ = 0;
  }

  void burst() {
    to_burst_ = 1;
    if (patience_ == 0) {
      modem_ = Modem::idle;
      return;
    }
    if (patience_ == 1) patience_ = 0;
    in_burst_ = true;
    if (bell_ == Bell::text)
      unread_ = true;
    else if (open_)
      rang_ = ring_seen_ = true;
  }

  void begin() {
    Begins const begins = std::exchange(begins_, Begins::nothing);
    calls_left_ = false;
    if (begins == Begins::carrier) {
      modem_ = Modem::online;
      carrier_rose_ = open_;
      return;
    }
    modem_ = Modem::ringing;
    patience_ = begins == Begins::single_burst ? 1 : 2;
    burst();
  }

  void drain() {
    do {
      while (auto action = port_.poll_action()) {
        if (std::holds_alternative<Note>(*action) || std::holds_alternative<Change>(*action)) continue;
        if (begins_ != Begins::nothing && actions_ == begin_at_) begin();
        ++actions_;
        std::visit([&](auto const& a) { act(a); }, *action);
      }
    } while (tell_edges());
  }

  /// What the driver noticed is told once the port's actions are done.
  bool tell_edges() {
    if (std::exchange(carrier_rose_, false)) return tell(CarrierUp{}), true;
    if (std::exchange(carrier_fell_, false)) return tell(CarrierLost{}), true;
    if (std::exchange(rang_, false)) return tell(Ring{}), true;
    bool const in_dialogue = port_.awaited(Q::dialogue) != 0;
    if (unread_ && open_ && in_dialogue) return unread_ = false, tell(Ring{}), true;
    State const s = port_.state();
    if (unread_ && (s == State::listening || s == State::ringing) && !port_.awaited(Q::holder_before_read) &&
        !told_)
      return told_ = true, tell(Readable{}), true;
    told_ = false;
    return false;
  }

  void act(Arm const&) {
    ring_seen_ = false;
    carrier_rose_ = carrier_fell_ = rang_ = false;  // the baseline
  }
  void act(Read const&) {
    if (std::exchange(unread_, false)) rang_ = true;
  }
  void act(Close const&) {
    open_ = dtr_ = unread_ = ring_seen_ = false;
    carrier_rose_ = carrier_fell_ = rang_ = false;
  }
  void act(SetDtr const& dtr) { dtr_ = dtr.on; }
  void act(StopService const&) {
    if (Ticket const t = port_.awaited(Q::service)) tell(ServiceEnded{t});
  }
  template <class A>
  void act(A const&) {}

  Config const* config_;
  Instant now_;
  Port port_;
  Modem modem_ = Modem::idle;
  Bell bell_ = Bell::edge;
  Pace pace_ = Pace::prompt;
  bool open_ = false, dtr_ = true, ring_seen_ = false, unread_ = false, told_ = false, thinks_ = false;
  bool carrier_rose_ = false, carrier_fell_ = false, rang_ = false;  // noticed, not yet told
  bool in_burst_ = false;
  bool calls_left_ = true, excused_ = false;
  int patience_ = 2;  // 0: gone at the next burst, 1: after it, 2: for ever
  int to_burst_ = 1, service_age_ = 0, client_age_ = 0;
  Begins begins_ = Begins::nothing;
  int begin_at_ = 0, actions_ = 0;
};

/// In ticks: how far any state may be from rest, answers a tick late and one more call on the way.
inline constexpr int bound = 38;

/// The longest way to rest from anywhere, remembered state by state.
class WayHome {
 public:
  explicit WayHome(Config const& config) : config_(config) {}

  /// Empty: the port comes to rest within the bound, whatever it finds at the modem.
  std::string home(Node const& node, std::string& trace) {
    Obedient from(node, config_);
    using Modem = Obedient::Modem;
    using Bell = Obedient::Bell;
    using Pace = Obedient::Pace;
    for (Modem const modem : {Modem::idle, Modem::online})
      for (Bell const bell : {Bell::edge, Bell::text})
        for (Pace const pace : {Pace::prompt, Pace::slow}) {
          from.set(modem, bell, pace);
          int const ticks = way(from);
          if (broken_.empty() && ticks > bound)
            broken_ = "rest only after " + std::to_string(ticks) + " ticks";
          if (!broken_.empty()) {
            trace = std::string("faults off, the modem is ") + (modem == Modem::idle ? "idle" : "online") +
                    (pace == Pace::slow ? ", answers take a tick\n" : "\n") + trace_;
            return broken_;
          }
          worst_ = std::max(worst_, ticks);
        }
    return {};
  }
  size_t known() const { return known_.size(); }
  int worst() const { return worst_; }

 private:
  static constexpr int under_way = -1;

  int way(Obedient const& from) {
    auto const [at, fresh] = known_.try_emplace(from.key(), under_way);
    if (!fresh) {
      if (at->second == under_way) broken_ = "never at rest: this goes round for ever";
      return std::max(at->second, 0);
    }
    int& known = at->second;  // references into the map stay good
    int worst = 0;
    Obedient next = from;
    Obedient::Took const took = next.step(Begins::nothing, 0);
    if (!from.at_rest()) worst = onward(next, took, "");
    if (from.may_begin())
      for (auto begins : {Begins::patient_call, Begins::single_burst, Begins::carrier})
        for (int i = 0; i <= took.actions && broken_.empty(); ++i) {
          Obedient other = from;
          Obedient::Took const also = other.step(begins, i);
          worst = std::max(worst, onward(other, also, begins_names[static_cast<int>(begins)]));
        }
    return known = worst;
  }

  int onward(Obedient const& next, Obedient::Took const& took, char const* begins) {
    int ticks = 0;
    if (took.ticks && next.deaf())
      broken_ = "law 2: a call stands on the line, and the port listens and does not know it";
    else
      ticks = took.ticks + way(next);
    if (!broken_.empty())
      trace_ = std::string(took.what) + (*begins ? ", " : "") + begins + " -> " +
               std::string(name(next.port().state())) + "." + std::string(name(next.port().step())) + "\n" +
               trace_;
    return ticks;
  }

  Config const& config_;
  int worst_ = 0;
  std::unordered_map<std::string, int> known_;
  std::string broken_, trace_;
};

}  // namespace offhook::port::test
