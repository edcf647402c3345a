// The life of a port as transcripts: what it is told, and what it asks for then.
#include "rasd/port/port.h"

#include <gtest/gtest.h>

#include "rasd/port/test_support.h"

namespace offhook::port::test {
namespace {

Config with(auto change) {
  Config config;
  change(config);
  return config;
}
Duration& time_of(Config& config, Timer timer) { return config.timing[static_cast<size_t>(timer)]; }

TEST(port, opens_initialises_and_listens_step_by_step) {
  Rig rig;
  EXPECT_EQ(rig.state(), State::opening);
  EXPECT_EQ(rig.nobody(), "open");
  EXPECT_EQ(rig.opened(), "sample");
  EXPECT_EQ(rig.sampled(), "lock, set_dtr on, arm, talk initialise");
  EXPECT_EQ(rig.reply(Reply::ok), "arm, unlock, sample");
  EXPECT_EQ(rig.state(), State::listening);
  EXPECT_EQ(rig.sampled(), "");
  EXPECT_EQ(rig.step(), Step::quietens);
  rig.pass(6s);
  EXPECT_EQ(rig.step(), Step::quiet);
}

TEST(port, transitions_log_in_one_shape) {
  Rig rig;
  rig.listen();
  rig.tell(Ring{});
  rig.rings_on();
  rig.reply(Reply::connect);
  EXPECT_EQ(rig.last_note(), "port ttyVM0 {answering} connect -> connected (answer_limit cancelled, call 1)");
}

TEST(port, an_event_that_the_state_does_not_list_is_noted_and_changes_nothing) {
  Rig rig;
  rig.listen();
  Port const before = rig.port();
  rig.tell(HangUp{});
  EXPECT_EQ(rig.last_note(), "port ttyVM0 {listening} hang_up is not expected");
  EXPECT_EQ(rig.port().unexpected(), 1u);
  EXPECT_EQ(rig.port().key(rig.now()), before.key(rig.now()));
}

TEST(port, an_answer_to_an_older_question_is_late_and_changes_nothing) {
  Rig rig;
  rig.nobody();
  Ticket const old = rig.port().awaited(Port::Question::open);
  rig.tell(Reset{});
  rig.nobody();
  rig.tell(Opened{old, 0});
  EXPECT_EQ(rig.last_note(), "port ttyVM0 {opening} opened comes late");
  EXPECT_EQ(rig.step(), Step::opens);
  rig.opened();
  EXPECT_EQ(rig.step(), Step::opening_samples);
}

TEST(port, a_missing_device_is_looked_for_and_taken_when_it_appears) {
  Rig rig;
  rig.nobody();
  EXPECT_EQ(rig.open_failed(Trouble::absent), "hush_up, close");
  EXPECT_EQ(rig.state(), State::absent);
  EXPECT_EQ(rig.pass(4s), "ask_ownership, ask_ownership");
  EXPECT_EQ(rig.state(), State::absent);  // to look is no news
  EXPECT_EQ(rig.nobody(), "ask_ownership");
  EXPECT_EQ(rig.state(), State::opening);
  rig.nobody();
  rig.open_failed(Trouble::absent);
  EXPECT_EQ(rig.tell(DeviceAppeared{}), "ask_ownership");
  EXPECT_EQ(rig.state(), State::opening);
}

TEST(port, a_holder_seen_before_the_open_gets_the_port) {
  Rig rig;
  EXPECT_EQ(rig.held("minicom (pid 812)"), "hush_up, close");
  EXPECT_EQ(rig.state(), State::foreign);
  EXPECT_EQ(rig.shown().holder, "minicom (pid 812)");
}

TEST(port, a_busy_port_without_a_holder_is_taken_back_by_revocation) {
  Rig rig;
  rig.nobody();
  EXPECT_EQ(rig.open_failed(Trouble::busy), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "hush_up, revoke");
  rig.recover();
}

TEST(port, a_busy_port_with_a_holder_is_his) {
  Rig rig;
  rig.nobody();
  rig.open_failed(Trouble::busy);
  rig.held("pppd");
  EXPECT_EQ(rig.state(), State::foreign);
}

TEST(port, a_port_that_may_not_be_opened_fails_with_the_reason_and_retries) {
  Rig rig;
  rig.nobody();
  rig.open_failed(Trouble::denied, "Permission denied: add rasd to the group dialout");
  EXPECT_EQ(rig.state(), State::failed);
  EXPECT_EQ(rig.shown().failure_text,
            "the port may not be opened: Permission denied: add rasd to the group dialout");
  EXPECT_EQ(rig.pass(1s), "ask_ownership");
  EXPECT_EQ(rig.state(), State::opening);
}

TEST(port, an_orphaned_call_is_ended_before_anything_else) {
  Rig rig;
  rig.nobody();
  rig.opened();
  EXPECT_EQ(rig.sampled(Level::on), "hush_up, revoke");
  EXPECT_EQ(rig.last_end(), Why::manager_reboot);
  rig.recover();
}

TEST(port, recovery_goes_through_its_steps_in_order) {
  Rig rig;
  rig.listen().connect();
  EXPECT_EQ(rig.tell(ServiceEnded{rig.service(), Why::user_request}), "hush_up, revoke");
  EXPECT_EQ(rig.revoked(), "close, open");
  EXPECT_EQ(rig.opened(), "lock, set_dtr off");
  EXPECT_EQ(rig.pass(99ms), "");
  EXPECT_EQ(rig.pass(1ms), "set_dtr on, sample");
  EXPECT_EQ(rig.sampled(), "arm, talk attention");
  EXPECT_EQ(rig.reply(Reply::ok), "lock, set_dtr on, arm, talk initialise");
  EXPECT_EQ(rig.reply(Reply::ok), "arm, unlock, sample");
}

TEST(port, a_far_end_that_echoes_or_talks_is_no_modem_that_answers) {
  for (Reply const reply : {Reply::echo, Reply::garbage}) {
    Rig rig;
    rig.listen().connect();
    rig.tell(ServiceEnded{rig.service()});
    rig.revoked();
    rig.opened();
    rig.pass(100ms);
    rig.sampled();
    EXPECT_EQ(rig.reply(reply), "talk escape");
  }
}

TEST(port, the_escape_is_sent_only_to_a_modem_that_does_not_answer) {
  Rig rig;
  rig.listen().connect();
  rig.tell(ServiceEnded{rig.service()});
  rig.revoked();
  rig.opened();
  rig.pass(100ms);
  rig.sampled();
  EXPECT_EQ(rig.reply(Reply::silent), "talk escape");
  EXPECT_EQ(rig.reply(Reply::silent), "lock, set_dtr on, arm, talk initialise");
}

TEST(port, what_cannot_be_revoked_is_left_to_its_holder_by_name) {
  Rig rig;
  rig.listen().lend();
  rig.tell(ClientGone{7});
  rig.not_revoked("sh (pid 9)");
  EXPECT_EQ(rig.state(), State::foreign);
  EXPECT_EQ(rig.shown().holder, "sh (pid 9)");
  EXPECT_EQ(rig.pass(1s), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "hush_up, revoke");
}

TEST(port, a_recovery_that_fails_is_still_owed_after_the_retry) {
  Rig rig;
  rig.listen().lend();
  rig.tell(ClientGone{7});
  rig.pass(5s);
  EXPECT_EQ(rig.state(), State::failed);
  EXPECT_EQ(rig.pass(1s), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "hush_up, revoke");
}

TEST(port, a_silent_device_is_blamed_only_after_owner_carrier_and_a_recovery) {
  Rig rig;
  rig.nobody();
  rig.opened();
  rig.sampled();
  EXPECT_EQ(rig.reply(Reply::silent), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "sample");
  EXPECT_EQ(rig.sampled(), "hush_up, revoke");
  rig.revoked();
  rig.opened();
  rig.pass(100ms);
  rig.sampled();
  rig.reply(Reply::silent);
  rig.reply(Reply::silent);
  rig.reply(Reply::silent);
  rig.nobody();
  rig.sampled();
  EXPECT_EQ(rig.state(), State::failed);
  EXPECT_EQ(rig.shown().failure, Failure::silent);
  EXPECT_EQ(hardware_condition(rig.shown()), HardwareCondition::not_responding);
}

TEST(port, only_silence_blames_the_hardware) {
  struct {
    Reply reply;
    Failure failure;
    unsigned ras_error;
  } const cases[] = {{Reply::silent, Failure::silent, 692},
                     {Reply::echo, Failure::echo, 652},
                     {Reply::garbage, Failure::garbage, 652},
                     {Reply::refused, Failure::refused, 651}};
  for (auto const& c : cases) {
    Rig rig;
    rig.nobody();
    rig.opened();
    rig.sampled();
    rig.reply(c.reply, "said so");
    rig.nobody();
    rig.sampled();
    rig.revoked();
    rig.opened();
    rig.pass(100ms);
    rig.sampled();
    rig.reply(Reply::ok);
    rig.reply(c.reply, "said so");
    rig.nobody();
    rig.sampled();
    EXPECT_EQ(rig.shown().failure, c.failure);
    EXPECT_EQ(rig.tell(Lease{7, "rasdial"}), "refuse 7 " + std::to_string(c.ras_error));
  }
}

TEST(port, a_carrier_that_cannot_be_dropped_is_no_fault_of_the_hardware) {
  Rig rig;
  rig.listen();
  rig.tell(CarrierUp{});
  rig.revoked();
  rig.opened();
  rig.pass(100ms);
  rig.sampled();
  rig.reply(Reply::ok);
  rig.reply(Reply::ok);
  rig.sampled(Level::on);
  EXPECT_EQ(rig.state(), State::failed);
  EXPECT_EQ(rig.shown().failure, Failure::carrier);
}

TEST(port, a_failed_port_retries_for_ever_with_longer_waits_up_to_a_minute) {
  Rig rig;
  Duration const waits[] = {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s};
  for (Duration const wait : waits) {
    rig.nobody();
    rig.open_failed(Trouble::other, "Input/output error");
    EXPECT_EQ(rig.pass(wait - 1ms), "");
    EXPECT_EQ(rig.pass(1ms), "ask_ownership");
  }
}

TEST(port, the_backoff_starts_anew_after_a_listen_that_stood) {
  Rig rig;
  for (int i = 0; i < 3; ++i) {
    rig.nobody();
    rig.open_failed(Trouble::other);
    rig.pass(4s);
  }
  rig.listen();
  rig.tell(Reset{});
  rig.pass(5s);
  EXPECT_EQ(rig.state(), State::failed);
  EXPECT_EQ(rig.pass(1s), "ask_ownership");
}

TEST(port, enable_and_reset_retry_a_failure_at_once) {
  for (Event const& order : {Event(Enable{}), Event(Reset{}), Event(DeviceAppeared{})}) {
    Rig rig;
    rig.nobody();
    rig.open_failed(Trouble::other);
    EXPECT_EQ(rig.tell(order), "ask_ownership");
  }
}

TEST(port, nothing_is_read_before_somebody_looked_who_has_the_port) {
  Rig rig;
  rig.listen();
  EXPECT_EQ(rig.tell(Readable{}), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "read");
  EXPECT_EQ(rig.tell(Readable{}), "ask_ownership");
  EXPECT_EQ(rig.held("minicom"), "hush_up, close");
  EXPECT_EQ(rig.state(), State::foreign);
}

TEST(port, a_call_is_answered_after_its_rings_and_gets_the_service) {
  Rig rig(with([](Config& c) { c.rings_before_answer = 2; }));
  rig.listen();
  EXPECT_EQ(rig.tell(Ring{}), "");
  EXPECT_EQ(rig.state(), State::ringing);
  rig.tell(CallerId{"5550199", "ANNA"});
  EXPECT_EQ(rig.tell(Ring{}), "ask_ownership");
  EXPECT_EQ(rig.rings_on(), "lock, talk answer");
  EXPECT_EQ(rig.reply(Reply::connect, "CONNECT 33600", 33600), "start_service");
  rig.tell(ServiceStarted{rig.service()});
  rig.tell(AuthenticationBegun{rig.service()});
  EXPECT_EQ(rig.state(), State::authenticating);
  rig.tell(Authenticated{rig.service(), "anna"});
  EXPECT_EQ(rig.state(), State::connected);
  EXPECT_EQ(rig.shown().user, "anna");
  EXPECT_EQ(rig.shown().number, "5550199");
  EXPECT_EQ(rig.shown().line_rate_bps, 33600u);
  EXPECT_EQ(rig.shown().dte_rate_bps, 115200u);
}

TEST(port, a_holder_seen_while_it_rings_gets_the_port_and_the_call) {
  Rig rig;
  rig.listen();
  rig.tell(Ring{});
  rig.held("minicom");
  EXPECT_EQ(rig.state(), State::foreign);
  EXPECT_EQ(rig.last_end(), Why::foreign);
}

TEST(port, a_port_for_dialling_out_alone_lets_it_ring) {
  Rig rig(with([](Config& c) { c.dial_in = false; }));
  rig.listen();
  EXPECT_EQ(rig.tell(Ring{}), "");
  EXPECT_EQ(rig.state(), State::listening);
  rig.sampled(Level::off, true);
  EXPECT_EQ(rig.state(), State::listening);
}

TEST(port, a_ring_during_the_init_is_a_call) {
  Rig rig;
  rig.nobody();
  rig.opened();
  rig.sampled();
  rig.tell(Ring{});
  EXPECT_EQ(rig.reply(Reply::ok), "ask_ownership");
  EXPECT_EQ(rig.step(), Step::answer_asks);
}

TEST(port, a_ring_long_before_the_end_of_the_init_is_forgotten) {
  Rig rig;
  rig.nobody();
  rig.opened();
  rig.sampled();
  rig.tell(Ring{});
  rig.pass(9s);
  rig.reply(Reply::ok);
  EXPECT_EQ(rig.state(), State::listening);
}

TEST(port, a_ring_found_by_the_sample_after_the_arming_is_a_call) {
  Rig rig;
  rig.nobody();
  rig.opened();
  rig.sampled();
  rig.reply(Reply::ok);
  EXPECT_EQ(rig.sampled(Level::off, true), "ask_ownership");
  EXPECT_EQ(rig.state(), State::ringing);
}

TEST(port, a_carrier_on_a_null_modem_cable_is_a_call) {
  Rig rig(with([](Config& c) { c.carrier = Carrier::call; }));
  rig.listen();
  EXPECT_EQ(rig.tell(CarrierUp{}), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "sample");
  EXPECT_EQ(rig.sampled(Level::on, false, Level::on, Level::off), "lock, talk answer");
}

TEST(port, a_call_that_does_not_connect_is_recovered_from) {
  struct {
    Reply reply;
    Why why;
  } const cases[] = {{Reply::no_carrier, Why::lost_carrier},
                     {Reply::refused, Why::port_error},
                     {Reply::silent, Why::port_error}};
  for (auto const& c : cases) {
    Rig rig;
    rig.listen();
    rig.tell(Ring{});
    rig.rings_on();
    EXPECT_EQ(rig.reply(c.reply), "hush_up, revoke");
    EXPECT_EQ(rig.last_end(), c.why);
  }
}

TEST(port, an_answer_that_never_ends_has_a_deadline) {
  Rig rig;
  rig.listen();
  rig.tell(Ring{});
  rig.rings_on();
  EXPECT_EQ(rig.pass(45s), "hush_up, revoke");
}

TEST(port, every_end_of_a_call_stops_the_service_and_recovers) {
  struct {
    Event event;
    Why why;
  } const cases[] = {{Sampled{0, Level::off}, Why::lost_carrier},
                     {CarrierLost{}, Why::lost_carrier},
                     {Lost{}, Why::lost_carrier},
                     {DeviceGone{}, Why::device_gone},
                     {HangUp{}, Why::admin_reset},
                     {Reset{}, Why::admin_reset},
                     {Sampled{0, Level::on, false, Level::off}, Why::device_gone}};
  for (auto const& c : cases) {
    Rig rig;
    rig.listen().connect();
    bool const line_over = c.why != Why::admin_reset;
    EXPECT_EQ(rig.tell(c.event), line_over ? "hush_up, stop_service line_over" : "hush_up, stop_service")
        << text(c.event);
    EXPECT_EQ(rig.tell(ServiceEnded{rig.service()}), "hush_up, revoke");
    EXPECT_EQ(rig.last_end(), c.why) << text(c.event);
    rig.recover();
  }
}

TEST(port, a_service_that_does_not_die_is_killed_and_then_left_behind) {
  Rig rig;
  rig.listen().connect();
  rig.tell(HangUp{});
  EXPECT_EQ(rig.pass(5s), "stop_service at_once");
  EXPECT_EQ(rig.pass(2s), "hush_up, revoke");
  rig.recover();
}

TEST(port, a_service_that_cannot_start_ends_the_call) {
  Rig rig;
  rig.listen();
  rig.tell(Ring{});
  rig.rings_on();
  rig.reply(Reply::connect);
  EXPECT_EQ(rig.tell(ServiceFailed{rig.service(), "no such program"}), "hush_up, revoke");
  EXPECT_EQ(rig.last_end(), Why::lost_service);
}

TEST(port, a_session_ends_at_its_limit) {
  Rig rig(with([](Config& c) { time_of(c, Timer::session_limit) = 3600s; }));
  rig.listen().connect();
  rig.pass(3599s);
  EXPECT_EQ(rig.state(), State::connected);
  rig.pass(1s);
  EXPECT_EQ(rig.state(), State::hanging_up);
  rig.tell(ServiceEnded{rig.service()});
  EXPECT_EQ(rig.last_end(), Why::session_timeout);
}

TEST(port, the_counters_of_a_call_are_kept_at_its_end) {
  Rig rig;
  rig.listen().connect();
  rig.tell(Traffic{{100, 200, 1}});
  rig.tell(ServiceEnded{rig.service()});
  EXPECT_EQ(rig.shown().now, Counters{});
  EXPECT_EQ(rig.shown().total, (Counters{100, 200, 1}));
  EXPECT_EQ(rig.shown().calls_total, 1u);
}

}  // namespace
}  // namespace offhook::port::test
