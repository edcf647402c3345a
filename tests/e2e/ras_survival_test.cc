// rasd killed at any moment, and what it says of a configuration that cannot be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "tests/e2e/ras_lease.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

/// anywhere: at some time of a call that comes, and of one that has just ended.
enum class Moment : uint8_t { idle, ringing, in_a_call, with_a_lease, anywhere };
constexpr Moment moments[] = {Moment::idle, Moment::ringing, Moment::in_a_call, Moment::with_a_lease,
                              Moment::anywhere};
constexpr char const* moment_names[] = {"idle", "ringing", "in_a_call", "with_a_lease", "anywhere"};

class RasKilled : public testing::TestWithParam<Moment> {};

TEST_P(RasKilled, rasd_starts_again_and_its_ports_listen) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(
      "[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"echo welcome; exec cat\"]\nterminal = \"raw\"\n"
      "[[port]]\nname = \"line\"\npath = \"" +
      bank.port(0) + "\"\nservice = \"echo\"\n" + (GetParam() == Moment::ringing ? "rings = 2\n" : "") +
      "[[port]]\nname = \"out\"\npath = \"" + bank.port(1) + "\"\nuse = \"dial-out\"\n");
  ASSERT_TRUE(rasd.up());
  double worst = 0;
  for (int round = 0; round < turns(GetParam() == Moment::anywhere ? 8 : 4, 200); ++round) {
    SCOPED_TRACE(round);
    ASSERT_TRUE(rasd.reaches("line", "listening"));
    ASSERT_TRUE(rasd.reaches("out", "listening"));
    PortFile caller(bank.port(2));
    std::optional<Child> client;
    if (GetParam() == Moment::ringing) {
      ASSERT_TRUE(caller.type("ATDT" + bank.number(0) + "\r"));
      ASSERT_TRUE(rasd.reaches("line", "ringing"));
    } else if (GetParam() == Moment::in_a_call) {
      ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
    } else if (GetParam() == Moment::with_a_lease) {
      client.emplace(hold_lease({rasd.dir(), "out", "5550000"}));
      ASSERT_TRUE(client->said().expect("connected"));
    } else if (GetParam() == Moment::anywhere) {
      if (round % 2 == 0) {
        ASSERT_TRUE(caller.type("ATDT" + bank.number(0) + "\r"));
      } else {
        ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
        caller.close();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(round * 13 % 150));
    }
    rasd.process().signal(SIGKILL);
    ASSERT_TRUE(rasd.process().wait());
    if (client) {
      EXPECT_TRUE(client->said().expect("gone"));
    }
    client.reset();
    caller.close();
    auto const began = Clock::now();
    rasd.start();
    ASSERT_TRUE(rasd.up());
    ASSERT_TRUE(rasd.reaches("line", "listening"));
    ASSERT_TRUE(rasd.reaches("out", "listening"));
    worst = std::max(worst, std::chrono::duration<double>(Clock::now() - began).count());
    PortFile next(bank.port(3));
    ASSERT_TRUE(dials_when_free(next, bank.number(0), "welcome\n"));
  }
  std::printf("  rasd killed %s: all ports listen %.2f s after the next start at most (5 s wanted)\n",
              moment_names[static_cast<size_t>(GetParam())], worst);
}
INSTANTIATE_TEST_SUITE_P(RasKilled, RasKilled, testing::ValuesIn(moments), [](auto const& instance) {
  return std::string(moment_names[static_cast<size_t>(instance.param)]);
});

/// Its modem takes no notice of DTR, which falls with rasd.
TEST(RasKilledInACall, the_call_that_its_modem_keeps_is_ended_by_the_next_start_and_named_so) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(
      "[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"echo welcome; exec cat\"]\nterminal = \"raw\"\n"
      "[[port]]\nname = \"line\"\npath = \"" +
      bank.port(0) + "\"\nservice = \"echo\"\ninit = [\"AT&D0\"]\n");
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  PortFile caller(bank.port(2));
  ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
  rasd.process().signal(SIGKILL);
  ASSERT_TRUE(rasd.process().wait());
  EXPECT_EQ(caller.listen(500ms), "");
  rasd.start();
  ASSERT_TRUE(rasd.up());
  EXPECT_TRUE(caller.expect("NO CARRIER"));
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  EXPECT_EQ(rasd.port("line").last_end, "manager_reboot");
  PortFile next(bank.port(3));
  EXPECT_TRUE(dials_when_free(next, bank.number(0), "welcome\n"));
}

TEST(RasMistakes, a_bad_phonebook_and_a_bad_order_are_exit_2_name_what_is_accepted_and_change_nothing) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd("[[port]]\nname = \"out\"\npath = \"" + bank.port(0) + "\"\nuse = \"dial-out\"\n");
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("out", "listening"));
  TemporaryFolder folder;
  write_file(folder / "book.toml", "[[entry]]\nname = \"office\"\nnumbres = [\"5550000\"]\n");
  Outcome const dialled =
      run({RASDIAL_PROGRAM, "office", "--phonebook", folder / "book.toml", "--dir", rasd.dir()});
  EXPECT_EQ(dialled.status, 2);
  EXPECT_THAT(dialled.err, HasSubstr(std::string(folder / "book.toml") + ":3:"));
  EXPECT_THAT(dialled.err, HasSubstr("accepted: "));
  Outcome const ordered = run({RASADMIN_PROGRAM, "hangpu", "out", "--dir", rasd.dir()});
  EXPECT_EQ(ordered.status, 2);
  EXPECT_THAT(ordered.err, HasSubstr("hangup"));
  auto const asked = rasd.ask("hangup", {{"prot", "out"}});
  ASSERT_FALSE(asked);
  EXPECT_THAT(asked.error().message, HasSubstr("accepted: port"));
  EXPECT_EQ(rasd.port("out").state, "listening");
  EXPECT_EQ(rasd.port("out").leases, 0);
}

struct Mistake {
  char const *name, *config, *words;
};
class RasConfig : public testing::TestWithParam<Mistake> {};
TEST_P(RasConfig, a_mistake_is_exit_2_and_its_line) {
  TemporaryFolder folder;
  std::string const file = folder / "rasd.toml";
  write_file(file, GetParam().config);
  Outcome const outcome = run({RASD_PROGRAM, "--config", file, "--dir", folder / "rasd"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr(file + GetParam().words));
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(access((folder / "rasd/control.sock").c_str(), F_OK), 0);
}
INSTANTIATE_TEST_SUITE_P(
    RasConfig, RasConfig,
    testing::Values(
        Mistake{"syntax", "[rasd]\nlevel = \n", ":2:"}, Mistake{"key", "[rasd]\n\nlevle = \"info\"\n", ":3:"},
        Mistake{"device", "[[port]]\nname = \"a\"\npath = \"/dev/x\"\nuse = \"dial-out\"\ndevice = \"nix\"\n",
                ":1:"},
        Mistake{"value", "[[port]]\nname = \"a\"\npath = \"/dev/x\"\nrings = 0\n", ":4:"}),
    [](auto const& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace offhook::e2e
