// Who has a port, and by whose leave: locks that a lease's programs and strangers take, and `rasadmin who`.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "tests/e2e/ras_lease.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Rig {
  Rig() {
    EXPECT_TRUE(bank.up());
    rasd.emplace(
        "[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"echo welcome; exec cat\"]\nterminal = \"raw\"\n"
        "[[port]]\nname = \"line\"\npath = \"" +
        bank.port(0) + "\"\nservice = \"echo\"\n");
    EXPECT_TRUE(rasd->up());
    EXPECT_TRUE(rasd->reaches("line", "listening"));
  }
  std::string who() {
    Outcome const outcome = run({RASADMIN_PROGRAM, "who", "line", "--dir", rasd->dir()});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.out;
  }
  /// A call is answered, and the port listens again after it.
  testing::AssertionResult answers() {
    PortFile caller(bank.port(2));
    if (auto greeted = dials_when_free(caller, bank.number(0), "welcome\n"); !greeted) return greeted;
    caller.close();
    return rasd->reaches("line", "listening");
  }
  BankProcess bank;
  std::optional<RasdProcess> rasd;
};

/// Opens a port by its name and locks it as picocom and tio do.
Child::Act locks(std::string path) {
  return [path = std::move(path)] {
    int const fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return say("not opened");
    say(flock(fd, LOCK_EX | LOCK_NB) == 0 ? "locked" : "not locked");
    for (;;) pause();
  };
}

TEST(RasHolders, the_program_of_a_lease_may_lock_the_port_that_it_was_given) {
  Rig rig;
  // flock(1) opens RAS_PORT anew, by name.
  Outcome const outcome = run({RASADMIN_PROGRAM, "lease", "line", "--dir", rig.rasd->dir(), "--", "/bin/sh",
                               "-c", "flock --exclusive --nonblock \"$RAS_PORT\" true && echo locked >&2"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("locked"));
  ASSERT_TRUE(rig.rasd->reaches("line", "listening"));
  EXPECT_TRUE(rig.answers());
}

TEST(RasHolders, a_stranger_who_locks_a_leased_port_is_named_and_loses_it_with_the_lease) {
  Rig rig;
  Child client(hold_lease({rig.rasd->dir(), "line", "5550000"}));
  ASSERT_TRUE(client.said().expect("connected"));
  Child stranger(locks(rig.bank.port(0)));
  ASSERT_TRUE(stranger.said().expect("locked"));
  std::string const its_pid = "pid " + std::to_string(stranger.pid()) + ",";
  EXPECT_TRUE(eventually([&] { return rig.rasd->port("line").holder.find(its_pid) != std::string::npos; }))
      << rig.rasd->port("line").holder;
  EXPECT_EQ(rig.rasd->port("line").state, "leased");
  EXPECT_THAT(rig.who(), AllOf(HasSubstr(its_pid), HasSubstr("flock"), HasSubstr("without our leave"),
                               HasSubstr("pid " + std::to_string(client.pid()))));
  client.process().signal(SIGKILL);
  ASSERT_TRUE(client.process().wait());
  // The stranger lives, with a descriptor that leads nowhere.
  ASSERT_TRUE(rig.rasd->reaches("line", "listening"));
  EXPECT_TRUE(stranger.process().running());
  EXPECT_TRUE(rig.answers());
  EXPECT_THAT(rig.who(), Not(HasSubstr(its_pid)));
}

TEST(RasHolders, a_port_that_only_listens_is_left_to_whoever_locks_it_and_comes_back) {
  Rig rig;
  {
    Child foreign(locks(rig.bank.port(0)));
    ASSERT_TRUE(foreign.said().expect("locked"));
    ASSERT_TRUE(rig.rasd->reaches("line", "foreign"));
    EXPECT_THAT(rig.who(), AllOf(HasSubstr("pid " + std::to_string(foreign.pid())), HasSubstr("flock")));
  }
  ASSERT_TRUE(rig.rasd->reaches("line", "listening"));
  EXPECT_TRUE(rig.answers());
}

TEST(RasHolders, who_says_of_a_call_who_has_it_and_since_when) {
  Rig rig;
  PortFile caller(rig.bank.port(2));
  ASSERT_TRUE(dials(caller, rig.bank.number(0), "welcome\n"));
  EXPECT_THAT(rig.who(), AllOf(HasSubstr("connected"), HasSubstr("Call 1")));
}

/// Under `vmodem run` a port has TIOCM*, as a real tty has.
TEST(RasHolders, a_tty_with_modem_lines_is_said_once_to_have_them_and_its_calls_come_and_go_by_them) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(
      "[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"echo welcome; exec cat\"]\nterminal = \"raw\"\n"
      "[[port]]\nname = \"line\"\npath = \"" +
          bank.port(0) + "\"\nservice = \"echo\"\n",
      {}, {VMODEM_PROGRAM, "run", "--dir", bank.dir(), "--"});
  ASSERT_TRUE(rasd.up());
  for (int call = 0; call < 3; ++call) {
    SCOPED_TRACE(call);
    ASSERT_TRUE(rasd.reaches("line", "listening"));
    PortFile caller(bank.port(2));
    ASSERT_TRUE(dials_when_free(caller, bank.number(0), "welcome\n"));
    caller.close();
    EXPECT_TRUE(eventually([&] { return rasd.port("line").last_end == "lost_carrier"; }));
  }
  std::string const log = rasd.log();
  EXPECT_NE(log.find("circuits by TIOCM*"), log.npos);
  EXPECT_EQ(log.find("circuits by TIOCM*"), log.rfind("circuits by TIOCM*"));
  EXPECT_EQ(log.find("circuits by the side channel"), log.npos);
}

/// rasd in a shell that sets JOURNAL_STREAM so, with a port, until the port listens.
std::string log_of_a_port(std::string const& journal) {
  BankProcess bank;
  EXPECT_TRUE(bank.up());
  RasdProcess rasd("[[port]]\nname = \"line\"\npath = \"" + bank.port(0) + "\"\nuse = \"dial-out\"\n", {},
                   {"sh", "-c", "export JOURNAL_STREAM=" + journal + "; exec \"$@\"", "sh"});
  EXPECT_TRUE(rasd.up());
  EXPECT_TRUE(rasd.reaches("line", "listening"));
  return rasd.log();
}
TEST(RasHolders, the_journal_gets_each_line_with_its_priority_and_nobody_else_does) {
  EXPECT_THAT(log_of_a_port("$(stat -L -c %d:%i /proc/self/fd/2)"),
              AllOf(HasSubstr("<6>port line"), HasSubstr("listening")));
  EXPECT_THAT(log_of_a_port("1:2"), AllOf(HasSubstr(" info port line"), Not(HasSubstr("<6>"))));
}

TEST(RasHolders, a_pty_of_no_banks_is_said_once_to_have_no_circuits) {
  int master = -1, slave = -1;
  char name[64];
  ASSERT_EQ(openpty(&master, &slave, name, nullptr, nullptr), 0);
  close(slave);
  RasdProcess rasd(std::string("[[port]]\nname = \"line\"\npath = \"") + name + "\"\nuse = \"dial-out\"\n");
  ASSERT_TRUE(rasd.up());
  EXPECT_TRUE(eventually([&] { return rasd.log().find("no circuits") != std::string::npos; }));
  EXPECT_TRUE(rasd.reaches("line", "failed"));  // silence: it was opened more than once by now
  std::string const log = rasd.log();
  EXPECT_EQ(log.find("no circuits"), log.rfind("no circuits"));
  close(master);
}

}  // namespace
}  // namespace offhook::e2e
