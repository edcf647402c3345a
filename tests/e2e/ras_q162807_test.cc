// Q162807: a program that dies leaves its port stuck: error 633, and the port is gone from the list. Here the
// death of whoever had a port is its hang-up, in every state, and nothing of the dead stays.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <thread>

#include "tests/e2e/ras_lease.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

constexpr uid_t nobody = 65534;

/// Two ports: ttyVM0 answers with a greeting and an echo, ttyVM1 is lent.
std::string two_ports(BankProcess const& bank, std::string const& service) {
  return "[service.echo]\n" + service + "\n[[port]]\nname = \"in\"\npath = \"" + bank.port(0) +
         "\"\nservice = \"echo\"\n[[port]]\nname = \"out\"\npath = \"" + bank.port(1) +
         "\"\nuse = \"dial-out\"\n";
}
constexpr char greeting_echo[] =
    "command = [\"/bin/sh\", \"-c\", \"echo welcome; exec cat\"]\nterminal = \"raw\"";

/// How long things took; printed, since the bound is the point, but a loaded machine may not fail a test by
/// it.
class Times {
 public:
  explicit Times(std::string what) : what_(std::move(what)) {}
  ~Times() {
    if (all_.empty()) return;
    std::ranges::sort(all_);
    std::printf("  %s, %zu times: median %.0f ms, 99%% within %.0f ms, at most %.0f ms\n", what_.c_str(),
                all_.size(), all_[all_.size() / 2] * 1e3, all_[all_.size() * 99 / 100] * 1e3,
                all_.back() * 1e3);
  }
  void add(Clock::time_point since) {
    all_.push_back(std::chrono::duration<double>(Clock::now() - since).count());
  }

 private:
  std::string what_;
  std::vector<double> all_;
};

enum class Death : uint8_t { killed, stopped_then_killed };
void die(Process& process, Death how) {
  if (how == Death::stopped_then_killed) {
    process.signal(SIGSTOP);
    std::this_thread::sleep_for(20ms);
  }
  process.signal(SIGKILL);
}

/// What the rest of a test looks at: no port is ever missing.
testing::AssertionResult all_listed(RasdProcess const& rasd, size_t count) {
  size_t const listed = rasd.ports().size();
  if (listed == count) return testing::AssertionSuccess();
  return testing::AssertionFailure() << listed << " of " << count << " ports are listed";
}

TEST(RasQ162807, a_client_killed_in_any_state_of_its_call_leaves_a_port_that_works) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(two_ports(bank, greeting_echo));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("in", "listening"));
  ASSERT_TRUE(rasd.reaches("out", "listening"));
  Observer observer(rasd);
  Times times("a lease holder's port listening again");
  int const rounds = turns(100, 3000), warm_up = 16;
  Held rasd_before, bank_before;
  for (int round = 0; round < warm_up + rounds; ++round) {
    if (round == warm_up) rasd_before = held(rasd.process().pid()), bank_before = held(bank.process().pid());
    Phase const phase = every_phase[round % std::size(every_phase)];
    Death const death = round / std::size(every_phase) % 2 == 0 ? Death::killed : Death::stopped_then_killed;
    SCOPED_TRACE("round " + std::to_string(round) + ", " + name(phase));
    Child holder(
        hold_lease({rasd.dir(), "out", phase == Phase::dialling ? "5550002" : bank.number(0), phase}));
    ASSERT_TRUE(holder.said().expect(name(phase)));
    ASSERT_TRUE(all_listed(rasd, 2));
    die(holder.process(), death);
    ASSERT_EQ(holder.process().wait(), 128 + SIGKILL);
    auto const died = Clock::now();
    ASSERT_TRUE(all_listed(rasd, 2));
    ASSERT_TRUE(rasd.reaches("out", "listening"));
    times.add(died);
    ASSERT_TRUE(rasd.reaches("in", "listening"));
    ASSERT_TRUE(observer.catch_up());
  }
  EXPECT_TRUE(observer.agrees());
  Child last(hold_lease({rasd.dir(), "out", bank.number(0)}));
  EXPECT_TRUE(last.said().expect("connected"));
  die(last.process(), Death::killed);
  ASSERT_TRUE(rasd.reaches("out", "listening"));
  ASSERT_TRUE(rasd.reaches("in", "listening"));
  EXPECT_TRUE(holds_as_before(rasd.process().pid(), rasd_before));
  EXPECT_TRUE(holds_as_before(bank.process().pid(), bank_before));
  EXPECT_THAT(rasd.port("out").holder, testing::IsEmpty());
}

