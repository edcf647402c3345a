// Cuts must not matter: the same bytes give the same data, the same answers and the same session, however
// they come. And whatever comes, little goes out.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "emulator/base/random.h"
#include "emulator/telnet/session.h"
#include "emulator/telnet/test_support.h"

namespace offhook::telnet {
namespace {

using enum Command;

Options everything() { return {.window = WindowSize{255, 511}, .ask_terminal = true}; }

/// What a peer may say within the protocol and beside it.
std::string nasty_conversation() {
  return "\r\n\r" + wire(0, 0) + "login: \r" + command(nop) + wire(0) + command(will, Option::binary) + "\r" +
         wire(0) + command(do_, Option::binary) + command(do_, Option::terminal_type) +
         command(sb, Option::terminal_type, 1) + command(se) + wire(255, 255, 255, 255) + command(ayt) +
         command(will, Option::terminal_type) + command(sb, Option::terminal_type, 0, "ansi") + command(se) +
         command(dont, Option::binary) + command(wont, Option::binary) + "\r" + wire(255, 255, 0) +
         command(will, Option::window_size) + command(sb, Option::window_size, 255, 255, 255, 255, 0, 24) +
         command(se) + command(do_, Option::window_size) + command(sb, 39, 1, std::string(200, 'e')) +
         command(se) + command(sb) + command(se) + command(sb, 24, 0, "cut") + command(brk) +
         command(do_, 255) + command(will, 255) + command(will, 255) + command(do_, Option::timing_mark) +
         command(ip) + "\r" + wire(0) + command(dont, Option::echo) + command(do_, Option::echo) + "end\r" +
         command(sb, 24);
}

/// One way to cut: the sizes of the pieces.
template <class Size>
Tester cut(Tester t, std::string_view bytes, Size size) {
  while (!bytes.empty()) {
    size_t const n = std::min<size_t>(size(), bytes.size());
    t.feed(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
  return t;
}

Tester opened(Role role) {
  Tester t(role, everything());
  t.session.start();
  return t.drain();
}

TEST(Splits, a_nasty_conversation_reads_the_same_in_two_pieces_in_three_and_byte_by_byte) {
  std::string const bytes = nasty_conversation();
  for (Role role : {Role::client, Role::server}) {
    Tester const whole = opened(role).feed(bytes);
    ASSERT_EQ(cut(opened(role), bytes, [] { return 1; }), whole);
    for (size_t first = 0; first <= bytes.size(); ++first) {
      Tester const begun = opened(role).feed(bytes.substr(0, first));
      ASSERT_EQ(Tester(begun).feed(bytes.substr(first)), whole) << "cut at " << first;
      for (size_t second = first; second <= bytes.size(); second += 7)
        ASSERT_EQ(Tester(begun).feed(bytes.substr(first, second - first)).feed(bytes.substr(second)), whole)
            << "cut at " << first << " and " << second;
    }
  }
}

TEST(Splits, the_nasty_conversation_says_what_it_should) {
  Tester t = opened(Role::server);
  t.said.clear();
  t.feed(nasty_conversation());
  std::string const zero(1, '\0'), high(1, '\xff');
  EXPECT_EQ(t.data, "\r\n\r" + zero + "login: \r" + "\r" + zero + high + high + "<ayt><terminal ansi>\r" +
                        high + zero + "<window 65535x24><break><interrupt>\rend\r");
  EXPECT_EQ(t.says(),
            "WONT TTYPE, \\r\\n[Yes]\\r\\n, SB TTYPE \\x01, WONT BINARY, DONT BINARY, WONT NAWS, WONT 255, "
            "DONT 255, WILL TM, WILL ECHO");
}

uint64_t first_seed() {
  char const* seed = std::getenv("OFFHOOK_SEED");
  return seed ? std::strtoull(seed, nullptr, 10) : 1;
}

/// Bytes that are mostly protocol: each draw is a piece of one.
std::string protocol(Random& random, size_t pieces) {
  static constexpr std::array<int, 12> codes{0, 1, 3, 6, 24, 31, 39, 255, 250, 240, 13, 10};
  std::string bytes;
  for (size_t i = 0; i < pieces; ++i) {
    int const code = codes[random.below(codes.size())];
    switch (random.below(8)) {
      case 0:
        bytes += wire(255);
        break;
      case 1:
        bytes += command(int(240 + random.below(16)));
        break;
      case 2:
      case 3:
        bytes += command(int(251 + random.below(4)), code);
        break;
      case 4:
        bytes += command(sb, code, int(random.below(2)), std::string(random.below(60), 'n')) + command(se);
        break;
      case 5:
        bytes += wire(code);
        break;
      case 6:
        bytes += random.one_in(2) ? wire(13, 0) : wire(13, 10);
        break;
      default:
        bytes += std::string(random.below(20), static_cast<char>('a' + random.below(26)));
        break;
    }
  }
  return bytes;
}

TEST(Splits, random_conversations_read_the_same_however_they_are_cut) {
  for (uint64_t seed = first_seed(); seed < first_seed() + 500; ++seed) {
    SCOPED_TRACE("OFFHOOK_SEED=" + std::to_string(seed));
    Random random(seed);
    std::string const bytes = protocol(random, 1 + random.below(200));
    Role const role = random.one_in(2) ? Role::client : Role::server;
    Tester const whole = opened(role).feed(bytes);
    ASSERT_EQ(cut(opened(role), bytes, [&] { return 1 + random.below(5); }), whole);
    ASSERT_EQ(cut(opened(role), bytes, [&] { return 1 + random.below(300); }), whole);
  }
}

TEST(Splits, random_data_crosses_two_sessions_however_it_is_cut_both_ways) {
  for (uint64_t seed = first_seed(); seed < first_seed() + 200; ++seed) {
    SCOPED_TRACE("OFFHOOK_SEED=" + std::to_string(seed));
    Random random(seed);
    std::string const data = protocol(random, 1 + random.below(200));
    Tester near = random.one_in(2) ? in_binary() : in_nvt();
    Tester const far = near;
    std::string const sent = near.encode(data, 2 + random.below(50), 1 + random.below(50));
    ASSERT_EQ(cut(far, sent, [&] { return 1 + random.below(20); }).data, data);
  }
}

/// Feeds bytes without ever sending, until nothing more is taken; returns how many were.
size_t stuff(Session& session, std::string_view bytes) {
  std::string buffer(bytes);
  auto const all = std::as_writable_bytes(std::span(buffer));
  size_t taken = 0;
  while (taken < all.size()) {
    auto const got = session.receive(all.subspan(taken));
    if (got.taken == 0) break;
    taken += got.taken;
  }
  return taken;
}

TEST(Storms, an_answer_is_bounded_by_what_asked_for_it) {
  std::string const all_options = [] {
    std::string bytes;
    for (int round = 0; round < 4; ++round)
      for (int code = 0; code < 256; ++code)
        for (Command verb : {will, do_, wont, dont}) bytes += command(verb, code);
    return bytes;
  }();
  Tester settled(Role::client, {.terminal = std::string(40, 't'), .window = WindowSize{0xffff, 0xffff}});
  settled.feed(command(do_, Option::terminal_type)).says();
  std::string const worst = command(sb, Option::terminal_type, 1) + command(se);
  std::string storms[] = {all_options, worst, command(ayt), command(do_, Option::timing_mark),
                          command(do_, Option::window_size) + command(dont, Option::window_size)};
  for (auto const& storm : storms) {
    std::string bytes;
    while (bytes.size() < 100'000) bytes += storm;
    Tester t = settled;
    EXPECT_LE(t.feed(bytes).said.size(), Session::replies_per_byte * bytes.size())
        << escaped(storm.substr(0, 8));
  }
}

TEST(Storms, a_peer_that_repeats_what_was_refused_hears_nothing_more) {
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) bytes += command(will, 39) + command(do_, 39);
  EXPECT_EQ(Tester(Role::client).feed(bytes).says(), "DONT 39, WONT 39");
}

TEST(Storms, a_peer_that_never_reads_stops_being_read) {
  for (auto const& question : {command(ayt), command(do_, Option::timing_mark),
                               command(do_, Option::binary) + command(dont, Option::binary)}) {
    Tester t(Role::client);
    std::string storm;
    while (storm.size() < 100'000) storm += question;
    size_t const taken = stuff(t.session, storm);
    EXPECT_LE(taken, Session::reply_limit);
    std::string const answers = t.encode({});
    EXPECT_LE(answers.size(), Session::reply_limit);
    EXPECT_GT(answers.size(), Session::reply_limit / 2);
    EXPECT_GT(stuff(t.session, storm.substr(taken)), 0u) << "and is read again once it reads";
  }
}

TEST(Storms, at_the_limit_nothing_of_ours_is_said_either) {
  Tester t(Role::client);
  std::string storm;
  for (int i = 0; i < 1000; ++i) storm += command(ayt);
  stuff(t.session, storm);
  EXPECT_FALSE(t.session.send_break());
  EXPECT_FALSE(t.session.ask(Side::us, Option::echo, true));
  t.drain();
  EXPECT_TRUE(t.session.send_break());
}

}  // namespace
}  // namespace offhook::telnet
