// Commands, options and subnegotiations, one rule at a time.
#include "emulator/telnet/session.h"

#include <gtest/gtest.h>

#include "emulator/telnet/test_support.h"

namespace offhook::telnet {
namespace {

using enum Command;

std::string will_(Option o) { return command(will, o); }
std::string wont_(Option o) { return command(wont, o); }
std::string do_this(Option o) { return command(do_, o); }
std::string dont_(Option o) { return command(dont, o); }

TEST(Opening, a_client_asks_for_binary_and_no_go_aheads_both_ways) {
  Tester t(Role::client);
  t.session.start();
  EXPECT_EQ(t.says(), "WILL BINARY, DO BINARY, WILL SGA, DO SGA");
  t.session.start();
  EXPECT_EQ(t.says(), "");
}

TEST(Opening, a_server_also_echoes_as_bulletin_boards_do) {
  Tester t(Role::server);
  t.session.start();
  EXPECT_EQ(t.says(), "WILL BINARY, DO BINARY, WILL ECHO, WILL SGA, DO SGA");
}

TEST(Opening, a_server_without_echo_leaves_line_mode_to_the_caller) {
  Tester t(Role::server, {.binary = false, .echo = false});
  t.session.start();
  EXPECT_EQ(t.says(), "");
  t.feed(do_this(Option::echo) + do_this(Option::suppress_go_ahead));
  EXPECT_EQ(t.says(), "WONT ECHO, WILL SGA");
}

TEST(Opening, a_server_asks_about_the_terminal_where_it_is_told_to) {
  Tester t(Role::server, {.ask_terminal = true});
  t.session.start();
  EXPECT_EQ(t.says(), "WILL BINARY, DO BINARY, WILL ECHO, WILL SGA, DO SGA, DO TTYPE, DO NAWS");
}

TEST(Opening, it_is_settled_once_every_question_is_answered) {
  Tester t(Role::client);
  EXPECT_TRUE(t.session.settled());
  t.session.start();
  t.feed(will_(Option::binary) + do_this(Option::binary) + wont_(Option::suppress_go_ahead));
  EXPECT_FALSE(t.session.settled());
  t.feed(dont_(Option::suppress_go_ahead));
  EXPECT_TRUE(t.session.settled());
  EXPECT_TRUE(t.session.agreed(Side::us, Option::binary));
  EXPECT_TRUE(t.session.agreed(Side::him, Option::binary));
  EXPECT_FALSE(t.session.agreed(Side::him, Option::suppress_go_ahead));
}

TEST(Negotiation, answers_to_our_own_questions_are_not_answered) {
  Tester t(Role::client);
  t.session.start();
  t.says();
  t.feed(will_(Option::binary) + do_this(Option::binary) + will_(Option::suppress_go_ahead));
  EXPECT_EQ(t.says(), "");
}

TEST(Negotiation, a_policy_is_kept_for_each_side_of_each_option) {
  struct Case {
    Role role;
    std::string heard, said;
  };
  auto const echo = Option::echo, sga = Option::suppress_go_ahead, binary = Option::binary,
             type = Option::terminal_type, window = Option::window_size;
  for (auto const& [role, heard, said] : std::vector<Case>{
           {Role::client, will_(binary), "DO BINARY"},
           {Role::client, do_this(binary), "WILL BINARY"},
           {Role::client, will_(echo), "DO ECHO"},
           {Role::client, do_this(echo), "WONT ECHO"},
           {Role::client, will_(sga), "DO SGA"},
           {Role::client, do_this(sga), "WILL SGA"},
           {Role::client, will_(type), "DONT TTYPE"},
           {Role::client, do_this(type), "WILL TTYPE"},
           {Role::client, will_(window), "DONT NAWS"},
           {Role::client, do_this(window), "WONT NAWS"},
           {Role::server, will_(binary), "DO BINARY"},
           {Role::server, do_this(binary), "WILL BINARY"},
           {Role::server, will_(echo), "DONT ECHO"},
           {Role::server, do_this(echo), "WILL ECHO"},
           {Role::server, will_(sga), "DO SGA"},
           {Role::server, do_this(sga), "WILL SGA"},
           {Role::server, will_(type), "DO TTYPE, SB TTYPE \\x01"},
           {Role::server, do_this(type), "WONT TTYPE"},
           {Role::server, will_(window), "DO NAWS"},
           {Role::server, do_this(window), "WONT NAWS"},
       }) {
    Tester t(role);
    EXPECT_EQ(t.feed(heard).says(), said) << escaped(heard);
    EXPECT_EQ(t.feed(heard).says(), "") << "said again: " << escaped(heard);
  }
}

TEST(Negotiation, binary_is_neither_asked_for_nor_agreed_to_where_it_is_not_wanted) {
  Tester t(Role::client, {.binary = false});
  t.session.start();
  EXPECT_EQ(t.says(), "WILL SGA, DO SGA");
  t.feed(will_(Option::binary) + do_this(Option::binary));
  EXPECT_EQ(t.says(), "DONT BINARY, WONT BINARY");
}

TEST(Negotiation, an_option_that_ends_is_confirmed_and_may_begin_again) {
  Tester t(Role::server);
  t.feed(do_this(Option::echo) + dont_(Option::echo) + dont_(Option::echo) + do_this(Option::echo));
  EXPECT_EQ(t.says(), "WILL ECHO, WONT ECHO, WILL ECHO");
}

TEST(Negotiation, every_unknown_option_is_refused_once_and_never_again) {
  Tester t(Role::client);
  std::string expected;
  for (int code = 0; code < 256; ++code) {
    if (index_of(static_cast<uint8_t>(code)) || code == 6) continue;
    auto const n = std::to_string(code);
    expected += expected.empty() ? "DONT " : ", DONT ";
    expected += n;
    expected += ", WONT ";
    expected += n;
  }
  for (int round = 0; round < 3; ++round)
    for (int code = 0; code < 256; ++code) {
      if (index_of(static_cast<uint8_t>(code)) || code == 6) continue;
      t.feed(command(will, code) + command(do_, code) + command(wont, code) + command(dont, code));
    }
  EXPECT_EQ(t.says(), expected);
}

TEST(Negotiation, a_timing_mark_is_answered_each_time) {
  Tester t(Role::server);
  t.feed(do_this(Option::timing_mark) + "x" + do_this(Option::timing_mark) + dont_(Option::timing_mark));
  EXPECT_EQ(t.says(), "WILL TM, WILL TM");
  EXPECT_TRUE(t.session.settled());
}

TEST(Negotiation, wishes_change_in_mid_call_by_the_q_method) {
  Tester t = in_binary();
  ASSERT_TRUE(t.session.ask(Side::us, Option::binary, false));
  EXPECT_EQ(t.says(), "WONT BINARY");
  ASSERT_TRUE(t.session.ask(Side::us, Option::binary, true));
  EXPECT_EQ(t.says(), "") << "the first answer is still out";
  t.feed(dont_(Option::binary));
  EXPECT_EQ(t.says(), "WILL BINARY");
  t.feed(do_this(Option::binary));
  EXPECT_EQ(t.says(), "");
  EXPECT_TRUE(t.session.agreed(Side::us, Option::binary));
  EXPECT_FALSE(t.session.ask(Side::us, Option::timing_mark, true)) << "no state, nothing to ask";
}

TEST(Commands, break_interrupt_and_are_you_there_come_in_their_places) {
  Tester t = in_binary();
  t.feed("one" + command(brk) + "two" + command(ip) + command(ayt) + "three");
  EXPECT_EQ(t.data, "one<break>two<interrupt><ayt>three");
  EXPECT_EQ(t.said, "\r\n[Yes]\r\n");
}

TEST(Commands, what_means_nothing_to_a_modem_leaves_no_trace) {
  Tester t = in_binary();
  for (Command c : {nop, dm, ao, ec, el, ga, se}) t.feed(command(c));
  for (int code = 0; code < 240; ++code) t.feed(command(code));
  EXPECT_EQ(t.feed("x").data, "x");
  EXPECT_EQ(t.says(), "");
}

TEST(Commands, a_break_is_sent_behind_what_was_encoded) {
  Tester t = in_binary();
  std::string sent = t.encode("one");
  ASSERT_TRUE(t.session.send_break());
  sent += t.encode("two");
  EXPECT_EQ(sent, "one" + command(brk) + "two");
}

TEST(TerminalTypeOption, a_client_tells_its_terminal_each_time_it_is_asked) {
  Tester t(Role::client, {.terminal = "vt100"});
  auto const send = command(sb, Option::terminal_type, 1) + command(se);
  EXPECT_EQ(t.feed(send).says(), "") << "not agreed yet";
  EXPECT_EQ(t.feed(do_this(Option::terminal_type) + send + send).says(),
            "WILL TTYPE, SB TTYPE \\x00vt100, SB TTYPE \\x00vt100");
}

TEST(TerminalTypeOption, a_client_without_a_usable_name_refuses) {
  for (std::string name : {"", "two words", "tab\t", "caf\xe9", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddX"})
    EXPECT_EQ(Tester(Role::client, {.terminal = name}).feed(do_this(Option::terminal_type)).says(),
              "WONT TTYPE")
        << name;
}

TEST(TerminalTypeOption, an_unusable_name_is_never_sent_even_where_it_was_agreed_by_asking) {
  Tester t(Role::client, {.terminal = std::string(10'000, 'x')});
  ASSERT_TRUE(t.session.ask(Side::us, Option::terminal_type, true));
  t.feed(do_this(Option::terminal_type) + command(sb, Option::terminal_type, 1) + command(se));
  EXPECT_EQ(t.says(), "WILL TTYPE, SB TTYPE \\x00");
}

TEST(TerminalTypeOption, a_server_asks_once_it_is_agreed_and_passes_the_name_on) {
  Tester t(Role::server, {.ask_terminal = true});
  t.session.start();
  t.says();
  auto const is = [](std::string const& name) {
    return command(sb, Option::terminal_type, 0, name) + command(se);
  };
  EXPECT_EQ(t.feed(is("EARLY")).data, "");
  EXPECT_EQ(t.feed(will_(Option::terminal_type)).says(), "SB TTYPE \\x01");
  EXPECT_EQ(t.feed(is("XTERM-256color")).data, "<terminal XTERM-256color>");
}

TEST(TerminalTypeOption, names_that_are_not_graphic_or_too_long_are_dropped) {
  Tester t(Role::server);
  t.feed(will_(Option::terminal_type));
  for (std::string name : {"", "a b", "a\nb", "\xff\xff", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddX"})
    t.feed(command(sb, Option::terminal_type, 0, name) + command(se));
  EXPECT_EQ(t.data, "");
  t.feed(command(sb, Option::terminal_type, 0, "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd") + command(se));
  EXPECT_EQ(t.data, "<terminal aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd>");
}

TEST(WindowSizeOption, a_server_passes_each_size_on_once_agreed) {
  Tester t(Role::server);
  auto const size = command(sb, Option::window_size, 0, 132, 1, 0) + command(se);
  EXPECT_EQ(t.feed(size).data, "");
  EXPECT_EQ(t.feed(will_(Option::window_size) + size).data, "<window 132x256>");
  t.feed(command(sb, Option::window_size, 0, 255, 255, 0, 43) + command(se));
  EXPECT_EQ(t.data, "<window 132x256><window 255x43>") << "a size of 255 is doubled, RFC 855";
  t.feed(command(sb, Option::window_size, 0, 80, 0) + command(se));
  EXPECT_EQ(t.data, "<window 132x256><window 255x43>") << "three octets are no size";
}

TEST(WindowSizeOption, a_client_that_has_a_window_tells_its_size_with_255_doubled) {
  Tester t(Role::client, {.window = WindowSize{255, 25}});
  EXPECT_EQ(t.feed(do_this(Option::window_size)).said,
            will_(Option::window_size) + command(sb, Option::window_size, 0, 255, 255, 0, 25) + command(se));
}

TEST(Subnegotiation, a_lost_end_is_noticed_at_the_next_command) {
  Tester t(Role::server);
  t.feed(will_(Option::window_size) + command(sb, Option::window_size, 0, 80) + command(brk) + "data");
  EXPECT_EQ(t.data, "<break>data");
  t.feed(command(sb) + command(se) + "more");
  EXPECT_EQ(t.data, "<break>datamore");
  t.feed(command(sb, Option::window_size, 0, 1) + command(nop));
  t.feed(command(sb, Option::window_size, 0, 80, 0, 24) + command(se));
  EXPECT_EQ(t.data, "<break>datamore<window 80x24>") << "nothing is left of the one before";
}

TEST(Subnegotiation, one_that_is_too_long_is_thrown_away_and_not_kept) {
  Tester t(Role::server);
  t.feed(will_(Option::terminal_type));
  Tester const before = t;
  t.feed(command(sb, Option::terminal_type, 0) + std::string(100, 'x'));
  Tester longer = before;
  longer.feed(command(sb, Option::terminal_type, 0) + std::string(100'000, 'x'));
  EXPECT_EQ(t, longer) << "as much is kept of the one as of the other";
  EXPECT_EQ(t.feed(command(se)), before) << "as if it had never come";
}

TEST(Subnegotiation, a_com_port_command_is_an_event_where_the_option_is_agreed) {
  auto const set_baudrate = command(sb, Option::com_port, 1, 0, 0, 255, 255, 0) + command(se);
  Tester plain(Role::server);
  EXPECT_EQ(plain.feed(set_baudrate).feed(will_(Option::com_port)).feed(set_baudrate).data, "");
  EXPECT_FALSE(plain.session.send_com_port("e"));
  Tester t(Role::server, {.com_port = true});
  EXPECT_EQ(t.feed(set_baudrate).data, "");
  EXPECT_EQ(t.feed(will_(Option::com_port) + set_baudrate).data,
            "<com port ><com port \\x01\\x00\\x00\\xff\\x00>");
  ASSERT_TRUE(t.session.send_com_port("e\xff"));
  EXPECT_EQ(t.feed("").said,
            "\xff\xfd\x2c\xff\xfa\x2c"
            "e\xff\xff\xff\xf0");
  EXPECT_EQ(t.feed(command(sb, Option::com_port) + command(se)).data.find("port ><com port >"),
            std::string::npos);
}

TEST(Session, is_a_regular_value) {
  Tester t = in_binary();
  t.feed(command(sb, Option::terminal_type));
  Tester copy = t;
  EXPECT_EQ(copy, t);
  copy.feed("x");
  EXPECT_NE(copy, t);
  t.feed("x");
  EXPECT_EQ(copy, t);
}

}  // namespace
}  // namespace offhook::telnet