TEST(RasQ162807, every_dial_after_a_death_connects) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(two_ports(bank, greeting_echo));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("in", "listening"));
  for (int round = 0; round < turns(20, 500); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    // Nobody waits for anything here: the request comes while the port recovers, and is answered after it.
    Child holder(hold_lease({rasd.dir(), "out", bank.number(0)}));
    ASSERT_TRUE(holder.said().expect("connected"));
    die(holder.process(), round % 2 == 0 ? Death::killed : Death::stopped_then_killed);
    ASSERT_TRUE(holder.process().wait());
    ASSERT_TRUE(rasd.reaches("in", "listening"));
  }
}

// A busy machine: the bank comes to a fall of DTR and to the rise after it at once, and that is no fall
// (S25).
TEST(RasQ162807, a_bank_that_stands_still_while_dtr_is_off_sees_it_fall_all_the_same) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(two_ports(bank, greeting_echo));
  ASSERT_TRUE(rasd.up());
  for (auto const delay : {10ms, 30ms, 50ms, 70ms, 90ms}) {
    SCOPED_TRACE(delay.count());
    ASSERT_TRUE(rasd.reaches("out", "listening"));
    Child holder(hold_lease({rasd.dir(), "out", "5550000"}));
    ASSERT_TRUE(holder.said().expect("connected"));
    die(holder.process(), Death::killed);
    std::this_thread::sleep_for(delay);
    bank.process().signal(SIGSTOP);
    std::this_thread::sleep_for(200ms);
    bank.process().signal(SIGCONT);
    // Without the fall the call stands, and AT is said to the far end until the escape: 5.5 s.
    EXPECT_TRUE(rasd.reaches("out", "listening", 4s));
    EXPECT_EQ(rasd.log().find("recovering} silent"), std::string::npos);
  }
}

/// The service's program, or what it left behind, as a pid in a file.
pid_t pid_in(std::string const& path) {
  pid_t pid = 0;
  eventually([&] { return (pid = static_cast<pid_t>(std::atoi(read_file(path).c_str()))) > 0; });
  return pid;
}

bool runs(pid_t pid) { return kill(pid, 0) == 0; }

/// A pid that was not to be had is nobody's: kill(0) would end the whole test.
void end(pid_t pid) {
  if (pid > 1) kill(pid, SIGKILL);
}

TEST(RasQ162807, a_service_killed_in_a_call_ends_the_call_and_nothing_else) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(two_ports(bank,
                             "command = [\"/bin/sh\", \"-c\", \"echo $$ >FOLDER/pid; echo welcome; exec "
                             "cat\"]\nterminal = \"raw\""));
  ASSERT_TRUE(rasd.up());
  Times times("a killed service's port listening again");
  for (int round = 0; round < turns(20, 500); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    ASSERT_TRUE(rasd.reaches("in", "listening"));
    unlink(rasd.file("pid").c_str());
    PortFile caller(bank.port(2));
    ASSERT_TRUE(dials(caller, bank.number(0), "welcome"));
    pid_t const service = pid_in(rasd.file("pid"));
    ASSERT_GT(service, 1);
    if (round % 2 == 1) kill(service, SIGSTOP);
    kill(service, SIGKILL);
    auto const died = Clock::now();
    EXPECT_TRUE(caller.expect("NO CARRIER"));
    ASSERT_TRUE(rasd.reaches("in", "listening"));
    times.add(died);
    EXPECT_FALSE(runs(service));
  }
  EXPECT_EQ(rasd.port("in").last_end, "lost_service");
}

