// A program that closes its port while the line is full: the port is free at once, DTR is off, and what was
// written is still sent for as long as somebody takes it (V.250 6.2.9).
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "emulator/driver/trunk_fixture.h"

namespace offhook::driver {
namespace {

using v24::Circuit;

class LastWordsTest : public TrunkTest {
 protected:
  /// Writes until nobody has taken anything for a while, and says how much that was.
  size_t fill(Program const& program) {
    std::string const much(4096, 'x');
    size_t written = 0;
    for (int quiet = 0; quiet < 50; ++quiet) {
      ssize_t const n = ::write(program.fd.get(), much.data(), much.size());
      if (n > 0) {
        written += static_cast<size_t>(n);
        quiet = 0;
      }
      turn(1ms);
    }
    return written;
  }
  bool dtr_falls(int port) {
    return until([&] { return !status(port).open && !on(port, Circuit::dtr); });
  }
};

TEST_F(LastWordsTest, dtr_falls_though_the_peer_never_reads_and_the_modem_would_wait_for_ever) {
  start();
  Server const server = serve();
  Program a = open(0);
  a.type("ATS38=255\r");
  ASSERT_TRUE(reads(a, "OK"));
  a.type("ATDT" + server.address() + "\r");
  Program peer = accept(server);
  ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
  size_t const written = fill(a);
  a.fd = io::Fd();
  EXPECT_TRUE(dtr_falls(0));
  EXPECT_TRUE(until([&] { return status(0).state == "releasing"; })) << status(0).state;
  EXPECT_TRUE(until([&] {
    peer.look();
    return peer.ended;
  }));
  EXPECT_EQ(peer.seen.size(), written) << "the peer has come to its senses";
  EXPECT_TRUE(idle(0));
}

TEST_F(LastWordsTest, what_the_peer_does_not_take_in_s38_is_counted_as_lost) {
  start();
  Server const server = serve();
  size_t const before = open_descriptors();
  {
    Program a = open(0);
    a.type("ATS38=1\r");
    ASSERT_TRUE(reads(a, "OK"));
    a.type("ATDT" + server.address() + "\r");
    Program const peer = accept(server);
    ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
    fill(a);
    a.fd = io::Fd();
    EXPECT_TRUE(dtr_falls(0));
    EXPECT_TRUE(idle(0));
    EXPECT_GT(status(0).bytes.lost_from_dte, 0u);
    EXPECT_TRUE(until([&] { return open_descriptors() == before + 1; })) << "the peer's own is left";
  }
  EXPECT_TRUE(until([&] { return open_descriptors() == before; }));
}

struct SlowLine {
  char const* name;
  char const* setting;
  ModemConfig::Kind kind;
};
void PrintTo(SlowLine const& line, std::ostream* out) { *out << line.name; }

class SlowLineTest : public LastWordsTest, public testing::WithParamInterface<SlowLine> {
 protected:
  std::pair<Program, Program> joined() {
    if (GetParam().kind == ModemConfig::Kind::modem) {
      Program a = open(0), b = open(1);
      for (auto* program : {&a, &b}) {
        program->type(std::string("AT") + GetParam().setting + "S0=1\r");
        EXPECT_TRUE(reads(*program, "OK"));
      }
      a.type("ATDT5550101\r");
      EXPECT_TRUE(reads(a, "CONNECT") && reads(b, "CONNECT"));
      EXPECT_TRUE(until([&] { return b.look(), b.seen.ends_with("\r\n"); }));
      b.seen.clear();
      return {std::move(a), std::move(b)};
    }
    Program a = open(0), b = open(1);
    EXPECT_TRUE(until([&] { return status(0).state == "joined" && status(1).state == "joined"; }));
    return {std::move(a), std::move(b)};
  }
};

TEST_P(SlowLineTest, carries_all_that_was_written_before_the_port_was_closed) {
  for (size_t i : {0, 1}) {
    config.modems[i].kind = GetParam().kind;
    config.modems[i].cable.peer = config.modems[1 - i].number;
  }
  config.line.rate_bps = 33600;
  start();
  auto ends_of = joined();
  auto& a = ends_of.first;
  auto& b = ends_of.second;
  std::string words;
  for (int i = 0; i < 1600; ++i) words += std::to_string(i) + "\r\n";
  a.type(words);
  a.fd = io::Fd();
  EXPECT_TRUE(dtr_falls(0));
  EXPECT_TRUE(reads(b, words)) << b.seen.size() << " of " << words.size();
  EXPECT_TRUE(until([&] { return !status(1).call; }));
  EXPECT_EQ(status(0).bytes.lost_from_dte, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, SlowLineTest,
                         testing::Values(SlowLine{"with_error_control", "", ModemConfig::Kind::modem},
                                         SlowLine{"without_error_control", "\\N0", ModemConfig::Kind::modem},
                                         SlowLine{"cable", "", ModemConfig::Kind::null_modem}),
                         [](auto const& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace offhook::driver
