// Q244717: two programs disagree on a port's state, an event is missed, and the port is never reinitialised.
// Here one observer follows the port log through a remote hang-up in every state, and is never wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "tests/e2e/ras_lease.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

using testing::Contains;

/// S7 is short: a caller who gives up just before the ATA is waited for that long.
struct Rig {
  Rig() {
    EXPECT_TRUE(bank.up());
    rasd.emplace(
        "[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"echo welcome; exec cat\"]\nterminal = \"raw\"\n"
        "[[port]]\nname = \"line\"\npath = \"" +
        bank.port(0) + "\"\nservice = \"echo\"\ninit = [\"ATS7=5\"]\n[[port]]\nname = \"out\"\npath = \"" +
        bank.port(1) + "\"\nuse = \"dial-out\"\n");
    EXPECT_TRUE(rasd->up());
    observer.emplace(*rasd);
    EXPECT_TRUE(rests());
  }
  testing::AssertionResult rests() {
    for (char const* port : {"line", "out"})
      if (auto listens = rasd->reaches(port, "listening"); !listens) return listens;
    return observer->agrees();
  }
  BankProcess bank;
  std::optional<RasdProcess> rasd;
  std::optional<Observer> observer;
};

TEST(RasQ244717, a_remote_hang_up_in_any_state_of_an_answered_call_is_seen_and_the_port_listens) {
  Rig rig;
  int seen_ringing = 0, seen_connected = 0;
  for (int round = 0; round < turns(40, 1000); ++round) {
    SCOPED_TRACE(round);
    {
      PortFile caller(rig.bank.port(2 + round % 2));
      ASSERT_TRUE(caller.type("ATDT" + rig.bank.number(0) + "\r"));
      std::this_thread::sleep_for(std::chrono::milliseconds(round % 20 * 10));
      if (round % 5 == 1) {
        ASSERT_GE(rig.bank.vmodem({"drop", "ttyVM0", "--end", "far"}).status, 0);
      }
      if (round % 5 == 2) {
        ASSERT_GE(rig.bank.vmodem({"drop", "ttyVM0", "--end", "near"}).status, 0);
      }
      // Both at once: the line's end, and the caller's modem by its DTR.
    }
    ASSERT_TRUE(rig.observer->catch_up());
    if (round % 4 == 3) {
      // A caller who gave up while it rang is noticed after a cadence without a burst.
      ASSERT_TRUE(rig.rests());
    }
    for (auto const& state : rig.observer->states("line")) {
      seen_ringing += state == "ringing";
      seen_connected += state == "connected";
    }
  }
  ASSERT_TRUE(rig.rests());
  EXPECT_GT(seen_ringing, 0);
  EXPECT_GT(seen_connected, 0);
  PortFile caller(rig.bank.port(2));
  EXPECT_TRUE(dials(caller, rig.bank.number(0), "welcome\n"));
}

TEST(RasQ244717, a_remote_hang_up_in_a_clients_call_and_the_clients_end_leave_one_truth) {
  Rig rig;
  for (int round = 0; round < turns(24, 500); ++round) {
    SCOPED_TRACE(round);
    Phase const phase = every_phase[round % 4];
    Child client(hold_lease({rig.rasd->dir(), "out", rig.bank.number(0), phase}));
    ASSERT_TRUE(client.said().expect(name(phase)));
    // Three ends in changing order: the far end's, the carrier's, the client's.
    if (round % 3 == 0) client.process().signal(SIGKILL);
    if (phase == Phase::connected)
      rig.bank.vmodem({"drop", "ttyVM0", "--end", round % 2 == 0 ? "far" : "both"});
    if (round % 3 == 1) {
      EXPECT_GE(rig.rasd->ports().size(), 2u);
    }
    client.process().signal(SIGKILL);
    ASSERT_TRUE(rig.observer->catch_up());
    ASSERT_TRUE(client.process().wait());
    ASSERT_TRUE(rig.rests());
  }
  EXPECT_THAT(rig.observer->states("out"), Contains("leased"));
}

TEST(RasQ244717, every_order_is_seen_by_the_observer_as_it_is_carried_out) {
  Rig rig;
  for (char const* order : {"reset", "disable", "enable", "clear-stats"}) {
    SCOPED_TRACE(order);
    ASSERT_TRUE(rig.rasd->ask(order, {{"port", "line"}}));
    if (std::string(order) == "disable") {
      EXPECT_TRUE(rig.rasd->reaches("line", "disabled"));
      EXPECT_TRUE(rig.observer->agrees());
      EXPECT_EQ(rig.rasd->port("out").state, "listening");
    } else if (std::string(order) != "clear-stats") {
      EXPECT_TRUE(rig.rests());
    }
  }
  EXPECT_EQ(rig.observer->gaps(), 0);
}

}  // namespace
}  // namespace offhook::e2e
