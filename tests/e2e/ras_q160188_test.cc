// Q160188: HyperTerminal holds the port, and RAS says 'hardware failure'. Here whoever holds a port is named,
// whatever state its modem is in, and the hardware is blamed only where nobody holds it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tests/e2e/ras_lease.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr uid_t nobody = 65534;

/// A bank whose ports have names that no other test locks in /var/lock, and a rasd that looks there.
struct Rig {
  explicit Rig(std::string const& more = {}) : port("ttyK" + std::to_string(getpid())) {
    write_file(folder / "bank.toml", "[[modem]]\nport = \"" + port + "\"\nnumber = \"5550150\"\n");
    bank.emplace(Argv{"--mode", "0666", "--config", folder / "bank.toml", "--modems", "3"});
    EXPECT_TRUE(bank->up());
    path = bank->dir() + "/" + port;
    rasd.emplace(
        "[rasd]\nlevel = \"debug\"\n[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"echo welcome; exec "
        "cat\"]\nterminal = \"raw\"\n[[port]]\nname = \"line\"\npath = \"" +
        path + "\"\nservice = \"echo\"\n" + more);
    EXPECT_TRUE(rasd->up());
    EXPECT_TRUE(rasd->reaches("line", "listening"));
    write_file(folder / "office.toml", "[[entry]]\nname = \"office\"\nnumbers = [\"5550000\"]\n");
  }
  ~Rig() {
    std::error_code ignored;
    std::filesystem::remove("/var/lock/LCK.." + port, ignored);
  }
  /// What a client is told that asks for the port.
  std::string refusal() {
    Child client(hold_lease({rasd->dir(), "line", "5550000"}));
    EXPECT_TRUE(client.said().expect("asked\n"));
    client.process().wait();
    return client.said().listen(100ms);
  }

  std::string port, path;
  TemporaryFolder folder;
  std::optional<BankProcess> bank;
  std::optional<RasdProcess> rasd;
};

struct Program {
  char const* name;
  Argv (*argv)(std::string const& path);
};
Argv minicom(std::string const& path) { return {"minicom", "-o", "-b", "115200", "-D", path}; }
Argv picocom(std::string const& path) { return {"picocom", "-b", "115200", path}; }
Argv cu(std::string const& path) { return {"cu", "-l", path, "-s", "115200"}; }
Argv screen(std::string const& path) { return {"screen", path, "115200"}; }

class RasQ160188 : public testing::TestWithParam<std::tuple<Program, bool>> {
 protected:
  static bool wedged() { return std::get<1>(GetParam()); }
};

/// As an ordinary user where we may choose one.
std::string expected_user() {
  passwd const* const entry = getpwuid(geteuid() == 0 ? nobody : geteuid());
  return entry ? entry->pw_name : "?";
}

TEST_P(RasQ160188, a_terminal_program_on_the_port_is_named_and_the_hardware_is_not_blamed) {
  Rig rig;
  Program const program = std::get<0>(GetParam());
  TemporaryFolder home;
  Spawn spawn;
  if (geteuid() == 0) spawn.uid = nobody;
  spawn.environment = {{"HOME", home.path()}, {"SCREENDIR", home.path()}};
  chmod(home.path().c_str(), 0700);
  if (geteuid() == 0 && chown(home.path().c_str(), nobody, nobody) != 0) FAIL();
  if (wedged()) {
    ASSERT_EQ(rig.bank->vmodem({"wedge", rig.port}).status, 0);
  }
  Terminal terminal(program.argv(rig.path), spawn);
  ASSERT_TRUE(rig.rasd->reaches("line", "foreign")) << terminal.listen(1s);
  std::string const refused = rig.refusal();
  EXPECT_THAT(refused, HasSubstr("refused 633 "));
  EXPECT_THAT(refused, AllOf(HasSubstr("(pid "), HasSubstr(", user "), HasSubstr(", since ")));
  std::string const by = std::string(program.name) == "screen" ? "creen" : program.name;  // SCREEN
  EXPECT_THAT(refused, HasSubstr(by));
  // cu is setuid uucp.
  if (std::string(program.name) != "cu") {
    EXPECT_THAT(refused, HasSubstr("user " + expected_user()));
  }
  EXPECT_THAT(rig.rasd->port("line").hardware, testing::AnyOf("operational", "unknown"));

  Outcome const dialled =
      run({RASDIAL_PROGRAM, "office", "--phonebook", rig.folder / "office.toml", "--dir", rig.rasd->dir()});
  EXPECT_EQ(dialled.status, 1);
  EXPECT_THAT(dialled.out + dialled.err, AllOf(HasSubstr("633"), HasSubstr(by), HasSubstr("pid ")));
}
INSTANTIATE_TEST_SUITE_P(Programs, RasQ160188,
                         testing::Combine(testing::Values(Program{"minicom", minicom},
                                                          Program{"picocom", picocom}, Program{"cu", cu},
                                                          Program{"screen", screen}),
                                          testing::Bool()),
                         [](auto const& instance) {
                           return std::string(std::get<0>(instance.param).name) +
                                  (std::get<1>(instance.param) ? "_on_a_wedged_modem" : "");
                         });

