// The call's bytes: nothing lost, nothing added, in BINARY and as an NVT, wherever they are cut.
#include <gtest/gtest.h>

#include "emulator/telnet/session.h"
#include "emulator/telnet/test_support.h"

namespace offhook::telnet {
namespace {

std::string all_pairs() {
  std::string pairs;
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) pairs += wire(first, second);
  return pairs;
}

TEST(Binary, only_255_is_doubled_on_the_way_out) {
  EXPECT_EQ(in_binary().encode("a\r\n\r\xff\r"), "a\r\n\r\xff\xff\r");
  EXPECT_EQ(in_binary().encode("\xff\xff"), "\xff\xff\xff\xff");
}

TEST(Binary, only_255_is_undoubled_on_the_way_in) {
  std::string const zero(1, '\0');
  EXPECT_EQ(in_binary().feed("a\r" + zero + "\r\n\xff\xff\r" + zero).data,
            "a\r" + zero + "\r\n\xff\r" + zero);
}

TEST(Nvt, a_lone_carriage_return_gets_a_nul_and_a_new_line_stays) {
  std::string const zero(1, '\0');
  EXPECT_EQ(in_nvt().encode("a\rb\r\nc\xff\n"), "a\r" + zero + "b\r\nc\xff\xff\n");
  EXPECT_EQ(in_nvt().encode("\r\r\n"), "\r" + zero + "\r\n");
  EXPECT_EQ(in_nvt().encode("\r"), "\r" + zero) << "at once: the next byte may be long in coming";
}

TEST(Nvt, the_nul_behind_a_carriage_return_goes_and_no_other) {
  std::string const zero(1, '\0');
  EXPECT_EQ(in_nvt().feed("a\r" + zero + "b\r\nc" + zero + "d\r" + zero + zero).data,
            "a\rb\r\nc" + zero + "d\r" + zero);
  EXPECT_EQ(in_nvt().feed("\rx").data, "\rx") << "not allowed, but nothing is lost";
}

TEST(Nvt, a_command_between_carriage_return_and_nul_changes_nothing) {
  EXPECT_EQ(in_nvt().feed("\r" + command(Command::nop) + wire(0) + "x").data, "\rx");
  EXPECT_EQ(in_nvt().feed("\r" + command(Command::will, Option::binary) + wire(0) + "x").data, "\rx")
      << "refused: still an NVT";
  EXPECT_EQ(in_nvt().feed("\r" + wire(255, 255, 0)).data, "\r" + wire(255, 0));
}

TEST(Nvt, a_carriage_return_is_passed_on_before_what_follows_it_is_known) {
  Tester t = in_nvt();
  EXPECT_EQ(t.feed("\r").data, "\r");
  EXPECT_EQ(t.feed(wire(0)).data, "\r");
}

TEST(Nvt, every_pair_of_bytes_survives_at_every_cut) {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      std::string const pair = wire(first, second);
      for (size_t piece : {1u, 2u}) {
        std::string const sent = in_nvt().encode(pair, 4096, piece);
        for (size_t cut = 0; cut <= sent.size(); ++cut) {
          Tester t = in_nvt();
          t.feed(sent.substr(0, cut)).feed(sent.substr(cut));
          ASSERT_EQ(t.data, pair) << escaped(sent) << " cut at " << cut;
        }
      }
    }
}

TEST(Binary, every_pair_of_bytes_survives_at_every_cut) {
  Tester const start = in_binary();
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      std::string const pair = wire(first, second);
      std::string const sent = Tester(start).encode(pair);
      for (size_t cut = 0; cut <= sent.size(); ++cut) {
        Tester t = start;
        t.feed(sent.substr(0, cut)).feed(sent.substr(cut));
        ASSERT_EQ(t.data, pair) << escaped(sent) << " cut at " << cut;
      }
    }
}

