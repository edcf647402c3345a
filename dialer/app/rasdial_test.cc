#include <gmock/gmock.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "dialer/app/rasdial_fixture.h"

namespace offhook::dialer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST_F(Rasdial, standard_input_reaches_the_line_and_the_line_standard_output) {
  run({"--number", "5550000", "--stdio", "--linger", "0.1"});
  ASSERT_TRUE(complains("Connected to 5550000")) << complained;
  type("hello, echo");
  ASSERT_TRUE(prints("hello, echo")) << complained;
  in = io::Fd();
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 0) << complained;
  EXPECT_EQ(printed, "hello, echo");
  EXPECT_TRUE(port_is_free());
  EXPECT_EQ(manager->releases, 1u);
  EXPECT_THAT(manager->states, ElementsAre("opening", "initialising", "dialling", "connected", "hanging_up"));
  EXPECT_EQ(manager->last.entry, "5550000");
}

TEST_F(Rasdial, a_busy_number_is_error_676) {
  run({"--number", "5550001"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("Error 676: 5550001: The number is busy"));
  EXPECT_THAT(
      printed,
      HasSubstr("Opening a port ...\nUsing ttyVM0\nInitialising the modem ...\nDialling 5550001 ...\n"));
  EXPECT_TRUE(port_is_free());
}

TEST_F(Rasdial, no_such_number_is_error_679) {
  run({"--number", "5550007"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("Error 679: 5550007: "));
}

TEST_F(Rasdial, a_refused_port_is_shown_as_the_manager_says_it) {
  manager->refusal = {633, "ttyVM0 is held by minicom (pid 812, user anna)"};
  run({"--number", "5550000"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_EQ(complained, "Error 633: ttyVM0 is held by minicom (pid 812, user anna)\n");
}

TEST_F(Rasdial, no_manager_is_error_711_and_says_how_to_start_one) {
  manager.reset();
  std::filesystem::remove(config.dir + "/lease.sock");
  run({"--number", "5550000"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("Error 711: no rasd serves"));
}

TEST_F(Rasdial, an_interrupt_cancels_and_gives_the_port_back_before_it_returns) {
  run({"--number", "5550002"});
  ASSERT_TRUE(prints("Dialling"));
  ::kill(pid, SIGINT);
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("Error 631: Cancelled. ttyVM0 is free again."));
  EXPECT_EQ(manager->releases, 1u);
  EXPECT_TRUE(port_is_free());
}

TEST_F(Rasdial, a_second_interrupt_leaves_at_once_and_the_lease_ends_with_the_process) {
  manager->answers_release = false;
  run({"--number", "5550002"});
  ASSERT_TRUE(prints("Dialling"));
  ::kill(pid, SIGINT);
  ASSERT_TRUE(until([&] { return manager->releases == 1; }));
  ::kill(pid, SIGINT);
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 128 + SIGINT);
  EXPECT_TRUE(port_is_free());
}

TEST_F(Rasdial, returns_when_connected_and_a_process_of_its_own_holds_the_call) {
  run({"--number", "5550000"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 0) << complained;
  EXPECT_THAT(printed, HasSubstr("Connected to 5550000"));
  EXPECT_TRUE(manager->held());
  EXPECT_TRUE(status_of(0).call.has_value());
  manager->end("admin_reset", "hung up by root");
  EXPECT_TRUE(port_is_free());
}

TEST_F(Rasdial, the_holder_ends_when_carrier_is_lost) {
  run({"--number", "5550000"});
  ASSERT_TRUE(ends());
  ASSERT_EQ(*status, 0);
  ASSERT_TRUE(manager->held());
  ASSERT_TRUE(bank->drop(0, driver::Bank::DropRequest{}));
  EXPECT_TRUE(port_is_free());
  EXPECT_EQ(manager->releases, 1u);
}

TEST_F(Rasdial, a_parent_that_is_killed_ends_a_call_that_is_being_made) {
  run({"--number", "5550002"});
  ASSERT_TRUE(prints("Dialling"));
  ::kill(pid, SIGKILL);
  EXPECT_TRUE(port_is_free());
  EXPECT_THAT(manager->states, testing::Contains("cancelling"));  // and not by the modem's S7
}

TEST_F(Rasdial, a_command_has_the_line_as_its_input_and_output) {
  run({"--number", "5550000", "--", "sh", "-c",
       "echo ping; read answer; echo \"$answer $RAS_PORT\" >&2; exit 3"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 3) << complained;
  EXPECT_THAT(complained, HasSubstr("ping ttyVM0\n"));
  EXPECT_TRUE(port_is_free());
}

TEST_F(Rasdial, a_commands_signal_is_its_status_and_a_missing_one_is_told) {
  run({"--number", "5550000", "--", "sh", "-c", "kill -9 $$"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 137);
  EXPECT_TRUE(port_is_free());
  status.reset();
  run({"--number", "5550000", "--", "/nonexistent/program"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("cannot run /nonexistent/program"));
  EXPECT_TRUE(port_is_free());
}

TEST_F(Rasdial, a_command_finds_the_end_of_its_input_when_the_far_end_hangs_up) {
  run({"--number", "5550000", "--", "sh", "-c", "cat >/dev/null; exit 4"});
  ASSERT_TRUE(complains("Connected"));
  ASSERT_TRUE(bank->drop(0, driver::Bank::DropRequest{}));
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 4);
  EXPECT_TRUE(port_is_free());
}

TEST_F(Rasdial, a_terminal_is_the_lines_until_the_escape_and_then_as_it_was) {
  int master = -1, slave = -1;
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  io::Fd const screen(master), keys(slave);
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  terminal = slave;
  termios before{}, after{};
  ::tcgetattr(slave, &before);
  run({"--number", "5550000", "--terminal"});
  ASSERT_TRUE(complains("Connected to 5550000")) << complained;
  ASSERT_EQ(::write(master, "ab~.\r~?", 7), 7);
  std::string seen;
  EXPECT_TRUE(until([&] { return take(screen, seen), seen.find("ab~.\r") != std::string::npos; })) << seen;
  EXPECT_TRUE(complains("~.  hang up"));
  ::tcgetattr(slave, &after);
  EXPECT_EQ(after.c_lflag & ICANON, 0u);
  ASSERT_EQ(::write(master, "~.", 2), 2);
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 0) << complained;
  ::tcgetattr(slave, &after);
  EXPECT_EQ(after.c_lflag, before.c_lflag);
  EXPECT_TRUE(port_is_free());
}

TEST_F(Rasdial, a_terminal_is_as_it_was_after_a_signal_and_after_carrier_loss) {
  for (bool const signal : {true, false}) {
    int master = -1, slave = -1;
    ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    io::Fd const screen(master), keys(slave);
    terminal = slave;
    termios before{}, after{};
    ::tcgetattr(slave, &before);
    status.reset();
    complained.clear();
    run({"--number", "5550000", "--terminal"});
    ASSERT_TRUE(complains("Connected to 5550000")) << complained;
    if (signal)
      ::kill(pid, SIGTERM);
    else
      ASSERT_TRUE(bank->drop(0, driver::Bank::DropRequest{}));
    ASSERT_TRUE(ends());
    EXPECT_EQ(*status, 0) << complained;
    ::tcgetattr(slave, &after);
    EXPECT_EQ(after.c_lflag, before.c_lflag);
    EXPECT_TRUE(port_is_free());
  }
}

TEST_F(Rasdial, entries_come_from_the_phonebook_with_their_alternates) {
  std::string const book = config.dir + "/book.pbk";
  std::ofstream(book)
      << "[the office]\r\nMEDIA=serial\r\nPort=ttyVM1\r\n\r\nDEVICE=modem\r\nPhoneNumber=5550001\r\n"
         "PhoneNumber=5550000\r\n";
  run({"the office", "/PHONEBOOK:" + book});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 0) << complained;
  EXPECT_THAT(printed,
              HasSubstr("Dialling 5550001 (1 of 2) ...\n5550001 is busy.\nDialling 5550000 (2 of 2) ...\n"));
  EXPECT_THAT(printed, HasSubstr("Connected to the office"));
  EXPECT_EQ(manager->last.entry, "the office");
  manager->end("admin_reset", "over");
  EXPECT_TRUE(until([&] { return !manager->held(); }));
}

TEST_F(Rasdial, a_mistake_in_the_phonebook_is_error_625_with_its_line_and_status_2) {
  std::string const book = config.dir + "/book.toml";
  std::ofstream(book) << "[[entry]]\nname = \"office\"\nnumbres = [\"1\"]\n";
  run({"office", "--phonebook", book});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 2);
  EXPECT_THAT(complained, HasSubstr("Error 625: "));
  EXPECT_THAT(complained, HasSubstr(book + ":3:"));
}

TEST_F(Rasdial, an_unknown_entry_is_error_623_and_bad_usage_is_2) {
  std::string const book = config.dir + "/book.pbk";
  std::ofstream(book) << "[office]\r\n";
  run({"nobody", "--phonebook", book});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("Error 623: "));
  status.reset();
  run({"--fone"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 2);
}

TEST(Password, is_wiped_where_others_can_read_a_processs_words) {
  std::vector<std::string> words{"rasdial", "office", "anna", "tops3cret", "--version"};
  std::vector<char*> pointers;
  pointers.reserve(words.size());
  for (std::string& word : words) pointers.push_back(word.data());
  testing::internal::CaptureStdout();
  EXPECT_EQ(run(static_cast<int>(pointers.size()), pointers.data()), 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("rasdial "));
  EXPECT_THAT(words, ElementsAre("rasdial", "office", "anna", "*********", "--version"));
}

TEST_F(Rasdial, a_pad_is_reached_through_the_modem) {
  std::string const book = config.dir + "/book.pbk";
  std::ofstream(book)
      << "[x25]\r\nMEDIA=serial\r\nPort=ttyVM0\r\n\r\nDEVICE=modem\r\nPhoneNumber=5550101\r\n\r\n"
         "DEVICE=pad\r\nX25Address=311012345\r\n";
  Program pad = open(1);  // the far end speaks as a PAD does
  pad.type("ATS0=1\r");
  ASSERT_TRUE(reads(pad, "OK"));
  run({"x25", "--phonebook", book, "--stdio"});
  ASSERT_TRUE(reads(pad, "STAT\r")) << complained;
  pad.type("FREE\r\n");
  ASSERT_TRUE(reads(pad, "15:0\r")) << complained;
  pad.type("PAR 1:0\r\n");
  ASSERT_TRUE(reads(pad, "311012345\r")) << complained;
  pad.type("COM\r\nwelcome");
  ASSERT_TRUE(prints("welcome")) << complained << status.value_or(-1);
  EXPECT_THAT(
      complained,
      HasSubstr("Through the modem at 33600 bps\nInitialising the PAD ...\nDialling 311012345 ...\n"));
  pad.fd = {};  // DTR falls there
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 0) << complained;
  EXPECT_TRUE(port_is_free());
}

class RasdialOverPad : public Rasdial {
 protected:
  void configure() override { config.modems[0].kind = driver::ModemConfig::Kind::pad; }
  void SetUp() override {
    Rasdial::SetUp();
    manager->device = "pad";
  }
};

TEST_F(RasdialOverPad, a_selection_reaches_the_echo_line_and_a_busy_one_is_676) {
  run({"--number", "5550000", "--", "sh", "-c", "printf 'ping\r'; head -c 5 >&2"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 0) << complained;
  EXPECT_THAT(complained, HasSubstr("ping\r"));
  EXPECT_TRUE(port_is_free());
  status.reset();
  run({"--number", "5550001"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("Error 676: "));
}

TEST_F(RasdialOverPad, the_holder_ends_when_the_far_end_clears) {
  run({"--number", "5550000"});
  ASSERT_TRUE(ends());
  ASSERT_EQ(*status, 0) << complained;
  ASSERT_TRUE(bank->drop(0, driver::Bank::DropRequest{}));
  EXPECT_TRUE(port_is_free());
}

}  // namespace
}  // namespace offhook::dialer