/// The lock file pppd makes for a port that is a link to a pty.
std::string lock_of(std::string const& port) {
  std::string const pts = std::filesystem::canonical(port);
  return "/var/lock/LCK..pts_" + pts.substr(9);
}

TEST(RasQ160188Pppd, a_program_that_locks_as_pppd_does_is_named_by_every_sign) {
  Rig rig;
  std::string const lock = lock_of(rig.path);
  for (bool const as_root : {false, true}) {
    SCOPED_TRACE(as_root);
    ASSERT_TRUE(rig.rasd->reaches("line", "listening"));
    std::string const now = std::filesystem::canonical(rig.path);
    std::string const its_lock = lock_of(rig.path);
    Child pppd(like_pppd(rig.path, its_lock), as_root ? std::nullopt : std::optional(nobody));
    ASSERT_TRUE(pppd.said().expect("taken"));
    ASSERT_TRUE(rig.rasd->reaches("line", "foreign"));
    EXPECT_THAT(rig.refusal(),
                AllOf(HasSubstr("refused 633"), HasSubstr("(pid " + std::to_string(pppd.pid()) + ", user "),
                      HasSubstr("open " + now)));
    pppd.process().signal(SIGKILL);
    pppd.process().wait();
    unlink(its_lock.c_str());
  }
  EXPECT_TRUE(rig.rasd->reaches("line", "listening"));
  unlink(lock.c_str());
}

TEST(RasQ160188Pppd, a_program_that_locks_as_pppd_does_is_named_on_a_wedged_modem_too) {
  Rig rig;
  ASSERT_EQ(rig.bank->vmodem({"wedge", rig.port}).status, 0);
  std::string const lock = lock_of(rig.path);
  Child pppd(like_pppd(rig.path, lock), geteuid() == 0 ? std::optional(nobody) : std::nullopt);
  ASSERT_TRUE(pppd.said().expect("taken"));
  ASSERT_TRUE(rig.rasd->reaches("line", "foreign"));
  auto const named = AllOf(HasSubstr("633"), HasSubstr("(pid " + std::to_string(pppd.pid()) + ", user "),
                           HasSubstr("user " + expected_user()), HasSubstr(", since "));
  EXPECT_THAT(rig.refusal(), AllOf(HasSubstr("refused 633 "), named));
  Outcome const dialled =
      run({RASDIAL_PROGRAM, "office", "--phonebook", rig.folder / "office.toml", "--dir", rig.rasd->dir()});
  EXPECT_EQ(dialled.status, 1);
  EXPECT_THAT(dialled.out + dialled.err, named);
  EXPECT_THAT(rig.rasd->port("line").hardware, testing::AnyOf("operational", "unknown"));
  pppd.process().signal(SIGKILL);
  pppd.process().wait();
  unlink(lock.c_str());
  ASSERT_EQ(rig.bank->vmodem({"reset", rig.port}).status, 0);
  EXPECT_TRUE(rig.rasd->reaches("line", "listening", 150s));
}

