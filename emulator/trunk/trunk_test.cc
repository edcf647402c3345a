#include <gtest/gtest.h>
#include <netdb.h>

#include <cerrno>

#include "emulator/trunk/address.h"
#include "emulator/trunk/admission.h"
#include "emulator/trunk/causes.h"
#include "emulator/trunk/identity.h"
#include "emulator/trunk/lines.h"
#include "emulator/trunk/phonebook.h"

namespace offhook::trunk {
namespace {

using loop::Cause;
using Verdict = Admission::Verdict;

constexpr Instant at(Duration since) { return Instant(since); }

TEST(Address, forms_that_people_write_are_read) {
  EXPECT_EQ(*parse_address("bbs.example.org:2323"), (Address{"bbs.example.org", 2323}));
  EXPECT_EQ(*parse_address("192.0.2.1"), (Address{"192.0.2.1", 23}));
  EXPECT_EQ(*parse_address("[2001:db8::1]:99"), (Address{"2001:db8::1", 99}));
  EXPECT_EQ(*parse_address("[::1]"), (Address{"::1", 23}));
  EXPECT_EQ(*parse_address("2001:db8::1"), (Address{"2001:db8::1", 23}));
  EXPECT_EQ(*parse_address("127.0.0.1:0", true), (Address{"127.0.0.1", 0}));
}

TEST(Address, what_is_no_address_is_refused) {
  for (auto const* text : {"", ":", ":23", "host:", "host:0", "host:65536", "host:23x", "host:-1", "[::1",
                           "[::1]23", "a b:1", "-x:1", "ho\nst:1", "[]:1"})
    EXPECT_TRUE(parse_address(text).has_error()) << text;
  EXPECT_TRUE(parse_address(std::string(254, 'a')).has_error());
}

TEST(Address, text_reads_back_as_the_same_address) {
  for (Address const& address : {Address{"host", 1}, Address{"::1", 65535}, Address{"192.0.2.1", 23}})
    EXPECT_EQ(*parse_address(text(address)), address);
}

TEST(Causes, a_refused_port_is_a_busy_line_and_the_others_say_what_they_are) {
  EXPECT_EQ(cause_of_errno(ECONNREFUSED), Cause::user_busy);
  EXPECT_EQ(cause_of_errno(ETIMEDOUT), Cause::no_answer);
  EXPECT_EQ(cause_of_errno(ENETUNREACH), Cause::no_route_to_destination);
  EXPECT_EQ(cause_of_errno(EHOSTUNREACH), Cause::destination_out_of_order);
  EXPECT_EQ(cause_of_errno(EMFILE), Cause::no_circuit_available);
  EXPECT_EQ(cause_of_errno(EIO), Cause::temporary_failure);
  EXPECT_EQ(cause_of_lookup(EAI_NONAME), Cause::unallocated_number);
  EXPECT_EQ(cause_of_lookup(EAI_AGAIN), Cause::temporary_failure);
}

TEST(Identity, the_address_is_the_name_and_there_is_no_number) {
  auto const id = identity("192.168.100.200");
  EXPECT_EQ(id.name, "192.168.100.200");
  EXPECT_EQ(id.presentation, loop::CallerId::Presentation::unavailable);
  EXPECT_EQ(id.number, "");
  EXPECT_EQ(identity("2001:db8:1:2:3:4:5:6").name, "db8:1:2:3:4:5:6");
}

Entry entry(std::string number, std::string name) {
  Entry e;
  e.number = std::move(number);
  e.name = std::move(name);
  e.target = Address{"host", 1};
  return e;
}

TEST(Phonebook, entries_are_found_by_number_and_by_name_in_any_case) {
  Phonebook book;
  ASSERT_TRUE(book.add(entry("5551234", "Home")));
  ASSERT_TRUE(book.add(entry("", "work")));
  EXPECT_EQ(book.by_number("5551234")->name, "Home");
  EXPECT_EQ(book.by_name("HOME")->number, "5551234");
  EXPECT_NE(book.by_name("work"), nullptr);
  EXPECT_EQ(book.by_number("555"), nullptr);
  EXPECT_EQ(book.by_number(""), nullptr);
  EXPECT_EQ(book.by_name(""), nullptr);
  EXPECT_EQ(book.numbers(), std::vector<std::string>{"5551234"});
}

TEST(Phonebook, entries_that_contradict_are_refused) {
  Phonebook book;
  ASSERT_TRUE(book.add(entry("1", "a")));
  EXPECT_TRUE(book.add(entry("1", "b")).has_error());
  EXPECT_TRUE(book.add(entry("2", "A")).has_error());
  EXPECT_TRUE(book.add(entry("", "")).has_error());
  EXPECT_TRUE(book.add(entry("3", "say \"x\"")).has_error());
  Entry both = entry("4", "");
  both.program = "cat";
  EXPECT_TRUE(book.add(both).has_error());
  both.target.reset();
  EXPECT_TRUE(book.add(both).has_value());
  EXPECT_EQ(book.size(), 2u);
}

TEST(Phonebook, a_program_that_restarts_has_one_line_and_an_address_has_none_to_count) {
  Phonebook book;
  ASSERT_TRUE(book.add({.number = "1", .name = {}, .target = {}, .program = "bbs", .restart = 5s}));
  EXPECT_EQ(book.by_number("1")->lines, 1u);
  ASSERT_TRUE(book.add({.number = "2", .name = {}, .target = {}, .program = "bbs"}));
  EXPECT_EQ(book.by_number("2")->lines, 0u);
  Entry address = entry("3", "");
  address.restart = 1s;
  EXPECT_TRUE(book.add(address).has_error());
  EXPECT_TRUE(
      book.add({.number = "4", .name = {}, .target = {}, .program = "bbs", .restart = 2h}).has_error());
  EXPECT_TRUE(
      book.add({.number = "5", .name = {}, .target = {}, .program = "bbs", .lines = 1001}).has_error());
}

TEST(LinesTest, a_number_has_so_many_and_others_have_theirs) {
  Lines lines;
  EXPECT_TRUE(lines.take(at(0s), "1", 2));
  EXPECT_TRUE(lines.take(at(0s), "1", 2));
  EXPECT_FALSE(lines.take(at(0s), "1", 2));
  EXPECT_TRUE(lines.take(at(0s), "2", 1));
  lines.released(at(1s), "1", 0s);
  EXPECT_TRUE(lines.take(at(1s), "1", 2));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(lines.take(at(1s), "3", 0)) << "without a limit";
}

TEST(LinesTest, a_line_is_busied_out_until_its_program_has_started_again) {
  Lines lines;
  ASSERT_TRUE(lines.take(at(0s), "1", 1));
  lines.released(at(10s), "1", 5s);
  EXPECT_FALSE(lines.take(at(14999ms), "1", 1));
  EXPECT_EQ(lines.busy(at(14s), "1"), 1u);
  EXPECT_EQ(lines.busy(at(15s), "1"), 0u);
  EXPECT_TRUE(lines.take(at(15s), "1", 1));
  lines.released(at(16s), "1", 0s);
  EXPECT_EQ(lines, Lines()) << "nothing is remembered without need";
}

TEST(AdmissionTest, an_address_has_so_many_calls_at_once_and_others_have_theirs) {
  Admission door({.per_address = 2});
  EXPECT_EQ(door.arrive(at(0s), "a"), Verdict::admitted);
  EXPECT_EQ(door.arrive(at(0s), "a"), Verdict::admitted);
  EXPECT_EQ(door.arrive(at(0s), "a"), Verdict::too_many);
  EXPECT_EQ(door.arrive(at(0s), "b"), Verdict::admitted);
  door.left(at(1s), "a");
  EXPECT_EQ(door.arrive(at(1s), "a"), Verdict::admitted);
  EXPECT_EQ(door.calls(), 3u);
}

TEST(AdmissionTest, an_address_rests_from_the_beginning_of_a_call) {
  Admission door({.per_address = 2, .rest = 10s});
  EXPECT_EQ(door.arrive(at(0s), "a"), Verdict::admitted);
  door.left(at(1s), "a");
  EXPECT_EQ(door.arrive(at(9999ms), "a"), Verdict::too_soon);
  EXPECT_EQ(door.arrive(at(10s), "a"), Verdict::admitted) << "a refusal does not begin the rest anew";
}

TEST(AdmissionTest, all_together_are_bounded_and_nothing_is_remembered_without_need) {
  Admission door({.per_address = 0, .in_all = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(door.arrive(at(0s), "a"), Verdict::admitted);
  EXPECT_EQ(door.arrive(at(0s), "b"), Verdict::full);
  for (int i = 0; i < 3; ++i) door.left(at(0s), "a");
  EXPECT_EQ(door.calls(), 0u);
  EXPECT_EQ(door.remembered(), 0u);
  door.left(at(0s), "a");
  EXPECT_EQ(door.calls(), 0u);
}

TEST(AdmissionTest, a_flood_from_many_addresses_does_not_grow_it) {
  Admission door({.rest = 1h});
  for (int i = 0; i < 6000; ++i) {
    std::string const address = std::to_string(i);
    ASSERT_EQ(door.arrive(at(i * 1ms), address), Verdict::admitted);
    door.left(at(i * 1ms), address);
  }
  EXPECT_LE(door.remembered(), Admission::most_resting);
  EXPECT_EQ(door.arrive(at(6s), "5999"), Verdict::too_soon);
}

}  // namespace
}  // namespace offhook::trunk
