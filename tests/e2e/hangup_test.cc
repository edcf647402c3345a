// Carrier loss as a hang-up, and ports that come back to their programs and to everybody else.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "tests/e2e/bank_process.h"

namespace offhook::e2e {
namespace {

constexpr uid_t nobody = 65534, somebody = 1;

TEST(HangUp, a_program_with_clocal_clear_reads_no_carrier_and_is_then_hung_up_on) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0), PortFile::Modem::controls), b(bank.port(1));
  ASSERT_TRUE(connect(a, b, bank.number(1)));
  ASSERT_EQ(bank.vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_TRUE(a.expect("\r\nNO CARRIER\r\n"));
  EXPECT_TRUE(a.expect_end());
  PortFile again(bank.port(0));
  EXPECT_TRUE(again.command("AT"));
}

TEST(HangUp, a_program_with_clocal_set_stays_and_gets_the_modem_back) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0)), b(bank.port(1));
  ASSERT_TRUE(connect(a, b, bank.number(1)));
  ASSERT_EQ(bank.vmodem({"drop", "ttyVM0"}).status, 0);
  for (PortFile* end : {&a, &b}) {
    EXPECT_TRUE(end->expect("\r\nNO CARRIER\r\n"));
    EXPECT_TRUE(end->command("AT"));
  }
}

TEST(HangUp, a_program_whose_controlling_terminal_the_port_is_gets_sighup) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0), PortFile::Modem::controls), b(bank.port(1));
  ASSERT_TRUE(b.command("ATS0=1"));
  TemporaryFolder folder;
  Spawn spawn;
  spawn.in = spawn.out = a.fd();
  Process shell({"setsid", "-c", "sh", "-c", "trap 'exit 42' HUP; printf 'ATDT5550101\\r'; sleep 60 & wait"},
                spawn);
  ASSERT_TRUE(a.expect("\nCONNECT"));
  ASSERT_TRUE(b.expect("\nCONNECT"));
  EXPECT_EQ(bank.vmodem({"drop", "ttyVM1"}).status, 0);
  EXPECT_EQ(shell.wait(), 42);
}

class ComesBack : public testing::TestWithParam<std::pair<char const*, char const*>> {};
TEST_P(ComesBack, through_the_name_after_the_port_was_taken_away) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  auto const [program, port_option] = GetParam();
  TemporaryFolder home;
  Spawn spawn;
  spawn.environment = {{"HOME", home.path()}};
  Terminal terminal({program, port_option, bank.own_name(0)}, spawn);
  ASSERT_TRUE(terminal.reaches_modem());
  ASSERT_EQ(bank.vmodem({"unplug", "ttyVM0", "--remove"}).status, 0);
  std::this_thread::sleep_for(500ms);
  terminal.listen(100ms);
  ASSERT_EQ(bank.vmodem({"plug", "ttyVM0"}).status, 0);
  EXPECT_TRUE(terminal.reaches_modem());
}
INSTANTIATE_TEST_SUITE_P(All, ComesBack,
                         testing::Values(std::pair("minicom", "-oD"), std::pair("tio", "-b115200")),
                         [](auto const& instance) { return std::string(instance.param.first); });

/// In a child, as that user where we may choose: opens, does, and gives back what do() returns.
template <class Do>
int as_user(uid_t uid, Do act) {
  pid_t const pid = fork();
  if (pid == 0) {
    Spawn spawn;
    if (geteuid() == 0) spawn.uid = uid;
    become_child(spawn);
    _exit(act());
  }
  return Process(pid).wait().value_or(-1);
}

int open_exclusively_and_leave(std::string const& path) {
  int const fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  return fd < 0 ? errno : ioctl(fd, TIOCEXCL) == 0 ? 0 : errno;  // the exit closes it, the mark stays
}

int open_and_get_ok(std::string const& path) {
  auto const until = Clock::now() + 10s;
  while (Clock::now() < until) {
    PortFile port(path);
    if (port.is_open() && port.command("AT")) return 0;
    std::this_thread::sleep_for(1ms);  // EBUSY until the bank has seen the close: a moment
  }
  return EBUSY;
}

TEST(HangUp, an_exclusive_mark_left_by_one_user_locks_no_other_out) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  for (int turn = 0; turn < 20; ++turn) {
    ASSERT_EQ(as_user(nobody, [&] { return open_exclusively_and_leave(bank.port(0)); }), 0)
        << "turn " << turn;
    ASSERT_EQ(as_user(somebody, [&] { return open_and_get_ok(bank.port(0)); }), 0) << "turn " << turn;
  }
}

TEST(HangUp, an_exclusive_mark_locks_nobody_out_of_an_ordinary_users_bank) {
  TemporaryFolder folder;
  std::string const program = folder / "vmodem", dir = folder / "bank";
  std::filesystem::copy_file(VMODEM_PROGRAM, program);  // the build may lie where that user cannot look
  mkdir(dir.c_str(), 0755);
  Spawn spawn;
  if (geteuid() == 0) {
    spawn.uid = nobody;
    ASSERT_EQ(chown(dir.c_str(), nobody, nobody), 0);
  }
  std::string const log = folder / "log";
  int const out = open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  spawn.out = spawn.err = out;
  Process bank({program, "up", "--dir", dir, "--mode", "0666"}, spawn);
  close(out);
  auto const until = Clock::now() + patience;
  while (!read_file(log).ends_with("ready\n") && Clock::now() < until) std::this_thread::sleep_for(5ms);
  std::string const port = dir + "/ttyVM0";
  for (int turn = 0; turn < 20; ++turn) {
    ASSERT_EQ(as_user(nobody, [&] { return open_exclusively_and_leave(port); }), 0) << read_file(log);
    ASSERT_EQ(as_user(somebody, [&] { return open_and_get_ok(port); }), 0) << "turn " << turn;
  }
}

}  // namespace
}  // namespace offhook::e2e