/// Sets the modem to answer by itself, and is gone before anybody can look.
Child::Act comes_and_goes(std::string path) {
  return [path = std::move(path)] {
    int const fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    bool const written = write(fd, "ATS0=1\r", 7) == 7;
    close(fd);
    say(written ? "gone" : "refused");
    for (;;) pause();
  };
}

TEST(RasQ160188Unseen, what_a_program_did_to_the_modem_that_came_and_went_unseen_is_undone) {
  Rig rig;
  Observer observer(*rig.rasd);
  constexpr char again[] = "nobody_any_more -> initialising";
  EXPECT_THAT(rig.rasd->log(), testing::Not(HasSubstr(again)));  // our own opens are nobody's
  Child program(comes_and_goes(rig.path));
  ASSERT_TRUE(program.said().expect("gone"));
  // Or it was seen, and the port recovered.
  ASSERT_TRUE(eventually([&] {
    auto const log = rig.rasd->log();
    return log.find(again) != log.npos || log.find("-> foreign") != log.npos;
  }));
  ASSERT_TRUE(rig.rasd->reaches("line", "listening"));
  ASSERT_TRUE(observer.agrees());
  EXPECT_THAT(observer.states("line"), testing::Contains("initialising"));
  rig.rasd->process().signal(SIGSTOP);
  PortFile caller(rig.bank->port(0));
  EXPECT_TRUE(caller.type("ATDT5550150\r"));
  EXPECT_THAT(caller.listen(2s), testing::Not(HasSubstr("CONNECT")));
  rig.rasd->process().signal(SIGCONT);
  EXPECT_TRUE(caller.expect("welcome"));
}

/// Opens a port as any program does, and says what came of it.
Child::Act opens(std::string path) {
  return [path = std::move(path)] {
    int const fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    say(fd >= 0 ? "opened" : errno == EBUSY ? "busy" : "refused otherwise");
    for (;;) pause();
  };
}

TEST(RasQ160188Reverse, a_port_in_a_call_refuses_an_ordinary_users_program_and_names_the_call) {
  if (geteuid() != 0) GTEST_SKIP() << "another user is needed: TIOCEXCL does not ask who it is";
  // The caller's number comes between the first burst and the second.
  Rig rig("rings = 2\ninit = [\"AT+VCID=1\"]\n");
  PortFile caller(rig.bank->port(0));
  ASSERT_TRUE(dials(caller, "5550150", "welcome\n"));
  Child foreign(opens(rig.path), nobody);
  EXPECT_TRUE(foreign.said().expect("busy"));
  auto const who = rig.rasd->ask("who", {{"port", "line"}});
  ASSERT_TRUE(who) << who.error().message;
  EXPECT_THAT(*who, AllOf(HasSubstr("\"state\":\"connected\""), HasSubstr("\"call\":1"),
                          HasSubstr("\"number\":\"5550100\"")));
  EXPECT_THAT(*who, testing::Not(HasSubstr(std::to_string(foreign.pid()))));
  EXPECT_TRUE(caller.type("untouched"));
  EXPECT_TRUE(caller.expect("untouched"));
  auto const lock = read_file("/var/lock/LCK.." + rig.port);
  EXPECT_EQ(std::atoi(lock.c_str()), rig.rasd->process().pid());
}

TEST(RasQ160188Reverse, a_root_program_on_a_port_in_a_call_is_detected_and_named) {
  if (geteuid() != 0) GTEST_SKIP() << "root alone cannot be refused";
  Rig rig;
  PortFile caller(rig.bank->port(0));
  ASSERT_TRUE(dials(caller, "5550150", "welcome\n"));
  Child intruder(opens(rig.path));
  ASSERT_TRUE(intruder.said().expect("opened"));
  std::string const its_pid = "pid " + std::to_string(intruder.pid()) + ",";
  EXPECT_TRUE(eventually([&] { return rig.rasd->port("line").holder.find(its_pid) != std::string::npos; }))
      << rig.rasd->port("line").holder;
  EXPECT_EQ(rig.rasd->port("line").state, "connected");
  auto const who = rig.rasd->ask("who", {{"port", "line"}});
  ASSERT_TRUE(who);
  EXPECT_THAT(*who, AllOf(HasSubstr("\"pid\":" + std::to_string(intruder.pid())), HasSubstr("\"call\":1")));
  EXPECT_TRUE(caller.type("untouched"));
  EXPECT_TRUE(caller.expect("untouched"));
}

