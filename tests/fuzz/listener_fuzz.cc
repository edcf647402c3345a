// Callers from the network on their way in: who is let in, as whom, what the exchange makes of each, and what
// each says in telnet. The input is a script of events, three bytes each: what happens, to whom, and how long
// or how much; what a caller sends is taken from behind.
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/exchange/exchange.h"
#include "emulator/telnet/session.h"
#include "emulator/trunk/admission.h"
#include "emulator/trunk/identity.h"
#include "emulator/trunk/lines.h"

namespace {

using namespace offhook;
using Verdict = trunk::Admission::Verdict;

constexpr trunk::AdmissionLimits limits{.per_address = 2, .rest = 3s, .in_all = 6};
constexpr size_t program_lines = 1;
constexpr std::array<std::string_view, 4> addresses{"127.0.0.1", "2001:db8::ffff:ffff:1", "", "192.0.2.200"};
constexpr std::array<std::string_view, 8> numbers{"1",   "2",       "100",     "900",
                                                  "901", "5550000", "5550001", "no number"};

exchange::Plan plan() {
  exchange::Plan plan;
  plan.subscribers = {"1", "2"};
  plan.groups = {{"100", {0, 1}, exchange::HuntGroup::Order::round_robin, 1}};
  plan.test_lines = exchange::default_test_lines();
  plan.rest = 1s;
  return plan;
}

struct Caller {
  std::string address;
  telnet::Session session{telnet::Role::server};
  bool takes_a_line = false;
};

class Rig {
 public:
  Rig() : admission_(limits), exchange_(plan()) { exchange_.set_routes({"900", "901"}); }

  void play(Bytes script) {
    while (script.size() >= 3) {
      auto const [what, whom, how] = std::array{u8(script[0]), u8(script[1]), u8(script[2])};
      script = script.subspan(3);
      switch (what % 8) {
        case 0:
          arrive(addresses[whom % addresses.size()], numbers[how % numbers.size()]);
          break;
        case 1:
          if (Caller* const caller = pick(whom)) {
            auto const said = script.first(std::min<size_t>(how, script.size()));
            receive(*caller, said);
            script = script.subspan(said.size());
          }
          break;
        case 2:
          if (!callers_.empty()) exchange_.clear_call(now_, nth(whom));
          break;
        case 3:
          pass(how * 100ms);
          break;
        case 4:
          act(whom % 2, how);
          break;
        case 5:
          if (!callers_.empty()) exchange_.out_answered(now_, nth(whom));
          break;
        case 6:
          if (!callers_.empty()) exchange_.out_failed(now_, nth(whom), loop::Cause::user_busy);
          break;
        default:
          if (Caller* const caller = pick(whom)) send(*caller, how);
          break;
      }
      drain();
    }
    while (!callers_.empty()) {
      exchange_.clear_call(now_, nth(0));
      drain();
    }
    OFFHOOK_CHECK(admission_.calls() == 0 && lines_.busy(now_ + 1h, "900") == 0);
  }

 private:
  static uint8_t u8(std::byte b) { return static_cast<uint8_t>(b); }
  exchange::CallId nth(size_t n) const {
    return std::next(callers_.begin(), long(n % callers_.size()))->first;
  }
  Caller* pick(size_t n) { return callers_.empty() ? nullptr : &callers_.at(nth(n)); }

  void arrive(std::string_view address, std::string_view number) {
    auto const verdict = admission_.arrive(now_, address);
    size_t same = 0;
    for (auto const& [id, caller] : callers_) same += caller.address == address;
    if (callers_.size() >= limits.in_all) OFFHOOK_CHECK(verdict == Verdict::full);
    if (callers_.size() < limits.in_all && same >= limits.per_address)
      OFFHOOK_CHECK(verdict == Verdict::too_many);
    if (verdict != Verdict::admitted) return;
    OFFHOOK_CHECK(same < limits.per_address && callers_.size() < limits.in_all);
    exchange::OfferOrder order;
    order.from = trunk::identity(address);
    order.rings = 2;
    OFFHOOK_CHECK(exchange::check_ring(order.from, 0).has_value());
    auto const offered = exchange_.offer(now_, number, order);
    if (!offered) return admission_.left(now_, address);
    Caller& caller = callers_[*offered];
    caller.address = address;
    caller.session.start();
    drain();
  }

  void receive(Caller& caller, Bytes bytes) {
    std::string buffer(as_text(bytes));
    auto left = std::as_writable_bytes(std::span(buffer));
    while (!left.empty()) {
      auto const got = caller.session.receive(left);
      OFFHOOK_CHECK(got.taken <= left.size() && got.data.size() <= got.taken);
      OFFHOOK_CHECK(got.taken > 0 || caller.session.pending());
      left = left.subspan(got.taken);
      if (got.taken == 0) send(caller, 0);
    }
  }

  static void send(Caller& caller, size_t bytes) {
    std::string const data(bytes, '\xff');
    std::array<std::byte, telnet::Session::reply_limit> out;
    for (Bytes left = as_bytes(data); !left.empty() || caller.session.pending();) {
      auto const sent = caller.session.encode(left, out);
      OFFHOOK_CHECK(sent.written > 0 && sent.written <= out.size());
      left = left.subspan(sent.taken);
    }
  }

  /// A modem answers or hangs up.
  void act(exchange::SubscriberId modem, unsigned how) {
    if (how & 1)
      exchange_.on_loop(now_, modem, loop::GoOffHook{});
    else
      exchange_.on_loop(now_, modem, loop::GoOnHook{});
  }

  void pass(Duration time) {
    Instant const until = now_ + time;
    while (auto const next = exchange_.next_timeout()) {
      if (*next > until) break;
      now_ = std::max(now_, *next);
      exchange_.on_timeout(now_);
      drain();
    }
    now_ = until;
  }

  void drain() {
    while (auto const action = exchange_.poll_action()) {
      if (auto const* out = std::get_if<exchange::CallOut>(&*action)) leave(*out);
      if (auto const* ended = std::get_if<exchange::Disconnect>(&*action)) end(ended->call);
    }
  }

  /// 900 is a program with one line, which starts again for two seconds; whoever else calls it finds it busy.
  void leave(exchange::CallOut const& out) {
    Caller& caller = callers_.at(out.call);
    if (out.target != "900") return;
    caller.takes_a_line = lines_.take(now_, "900", program_lines);
    OFFHOOK_CHECK(lines_.busy(now_, "900") <= program_lines);
    if (!caller.takes_a_line) exchange_.out_failed(now_, out.call, loop::Cause::user_busy);
  }

  void end(exchange::CallId id) {
    auto const caller = callers_.find(id);
    OFFHOOK_CHECK(caller != callers_.end());  // each offer ends with exactly one Disconnect
    if (caller->second.takes_a_line) lines_.released(now_, "900", 2s);
    admission_.left(now_, caller->second.address);
    callers_.erase(caller);
  }

  trunk::Admission admission_;
  trunk::Lines lines_;
  exchange::Exchange exchange_;
  std::map<exchange::CallId, Caller> callers_;
  Instant now_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  Rig().play(offhook::as_bytes({reinterpret_cast<char const*>(data), size}));
  return 0;
}
