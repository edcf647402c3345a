#include "emulator/rfc2217/server.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "emulator/base/random.h"
#include "emulator/base/text.h"

namespace offhook::rfc2217 {
namespace {

using v24::Circuit;
using v24::Circuits;
using namespace std::string_literals;

constexpr char iac = '\xff';

Circuits circuits(std::initializer_list<Circuit> on) {
  Circuits made;
  for (Circuit c : on) made.set(c, true);
  return made;
}
Circuits const idle = circuits({Circuit::dtr, Circuit::rts, Circuit::cts, Circuit::dsr});

/// IAC SB COM-PORT-OPTION ... IAC SE
std::string sb(std::string const& command) {
  std::string bytes{iac, '\xfa', 44};
  for (char c : command) bytes.append(c == iac ? 2 : 1, c);
  return bytes + iac + '\xf0';
}
std::string byte(int value) { return {static_cast<char>(value)}; }

/// A server and what came of the client's bytes.
struct Session {
  Server server{"Offhook ttyVM0", 115200, idle};
  std::string data;
  std::vector<Request> requests;

  std::string said(std::string_view more = {}) {
    std::string all;
    std::array<std::byte, 97> out;
    auto left = as_bytes(more);
    for (;;) {
      auto const [taken, written] = server.encode(left, out);
      if (taken + written == 0) return all;
      all += as_text(Bytes(out).first(written));
      left = left.subspan(taken);
    }
  }
  void hear(std::string bytes) {
    auto left = std::as_writable_bytes(std::span(bytes));
    while (!left.empty()) {
      auto const got = server.receive(left);
      data += as_text(got.data);
      if (got.request) requests.push_back(*got.request);
      left = left.subspan(got.taken);
      ASSERT_TRUE(got.taken > 0 || server.pending());
      if (got.taken == 0) answers += said();
    }
  }
  std::string ask(std::string const& bytes) {
    requests.clear();
    hear(bytes);
    return std::exchange(answers, {}) + said();
  }
  std::string port(std::string bytes) {
    return std::string(as_text(server.from_port(std::as_writable_bytes(std::span(bytes)))));
  }
  std::string answers;
};

struct Agreed : Session {
  Agreed() {
    server.start();
    said();
    hear("\xff\xfb\x2c\xff\xfb\x00\xff\xfd\x00"s);  // WILL COM-PORT-OPTION, BINARY both ways
    said();
  }
};

TEST(Rfc2217, the_option_is_asked_for_and_the_modem_state_is_told_once_it_is_agreed) {
  Session s;
  s.server.start();
  EXPECT_NE(s.said().find("\xff\xfd\x2c"), std::string::npos);
  EXPECT_FALSE(s.server.agreed());
  EXPECT_EQ(s.ask("\xff\xfb\x2c"), sb(byte(107) + byte(modem_state::dsr | modem_state::cts)));
  EXPECT_TRUE(s.server.agreed());
}

TEST(Rfc2217, a_client_that_only_says_do_has_the_option_too) {
  Session s;
  EXPECT_EQ(s.ask("\xff\xfd\x2c"), "\xff\xfb\x2c" + sb(byte(107) + byte(0x30)));
}

TEST(Rfc2217, a_plain_telnet_client_hears_no_command) {
  Session s;
  s.ask("\xff\xfe\x2c\xff\xfc\x2c");
  s.server.on_circuits(Circuits());
  EXPECT_EQ(s.said(), "");
  EXPECT_EQ(s.ask(sb("\x01"s + "\0\0\x25\x80"s)), "");
  EXPECT_TRUE(s.requests.empty());
}

struct Row {
  char const* what;
  std::string asked, answered;
  std::vector<Request> requests;
};

TEST(Rfc2217, commands_are_answered_with_what_is_in_force) {
  using P = Parity;
  using S = StopBits;
  Row const rows[] = {
      {"signature", byte(0), byte(100) + "Offhook ttyVM0", {}},
      {"the client's signature", byte(0) + "client", "", {}},
      {"rate asked for", "\x01"s + "\0\0\0\0"s, "e\0\1\xc2\0"s, {}},
      {"rate", "\x01\0\0\x25\x80"s, "e\0\0\x25\x80"s, {SetRate{9600}}},
      {"a rate with an IAC in it", "\x01\0\0\xff\xff"s, "e\0\0\xff\xff"s, {SetRate{65535}}},
      {"a rate that there is not", "\x01\xff\xff\xff\xff"s, "e\0\0\xff\xff"s, {}},
      {"a rate cut short", "\x01\0\0\x25"s, "", {}},
      {"data bits", "\x02\x07"s, "f\x07"s, {SetFormat{{7, P::none, S::one}}}},
      {"data bits asked for", "\x02\0"s, "f\x07"s, {}},
      {"four data bits", "\x02\x04"s, "f\x07"s, {}},
      {"parity", "\x03\x03"s, "g\x03"s, {SetFormat{{7, P::even, S::one}}}},
      {"parity asked for", "\x03\0"s, "g\x03"s, {}},
      {"a parity that there is not", "\x03\x06"s, "g\x03"s, {}},
      {"stop bits", "\x04\x03"s, "h\x03"s, {SetFormat{{7, P::even, S::one_and_a_half}}}},
      {"stop bits asked for", "\x04\0"s, "h\x03"s, {}},
      {"flow control at first", "\x05\0"s, "i\x01"s, {}},
      {"inbound at first", "\x05\x0d"s, "i\x0e"s, {}},
      {"hardware both ways", "\x05\x03"s, "i\x03"s, {}},
      {"hardware is inbound too", "\x05\x0d"s, "i\x10"s, {}},
      {"XON/XOFF inbound alone", "\x05\x0f"s, "i\x0f"s, {}},
      {"outbound stays", "\x05\0"s, "i\x03"s, {}},
      {"DTR flow control would hang up", "\x05\x12"s, "i\x0f"s, {}},
      {"DCD outbound", "\x05\x11"s, "i\x11"s, {}},
      {"DSR outbound", "\x05\x13"s, "i\x13"s, {}},
      {"none both ways", "\x05\x01"s, "i\x01"s, {}},
      {"DTR at first", "\x05\x07"s, "i\x08"s, {}},
      {"DTR off", "\x05\x09"s, "i\x09"s, {SetCircuit{Circuit::dtr, false}}},
      {"DTR asked for", "\x05\x07"s, "i\x09"s, {}},
      {"DTR on", "\x05\x08"s, "i\x08"s, {SetCircuit{Circuit::dtr, true}}},
      {"RTS off", "\x05\x0c"s, "i\x0c"s, {SetCircuit{Circuit::rts, false}}},
      {"RTS asked for", "\x05\x0a"s, "i\x0c"s, {}},
      {"RTS on", "\x05\x0b"s, "i\x0b"s, {SetCircuit{Circuit::rts, true}}},
      {"no break yet", "\x05\x04"s, "i\x06"s, {}},
      {"break", "\x05\x05"s, "i\x05"s, {SendBreak{}}},
      {"the same break", "\x05\x05"s, "i\x05"s, {}},
      {"break asked for", "\x05\x04"s, "i\x05"s, {}},
      {"its end", "\x05\x06"s, "i\x06"s, {}},
      {"a control that there is not", "\x05\x14"s, "", {}},
      {"line state asked for", "\x06"s, "j\0"s, {}},
      {"modem state asked for", "\x07"s, "k\x30"s, {}},
      {"line state mask", "\x0a\x10"s, "n\x10"s, {}},
      {"modem state mask", "\x0b\xff"s, "o\xff"s, {}},
      {"purge received data", "\x0c\x01"s, "p\x01"s, {Purge{true, false}}},
      {"purge what is sent", "\x0c\x02"s, "p\x02"s, {Purge{false, true}}},
      {"purge both", "\x0c\x03"s, "p\x03"s, {Purge{true, true}}},
      {"purge nothing", "\x0c\0"s, "", {}},
      {"no command", "\x0d\x01"s, "", {}},
      {"a server's command", "\x65\0\0\0\0"s, "", {}},
  };
  Agreed s;
  for (auto const& row : rows) {
    EXPECT_EQ(s.ask(sb(row.asked)), row.answered.empty() ? "" : sb(row.answered)) << row.what;
    EXPECT_EQ(s.requests, row.requests) << row.what;
  }
  EXPECT_EQ(s.data, "");
  EXPECT_EQ(text(s.server.format()), "7E1.5");
}

TEST(Rfc2217, circuits_are_told_with_what_changed) {
  Agreed s;
  struct Step {
    Circuits now;
    int told;
  };
  auto with = [](Circuits c, Circuit which, bool on) {
    c.set(which, on);
    return c;
  };
  Step const steps[] = {
      {with(idle, Circuit::ri, true), 0x70},        // no trailing edge yet
      {idle, 0x30 | 4},                             // there it is
      {with(idle, Circuit::dcd, true), 0xb0 | 8},   // carrier
      {with(idle, Circuit::dcd, false), 0x30 | 8},  // and its loss
      {with(idle, Circuit::cts, false), 0x20 | 1},
      {with(Circuits(), Circuit::cts, false), 0x02},  // DSR
      {idle, 0x30 | 3},
  };
  for (auto const& step : steps) {
    s.server.on_circuits(step.now);
    EXPECT_EQ(s.said(), sb(byte(107) + byte(step.told))) << step.told;
  }
  s.server.on_circuits(with(idle, Circuit::rts, false));  // its own
  EXPECT_EQ(s.said(), "");
}

TEST(Rfc2217, the_mask_chooses_what_is_told) {
  Agreed s;
  s.ask(sb("\x0b\x80"s));
  Circuits up = idle;
  up.set(Circuit::ri, true);
  s.server.on_circuits(up);
  EXPECT_EQ(s.said(), "");
  up.set(Circuit::dcd, true);
  s.server.on_circuits(up);
  EXPECT_EQ(s.said(), sb("k\x80"s));
  s.server.on_circuits(idle);
  EXPECT_EQ(s.said(), sb("k\0"s)) << "a carrier that is lost is told, though the AND is 0";
  s.ask(sb("\x0b\0"s));
  s.server.on_circuits(up);
  EXPECT_EQ(s.said(), "");
}

TEST(Rfc2217, changes_that_a_stopped_client_missed_are_told_as_one) {
  Agreed s;
  s.ask(sb("\x08"));
  Circuits up = idle;
  up.set(Circuit::dcd, true);
  s.server.on_circuits(up);
  s.server.on_circuits(idle);
  EXPECT_EQ(s.said("data"), "");
  EXPECT_TRUE(s.server.stopped());
  s.server.on_circuits(up);
  EXPECT_EQ(s.ask(sb("\x09")), sb(byte(107) + byte(0xb8)));
  EXPECT_EQ(s.said("data"), "data");
}

TEST(Rfc2217, a_stopped_client_can_always_resume) {
  Agreed s;
  s.ask(sb("\x08"));
  for (int i = 0; i < 1000; ++i) s.hear(sb("\x05\x07"s));  // each wants an answer
  s.ask(sb("\x09"));
  EXPECT_FALSE(s.server.stopped());
  EXPECT_EQ(s.said("data"), "data");
}

TEST(Rfc2217, a_full_port_stops_the_client_once) {
  Agreed s;
  s.server.on_port_full(true);
  s.server.on_port_full(true);
  EXPECT_EQ(s.said(), sb(byte(108)));
  s.server.on_port_full(false);
  s.server.on_port_full(false);
  EXPECT_EQ(s.said(), sb(byte(109)));
}

TEST(Rfc2217, outbound_flow_control_holds_what_goes_to_the_port) {
  Agreed s;
  Circuits no_cts = idle, no_dsr = idle, carrier = idle;
  no_cts.set(Circuit::cts, false);
  no_dsr.set(Circuit::dsr, false);
  carrier.set(Circuit::dcd, true);
  struct Step {
    char control;
    Circuits circuits;
    bool takes;
  };
  Step const steps[] = {{1, no_cts, true},   {3, no_cts, false},  {3, idle, true},  {17, idle, false},
                        {17, carrier, true}, {19, no_dsr, false}, {19, idle, true}, {2, no_cts, true}};
  for (auto const& step : steps) {
    s.ask(sb("\x05"s + step.control));
    s.server.on_circuits(step.circuits);
    EXPECT_EQ(s.server.port_takes(), step.takes) << int{step.control};
  }
  EXPECT_EQ(s.port("a\x13z"), "az");
  EXPECT_FALSE(s.server.port_takes());
  EXPECT_EQ(s.port("\x11"), "");
  EXPECT_TRUE(s.server.port_takes());
  (void)s.port("\x13");
  s.ask(sb("\x05\x01"s));
  EXPECT_TRUE(s.server.port_takes()) << "an XOFF ends with its flow control";
  EXPECT_EQ(s.port("\x13"), "\x13");
}

TEST(Rfc2217, inbound_flow_control_stops_the_dce_while_the_client_does_not_read) {
  Agreed s;
  EXPECT_EQ(s.server.on_client_slow(true), std::nullopt);
  EXPECT_EQ(s.server.on_client_slow(false), std::nullopt);
  s.ask(sb("\x05\x10"s));
  EXPECT_EQ(s.server.on_client_slow(true), Request(SetCircuit{Circuit::rts, false}));
  EXPECT_EQ(s.server.on_client_slow(true), std::nullopt);
  s.ask(sb("\x05\x0b"s));
  EXPECT_EQ(s.requests, (std::vector<Request>{SetCircuit{Circuit::rts, false}}))
      << "RTS on, once it reads again";
  s.ask(sb("\x05\x0e"s));
  EXPECT_EQ(s.requests, (std::vector<Request>{SetCircuit{Circuit::rts, true}}));
  EXPECT_EQ(s.server.on_client_slow(false), std::nullopt);
  s.ask(sb("\x05\x0f"s));
  EXPECT_EQ(s.server.on_client_slow(true), Request(SendToPort{std::byte{0x13}}));
  EXPECT_EQ(s.server.on_client_slow(false), Request(SendToPort{std::byte{0x11}}));
}

TEST(Rfc2217, a_break_is_told_where_the_mask_has_it) {
  Agreed s;
  EXPECT_FALSE(s.server.on_break());
  s.ask(sb("\x0a\x10"s));
  EXPECT_TRUE(s.server.on_break());
  EXPECT_EQ(s.said(), sb(byte(106) + byte(16)));
  EXPECT_EQ(s.ask("\xff\xf3"), "");
  EXPECT_EQ(s.requests, (std::vector<Request>{SendBreak{}})) << "IAC BRK is one too";
}

TEST(Rfc2217, how_many_bits_a_character_has_is_the_ports_business) {
  Agreed s;
  s.hear(sb("\x02\x07"s));
  s.hear("A\xc1");
  EXPECT_EQ(s.data, "A\xc1");
  EXPECT_EQ(s.port("B\xc2"), "B\xc2");
}

TEST(Rfc2217, data_and_commands_keep_their_order) {
  Agreed s;
  std::string bytes = "one" + sb("\x05\x09"s) + "two";
  auto left = std::as_writable_bytes(std::span(bytes));
  auto const first = s.server.receive(left);
  EXPECT_EQ(as_text(first.data), "one");
  EXPECT_EQ(first.request, Request(SetCircuit{Circuit::dtr, false}));
  EXPECT_EQ(as_text(s.server.receive(left.subspan(first.taken)).data), "two");
}

TEST(Rfc2217, any_split_of_the_bytes_gives_the_same) {
  std::string const bytes = "\xff\xfb\x2c\xff\xfb\x00\xff\xfd\x00"s + "AT\r" + sb("\x01\0\xff\x25\x80"s) +
                            sb("\x05\x09"s) + "x\xff\xff" + sb("\x02\x07"s) + "\xc1" + sb("\x08") +
                            sb("\x00"s) + sb("\x09") + "\xff\xf3" + sb("\x0c\x03"s) + "end";
  Session whole;
  auto const answers = whole.ask(bytes);
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Random cuts(seed);
    Session cut;
    std::string said;
    std::string_view left = bytes;
    while (!left.empty()) {
      auto const piece = left.substr(0, 1 + cuts.below(9));
      cut.hear(std::string(piece));
      left.remove_prefix(piece.size());
      if (cuts.one_in(2)) said += cut.answers + cut.said(), cut.answers.clear();
    }
    said += cut.answers + cut.said();
    ASSERT_EQ(cut.data, whole.data) << seed;
    ASSERT_EQ(cut.requests, whole.requests) << seed;
    ASSERT_EQ(said, answers) << seed;
    ASSERT_TRUE(cut.server == whole.server) << seed;
  }
}

}  // namespace
}  // namespace offhook::rfc2217