TEST(RasQ160188Reverse, the_refused_program_of_a_person_says_that_the_port_is_busy) {
  if (geteuid() != 0) GTEST_SKIP() << "another user is needed";
  Rig rig;
  PortFile caller(rig.bank->port(0));
  ASSERT_TRUE(dials(caller, "5550150", "welcome\n"));
  TemporaryFolder home;
  Spawn spawn;
  spawn.uid = nobody;
  spawn.environment = {{"HOME", home.path()}};
  Terminal picocom_program(picocom(rig.path), spawn);
  EXPECT_NE(picocom_program.process().wait().value_or(0), 0);
  EXPECT_TRUE(caller.type("untouched"));
  EXPECT_TRUE(caller.expect("untouched"));
}

TEST(RasQ160188Wedged, a_silent_modem_that_nobody_holds_is_blamed_in_those_words) {
  Rig rig;
  ASSERT_EQ(rig.bank->vmodem({"wedge", rig.port}).status, 0);
  ASSERT_TRUE(rig.rasd->ask("reset", {{"port", "line"}}));
  ASSERT_TRUE(rig.rasd->reaches("line", "failed", 90s));
  PortView const port = rig.rasd->port("line");
  EXPECT_EQ(port.error, 692);
  EXPECT_EQ(port.hardware, "not responding");
  EXPECT_THAT(port.failure_text + rig.refusal(),
              AllOf(HasSubstr("692"), HasSubstr("does not answer"), HasSubstr("nobody else holds the port")));
  ASSERT_EQ(rig.bank->vmodem({"reset", rig.port}).status, 0);
  EXPECT_TRUE(rig.rasd->reaches("line", "listening", 150s));
}

TEST(RasQ160188Outside, a_holder_in_another_pid_namespace_is_held_by_a_process_outside) {
  if (geteuid() != 0 || run({"unshare", "-pf", "true"}).status != 0)
    GTEST_SKIP() << "pid namespaces may not be made here";
  // rasd in a namespace of its own, with a /proc of its own: the holder is outside.
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  TemporaryFolder folder;
  write_file(folder / "rasd.toml", "[rasd]\nlevel = \"debug\"\nlock_dir = \"" + folder.path() +
                                       "\"\n[[port]]\nname = \"line\"\npath = \"" + bank.port(0) +
                                       "\"\nuse = \"dial-out\"\n");
  Child holder(like_pppd(bank.port(0), lock_of(bank.port(0))), nobody);
  ASSERT_TRUE(holder.said().expect("taken"));
  Spawn spawn;
  int const log = open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  spawn.err = spawn.out = log;
  std::string const command = "exec setpriv --pdeathsig KILL --bounding-set -all --inh-caps -all --reuid " +
                              std::to_string(nobody) + " --clear-groups " + RASD_PROGRAM + " --config " +
                              (folder / "rasd.toml") + " --dir " + (folder / "rasd");
  chmod(folder.path().c_str(), 0777);
  chmod((folder / "rasd.toml").c_str(), 0644);
  Process rasd({"unshare", "-pf", "--kill-child", "--mount-proc", "sh", "-c", command}, spawn);
  close(log);
  EXPECT_TRUE(eventually([&] {
    return read_file(folder / "log").find("held by a process outside") != std::string::npos ||
           read_file(folder / "log").find("a process outside holds") != std::string::npos;
  })) << read_file(folder / "log");
  unlink(("/var/lock/LCK..pts_" + std::filesystem::canonical(bank.port(0)).string().substr(9)).c_str());
}

}  // namespace
}  // namespace offhook::e2e
