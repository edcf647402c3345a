// The dialogue against the engines that answer it, in virtual time: a port's two halves, with a telephone
// line that this test plays.
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/modem.h"
#include "emulator/pad/pad.h"
#include "rasd/at/dialogue.h"

namespace offhook {
namespace {

using at::Outcome;
using at::Task;

/// What the exchange makes of a number.
std::optional<loop::Event> fate_of(std::string_view number) {
  struct Row {
    std::string_view number;
    loop::Event event;
  };
  static Row const rows[] = {
      {"5550101", loop::Answered{}},
      {"5550191", loop::Cleared{loop::Cause::user_busy}},
      {"5550193", loop::Voice{}},
      {"5550197", loop::Cleared{loop::Cause::unallocated_number}},
      {"5550196", loop::Cleared{loop::Cause::no_circuit_available}},
  };
  for (auto const& row : rows)
    if (row.number == number) return row.event;
  return std::nullopt;  // it rings for ever
}

template <class Engine>
class Port {
 public:
  Port(Engine engine, at::Script script) : device(std::move(engine)), dialogue(std::move(script)) {
    dtr(true);
    device.on_circuit(now, v24::Circuit::rts, true);
    settle();
  }

  void dtr(bool on) {
    device.on_circuit(now, v24::Circuit::dtr, on);
    settle();
  }
  void start(Task task, std::string_view to = {}) {
    dialogue.start(now, task, to);
    settle();
  }
  /// Runs until the task has ended, 200 s at most.
  std::optional<at::Ended> end() {
    for (Instant const limit = now + 200s; !ended && now < limit;) step(limit);
    return std::exchange(ended, {});
  }
  Outcome outcome() {
    auto const last = end();
    EXPECT_TRUE(last);
    if (last) text = last->text;
    return last ? last->outcome : Outcome::progress;
  }
  void pass(Duration time) {
    for (Instant const limit = now + time; now < limit;) step(limit);
  }
  void type(std::string_view bytes) {
    for (Bytes left = as_bytes(bytes); !left.empty();) {
      auto const split = device.on_dte_bytes(now, left);
      if (split.to_line + split.taken == 0) return;
      left = left.subspan(split.to_line + split.taken);
      settle();
    }
  }
  void tell(loop::Event event) {
    events.push_back(std::move(event));
    settle();
  }

  Engine device;
  at::Dialogue dialogue;
  Instant now{};
  std::optional<at::Ended> ended;
  std::deque<at::Heard> heard;
  std::string data, text;
  bool ringing = false;

 private:
  void step(Instant limit) {
    std::optional<Instant> next = limit;
    for (auto const at : {device.next_timeout(), dialogue.next_timeout()})
      if (at && *at < *next) next = at;
    now = std::max(now, *next);
    device.on_timeout(now);
    dialogue.on_timeout(now);
    settle();
  }

  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      while (auto action = device.poll_action()) {
        busy = true;
        using Said = std::conditional_t<std::is_same_v<Engine, pad::Pad>, pad::ToDte, hayes::ToDte>;
        if (auto const* said = std::get_if<Said>(&*action)) {
          size_t const read = dialogue.on_bytes(now, as_bytes(said->bytes));
          data += said->bytes.substr(read);
        }
        if (auto const* act = std::get_if<loop::Act>(&*action)) obey(*act);
      }
      while (auto action = dialogue.poll_action()) {
        busy = true;
        if (auto* send = std::get_if<at::Send>(&*action)) type(send->bytes);
        if (auto* last = std::get_if<at::Ended>(&*action)) ended = std::move(*last);
        if (auto* what = std::get_if<at::Heard>(&*action)) heard.push_back(std::move(*what));
      }
      if (events.empty()) continue;
      auto const event = std::move(events.front());
      events.pop_front();
      device.on_line(now, event);
      busy = true;
    }
  }

