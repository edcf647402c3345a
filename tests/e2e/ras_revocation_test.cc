// A lease taken back is taken from a program that cannot be asked: stopped, its port gone to the next call,
// and continued, it writes to nobody and its DTR is nobody's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "rasd/lease/packets.h"
#include "tests/e2e/ras_lease.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

constexpr char old_words[] = "of the old holder";

std::string lent_and_answering(BankProcess const& bank) {
  return "[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"echo welcome; exec cat\"]\nterminal = \"raw\"\n"
         "[[port]]\nname = \"line\"\npath = \"" +
         bank.port(0) + "\"\nservice = \"echo\"\n";
}

class RasRevocation : public testing::TestWithParam<Phase> {};

TEST_P(RasRevocation, not_one_byte_of_a_stopped_holder_reaches_the_next_call) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(lent_and_answering(bank));
  ASSERT_TRUE(rasd.up());
  for (int round = 0; round < turns(8, 200); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    ASSERT_TRUE(rasd.reaches("line", "listening"));
    // To the line that echoes: what the holder writes comes back to him, and fills everything on the way.
    Child holder(hold_lease({rasd.dir(), "line", "5550000", GetParam(), Then::writes_without_end}));
    ASSERT_TRUE(holder.said().expect(name(GetParam())));
    std::string const before = std::to_string(rasd.port("line").leases);
    pause_a_little();
    holder.process().signal(SIGSTOP);
    ASSERT_TRUE(rasd.ask("hangup", {{"port", "line"}}));
    ASSERT_TRUE(rasd.reaches("line", "listening"));

    PortFile caller(bank.port(2));
    ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
    holder.process().signal(SIGCONT);
    EXPECT_TRUE(holder.said().expect("write failed"));
    ASSERT_TRUE(caller.type("the next call's own"));
    EXPECT_TRUE(caller.expect("the next call's own"));
    EXPECT_THAT(caller.listen(100ms), testing::Not(testing::HasSubstr(old_words)));
    EXPECT_EQ(rasd.port("line").state, "connected");
    EXPECT_EQ(std::to_string(rasd.port("line").leases), before);
    if (HasFailure()) return;
  }
  EXPECT_TRUE(rasd.reaches("line", "listening"));
}
INSTANTIATE_TEST_SUITE_P(RasRevocation, RasRevocation, testing::Values(Phase::granted, Phase::connected),
                         [](auto const& instance) { return std::string(name(instance.param)); });

/// Closes and opens what it was lent: DTR goes down and up with it.
Child::Act wave_dtr(std::string dir) {
  return [dir = std::move(dir)] {
    auto client = lease::Client::connect(dir);
    if (!client || !client->send(lease::Request{"line", "waves"})) return say("no lease");
    std::optional<lease::FromManager> granted;
    while (!granted) {
      auto message = client->receive();
      if (!message) return say("gone");
      if (*message) granted = std::move(**message);
    }
    say("granted");
    for (int turn = 0;; ++turn) {
      if (turn == 200) say("waved");
      // What a program does with DTR on a pty: its speed is zero (B0), and is not.
      termios settings{};
      if (tcgetattr(granted->descriptor.get(), &settings) != 0) {
        say("its descriptor is dead");
        break;
      }
      cfsetspeed(&settings, turn % 2 == 0 ? B0 : B115200);
      tcsetattr(granted->descriptor.get(), TCSANOW, &settings);
    }
    granted.reset();  // the close would drop DTR
    say("closed");
    for (;;) pause();
  };
}

TEST(RasRevocationOfDtr, a_stopped_holder_that_plays_with_dtr_drops_no_call_that_comes_after) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(lent_and_answering(bank));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  Child holder(wave_dtr(rasd.dir()));
  ASSERT_TRUE(holder.said().expect("granted"));
  holder.process().signal(SIGSTOP);
  ASSERT_TRUE(rasd.ask("hangup", {{"port", "line"}}));
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  PortFile caller(bank.port(2));
  ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
  holder.process().signal(SIGCONT);
  EXPECT_TRUE(holder.said().expect("its descriptor is dead"));
  EXPECT_TRUE(holder.said().expect("closed"));
  EXPECT_EQ(caller.listen(1s), "");
  EXPECT_TRUE(caller.type("still there"));
  EXPECT_TRUE(caller.expect("still there"));
  EXPECT_EQ(rasd.port("line").calls, 1);
}

}  // namespace
}  // namespace offhook::e2e
