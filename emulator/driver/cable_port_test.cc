// Null-modem cables between two ports, on real ptys: circuits crossed, bytes straight across, and the faults
// an operator makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "emulator/driver/bank_fixture.h"

namespace offhook::driver {
namespace {

using testing::Contains;
using v24::Circuit;

/// A cable joins ports 0 and 1; port 2 is a modem.
class CablePortTest : public BankTest {
 protected:
  CablePortTest() {
    for (size_t i : {0, 1}) {
      config.modems[i].kind = ModemConfig::Kind::null_modem;
      config.modems[i].cable.peer = config.modems[1 - i].number;
    }
  }

  bool is_joined() { return status(0).state == "joined" && status(1).state == "joined"; }
  bool shows_the_other_end(int port) {
    return on(port, Circuit::dsr) && on(port, Circuit::dcd) && on(port, Circuit::cts);
  }
  bool joins() {
    return until([&] { return is_joined(); });
  }
  /// Not joined, as seen from both ends, and joined again: whatever was done to it, it lets go and comes
  /// back.
  bool comes_apart() {
    return until([&] { return !shows_the_other_end(0) && !shows_the_other_end(1); });
  }
  bool carries(Program& a, Program& b) {
    for (auto* end : {&a, &b}) end->look();
    a.seen.clear();
    b.seen.clear();
    a.type("over there");
    b.type("over here");
    return reads(b, "over there") && reads(a, "over here");
  }
};

TEST_F(CablePortTest, each_end_shows_the_others_dtr_as_dsr_and_dcd) {
  start();
  Program a = open(0);
  EXPECT_FALSE(shows_the_other_end(0));
  {
    Program b = open(1);
    EXPECT_TRUE(joins());
    EXPECT_TRUE(shows_the_other_end(0) && shows_the_other_end(1));
    EXPECT_EQ(status(0).family, "null-modem");
    ASSERT_TRUE(status(0).call);
    EXPECT_EQ(status(0).call->peer, "5550101");
  }
  EXPECT_TRUE(comes_apart());
  Program again = open(1);
  EXPECT_TRUE(joins());
  EXPECT_TRUE(carries(a, again));
}

TEST_F(CablePortTest, it_does_not_matter_which_end_is_opened_first) {
  start();
  Program b = open(1);
  Program a = open(0);
  EXPECT_TRUE(joins());
  EXPECT_TRUE(carries(a, b));
}

TEST_F(CablePortTest, bytes_of_every_value_pass_both_ways) {
  start();
  Program a = open(0), b = open(1);
  ASSERT_TRUE(joins());
  std::string sent;
  for (int i = 0; i < 256 * 256; ++i) {
    sent += static_cast<char>(i >> 8);
    sent += static_cast<char>(i);
  }
  size_t from_a = 0, from_b = 0;
  auto const write_some = [&](Program const& end, size_t& done) {
    ssize_t const n = done == sent.size() ? 0 : ::write(end.fd.get(), sent.data() + done, sent.size() - done);
    if (n > 0) done += static_cast<size_t>(n);
  };
  EXPECT_TRUE(until([&] {
    write_some(a, from_a);
    write_some(b, from_b);
    a.look();
    b.look();
    return a.seen.size() >= sent.size() && b.seen.size() >= sent.size();
  }));
  EXPECT_EQ(a.seen, sent);
  EXPECT_EQ(b.seen, sent);
}

TEST_F(CablePortTest, the_serving_ends_script_answers_client_and_then_lets_everything_pass) {
  config.modems[1].cable.script = pad::CableOptions::Script::server;
  start();
  Program client = open(0), server = open(1);
  ASSERT_TRUE(until([&] { return shows_the_other_end(0) && shows_the_other_end(1); }));
  EXPECT_EQ(status(1).state, "greeting");
  server.type("CLIENT");
  EXPECT_TRUE(reads(server, "CLIENTSERVER")) << "the DTE on the end that has the script";
  server.type("C~data");
  EXPECT_TRUE(reads(client, "C~data"));
  EXPECT_TRUE(joins());
}

TEST_F(CablePortTest, a_program_that_heeds_carrier_is_hung_up_when_the_other_end_leaves) {
  start();
  Program a = open(0, false);
  std::optional<Program> b = open(1);
  ASSERT_TRUE(joins());
  auto const generation = status(0).generation;
  b.reset();
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended;
  }));
  EXPECT_GT(status(0).generation, generation);
}

