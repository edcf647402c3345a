// Leases: who gets the port, who waits, and what the others are told.
#include <gtest/gtest.h>

#include "rasd/port/test_support.h"

namespace offhook::port::test {
namespace {

TEST(lease, is_granted_after_a_look_who_has_the_port) {
  Rig rig;
  rig.listen();
  EXPECT_EQ(rig.tell(Lease{7, "rasdial"}), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "grant 7");
  EXPECT_EQ(rig.state(), State::leased);
  EXPECT_EQ(rig.shown().client_text, "rasdial");
}

TEST(lease, of_a_port_that_another_program_took_is_refused_by_name) {
  Rig rig;
  rig.listen();
  rig.tell(Lease{7, "rasdial"});
  rig.held("minicom (pid 812, user anna)");
  ASSERT_EQ(rig.refusals.size(), 1u);
  EXPECT_EQ(rig.refusals[0], (Refuse{7, 633, "port ttyVM0 is in use: minicom (pid 812, user anna)"}));
}

TEST(lease, is_refused_in_each_state_in_its_own_words) {
  Rig rig;
  rig.listen().connect();
  rig.tell(Lease{8, "rasdial"});
  EXPECT_EQ(rig.refusals.back(), (Refuse{8, 633, "port ttyVM0 is in use: {connected} call 1"}));
  rig.tell(ServiceEnded{rig.service()});
  rig.recover().lend(9);
  rig.tell(Lease{10, "rasdial"});
  EXPECT_EQ(rig.refusals.back(), (Refuse{10, 633, "port ttyVM0 is in use by rasdial (pid 812)"}));
  rig.tell(Disable{});
  rig.tell(Lease{11, "rasdial"});
  EXPECT_EQ(rig.refusals.back().ras_error, 647u);
}

TEST(lease, of_a_port_without_device_is_608_and_of_a_port_for_dial_in_is_633) {
  Rig rig;
  rig.nobody();
  rig.open_failed(Trouble::absent);
  EXPECT_EQ(rig.tell(Lease{7, ""}), "refuse 7 608");
  Config config;
  config.dial_out = false;
  Rig other(config);
  other.listen();
  EXPECT_EQ(other.tell(Lease{7, ""}), "refuse 7 633");
}

TEST(lease, asked_for_during_a_recovery_waits_for_the_listen) {
  Rig rig;
  rig.listen().connect();
  rig.tell(ServiceEnded{rig.service()});
  EXPECT_EQ(rig.tell(Lease{7, "rasdial"}), "");
  EXPECT_EQ(rig.tell(Lease{8, "rasdial"}), "refuse 8 633");
  rig.revoked();
  rig.opened();
  rig.pass(100ms);
  rig.sampled();
  rig.reply(Reply::ok);
  rig.reply(Reply::ok);
  EXPECT_EQ(rig.sampled(), "ask_ownership");
  EXPECT_EQ(rig.nobody(), "grant 7");
}

TEST(lease, does_not_wait_for_ever) {
  Rig rig;
  rig.nobody();
  rig.opened();
  rig.sampled();
  rig.tell(Lease{7, "rasdial"});
  EXPECT_EQ(rig.pass(4999ms), "");
  rig.pass(1ms);
  ASSERT_EQ(rig.refusals.size(), 1u);
  EXPECT_EQ(rig.refusals[0].text, "port ttyVM0 is not ready yet: it is still initialising");
}

TEST(lease, of_a_port_nobody_can_look_at_in_time_is_refused_for_that) {
  Rig rig;
  rig.listen();
  EXPECT_EQ(rig.tell(Lease{7, "rasdial"}), "ask_ownership");
  rig.pass(5s);
  ASSERT_EQ(rig.refusals.size(), 1u);
  EXPECT_EQ(rig.refusals[0].text,
            "port ttyVM0 is not ready yet: whether another program has it open could not be seen in time (a "
            "busy machine)");
  EXPECT_EQ(rig.state(), State::listening);
}

TEST(lease, that_waits_gives_way_to_a_call) {
  Rig rig;
  rig.listen();
  rig.tell(Lease{7, "rasdial"});
  EXPECT_EQ(rig.tell(Ring{}), "refuse 7 633, ask_ownership");
}

TEST(lease, of_a_client_that_died_while_it_waited_is_forgotten) {
  Rig rig;
  rig.listen();
  rig.tell(Lease{7, "rasdial"});
  rig.tell(ClientGone{7});
  EXPECT_EQ(rig.nobody(), "");
  EXPECT_EQ(rig.state(), State::listening);
  rig.lend(8);
}

TEST(lease, ends_with_its_client_and_the_port_recovers) {
  Rig rig;
  rig.listen().lend(7);
  rig.tell(ClientGone{6});
  EXPECT_EQ(rig.state(), State::leased);
  EXPECT_EQ(rig.tell(ClientGone{7}), "hush_up, revoke");
  EXPECT_EQ(rig.last_end(), Why::lease_over);
  rig.recover();
}

TEST(lease, is_revoked_by_a_hang_up_before_anything_is_said_to_the_modem) {
  Rig rig;
  rig.listen().lend(7);
  EXPECT_EQ(rig.tell(HangUp{}), "end_lease 7 admin_reset, hush_up, revoke");
  rig.recover();
}

TEST(lease, ends_when_the_device_goes_and_the_recovery_is_still_owed) {
  Rig rig;
  rig.listen().lend(7);
  EXPECT_EQ(rig.tell(DeviceGone{}), "end_lease 7 device_gone, hush_up, close");
  EXPECT_EQ(rig.state(), State::absent);
  rig.tell(DeviceAppeared{});
  EXPECT_EQ(rig.nobody(), "hush_up, revoke");
}

TEST(lease, leaves_carrier_and_rings_to_the_client) {
  Rig rig;
  rig.listen().lend(7);
  EXPECT_EQ(rig.tell(CarrierUp{}), "");
  EXPECT_EQ(rig.tell(CarrierLost{}), "");
  EXPECT_EQ(rig.tell(Ring{}), "");
  EXPECT_EQ(rig.tell(Lost{}), "");
  EXPECT_EQ(rig.tell(Sampled{0, Level::on}), "");
  EXPECT_EQ(rig.tell(Sampled{0, Level::off, false, Level::off}), "");
  EXPECT_EQ(rig.port().unexpected(), 0u);
  EXPECT_EQ(rig.state(), State::leased);
  EXPECT_EQ(rig.pass(3600s), "");
}

TEST(lease, goes_on_when_root_breaks_in_and_the_intruder_is_named) {
  Rig rig;
  rig.listen().lend(7);
  EXPECT_EQ(rig.seen("minicom (pid 1, user root)"), "");
  EXPECT_EQ(rig.state(), State::leased);
  EXPECT_EQ(rig.shown().holder, "minicom (pid 1, user root)");
}

TEST(lease, whose_program_is_seen_before_its_end_and_told_of_after_it_leaves_the_port_to_nobody) {
  Rig rig;
  rig.listen().lend(7);
  Ticket const while_lent = rig.port().era();
  rig.tell(ClientGone{7});
  Ticket const until_revoked = rig.port().era();
  rig.revoked();
  for (Ticket const began : {while_lent, until_revoked}) {
    EXPECT_EQ(rig.tell(Ownership{began, "rasdial (pid 812)"}), "");
    EXPECT_EQ(rig.state(), State::recovering);
    EXPECT_EQ(rig.shown().holder, "");
  }
  EXPECT_EQ(rig.port().unexpected(), 0u);
  EXPECT_EQ(rig.seen("minicom (pid 813)"), "hush_up, close");  // a look of now is heard
  EXPECT_EQ(rig.state(), State::foreign);
}

}  // namespace
}  // namespace offhook::port::test