/// A service that has the port itself and leaves a child of another session, which keeps it open for ever.
class Daemonised : public testing::TestWithParam<bool> {};
TEST_P(Daemonised, grandchild_keeps_nobody_from_the_port) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  std::string const direct = GetParam() ? "direct = true" : "terminal = \"raw\"";
  RasdProcess rasd(two_ports(bank,
                             "command = [\"/bin/sh\", \"-c\", \"setsid setsid sh -c 'trap : HUP; echo $$ "
                             ">FOLDER/pid; while :; do sleep 1; done' & echo welcome; exec cat\"]\n" +
                                 direct));
  ASSERT_TRUE(rasd.up());
  Times times(GetParam() ? "the port that a grandchild has open listening again"
                         : "the port of a service with a grandchild listening again");
  ASSERT_TRUE(rasd.reaches("in", "listening"));
  ASSERT_TRUE(rasd.reaches("out", "listening"));
  size_t const before = held(rasd.process().pid()).descriptors;
  for (int round = 0; round < turns(5, 100); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    ASSERT_TRUE(rasd.reaches("in", "listening"));
    unlink(rasd.file("pid").c_str());
    pid_t grandchild = 0;
    auto ended = Clock::now();
    {
      PortFile caller(bank.port(2));
      ASSERT_TRUE(dials(caller, bank.number(0), "welcome"));
      grandchild = pid_in(rasd.file("pid"));
      ASSERT_GT(grandchild, 1);
      ended = Clock::now();
    }
    EXPECT_TRUE(rasd.reaches("in", "listening"));
    times.add(ended);
    unlink(rasd.file("pid").c_str());
    {
      PortFile next(bank.port(3));
      EXPECT_TRUE(dials(next, bank.number(0), "welcome"));
      EXPECT_TRUE(runs(grandchild));
    }
    end(grandchild);
    end(pid_in(rasd.file("pid")));
    if (HasFailure()) return;
  }
  ASSERT_TRUE(rasd.reaches("in", "listening"));
  EXPECT_TRUE(eventually([&] { return held(rasd.process().pid()).descriptors <= before; }));
}
INSTANTIATE_TEST_SUITE_P(RasQ162807, Daemonised, testing::Bool(), [](auto const& instance) {
  return std::string(instance.param ? "with_the_port_itself" : "with_a_terminal");
});

TEST(RasQ162807, a_foreign_program_that_dies_with_an_exclusive_mark_and_a_lock_file_locks_nobody_out) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(two_ports(bank, greeting_echo));
  ASSERT_TRUE(rasd.up());
  Times taken("a foreign program seen"), times("the port of a dead foreign program listening again");
  Held rasd_before, bank_before;
  int const rounds = turns(25, 1000), warm_up = 5;
  for (int round = 0; round < warm_up + rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    ASSERT_TRUE(rasd.reaches("in", "listening"));
    if (round == warm_up) rasd_before = held(rasd.process().pid()), bank_before = held(bank.process().pid());

    auto const began = Clock::now();
    Child foreign(like_pppd(bank.port(0), rasd.file("locks/LCK..ttyVM0")), nobody);
    ASSERT_TRUE(foreign.said().expect("taken"));
    ASSERT_TRUE(rasd.reaches("in", "foreign"));
    taken.add(began);
    EXPECT_THAT(rasd.port("in").holder, testing::HasSubstr("pid " + std::to_string(foreign.pid())));
    die(foreign.process(), round % 2 == 0 ? Death::killed : Death::stopped_then_killed);
    ASSERT_TRUE(foreign.process().wait());
    auto const died = Clock::now();
    ASSERT_TRUE(all_listed(rasd, 2));
    ASSERT_TRUE(rasd.reaches("in", "listening"));
    times.add(died);
    PortFile caller(bank.port(2));
    ASSERT_TRUE(dials(caller, bank.number(0), "welcome"));
  }
  ASSERT_TRUE(rasd.reaches("in", "listening"));
  EXPECT_TRUE(holds_as_before(rasd.process().pid(), rasd_before));
  EXPECT_TRUE(holds_as_before(bank.process().pid(), bank_before));
}

}  // namespace
}  // namespace offhook::e2e
