// Two engines of this room joined by a small exchange and line in virtual time. For tests.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/pad/dce.h"

namespace offhook::pad {

/// The exchange knows the numbers "1" and "2" of the two ends. Whoever is off-hook is busy; a ring lasts two
/// seconds of six. The line takes no time, and ends hear of its end once they took all that was sent.
template <class Engine>
class Pair {
 public:
  Pair(Engine first, Engine second) : ends_{End{std::move(first)}, End{std::move(second)}} { settle(); }

  Engine& engine(size_t i) { return ends_[i].engine; }
  std::string read(size_t i) { return std::exchange(ends_[i].to_dte, {}); }
  size_t waiting_for(size_t i) const { return ends_[1 - i].on_line.size(); }
  Instant now() const { return now_; }

  void circuit(size_t i, v24::Circuit circuit, bool on) {
    ends_[i].engine.on_circuit(now_, circuit, on);
    settle();
  }
  void dtr(size_t i, bool on) { circuit(i, v24::Circuit::dtr, on); }
  bool shows(size_t i, v24::Circuit circuit) const { return ends_[i].engine.circuits().on(circuit); }

  void type(size_t i, std::string_view text) {
    Bytes bytes = as_bytes(text);
    while (!bytes.empty()) {
      auto const [to_line, taken] = ends_[i].engine.on_dte_bytes(now_, bytes);
      OFFHOOK_CHECK(to_line + taken > 0 && to_line + taken <= bytes.size());
      drain(i);
      send(i, as_text(bytes.first(to_line)));
      bytes = bytes.subspan(to_line + taken);
      settle();
    }
  }

  void tell(size_t i, loop::Event event) {
    events_.emplace_back(i, std::move(event));
    settle();
  }

  void pass(Duration length) {
    Instant const end = now_ + length;
    for (;;) {
      std::optional<Instant> next = ring_due_;
      for (auto const& each : ends_)
        if (auto const at = each.engine.next_timeout(); at && (!next || *at < *next)) next = at;
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      if (ring_due_ && *ring_due_ <= now_) ring();
      for (auto& each : ends_) each.engine.on_timeout(now_);
      settle();
    }
    now_ = end;
  }

 private:
  enum class Hook : uint8_t { on, off, calling, rung, connected };
  struct End {
    Engine engine;
    Hook hook = Hook::on;
    bool carrier = false, up = false, leaving = false;
    std::string to_dte{}, on_line{};  // what it sent and the other has not taken
  };

  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      for (size_t i : {0, 1}) busy = drain(i) || deliver(i) || busy;
      if (events_.empty()) continue;
      auto const [to, event] = std::move(events_.front());
      events_.pop_front();
      ends_[to].engine.on_line(now_, event);
      busy = true;
    }
  }

  bool drain(size_t i) {
    bool any = false;
    while (auto action = ends_[i].engine.poll_action()) {
      any = true;
      if (auto const* bytes = std::get_if<ToDte>(&*action)) ends_[i].to_dte += bytes->bytes;
      if (auto const* bytes = std::get_if<ToLine>(&*action)) send(i, bytes->bytes);
      if (auto const* act = std::get_if<loop::Act>(&*action)) obey(i, *act);
    }
    return any;
  }

  void send(size_t i, std::string_view bytes) {
    if (ends_[i].up) ends_[i].on_line += bytes;
  }

  bool deliver(size_t to) {
    End &from = ends_[1 - to], &end = ends_[to];
    std::string& bytes = from.on_line;
    size_t taken = 0;
    if (end.hook != Hook::connected) bytes.clear();
    if (!bytes.empty() && end.engine.accepts_line_data()) {
      taken = bytes.size();
      end.to_dte += bytes;
      end.engine.on_line_bytes(now_, taken);
    } else if (!bytes.empty()) {
      taken = end.engine.on_line_data(now_, as_bytes(bytes));
    }
    bytes.erase(0, taken);
    if (bytes.empty() && std::exchange(from.leaving, false)) {
      bool const in_order = from.hook == Hook::connected;
      for (auto& each : ends_) each.up = each.carrier = false;
      if (in_order) tell_later(1 - to, loop::LinkReleased{});
      if (end.hook == Hook::connected)
        tell_later(to, in_order ? loop::Event(loop::LinkReleased{}) : loop::Event(loop::CarrierDown{}));
      return true;
    }
    return taken != 0;
  }

  void tell_later(size_t i, loop::Event event) { events_.emplace_back(i, std::move(event)); }

  void obey(size_t i, loop::Act const& act) {
    End &me = ends_[i], &other = ends_[1 - i];
    if (std::holds_alternative<loop::GoOffHook>(act)) {
      bool const rung = me.hook == Hook::rung;
      me.hook = rung ? Hook::connected : Hook::off;
      if (!rung) return tell_later(i, loop::DialTone{});
      other.hook = Hook::connected;
      ring_due_.reset();
      for (size_t each : {0, 1}) tell_later(each, loop::Answered{});
    } else if (auto const* digits = std::get_if<loop::Digits>(&act)) {
      bool const mine = digits->digits == (i == 0 ? "2" : "1");
      if (!mine) return tell_later(i, loop::Cleared{loop::Cause::unallocated_number});
      if (other.hook != Hook::on) return tell_later(i, loop::Cleared{loop::Cause::user_busy});
      me.hook = Hook::calling;
      other.hook = Hook::rung;
      tell_later(i, loop::Ringback{});
      ring_ = false;
      ring();
    } else if (std::holds_alternative<loop::GoOnHook>(act)) {
      hang_up(me, other, 1 - i);
    } else if (std::holds_alternative<loop::StartCarrier>(act)) {
      me.carrier = me.hook == Hook::connected;
      if (!me.carrier || !other.carrier) return;
      for (size_t each : {0, 1}) {
        ends_[each].up = true;
        tell_later(each, loop::CarrierUp{loop::Modulation::v34, 33600, 33600, {}, {}});
      }
    } else if (std::holds_alternative<loop::StopCarrier>(act)) {
      me.leaving = true;
    }
  }

  void hang_up(End& me, End& other, size_t to) {
    Hook const was = std::exchange(me.hook, Hook::on);
    if (was == Hook::calling) {
      other.hook = Hook::on;
      ring_due_.reset();
      tell_later(to, loop::RingOff{});
    }
    if (was != Hook::connected || other.hook != Hook::connected) return;
    me.leaving = me.up;
    other.on_line.clear();
    tell_later(to, loop::Cleared{loop::Cause::normal_clearing});
  }

  void ring() {
    size_t const to = ends_[0].hook == Hook::rung ? 0 : 1;
    bool const on = ring_ = !ring_;
    tell_later(to, on ? loop::Event(loop::RingOn{}) : loop::Event(loop::RingOff{}));
    ring_due_ = now_ + (on ? Duration(2s) : Duration(4s));
  }

  std::array<End, 2> ends_;
  std::deque<std::pair<size_t, loop::Event>> events_;
  Instant now_{};
  std::optional<Instant> ring_due_;
  bool ring_ = false;
};

}  // namespace offhook::pad
