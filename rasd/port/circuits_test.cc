// What 107 and 125 say: a device that is not ready, and a burst that is over before its answer.
#include <gtest/gtest.h>

#include "rasd/port/test_support.h"

namespace offhook::port::test {
namespace {

TEST(circuits, a_device_that_is_not_ready_is_absent_once_and_says_why) {
  Rig rig;
  rig.listen();
  EXPECT_EQ(rig.tell(Sampled{0, Level::off, false, Level::off}), "hush_up, unlock");
  EXPECT_EQ(rig.state(), State::absent);
  EXPECT_EQ(rig.shown().failure, Failure::not_ready);
  EXPECT_NE(rig.shown().failure_text.find("107/DSR is off"), std::string::npos);
  EXPECT_NE(rig.last_note().find("not_ready -> absent (listen_look cancelled, device_gone)"),
            std::string::npos)
      << rig.last_note();
  EXPECT_EQ(rig.tell(Lease{7, "rasdial"}), "refuse 7 666");
  EXPECT_NE(rig.refusals.back().text.find("is not ready: the device is there"), std::string::npos);
  size_t const said = rig.changes.size(), noted = rig.notes.size();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(rig.pass(2s), "sample");
    EXPECT_EQ(rig.sampled(Level::off, false, Level::off), "");
  }
  for (Event const& event : {Event(Ring{}), Event(CarrierUp{}), Event(CarrierLost{}), Event(DeviceAppeared{}),
                             Event(CallerId{"1", "A"}), Event(Readable{})})
    EXPECT_EQ(rig.tell(event), "") << text(event);
  EXPECT_EQ(rig.changes.size(), said);
  EXPECT_EQ(rig.notes.size(), noted);
  EXPECT_EQ(rig.port().unexpected(), 0u);
  EXPECT_EQ(rig.tell(Sampled{0, Level::off, false, Level::on}), "ask_ownership");  // at once
  EXPECT_EQ(rig.state(), State::opening);
  EXPECT_EQ(rig.shown().failure, Failure::none);
}

TEST(circuits, a_device_that_is_not_ready_may_go_be_taken_or_be_hung_up) {
  auto const unready = [] {
    Rig rig;
    rig.nobody();
    rig.opened();
    rig.sampled(Level::off, false, Level::off);
    EXPECT_EQ(rig.step(), Step::unready);
    return rig;
  };
  Rig gone = unready();
  EXPECT_EQ(gone.tell(DeviceGone{}), "hush_up, close");
  EXPECT_EQ(gone.state(), State::absent);
  EXPECT_EQ(gone.shown().failure, Failure::none);  // there is none to be ready
  EXPECT_EQ(gone.tell(Lease{7, "rasdial"}), "refuse 7 608");
  Rig taken = unready();
  EXPECT_EQ(taken.seen("minicom"), "hush_up, close");
  EXPECT_EQ(taken.state(), State::foreign);
  Rig lost = unready();
  EXPECT_EQ(lost.tell(Lost{}), "ask_ownership");
  Rig disabled = unready();
  disabled.tell(Disable{});
  EXPECT_EQ(disabled.state(), State::disabled);
}

/// A call that the cable's end has ended, as far as the question whether the device can be talked to.
Rig cut_call() {
  Rig rig;
  rig.listen().connect();
  EXPECT_EQ(rig.tell(Sampled{0, Level::off, false, Level::off}), "hush_up, stop_service line_over");
  EXPECT_EQ(rig.tell(ServiceEnded{rig.service()}), "hush_up, revoke");
  rig.revoked();
  rig.opened();
  EXPECT_EQ(rig.pass(100ms), "set_dtr on, sample");
  EXPECT_EQ(rig.sampled(Level::off, false, Level::off), "");
  return rig;
}

TEST(circuits, a_call_cut_by_its_cable_is_absent_a_second_later_and_its_recovery_owed) {
  Rig rig = cut_call();
  EXPECT_EQ(rig.pass(999ms), "");
  EXPECT_EQ(rig.pass(1ms), "hush_up, unlock");  // not a word to a device that is not there
  EXPECT_EQ(rig.state(), State::absent);
  EXPECT_EQ(rig.shown().failure, Failure::not_ready);
  EXPECT_EQ(rig.tell(Sampled{0, Level::off, false, Level::on}), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "hush_up, revoke");
  rig.recover();
  EXPECT_EQ(rig.port().unexpected(), 0u);
}

TEST(circuits, a_modem_that_108_resets_is_waited_for_until_it_shows_107) {
  Rig rig = cut_call();
  rig.pass(700ms);
  EXPECT_EQ(rig.tell(Sampled{0, Level::off, false, Level::on}), "arm, talk attention");
  EXPECT_EQ(rig.port().unexpected(), 0u);
}

TEST(circuits, a_modem_whose_107_always_comes_late_is_recovered_all_the_same) {
  Rig rig = cut_call();
  rig.pass(1s);
  rig.tell(Sampled{0, Level::off, false, Level::on});
  rig.nobody();
  rig.revoked();
  rig.opened();
  rig.pass(100ms);
  rig.sampled(Level::off, false, Level::off);
  EXPECT_EQ(rig.pass(1s), "arm, talk attention");
}

TEST(circuits, a_burst_that_began_before_the_port_was_open_is_a_call) {
  Rig rig;
  rig.nobody();
  rig.opened();
  rig.sampled();
  rig.reply(Reply::ok);
  EXPECT_EQ(rig.sampled(Level::off, false, Level::on, Level::on), "ask_ownership");
  EXPECT_EQ(rig.step(), Step::answer_asks);
  rig.rings_on();
  EXPECT_EQ(rig.state(), State::answering);
}

TEST(circuits, a_burst_that_is_over_before_its_answer_is_not_answered) {
  Rig rig;
  rig.listen();
  rig.tell(Ring{});
  rig.nobody();
  EXPECT_EQ(rig.sampled(Level::off, true, Level::on, Level::off), "");
  EXPECT_EQ(rig.state(), State::ringing);
  EXPECT_EQ(rig.pass(8s), "arm, unlock, sample");  // the caller gave up
  EXPECT_EQ(rig.last_end(), Why::no_answer);
  rig.sampled();
  rig.pass(6s);
  rig.connect();
}

TEST(circuits, the_burst_after_one_that_was_over_is_answered_whatever_125_does) {
  for (uint8_t const rings : {uint8_t{1}, uint8_t{3}}) {
    Config config;
    config.rings_before_answer = rings;
    Rig rig(config);
    rig.listen();
    for (int i = 0; i < rings; ++i) rig.tell(Ring{});
    rig.nobody();
    rig.sampled(Level::off, true, Level::on, Level::off);
    EXPECT_EQ(rig.tell(Ring{}), "ask_ownership");
    EXPECT_EQ(rig.nobody(), "sample");
    EXPECT_EQ(rig.sampled(Level::off, true, Level::on, Level::off), "lock, talk answer");
    // And the next call is looked at anew.
    rig.reply(Reply::no_carrier);
    rig.recover();
    for (int i = 0; i < rings; ++i) rig.tell(Ring{});
    rig.nobody();
    EXPECT_EQ(rig.sampled(Level::off, true, Level::on, Level::off), "");
  }
}

TEST(circuits, a_125_that_may_come_in_pulses_hinders_no_answer) {
  Rig rig;
  rig.listen();
  rig.tell(Ring{});
  rig.nobody();
  EXPECT_EQ(rig.sampled(Level::off, true, Level::on, Level::unknown), "lock, talk answer");
}

}  // namespace
}  // namespace offhook::port::test
