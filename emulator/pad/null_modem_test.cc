#include "emulator/pad/null_modem.h"

#include <gtest/gtest.h>

#include "emulator/base/random.h"
#include "emulator/pad/test_support.h"

namespace offhook::pad {
namespace {

using v24::Circuit;
using enum CableState;
using Cable = Pair<NullModem>;

NullModem end(std::string number, std::string peer,
              CableOptions::Script script = CableOptions::Script::none) {
  return NullModem({std::move(number), std::move(peer), script});
}
Cable cable(CableOptions::Script second = CableOptions::Script::none) {
  Cable pair(end("1", "2"), end("2", "1", second));
  for (size_t i : {0, 1}) pair.circuit(i, Circuit::rts, true);
  return pair;
}
Cable joined_cable(CableOptions::Script second = CableOptions::Script::none) {
  Cable pair = cable(second);
  for (size_t i : {1, 0}) pair.dtr(i, true);
  return pair;
}
bool is_joined(Cable& pair) { return pair.engine(0).state() == joined && pair.engine(1).state() == joined; }

TEST(NullModem, the_end_with_the_lesser_number_calls) {
  EXPECT_TRUE(end("1", "2").calls());
  EXPECT_FALSE(end("2", "1").calls());
  EXPECT_TRUE(end("9", "10").calls());
  EXPECT_FALSE(end("5", "5").calls());
  EXPECT_FALSE(end("5", "").calls());
}

TEST(NullModem, dtr_shows_as_dsr_and_dcd_at_the_other_end_and_only_there) {
  Cable pair = cable();
  pair.dtr(0, true);
  for (auto const circuit : {Circuit::dsr, Circuit::dcd, Circuit::cts}) EXPECT_FALSE(pair.shows(0, circuit));
  for (auto const circuit : {Circuit::dsr, Circuit::dcd, Circuit::cts}) EXPECT_FALSE(pair.shows(1, circuit));
  pair.dtr(1, true);
  for (size_t i : {0, 1})
    for (auto const circuit : {Circuit::dsr, Circuit::dcd, Circuit::cts}) EXPECT_TRUE(pair.shows(i, circuit));
  EXPECT_FALSE(pair.shows(1, Circuit::ri));
}

TEST(NullModem, the_ends_meet_whoever_comes_first) {
  for (size_t first : {0, 1}) {
    for (auto const gap : {0s, 1s, 3s, 5s, 300s}) {
      Cable pair = cable();
      pair.dtr(first, true);
      pair.pass(gap);
      EXPECT_FALSE(is_joined(pair));
      pair.dtr(1 - first, true);
      EXPECT_TRUE(is_joined(pair)) << first << " first, the other " << gap.count() << " s later";
    }
  }
}

TEST(NullModem, bytes_pass_straight_both_ways) {
  Cable pair = joined_cable();
  std::string all;
  for (int value = 0; value < 256; ++value) all += static_cast<char>(value);
  for (size_t i : {0, 1}) {
    pair.type(i, all);
    EXPECT_EQ(pair.read(1 - i), all);
  }
}

TEST(NullModem, bytes_for_an_end_that_is_not_there_go_nowhere) {
  Cable pair = cable();
  pair.dtr(0, true);
  pair.type(0, "hello?");
  pair.dtr(1, true);
  EXPECT_EQ(pair.read(1), "");
}

TEST(NullModem, rts_off_holds_the_other_ends_bytes) {
  Cable pair = joined_cable();
  pair.circuit(1, Circuit::rts, false);
  pair.type(0, "later");
  EXPECT_EQ(pair.read(1), "");
  EXPECT_EQ(pair.waiting_for(1), 5u);
  pair.circuit(1, Circuit::rts, true);
  EXPECT_EQ(pair.read(1), "later");
}

TEST(NullModem, dtr_off_drops_the_other_ends_circuits) {
  for (size_t i : {0, 1}) {
    Cable pair = joined_cable();
    pair.dtr(i, false);
    for (size_t each : {0, 1})
      for (auto const circuit : {Circuit::dsr, Circuit::dcd, Circuit::cts})
        EXPECT_FALSE(pair.shows(each, circuit));
    EXPECT_EQ(pair.engine(i).state(), idle);
  }
}

TEST(NullModem, what_was_sent_before_dtr_fell_is_still_delivered) {
  Cable pair = joined_cable();
  pair.circuit(1, Circuit::rts, false);
  pair.type(0, "goodbye");
  pair.dtr(0, false);
  EXPECT_EQ(pair.engine(0).state(), draining);
  EXPECT_TRUE(pair.shows(1, Circuit::dcd));
  pair.circuit(1, Circuit::rts, true);
  EXPECT_EQ(pair.read(1), "goodbye");
  EXPECT_FALSE(pair.shows(1, Circuit::dcd));
}

TEST(NullModem, what_nobody_takes_within_20_s_is_given_up) {
  Cable pair = joined_cable();
  pair.circuit(1, Circuit::rts, false);
  pair.type(0, "goodbye");
  pair.dtr(0, false);
  pair.pass(20s);
  EXPECT_EQ(pair.engine(0).state(), idle);
  EXPECT_EQ(pair.engine(1).state(), draining) << "the line still has it";
  pair.pass(20s);
  EXPECT_EQ(pair.engine(1).state(), idle);
}

TEST(NullModem, a_cable_that_was_pulled_is_joined_again_after_a_second) {
  Cable pair = joined_cable();
  for (size_t i : {0, 1}) pair.tell(i, loop::CarrierDown{});
  EXPECT_FALSE(pair.shows(0, Circuit::dcd));
  EXPECT_EQ(pair.engine(0).state(), redialling);
  pair.pass(999ms);
  EXPECT_FALSE(is_joined(pair));
  pair.pass(1ms);
  EXPECT_TRUE(is_joined(pair));
}

TEST(NullModem, the_end_that_calls_tries_a_busy_peer_again) {
  NullModem caller = end("1", "2");
  caller.on_circuit({}, Circuit::dtr, true);
  caller.on_line({}, loop::DialTone{});
  EXPECT_EQ(caller.state(), calling);
  caller.on_line({}, loop::Cleared{loop::Cause::user_busy});
  EXPECT_EQ(caller.state(), redialling);
  caller.on_circuit({}, Circuit::dtr, false);
  EXPECT_EQ(caller.state(), idle);
  EXPECT_FALSE(caller.next_timeout());
}

TEST(NullModem, a_ring_that_was_heard_on_the_way_off_hook_is_answered) {
  NullModem caller = end("1", "2");
  caller.on_circuit({}, Circuit::dtr, true);
  caller.on_line({}, loop::Answered{});
  EXPECT_EQ(caller.state(), training);
  std::optional<loop::StartCarrier> start;
  while (auto action = caller.poll_action())
    if (auto const* act = std::get_if<loop::Act>(&*action))
      if (auto const* carrier = std::get_if<loop::StartCarrier>(act)) start = *carrier;
  ASSERT_TRUE(start);
  EXPECT_FALSE(start->originate);
}

TEST(NullModem, dial_tone_instead_of_an_answer_gives_the_line_back) {
  NullModem callee = end("2", "1");
  callee.on_line({}, loop::RingOn{});
  callee.on_circuit({}, Circuit::dtr, true);
  EXPECT_EQ(callee.state(), answering);
  callee.on_line({}, loop::DialTone{});
  EXPECT_EQ(callee.state(), idle);
}

TEST(NullModem, a_ring_of_long_ago_is_not_answered) {
  NullModem callee = end("2", "1");
  callee.on_line({}, loop::RingOn{});
  callee.on_timeout(Instant{} + 8s);
  callee.on_circuit({}, Circuit::dtr, true);
  EXPECT_EQ(callee.state(), idle);
}

TEST(NullModem, no_state_waits_for_ever_for_the_exchange) {
  NullModem caller = end("1", "2");
  caller.on_circuit({}, Circuit::dtr, true);
  ASSERT_TRUE(caller.next_timeout());
  caller.on_timeout(*caller.next_timeout());
  EXPECT_EQ(caller.state(), redialling);
}

TEST(NullModem, a_power_cycle_drops_the_call_and_begins_again) {
  Cable pair = joined_cable();
  pair.engine(0).power_cycle(pair.now());
  pair.dtr(0, true);  // no change, but what it wants is done
  pair.pass(2s);
  EXPECT_TRUE(is_joined(pair));
}

TEST(NullModemScript, client_is_answered_by_the_cable_and_does_not_pass) {
  Cable pair = joined_cable(CableOptions::Script::server);
  EXPECT_EQ(pair.engine(1).state(), greeting);
  pair.type(1, "CLIENT");
  EXPECT_EQ(pair.read(1), "CLIENTSERVER");
  EXPECT_EQ(pair.read(0), "");
}

TEST(NullModemScript, client_is_answered_as_often_as_it_is_said) {
  Cable pair = joined_cable(CableOptions::Script::server);
  pair.type(1, "CLIENTCLI");
  pair.type(1, "ENT");
  EXPECT_EQ(pair.read(1), "CLIENTSERVERCLIENTSERVER");
}

TEST(NullModemScript, the_first_other_byte_ends_it_and_nothing_is_lost_however_it_is_split) {
  std::string const said = "CLIENTCLIx and CLIENT";
  for (size_t cut = 0; cut <= said.size(); ++cut) {
    Cable pair = joined_cable(CableOptions::Script::server);
    pair.type(1, said.substr(0, cut));
    pair.type(1, said.substr(cut));
    EXPECT_EQ(pair.read(0), "CLIx and CLIENT") << cut;
    EXPECT_EQ(pair.read(1), "CLIENTSERVER") << cut;
    EXPECT_EQ(pair.engine(1).state(), joined);
  }
}

TEST(NullModemScript, without_it_client_passes) {
  Cable pair = joined_cable();
  pair.type(1, "CLIENT");
  EXPECT_EQ(pair.read(0), "CLIENT");
  EXPECT_EQ(pair.read(1), "");
}

TEST(NullModemRandom, whatever_happened_both_ends_meet_once_both_dtes_stay) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Cable pair = cable(random.one_in(2) ? CableOptions::Script::server : CableOptions::Script::none);
    for (int step = 0; step < 60; ++step) {
      size_t const i = random.below(2);
      switch (random.below(6)) {
        case 0:
        case 1:
          pair.dtr(i, random.one_in(2));
          break;
        case 2:
          pair.pass(Duration(1ms) * random.below(9000));
          break;
        case 3:
          pair.type(i, "CLIENx");
          break;
        case 4:
          if (random.one_in(4)) pair.tell(i, loop::CarrierDown{});
          break;
        default:
          pair.circuit(i, Circuit::rts, random.one_in(2));
      }
      for (size_t each : {0, 1})
        EXPECT_EQ(pair.shows(each, Circuit::dcd),
                  pair.engine(each).accepts_line_data() ||
                      (!pair.shows(each, Circuit::rts) && pair.shows(each, Circuit::dsr)));
    }
    for (size_t i : {0, 1}) pair.circuit(i, Circuit::rts, true);
    for (size_t i : {0, 1}) pair.dtr(i, true);
    pair.pass(90s);
    for (size_t i : {0, 1}) EXPECT_TRUE(pair.shows(i, Circuit::dcd)) << name(pair.engine(i).state());
    for (size_t i : {0, 1}) pair.dtr(i, false);
    pair.pass(1s);
    for (size_t i : {0, 1}) EXPECT_EQ(pair.engine(i).state(), idle);
  }
}

}  // namespace
}  // namespace offhook::pad