  void obey(loop::Act const& act) {
    if (std::holds_alternative<loop::GoOffHook>(act)) {
      events.push_back(std::exchange(ringing, false) ? loop::Event(loop::Answered{})
                                                     : loop::Event(loop::DialTone{}));
      number.clear();
    } else if (auto const* digits = std::get_if<loop::Digits>(&act)) {
      number += digits->digits;
    } else if (std::holds_alternative<loop::DialEnd>(act)) {
      events.push_back(loop::Ringback{});
      if (auto const fate = fate_of(number)) events.push_back(*fate);
    } else if (std::holds_alternative<loop::StartCarrier>(act)) {
      events.push_back(loop::CarrierUp{loop::Modulation::v22bis, 2400, 2400, {}, {}});
    } else if (std::holds_alternative<loop::StopCarrier>(act)) {
      events.push_back(loop::LinkReleased{});
    } else if (std::holds_alternative<loop::GoOnHook>(act)) {
      number.clear();
    }
  }

  std::deque<loop::Event> events;
  std::string number;
};

class EveryFamily : public testing::TestWithParam<std::string> {
 protected:
  using ModemPort = Port<hayes::Modem>;
  ModemPort port() const {
    return {hayes::Modem(*hayes::find_family(GetParam()), {}), *at::find_built_in(GetParam())};
  }
};
INSTANTIATE_TEST_SUITE_P(Families, EveryFamily, testing::Values("v250", "hayes2400", "rockwell", "usr"));

TEST_P(EveryFamily, is_initialised_whatever_was_left_behind) {
  for (std::string_view left :
       {"", "ATE0\r", "ATV0\r", "ATQ1\r", "ATV0E0\r", "ATQ1V0E1\r", "AT half a li", "junk"}) {
    auto p = port();
    p.type(left);
    p.start(Task::initialise);
    EXPECT_EQ(p.outcome(), Outcome::ok) << left << ": " << p.text;
    EXPECT_LT(p.now, Instant(4s)) << left;  // what was half typed may have become ATA
  }
}

TEST_P(EveryFamily, calls_end_as_the_number_has_it) {
  struct Row {
    std::string_view number;
    Outcome outcome;
  };
  bool const usr = GetParam() == "usr", rockwell = GetParam() == "rockwell";
  for (auto const& row :
       {Row{"5550101", Outcome::connect}, Row{"5550191", Outcome::busy},
        Row{"5550193", usr ? Outcome::voice : Outcome::no_carrier}, Row{"5550197", Outcome::no_carrier},
        Row{"5550192", rockwell ? Outcome::no_answer : Outcome::no_carrier}}) {
    auto p = port();
    p.start(Task::initialise);
    ASSERT_EQ(p.outcome(), Outcome::ok);
    p.start(Task::dial, row.number);
    EXPECT_EQ(p.outcome(), row.outcome) << row.number << ": " << p.text;
  }
}

TEST_P(EveryFamily, connect_is_understood_as_word_and_as_number) {
  for (std::string_view form : {"ATV1\r", "ATV0\r"}) {
    auto p = port();
    p.start(Task::initialise);
    ASSERT_EQ(p.outcome(), Outcome::ok);
    p.type(form);
    p.start(Task::dial, "5550101");
    auto const last = p.end();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->outcome, Outcome::connect) << form;
    EXPECT_EQ(last->connection.line_rate_bps, 2400u) << form << last->text;
    EXPECT_EQ(p.data, "");
  }
}

TEST_P(EveryFamily, rings_are_heard_and_the_call_is_answered) {
  auto p = port();
  p.start(Task::initialise);
  ASSERT_EQ(p.outcome(), Outcome::ok);
  p.ringing = true;
  p.tell(loop::RingOn{});
  ASSERT_EQ(p.heard.size(), 1u);
  EXPECT_EQ(p.heard[0].what, at::Heard::What::ring);
  p.pass(2s);
  p.tell(loop::RingOff{});
  p.start(Task::answer);
  EXPECT_EQ(p.outcome(), Outcome::connect);
}

TEST_P(EveryFamily, a_call_is_hung_up_by_escape_and_by_dtr) {
  auto p = port();
  p.start(Task::initialise);
  ASSERT_EQ(p.outcome(), Outcome::ok);
  for (bool const by_dtr : {false, true}) {
    p.start(Task::dial, "5550101");
    ASSERT_EQ(p.outcome(), Outcome::connect);
    p.pass(2s);
    if (by_dtr) {
      p.dtr(false);
      p.pass(1s);
      p.dtr(true);
      p.start(Task::attention);
    } else {
      p.start(Task::hang_up);
    }
    EXPECT_EQ(p.outcome(), Outcome::ok) << p.text;
    EXPECT_EQ(p.device.state(), hayes::State::command);
  }
}

