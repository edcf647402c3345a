#include "rasd/app/port_driver.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rasd/app/rasd_fixture.h"
#include "rasd/app/report.h"

namespace offhook::rasd {
namespace {

using port::State;

TEST_F(RasdTest, a_call_gets_its_service_and_the_port_listens_again) {
  run(service("s", "echo welcome; read line; echo got $line; exit 0") + port(1, "service = 's'"));
  ASSERT_TRUE(listens(1));
  Program caller = dials(1);
  EXPECT_TRUE(reads(caller, "welcome"));
  caller.type("words\n");
  EXPECT_TRUE(reads(caller, "got words"));
  EXPECT_TRUE(reads(caller, "NO CARRIER"));
  EXPECT_TRUE(listens(1));
  EXPECT_FALSE(was(1, State::failed));
}

TEST_F(RasdTest, a_call_is_told_with_its_bytes_and_the_port_keeps_them) {
  run(service("s", "echo welcome; read line; echo got $line; read more") + port(1, "service = 's'"));
  ASSERT_TRUE(listens(1));
  Program caller = dials(1);
  EXPECT_TRUE(reads(caller, "welcome"));
  caller.type("words\n");
  EXPECT_TRUE(reads(caller, "got words"));
  EXPECT_THAT(connections_json(*manager), testing::HasSubstr("\"bytes_in\":6,\"bytes_out\":"));
  caller.fd = io::Fd();
  EXPECT_TRUE(listens(1));
  port::Counters const kept = driver(1).machine().shown().total;
  EXPECT_EQ(kept.bytes_in, 6u);
  EXPECT_GE(kept.bytes_out, 18u);  // "welcome\r\ngot words"
}

TEST_F(RasdTest, a_port_that_nobody_has_open_is_revoked_by_its_bank_all_the_same) {
  run(port(1, "use = 'dial-out'"));
  ASSERT_TRUE(listens(1));
  driver(1).ownership(0, "minicom (pid 812)");
  ASSERT_EQ(state(1), State::foreign);
  uint64_t const generation = status(1).generation;
  EXPECT_TRUE(listens(1));
  EXPECT_FALSE(was(1, State::failed));
  EXPECT_GT(status(1).generation, generation);
}

/// What a program that is about to be started is, before its exec.
class Fork {
 public:
  Fork() : pid_(::fork()) {
    while (pid_ == 0) ::pause();
  }
  Fork(Fork const&) = delete;
  Fork& operator=(Fork const&) = delete;
  ~Fork() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST_F(RasdTest, a_child_of_ours_that_has_not_come_to_its_exec_is_no_stranger) {
  run(port(1, "use = 'dial-out'"));
  ASSERT_TRUE(listens(1));
  std::optional<holder::Findings> found;
  {
    Fork const child;
    ASSERT_GT(child.pid(), 0);
    ASSERT_TRUE(holder::has_open(child.pid(), holder::identify(path(1)).value()));
    manager->who(driver(1), [&](Result<holder::Findings> const& answer) {
      if (answer) found = *answer;
    });
    EXPECT_TRUE(until([&] { return found.has_value(); }));
  }
  ASSERT_TRUE(found);
  EXPECT_THAT(found->claims, testing::IsEmpty());
}

}  // namespace
}  // namespace offhook::rasd