TEST_F(CablePortTest, what_was_sent_before_an_end_left_still_arrives) {
  config.line.rate_bps = 9600;
  start();
  Program a = open(0), b = open(1);
  ASSERT_TRUE(joins());
  std::string const page(900, 'x');
  a.type(page);
  ASSERT_TRUE(until([&] { return status(0).bytes.to_line == page.size(); }));
  a.fd = io::Fd();
  EXPECT_TRUE(reads(b, page));
}

// ---- the faults an operator makes

TEST_F(CablePortTest, a_cable_comes_back_after_every_fault) {
  start();
  Program a = open(0), b = open(1);
  ASSERT_TRUE(joins());
  struct Row {
    std::string_view fault;
    std::function<Result<void>()> make, mend;
  };
  auto const nothing = [] { return Result<void>(); };
  for (size_t port : {0, 1}) {
    std::vector<Row> const rows{
        {"drop", [&] { return bank->drop(port, {}); }, nothing},
        {"unplug", [&] { return bank->unplug(port, false); }, [&] { return bank->plug(port); }},
        {"reset", [&] { return bank->reset(port); }, nothing},
    };
    for (auto const& row : rows) {
      ASSERT_TRUE(row.make().has_value()) << row.fault;
      EXPECT_TRUE(comes_apart()) << row.fault << ' ' << port;
      ASSERT_TRUE(row.mend().has_value()) << row.fault;
      ASSERT_TRUE(joins()) << row.fault << ' ' << port << ": " << status(0).state << ' ' << status(1).state;
      EXPECT_TRUE(carries(a, b)) << row.fault << ' ' << port;
    }
  }
}

TEST_F(CablePortTest, a_wedged_end_takes_no_bytes_until_it_is_reset) {
  start();
  Program a = open(0), b = open(1);
  ASSERT_TRUE(joins());
  ASSERT_TRUE(bank->wedge(0).has_value());
  EXPECT_THAT(status(0).faults, Contains("wedged"));
  a.type("lost");
  EXPECT_TRUE(until([&] { return status(0).bytes.from_dte == 4; }));
  b.look();
  EXPECT_EQ(b.seen, "");
  ASSERT_TRUE(bank->reset(0).has_value());
  EXPECT_TRUE(joins());
  EXPECT_TRUE(carries(a, b));
}

TEST_F(CablePortTest, a_removed_end_hangs_up_its_program_and_joins_again_once_plugged_in) {
  start();
  Program a = open(0), b = open(1);
  ASSERT_TRUE(joins());
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended && !shows_the_other_end(1);
  }));
  ASSERT_TRUE(bank->plug(0).has_value());
  Program again = open(0);
  EXPECT_TRUE(joins());
  EXPECT_TRUE(carries(again, b));
}

TEST_F(CablePortTest, a_forced_outcome_keeps_the_ends_apart_until_it_is_taken_back) {
  start();
  Program b = open(1);
  for (auto forced : {exchange::Forced::busy, exchange::Forced::no_dialtone, exchange::Forced::voice}) {
    ASSERT_TRUE(bank->force(0, forced).has_value());
    std::optional<Program> a = open(0);
    EXPECT_TRUE(until([&] { return status(0).state == "redialling" || status(0).state == "seizing"; }));
    ASSERT_TRUE(bank->force(0, exchange::Forced::none).has_value());
    EXPECT_TRUE(joins());
    a.reset();
    EXPECT_TRUE(comes_apart());
  }
}

TEST_F(CablePortTest, an_injected_ring_joins_a_lone_end_to_an_echo_and_frees_it_when_dropped) {
  start();
  Program b = open(1);  // the end that does not call
  ASSERT_TRUE(bank->ring(1, {}).has_value());
  ASSERT_TRUE(until([&] { return status(1).state == "joined"; }));
  b.type("anybody there?");
  EXPECT_TRUE(reads(b, "anybody there?"));
  EXPECT_TRUE(bank->ring(1, {}).has_error()) << "the line is busy";
  ASSERT_TRUE(bank->drop(1, {}).has_value());
  EXPECT_TRUE(until([&] { return status(1).state == "idle"; }));
  Program a = open(0);
  EXPECT_TRUE(joins());
  EXPECT_TRUE(carries(a, b));
}

TEST_F(CablePortTest, a_line_with_a_rate_paces_the_cable) {
  start();
  Program a = open(0), b = open(1);
  ASSERT_TRUE(joins());
  line::Parameters slow;
  slow.rate_bps = 9600;
  ASSERT_TRUE(bank->set_line(0, slow).has_value());
  EXPECT_EQ(status(0).line.rate_bps, 9600u);
  EXPECT_TRUE(carries(a, b));
}

}  // namespace
}  // namespace offhook::driver