TEST(Encode, any_room_from_two_bytes_on_gives_the_same_bytes) {
  std::string const pairs = all_pairs();
  for (auto const& start : {in_nvt(), in_binary()}) {
    std::string const whole = Tester(start).encode(pairs, 1 << 20);
    for (size_t room : {2u, 3u, 5u, 64u, 4095u, 4096u, 4097u})
      ASSERT_EQ(Tester(start).encode(pairs, room), whole) << "room " << room;
    ASSERT_EQ(Tester(start).feed(whole).data, pairs);
  }
}

TEST(Encode, with_no_room_for_a_pair_it_takes_and_writes_nothing) {
  std::byte out[1];
  EXPECT_EQ(in_binary().session.encode(as_bytes("\xff"), out), (Session::Sent{0, 0}));
  EXPECT_EQ(in_nvt().session.encode(as_bytes("\r\n"), out), (Session::Sent{0, 0}));
  EXPECT_EQ(in_nvt().session.encode(as_bytes("a"), {}), (Session::Sent{0, 0}));
  EXPECT_EQ(in_nvt().session.encode(as_bytes("ab"), out), (Session::Sent{1, 1}));
}

TEST(Encode, what_the_session_says_goes_first_and_data_waits_for_it) {
  Tester t(Role::client, {.binary = false});
  t.session.start();
  std::byte out[4];
  EXPECT_EQ(t.session.encode(as_bytes("data"), out), (Session::Sent{0, 4}));
  EXPECT_TRUE(t.session.pending());
  EXPECT_EQ(t.session.encode(as_bytes("data"), out), (Session::Sent{2, 4}));
  EXPECT_EQ(as_text(Bytes(out).subspan(2)), "da");
}

TEST(Encode, the_mode_changes_behind_the_word_that_announces_it) {
  Tester t(Role::client);
  auto const do_binary = command(Command::do_, Option::binary);
  std::string buffer = do_binary;
  auto const got = t.session.receive(std::as_writable_bytes(std::span(buffer)));
  ASSERT_EQ(got.taken, 3u);
  EXPECT_EQ(t.encode("\r"), command(Command::will, Option::binary) + "\r");
}

TEST(Binary, leaving_it_brings_the_nvt_back_in_each_direction_at_its_own_moment) {
  Tester t = in_binary();
  ASSERT_TRUE(t.session.ask(Side::him, Option::binary, false));
  ASSERT_TRUE(t.session.ask(Side::us, Option::binary, false));
  EXPECT_EQ(t.says(), "DONT BINARY, WONT BINARY");
  EXPECT_EQ(t.encode("\r"), "\r" + wire(0)) << "our word is out: what follows is NVT";
  t.feed("\r" + wire(0));
  EXPECT_EQ(t.data, "\r" + wire(0)) << "the peer's word is not here yet";
  t.feed("\r" + command(Command::wont, Option::binary) + wire(0) + "\r" + wire(0));
  EXPECT_EQ(t.data, "\r" + wire(0) + "\r" + wire(0) + "\r");
}

TEST(Receive, leaves_plain_data_where_it_is) {
  for (auto start : {in_nvt(), in_binary()}) {
    std::string buffer(100'000, 'x');
    auto const bytes = std::as_writable_bytes(std::span(buffer));
    auto const got = start.session.receive(bytes);
    EXPECT_EQ(got.taken, buffer.size());
    EXPECT_EQ(got.data.data(), bytes.data());
    EXPECT_EQ(got.data.size(), buffer.size());
  }
}

TEST(Receive, does_not_touch_what_it_has_not_taken) {
  std::string const rest = "rest" + wire(255, 255, 255);
  std::string buffer = "a" + wire(255, 255) + "b" + command(Command::brk) + rest;
  Tester t = in_binary();
  auto const got = t.session.receive(std::as_writable_bytes(std::span(buffer)));
  EXPECT_EQ(as_text(got.data), "a" + wire(255) + "b");
  EXPECT_EQ(got.event, Event(Break{}));
  EXPECT_EQ(buffer.substr(got.taken), rest);
}

}  // namespace
}  // namespace offhook::telnet
