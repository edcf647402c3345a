// X.25 PADs on real ptys: calls between them and with modems, how those end, and the faults an operator
// makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "emulator/driver/bank_fixture.h"

namespace offhook::driver {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using v24::Circuit;

constexpr std::string_view recall = "\x10";  // DLE: parameter 1 of the simple profile

/// Ports 0 and 1 are PADs, port 2 is a modem.
class PadPortTest : public BankTest {
 protected:
  PadPortTest() {
    for (size_t i : {0, 1}) config.modems[i].kind = ModemConfig::Kind::pad;
  }

  /// A program on a PAD that has asked for service.
  Program served(int port) {
    Program program = open(port);
    program.type("\r");
    EXPECT_TRUE(reads(program, "OFFHOOK PAD\r\n"));
    program.seen.clear();
    return program;
  }
  std::pair<Program, Program> pads_in_a_call() {
    Program a = served(0), b = served(1);
    EXPECT_TRUE(connect(a, b));
    return {std::move(a), std::move(b)};
  }
  bool connect(Program& a, Program& b) {
    a.type("5550101\r");
    bool const both = reads(a, "COM\r\n") && reads(b, "COM\r\n");
    a.seen.clear();
    b.seen.clear();
    return both;
  }
  bool settles_in(int port, std::string_view state) {
    return until([&] { return status(port).state == state && !status(port).call; });
  }
  void clear(Program const& program) { program.type(std::string(recall) + "CLR\r"); }
};

TEST_F(PadPortTest, a_selection_reaches_another_pad_and_data_passes_both_ways) {
  start();
  auto [a, b] = pads_in_a_call();
  EXPECT_EQ(status(0).family, "pad");
  EXPECT_EQ(status(0).state, "data_transfer");
  ASSERT_TRUE(status(0).call);
  EXPECT_EQ(status(0).call->peer, "5550101");
  EXPECT_TRUE(on(0, Circuit::dcd) && on(1, Circuit::dcd));
  a.type("hello\r");
  EXPECT_TRUE(reads(b, "hello\r"));
  b.type("and back\r");
  EXPECT_TRUE(reads(a, "and back\r"));
  EXPECT_EQ(status(0).bytes.to_line, 6u);
  EXPECT_EQ(status(1).bytes.from_line, 6u);
}

TEST_F(PadPortTest, a_selection_reaches_a_modem_that_answers) {
  start();
  Program pad = served(0), modem = open(2);
  modem.type("ATS0=1\r");
  ASSERT_TRUE(reads(modem, "OK"));
  pad.type("5550102\r");
  EXPECT_TRUE(reads(pad, "\r\nCOM\r\n"));
  EXPECT_TRUE(reads(modem, "CONNECT"));
  pad.type("to the modem\r");
  EXPECT_TRUE(reads(modem, "to the modem\r"));
  modem.type("to the PAD");
  EXPECT_TRUE(reads(pad, "to the PAD"));
  clear(pad);
  EXPECT_TRUE(reads(modem, "NO CARRIER"));
}

TEST_F(PadPortTest, a_modems_call_comes_in_and_its_hang_up_clears_it) {
  start();
  Program pad = open(0), modem = open(2);  // nobody has asked for service: the call does
  modem.type("ATDT5550100\r");
  EXPECT_TRUE(reads(modem, "CONNECT"));
  EXPECT_TRUE(reads(pad, "\r\nCOM\r\n"));
  modem.type("ring, ring");
  EXPECT_TRUE(reads(pad, "ring, ring"));
  modem.fd = io::Fd();
  EXPECT_TRUE(reads(pad, "CLR DTE"));
  EXPECT_TRUE(settles_in(0, "active_link"));
}

TEST_F(PadPortTest, an_injected_ring_is_answered_with_the_callers_number_and_speaks_to_an_echo) {
  config.modems[0].pad.accept = pad::Options::Accept::identified;
  start();
  Program pad = served(0);
  Bank::RingRequest request;
  request.from.presentation = loop::CallerId::Presentation::given;
  request.from.number = "5550199";
  ASSERT_TRUE(bank->ring(0, request).has_value());
  EXPECT_TRUE(on(0, Circuit::ri));
  EXPECT_TRUE(reads(pad, "\r\n5550199+COM\r\n"));
  EXPECT_FALSE(on(0, Circuit::ri));
  pad.type("2:0 would be quieter\r");
  EXPECT_TRUE(reads(pad, "2:0 would be quieter\r2:0 would be quieter\r")) << "its own echo, then the line's";
}

TEST_F(PadPortTest, a_selection_is_cleared_with_the_reason_the_exchange_gives) {
  start();
  Program a = served(0), b = served(1);
  a.type("5550101\r");
  ASSERT_TRUE(reads(a, "COM"));
  Program modem = open(2);
  for (auto const& [number, words] :
       {std::pair("5550199", "CLR NP"), {"5550006", "CLR NC"}, {"5550102", "CLR CONF"}}) {
    clear(a);
    ASSERT_TRUE(settles_in(0, "pad_waiting") || status(0).call);
    a.seen.clear();
    a.type(std::string(number) + "\r");
    if (std::string_view(words) == "CLR CONF") {  // it rings and rings
      ASSERT_TRUE(reads(modem, "RING"));
      a.type("CLR\r");
    }
    EXPECT_TRUE(reads(a, words)) << a.seen;
  }
  a.type("5550101\r");
  ASSERT_TRUE(reads(a, "COM"));
}

TEST_F(PadPortTest, whoever_clears_reads_a_confirmation_and_the_other_end_who_it_was) {
  start();
  auto ends = pads_in_a_call();
  for (bool caller_clears : {true, false}) {
    auto& clearing = caller_clears ? ends.first : ends.second;
    auto& cleared = caller_clears ? ends.second : ends.first;
    clearing.type("last words\r");
    clear(clearing);
    EXPECT_TRUE(reads(clearing, "CLR CONF"));
    EXPECT_TRUE(reads(cleared, "last words\r\r\nCLR DTE"));
    EXPECT_TRUE(settles_in(0, "pad_waiting") && settles_in(1, "pad_waiting"));
    EXPECT_FALSE(on(0, Circuit::dcd) || on(1, Circuit::dcd));
    ASSERT_TRUE(connect(ends.first, ends.second));
  }
}

TEST_F(PadPortTest, a_hundred_calls_cleared_in_mid_call_leave_the_ports_fit_for_the_next) {
  start();
  auto ends = pads_in_a_call();
  std::string const half_a_page(1000, 'x');
  for (int i = 0; i < 100; ++i) {
    auto& clearing = i % 2 == 0 ? ends.first : ends.second;
    auto& cleared = i % 2 == 0 ? ends.second : ends.first;
    for (auto const* end : {&ends.first, &ends.second}) end->type(half_a_page);  // both are still sending
    clear(clearing);
    ASSERT_TRUE(settles_in(0, "pad_waiting") && settles_in(1, "pad_waiting")) << "call " << i;
    ASSERT_TRUE(reads(clearing, "CLR CONF"));
    cleared.type("\rSTAT\r");  // ends what it was still sending, which is a command now
    ASSERT_TRUE(reads(cleared, "FREE")) << "call " << i;
    ASSERT_TRUE(connect(ends.first, ends.second)) << "call " << i;
  }
  ends.first.type("still here\r");
  EXPECT_TRUE(reads(ends.second, "still here\r"));
}

TEST_F(PadPortTest, a_hundred_calls_cleared_before_they_are_answered_leave_the_port_fit_for_the_next) {
  start();
  Program a = served(0), b = served(1);
  for (int i = 0; i < 100; ++i) {
    a.type("5550102\rCLR\r");
    ASSERT_TRUE(reads(a, "CLR CONF")) << "call " << i;
    ASSERT_TRUE(settles_in(0, "pad_waiting") && status(2).loop == "on_hook") << "call " << i;
    a.seen.clear();
  }
  EXPECT_TRUE(connect(a, b));
}

TEST_F(PadPortTest, what_was_sent_before_a_clear_arrives_however_slow_the_line_is) {
  config.line.rate_bps = 9600;
  start();
  auto ends = pads_in_a_call();
  std::string const page(900, 'x');
  // A DTE that takes nothing itself is read in large pieces: the clear is known long before the page has
  // gone.
  ends.first.type("\x13" + page + "\r" + std::string(recall) + "CLR\r");
  EXPECT_TRUE(reads(ends.second, page + "\r"));
  EXPECT_TRUE(reads(ends.second, "CLR DTE"));
  EXPECT_TRUE(reads(ends.first, "CLR CONF"));
  EXPECT_EQ(status(0).bytes.lost_from_dte, 0u);
}

TEST_F(PadPortTest, received_data_is_changed_as_the_parameters_say) {
  start();
  auto ends = pads_in_a_call();
  auto& [a, b] = ends;
  b.type(std::string(recall) + "SET 13:1, 9:2\r");
  ASSERT_TRUE(until([&] { return status(1).state == "data_transfer"; }));
  b.look();
  b.seen.clear();
  a.type("one\rtwo\r");
  EXPECT_TRUE(reads(b, std::string("one\r\0\0\ntwo\r\0\0\n", 14)));
  b.type(std::string(recall) + "SET 13:0, 9:0\r");
  ASSERT_TRUE(until([&] { return status(1).state == "data_transfer"; }));
  a.type("three\rfour\r");
  EXPECT_TRUE(reads(b, "three\rfour\r"));
}

/// Much data through parameters that change it, against a program that reads now and then.
TEST_F(PadPortTest, not_a_byte_is_lost_or_out_of_order_on_its_way_through_the_parameters) {
  start();
  Program modem = open(2), pad = open(0);
  pad.type("\rSET 2:0, 13:1\r");
  ASSERT_TRUE(until([&] { return status(0).bytes.from_dte == 15; }));
  modem.type("ATDT5550100\r");
  ASSERT_TRUE(reads(modem, "CONNECT 115200\r\n"));
  ASSERT_TRUE(reads(pad, "COM\r\n"));
  pad.seen.clear();
  std::string sent, expected;
  for (int i = 0; i < 20000; ++i) {
    std::string const line = std::to_string(i) + "\r";
    sent += line;
    expected += line + "\n";
  }
  size_t written = 0, turns = 0;
  EXPECT_TRUE(until([&] {
    ssize_t const n = ::write(modem.fd.get(), sent.data() + written, sent.size() - written);
    if (n > 0) written += static_cast<size_t>(n);
    if (++turns % 3 == 0) pad.look();
    return pad.seen.size() >= expected.size();
  }));
  auto const [differs, wanted] = std::ranges::mismatch(pad.seen, expected);
  EXPECT_TRUE(wanted == expected.end())
      << "after " << differs - pad.seen.begin() << " of " << pad.seen.size();
}

TEST_F(PadPortTest, data_that_waits_for_an_x_on_comes_with_it) {
  start();
  auto ends = pads_in_a_call();
  auto& [a, b] = ends;
  b.type("\x13");
  ASSERT_TRUE(until([&] { return status(1).bytes.from_dte == 2; }));  // with the service request
  a.type("held\r");
  ASSERT_TRUE(until([&] { return status(0).bytes.to_line == 5; }));
  b.look();
  EXPECT_THAT(b.seen, Not(HasSubstr("held")));
  b.type("\x11");
  EXPECT_TRUE(reads(b, "held\r"));
}

TEST_F(PadPortTest, a_dte_that_sends_more_than_the_line_takes_is_told_to_stop_and_to_go_on) {
  start();
  auto ends = pads_in_a_call();
  auto& a = ends.first;
  auto& b = ends.second;
  b.type("\x13");  // nothing is delivered any more
  ASSERT_TRUE(until([&] { return status(1).bytes.from_dte == 2; }));
  std::string const line = std::string(99, 'x') + "\r";
  size_t written = 0;
  ASSERT_TRUE(until([&] {
    if (::write(a.fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()))
      written += line.size();
    a.look();
    return a.seen.find('\x13') != std::string::npos;
  }));
  b.type("\x11");
  EXPECT_TRUE(reads(a, "\x11"));
  b.seen.clear();
  EXPECT_TRUE(until([&] {
    a.look();
    b.look();
    return b.seen.size() >= written;
  })) << b.seen.size()
      << " of " << written;
}

// ---- the faults an operator makes

TEST_F(PadPortTest, a_dropped_carrier_clears_the_call_at_both_ends) {
  start();
  auto ends = pads_in_a_call();
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_TRUE(reads(ends.first, "CLR NC"));
  EXPECT_TRUE(reads(ends.second, "CLR NC"));
  EXPECT_TRUE(settles_in(0, "pad_waiting") && settles_in(1, "pad_waiting"));
  EXPECT_TRUE(connect(ends.first, ends.second));
}

TEST_F(PadPortTest, an_unplugged_pad_loses_its_call_and_its_service_until_it_is_plugged_in) {
  start();
  auto ends = pads_in_a_call();
  ASSERT_TRUE(bank->unplug(0, false).has_value());
  EXPECT_TRUE(reads(ends.second, "CLR DTE"));
  EXPECT_FALSE(on(0, Circuit::dsr));
  EXPECT_TRUE(settles_in(0, "active_link"));
  ASSERT_TRUE(bank->plug(0).has_value());
  ends.first.type("\r");
  EXPECT_TRUE(reads(ends.first, "OFFHOOK PAD"));
  EXPECT_TRUE(connect(ends.first, ends.second));
}

TEST_F(PadPortTest, a_removed_pad_hangs_up_its_program_and_its_call) {
  start();
  auto ends = pads_in_a_call();
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_TRUE(reads(ends.second, "CLR DTE"));
  EXPECT_TRUE(until([&] {
    ends.first.look();
    return ends.first.ended;
  }));
  ASSERT_TRUE(bank->plug(0).has_value());
  Program again = served(0);
  EXPECT_TRUE(connect(again, ends.second));
}

TEST_F(PadPortTest, a_wedged_pad_hears_nothing_until_it_is_reset) {
  start();
  auto ends = pads_in_a_call();
  ASSERT_TRUE(bank->wedge(0).has_value());
  EXPECT_EQ(status(0).state, "wedged");
  clear(ends.first);
  EXPECT_TRUE(until([&] { return status(0).bytes.from_dte == 14; }));
  EXPECT_EQ(status(1).state, "data_transfer");
  ASSERT_TRUE(bank->reset(0).has_value());
  EXPECT_TRUE(reads(ends.second, "CLR NC"));
  ends.first.type("\r");
  EXPECT_TRUE(reads(ends.first, "OFFHOOK PAD"));
  EXPECT_TRUE(connect(ends.first, ends.second));
}

TEST_F(PadPortTest, forced_outcomes_are_told_in_the_pads_words) {
  start();
  Program a = served(0), b = served(1);
  using exchange::Forced;
  for (auto const& [forced, words] : {std::pair(Forced::busy, "CLR OCC"), {Forced::voice, "CLR ID"}}) {
    ASSERT_TRUE(bank->force(0, forced).has_value());
    a.type("5550101\r");
    EXPECT_TRUE(reads(a, words));
    a.seen.clear();
  }
  EXPECT_THAT(status(0).faults, Contains("forced voice"));
  ASSERT_TRUE(bank->force(0, Forced::none).has_value());
  EXPECT_TRUE(connect(a, b));
}

TEST_F(PadPortTest, a_line_with_a_rate_carries_a_pads_call_at_that_rate) {
  start();
  line::Parameters slow;
  slow.rate_bps = 9600;
  ASSERT_TRUE(bank->set_line(0, slow).has_value());
  auto const ends = pads_in_a_call();
  EXPECT_EQ(status(0).call->rate_bps, 9600u);
}

TEST_F(PadPortTest, watchers_and_tracers_see_a_pad_as_they_see_a_modem) {
  start();
  std::vector<std::string> texts, bytes;
  bank->watch([&](Event const& event) {
    if (event.port == "ttyVM0" && event.kind == "state") texts.push_back(event.text);
  });
  bank->trace([&](TraceChunk const& chunk) {
    if (chunk.port == "ttyVM0") bytes.push_back(chunk.bytes);
  });
  Program a = served(0);
  EXPECT_THAT(texts, Contains("{active_link} service request -> pad_waiting"));
  EXPECT_THAT(bytes, Contains("\r"));
  EXPECT_THAT(bytes, Contains(HasSubstr("OFFHOOK PAD")));
}

}  // namespace
}  // namespace offhook::driver