TEST_P(EveryFamily, the_dial_that_is_given_up_leaves_the_modem_in_step) {
  auto p = port();
  p.start(Task::initialise);
  ASSERT_EQ(p.outcome(), Outcome::ok);
  p.start(Task::dial, "5550192");
  p.pass(5s);
  p.start(Task::attention);
  EXPECT_EQ(p.outcome(), Outcome::ok);
  p.pass(1s);
  p.start(Task::dial, "5550101");
  EXPECT_EQ(p.outcome(), Outcome::connect);
}

TEST_P(EveryFamily, the_carrier_that_is_lost_is_heard_once_text_is_read_again) {
  auto p = port();
  p.start(Task::initialise);
  ASSERT_EQ(p.outcome(), Outcome::ok);
  p.start(Task::dial, "5550101");
  ASSERT_EQ(p.outcome(), Outcome::connect);
  p.tell(loop::CarrierDown{});
  p.pass(5s);
  ASSERT_FALSE(p.heard.empty());
  EXPECT_EQ(p.heard.back().what, at::Heard::What::no_carrier);
}

TEST(Rockwell, caller_identity_between_the_rings_is_collected) {
  for (std::string_view form : {"AT#CID=1\r", "AT#CID=2\r"}) {
    Port<hayes::Modem> p(hayes::Modem(*hayes::find_family("rockwell"), {}), *at::find_built_in("rockwell"));
    p.start(Task::initialise);
    ASSERT_EQ(p.outcome(), Outcome::ok);
    p.type(form);
    p.tell(loop::RingOn{});
    p.pass(2s);
    p.tell(loop::RingOff{});
    loop::CallerId id;
    id.presentation = loop::CallerId::Presentation::given;
    id.number = "5550199";
    id.name = "MARY SMITH";
    id.date = {11, 20, 17, 3};
    p.tell(loop::CallerIdSent{id});
    p.pass(4s);
    p.tell(loop::RingOn{});
    ASSERT_FALSE(p.heard.empty());
    EXPECT_EQ(p.heard.back().what, at::Heard::What::ring);
    EXPECT_EQ(p.heard.back().caller,
              (at::CallerId{at::CallerId::Presentation::given, "5550199", "MARY SMITH", "1120", "1703"}))
        << form;
  }
}

class PadDialogue : public testing::Test {
 protected:
  Port<pad::Pad> p{pad::Pad(), *at::find_built_in("pad")};
};

TEST_F(PadDialogue, a_pad_is_initialised_from_any_state) {
  for (int again = 0; again < 2; ++again) {
    p.start(Task::initialise);
    EXPECT_EQ(p.outcome(), Outcome::ok) << p.text;
  }
  p.dtr(false);
  p.pass(1s);
  p.dtr(true);
  p.start(Task::initialise);
  EXPECT_EQ(p.outcome(), Outcome::ok) << p.text;
}

TEST_F(PadDialogue, selections_end_as_the_number_has_it) {
  struct Row {
    std::string_view number;
    Outcome outcome;
  };
  for (auto const& row : {Row{"5550191", Outcome::busy}, Row{"5550197", Outcome::unobtainable},
                          Row{"5550196", Outcome::congested}, Row{"5550193", Outcome::incompatible},
                          Row{"5550192", Outcome::out_of_order}, Row{"what", Outcome::refused},
                          Row{"5550101", Outcome::connect}}) {
    p.start(Task::initialise);
    ASSERT_EQ(p.outcome(), Outcome::ok);
    p.start(Task::dial, row.number);
    EXPECT_EQ(p.outcome(), row.outcome) << row.number << ": " << p.text;
  }
}

TEST_F(PadDialogue, a_call_that_comes_in_is_up_before_it_is_answered) {
  p.start(Task::initialise);
  ASSERT_EQ(p.outcome(), Outcome::ok);
  p.ringing = true;
  p.tell(loop::RingOn{});
  ASSERT_FALSE(p.heard.empty());
  EXPECT_EQ(p.heard.back().what, at::Heard::What::connect);
  p.start(Task::answer);
  EXPECT_EQ(p.outcome(), Outcome::connect);
  p.tell(loop::LinkReleased{});
  p.pass(1s);
  EXPECT_EQ(p.heard.back().what, at::Heard::What::no_carrier);
}

}  // namespace
}  // namespace offhook
