// One test an article of Microsoft's Knowledge Base: what went wrong there, and what happens here.
#include <gtest/gtest.h>

#include "rasd/port/test_support.h"

namespace offhook::port::test {
namespace {

// Q162807: a dialer that died left its port stuck and off the list.
TEST(articles, q162807_a_client_that_dies_gives_the_port_back_and_the_next_gets_it) {
  Rig rig;
  rig.listen();
  for (ClientId client = 1; client <= 100; ++client) {
    rig.lend(client);
    rig.tell(ClientGone{client});
    EXPECT_EQ(rig.last_end(), Why::lease_over);
    rig.recover();
  }
  EXPECT_EQ(rig.shown().leases_total, 100u);
}

TEST(articles, q162807_a_program_that_died_holding_tiocexcl_and_a_lock_keeps_nobody_out) {
  Rig rig;
  rig.listen();
  rig.seen("pppd (pid 77)");
  EXPECT_EQ(rig.state(), State::foreign);
  rig.pass(1s);
  rig.nobody();  // dead: what it left is nobody's
  rig.revoked();
  EXPECT_EQ(rig.open_failed(Trouble::busy), "ask_ownership");
  rig.nobody();
  EXPECT_EQ(rig.state(), State::failed);
  EXPECT_EQ(rig.shown().failure, Failure::busy);  // a tty that cannot be revoked: said, and tried again
  rig.pass(1s);
  rig.nobody();
  rig.opened();
  rig.initialise();
}

// Q244717: two programs disagreed on a port's state, and nobody reinitialised it.
TEST(articles, q244717_a_remote_hang_up_in_every_state_of_a_call_leads_back_to_the_listen) {
  for (State const at : {State::answering, State::connected, State::authenticating, State::hanging_up}) {
    Rig rig;
    rig.listen();
    rig.tell(Ring{});
    rig.rings_on();
    if (at != State::answering) {
      rig.reply(Reply::connect);
      rig.tell(ServiceStarted{rig.service()});
    }
    if (at == State::authenticating) rig.tell(AuthenticationBegun{rig.service()});
    if (at == State::hanging_up) rig.tell(HangUp{});
    ASSERT_EQ(rig.state(), at);
    rig.tell(CarrierLost{});
    if (at == State::answering)
      rig.reply(Reply::no_carrier);
    else
      rig.tell(ServiceEnded{rig.service()});
    rig.recover();
  }
}

// Q252299: the listen was posted without asking whether a call was in progress.
TEST(articles, q252299_a_call_that_began_before_the_listen_is_found_by_it) {
  Rig rig;
  rig.nobody();
  rig.opened();
  rig.sampled();
  EXPECT_EQ(rig.reply(Reply::ok), "arm, unlock, sample");
  rig.sampled(Level::off, true);
  EXPECT_EQ(rig.state(), State::ringing);
  rig.rings_on();
  EXPECT_EQ(rig.state(), State::answering);
}

TEST(articles, q252299_a_cable_that_comes_back_brings_a_modem_that_is_set_up_anew) {
  Rig rig;
  rig.listen();
  rig.tell(Sampled{0, Level::off, false, Level::off});
  EXPECT_EQ(rig.state(), State::absent);
  rig.tell(Sampled{0});
  rig.nobody();
  rig.opened();
  EXPECT_EQ(rig.sampled(), "lock, set_dtr on, arm, talk initialise");
  rig.tell(Ring{});  // seconds after the cable
  EXPECT_EQ(rig.reply(Reply::ok), "ask_ownership");
  EXPECT_EQ(rig.rings_on(), "lock, talk answer");
}

TEST(articles, q252299_callers_that_connect_and_drop_do_not_wear_the_port_out) {
  Rig rig;
  rig.listen();
  for (int i = 0; i < 50; ++i) {
    rig.connect();
    rig.tell(CarrierLost{});
    rig.tell(ServiceEnded{rig.service()});
    rig.recover();
  }
  EXPECT_EQ(rig.shown().calls_total, 50u);
}

// Q160188: HyperTerminal held the port, and RAS blamed the hardware.
TEST(articles, q160188_a_port_that_a_terminal_program_has_is_in_use_and_not_broken) {
  Rig rig;
  rig.listen();
  rig.seen("minicom (pid 812, user anna, since 10:02:11): open");
  rig.tell(Lease{7, "rasdial"});
  EXPECT_EQ(rig.refusals.back(),
            (Refuse{7, 633, "port ttyVM0 is in use: minicom (pid 812, user anna, since 10:02:11): open"}));
}

TEST(articles, q160188_a_look_from_before_a_program_came_does_not_take_the_port_from_it) {
  Rig rig;
  rig.listen();
  Ticket const began = rig.port().era();
  rig.tell(Ownership{0, "minicom (pid 812)"});
  EXPECT_EQ(rig.tell(Ownership{began, ""}), "");
  EXPECT_EQ(rig.state(), State::foreign);
  EXPECT_EQ(rig.seen(""), "hush_up, revoke");
}

TEST(articles, q162807_a_holder_that_is_seen_to_be_gone_is_not_waited_for) {
  Rig rig;
  rig.listen();
  rig.seen("");
  EXPECT_EQ(rig.state(), State::listening);
  rig.seen("pppd (pid 77)");
  EXPECT_EQ(rig.state(), State::foreign);
  rig.seen("");
  EXPECT_EQ(rig.state(), State::recovering);
}

TEST(articles, q160188_a_holder_of_a_wedged_modem_is_named_all_the_same) {
  Rig rig;
  rig.nobody();
  rig.opened();
  rig.sampled();
  rig.reply(Reply::silent);
  rig.held("minicom (pid 812)");
  EXPECT_EQ(rig.state(), State::foreign);
  EXPECT_EQ(rig.tell(Lease{7, "rasdial"}), "refuse 7 633");
}

// Q176209: a caller who hung up before ring N left a port that never answered again.
TEST(articles, q176209_a_caller_who_gives_up_before_the_answer_leaves_a_new_listen) {
  Config config;
  config.rings_before_answer = 3;
  Rig rig(config);
  rig.listen();
  rig.tell(Ring{});
  rig.tell(Ring{});
  EXPECT_EQ(rig.pass(8s), "arm, unlock, sample");
  EXPECT_EQ(rig.last_end(), Why::no_answer);
  rig.sampled();
  rig.pass(6s);
  rig.connect();  // and the next caller's rings are counted from one
  EXPECT_EQ(rig.shown().calls_total, 2u);
}

// Q222053: the automatic disconnect never gave the port back.
TEST(articles, q222053_the_idle_limit_ends_the_call_and_the_port_listens) {
  Config config;
  config.timing[static_cast<size_t>(Timer::idle_limit)] = 300s;
  Rig rig(config);
  rig.listen().connect();
  rig.pass(299s);
  rig.tell(Traffic{{1, 0, 0}});
  rig.pass(299s);
  EXPECT_EQ(rig.state(), State::connected);
  rig.pass(1s);
  EXPECT_EQ(rig.state(), State::hanging_up);
  rig.tell(ServiceEnded{rig.service()});
  EXPECT_EQ(rig.last_end(), Why::idle_timeout);
  rig.recover();
}

// Q196077: an attempt that failed leaked its port.
TEST(articles, q196077_a_lease_that_is_refused_leaves_the_port_as_it_was) {
  Rig rig;
  rig.listen().lend(7);
  rig.tell(Lease{8, "another"});
  rig.tell(ClientGone{8});
  EXPECT_EQ(rig.state(), State::leased);
  rig.tell(ClientGone{7});
  rig.recover();
}

// Q136858: after about 3,000 connections the ports were dead.
TEST(articles, q136858_three_thousand_calls_leave_the_port_as_it_was) {
  Rig rig;
  rig.listen();
  std::string const before = rig.port().key(rig.now());
  for (int i = 0; i < 3000; ++i) {
    rig.connect();
    rig.tell(ServiceEnded{rig.service()});
    rig.recover();
    rig.changes.clear();
    rig.changes.push_back({.kind = Change::Kind::state, .state = State::listening});
    rig.notes.clear();
  }
  EXPECT_EQ(rig.port().key(rig.now()), before);
}

// Q147717: disabling one port needed a restart of the service.
TEST(articles, q147717_a_port_is_disabled_and_enabled_from_every_state) {
  Rig rig;
  rig.listen();
  EXPECT_EQ(rig.tell(Disable{}), "hush_up, set_dtr off, close");
  EXPECT_EQ(rig.state(), State::disabled);
  EXPECT_EQ(rig.tell(Enable{}), "ask_ownership");
  rig.listen().connect();
  EXPECT_EQ(rig.tell(Disable{}), "hush_up, stop_service");
  rig.tell(ServiceEnded{rig.service()});
  EXPECT_EQ(rig.last_end(), Why::admin_reset);
  rig.revoked();
  rig.opened();
  rig.pass(100ms);
  rig.sampled();
  EXPECT_EQ(rig.reply(Reply::ok), "hush_up, set_dtr off, close");
  EXPECT_EQ(rig.state(), State::disabled);
  rig.tell(Enable{});
  rig.listen();
}

// Q138226: ports that were added were ignored; and one that is removed may not cut its call.
TEST(articles, q138226_a_port_that_is_removed_ends_its_call_as_it_ends) {
  Rig rig;
  rig.listen().connect();
  EXPECT_EQ(rig.tell(Remove{}), "");
  EXPECT_EQ(rig.state(), State::connected);
  EXPECT_EQ(rig.tell(Lease{7, "rasdial"}), "refuse 7 615");
  rig.tell(ServiceEnded{rig.service()});
  EXPECT_EQ(rig.last_end(), Why::user_request);
  rig.revoked();
  rig.opened();
  rig.pass(100ms);
  rig.sampled();
  EXPECT_EQ(rig.reply(Reply::ok), "hush_up, set_dtr off, close, finished");
  EXPECT_EQ(rig.tell(Enable{}), "");
}

TEST(articles, q138226_a_port_that_comes_back_into_the_configuration_stays) {
  Rig rig;
  rig.listen().connect();
  rig.tell(Remove{});
  rig.tell(Enable{});
  rig.tell(ServiceEnded{rig.service()});
  rig.recover();
}

// Q101878: a missed fall of DCD or DSR: 'authenticated' for 20 minutes.
TEST(articles, q101878_a_fall_of_109_that_nobody_told_is_found_within_five_seconds) {
  Rig rig;
  rig.listen().connect();
  EXPECT_EQ(rig.pass(5s), "sample");
  rig.sampled(Level::on);
  EXPECT_EQ(rig.state(), State::connected);
  rig.pass(5s);
  EXPECT_EQ(rig.sampled(Level::off), "hush_up, stop_service line_over");
  EXPECT_EQ(rig.state(), State::hanging_up);
}

TEST(articles, q101878_a_tty_without_circuits_does_not_lose_its_call_to_the_look) {
  Rig rig;
  rig.listen().connect();
  rig.pass(5s);
  rig.sampled(Level::unknown, false, Level::unknown);
  EXPECT_EQ(rig.state(), State::connected);
}

// Q160188: a program that came to the listening port and left again before anybody could look.

TEST(unseen_program, the_device_is_initialised_again_and_once) {
  Rig rig;
  rig.listen();
  EXPECT_EQ(rig.tell(Touched{}), "");
  EXPECT_EQ(rig.seen(""), "arm, talk initialise");
  EXPECT_EQ(rig.state(), State::initialising);
  EXPECT_EQ(rig.reply(Reply::ok), "arm, unlock, sample");
  rig.sampled();
  EXPECT_EQ(rig.seen(""), "");
  EXPECT_EQ(rig.pass(16s), "ask_ownership, sample");
  EXPECT_EQ(rig.nobody(), "read");
  EXPECT_EQ(rig.state(), State::listening);
}

TEST(unseen_program, one_that_is_still_there_has_the_port) {
  Rig rig;
  rig.listen().tell(Touched{});
  rig.seen("minicom");
  EXPECT_EQ(rig.state(), State::foreign);
}

TEST(unseen_program, our_own_opens_bring_no_second_init) {
  Rig rig;
  rig.nobody();
  rig.tell(Touched{});
  rig.opened();
  rig.tell(Touched{});
  rig.initialise();
  EXPECT_EQ(rig.seen(""), "");
  EXPECT_EQ(rig.state(), State::listening);
}

TEST(unseen_program, a_call_that_rings_while_the_device_is_initialised_again_is_answered) {
  Rig rig;
  rig.listen().tell(Touched{});
  rig.seen("");
  rig.tell(Ring{});
  EXPECT_EQ(rig.reply(Reply::ok), "ask_ownership");
  rig.rings_on();
  EXPECT_EQ(rig.state(), State::answering);
}

TEST(unseen_program, who_comes_while_it_rings_is_remembered_at_the_listen) {
  Rig rig;
  rig.listen().tell(Ring{});
  rig.tell(Touched{});
  rig.pass(5s);
  ASSERT_EQ(rig.state(), State::listening);
  EXPECT_EQ(rig.seen(""), "arm, talk initialise");
}

TEST(unseen_program, one_that_comes_during_the_renewal_has_it_done_again) {
  Rig rig;
  rig.listen().tell(Touched{});
  rig.seen("");
  rig.tell(Touched{});
  rig.reply(Reply::ok);
  EXPECT_EQ(rig.seen(""), "arm, talk initialise");
}

TEST(unseen_program, a_device_that_he_left_mute_is_recovered) {
  Rig rig;
  rig.listen().tell(Touched{});
  rig.seen("");
  EXPECT_EQ(rig.reply(Reply::silent), "ask_ownership");
  rig.nobody();
  rig.sampled();
  EXPECT_EQ(rig.state(), State::recovering);
}

}  // namespace
}  // namespace offhook::port::test
