// Flow control as the programs on a port see it: a line that is full, and a DTE that stops.
#include <sys/ioctl.h>

#include <gmock/gmock.h>

#include "emulator/base/text.h"
#include "emulator/driver/bank_fixture.h"

namespace offhook::driver {
namespace {

using v24::Circuit;

class FlowTest : public BankTest {
 protected:
  /// Port 0 calls port 1 over a line of so many bit/s, with so much said to its modem before.
  std::pair<Program, Program> slow_call(std::string const& commands) {
    config.line.rate_bps = 9600;
    start();
    Program a = open(0), b = open(1);
    b.type("ATS0=1\r");
    EXPECT_TRUE(reads(b, "OK"));
    a.type("ATE0" + commands + "\r");
    EXPECT_TRUE(reads(a, "OK"));
    a.type("ATDT5550101\r");
    EXPECT_TRUE(reads(a, "CONNECT") && reads(b, "CONNECT"));
    EXPECT_TRUE(until([&] { return status(0).state == "online_data"; }));
    a.seen.clear();
    b.seen.clear();
    return {std::move(a), std::move(b)};
  }
  /// Writes until the port takes no more; what it took.
  size_t fill(Program const& program) {
    std::string const text(4096, 'f');
    size_t written = 0;
    int refused = 0;
    EXPECT_TRUE(until([&] {
      ssize_t const n = ::write(program.fd.get(), text.data(), text.size());
      if (n > 0) written += static_cast<size_t>(n);
      refused += n < 0;
      return refused == 20;
    }));
    return written;
  }
  bool cts(bool on) {
    return until([&] { return status(0).circuits.on(Circuit::cts) == on; });
  }
  void make_fast() {
    for (size_t port : {0u, 1u}) EXPECT_TRUE(bank->set_line(port, {}).has_value());
  }
  /// The line is fast from now on, and all that was written arrives.
  bool all_arrives(Program& at, size_t bytes) {
    make_fast();
    return until([&] {
      at.look();
      return at.seen.size() >= bytes;
    });
  }
};

TEST_F(FlowTest, a_full_line_takes_cts_away_until_it_has_room_and_loses_nothing) {
  auto [a, b] = slow_call("");
  size_t const written = fill(a);
  EXPECT_TRUE(cts(false));
  EXPECT_TRUE(all_arrives(b, written)) << b.seen.size() << " of " << written;
  EXPECT_TRUE(cts(true));
  EXPECT_EQ(b.seen, std::string(written, 'f'));
}

TEST_F(FlowTest, a_full_line_says_xoff_and_then_xon_under_software_flow_control) {
  auto [a, b] = slow_call("&K4");
  size_t const written = fill(a);
  EXPECT_TRUE(reads(a, "\x13"));
  EXPECT_TRUE(on(0, Circuit::cts));
  EXPECT_TRUE(all_arrives(b, written));
  EXPECT_TRUE(reads(a, "\x11"));
  EXPECT_EQ(a.seen, "\x13\x11");
}

TEST_F(FlowTest, the_modems_xoff_stops_a_program_whose_terminal_says_so) {
  auto both = slow_call("&K4");
  auto &a = both.first, &b = both.second;  // clang 14 captures no structured binding
  termios t{};
  ::tcgetattr(a.fd.get(), &t);
  t.c_iflag |= IXON;
  ::tcsetattr(a.fd.get(), TCSANOW, &t);
  std::string told;
  bank->trace([&](TraceChunk const& chunk) {
    if (chunk.to_dte && chunk.port == "ttyVM0") told += chunk.bytes;
  });
  size_t const written = fill(a);
  EXPECT_TRUE(until([&] { return told == "\x13"; })) << escaped(told);
  EXPECT_TRUE(all_arrives(b, written));
  EXPECT_TRUE(until([&] { return ::write(a.fd.get(), "more", 4) == 4; })) << "XON lets it go on";
  EXPECT_TRUE(reads(b, "more"));
  a.look();
  EXPECT_EQ(a.seen, "") << "the characters are the terminal's";
}

TEST_F(FlowTest, a_program_that_says_xoff_gets_nothing_until_xon) {
  auto [a, b] = slow_call("&K4");
  make_fast();
  a.type("\x13");
  EXPECT_TRUE(until([&] { return status(0).bytes.from_dte > 1; }));
  a.type("x");
  EXPECT_TRUE(reads(b, "x")) << "the modem has read the XOFF";
  b.type("held");
  for (int i = 0; i < 50; ++i) turn(2ms);
  a.look();
  EXPECT_EQ(a.seen, "");
  a.type("\x11");
  EXPECT_TRUE(reads(a, "held"));
  EXPECT_EQ(b.seen, "x");
}

TEST_F(FlowTest, tcooff_and_tcioff_of_a_program_are_real) {
  auto [a, b] = slow_call("&K4");
  make_fast();
  ::tcflow(a.fd.get(), TCIOFF);  // the terminal sends XOFF for it
  a.type("x");
  EXPECT_TRUE(reads(b, "x"));
  b.type("held");
  for (int i = 0; i < 50; ++i) turn(2ms);
  a.look();
  EXPECT_EQ(a.seen, "");
  ::tcflow(a.fd.get(), TCION);
  EXPECT_TRUE(reads(a, "held"));
}

}  // namespace
}  // namespace offhook::driver
