#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <tuple>

#include "emulator/base/text.h"
#include "emulator/v24/circuits.h"
#include "emulator/v24/format.h"
#include "emulator/v24/side_channel.h"

namespace offhook::v24 {
namespace {

using testing::HasSubstr;

TEST(Circuits, set_says_whether_anything_changed) {
  Circuits circuits;
  EXPECT_TRUE(circuits.set(Circuit::dcd, true));
  EXPECT_FALSE(circuits.set(Circuit::dcd, true));
  EXPECT_TRUE(circuits.on(Circuit::dcd));
  EXPECT_FALSE(circuits.on(Circuit::ri));
}

TEST(Circuits, are_labelled_by_their_itu_numbers) {
  EXPECT_EQ(label(Circuit::dtr), "108/DTR");
  EXPECT_EQ(label(Circuit::ri), "125/RI");
  EXPECT_EQ(name(Circuit::dcd), "dcd");
}

// ---- a UART

std::string sent_as(Format const& format, std::string bytes) {
  to_dce(format, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}
std::string read_as(Format const& format, std::string bytes) {
  to_dte(format, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

TEST(Format, is_named_as_people_name_it) {
  EXPECT_EQ(text({}), "8N1");
  EXPECT_EQ(text({7, Parity::even, StopBits::one}), "7E1");
  EXPECT_EQ(text({5, Parity::space, StopBits::one_and_a_half}), "5S1.5");
}

TEST(Format, of_eight_bits_leaves_bytes_alone) {
  for (auto const parity : {Parity::none, Parity::even, Parity::mark}) {
    EXPECT_FALSE(alters({8, parity, StopBits::one}));
    EXPECT_EQ(sent_as({8, parity, StopBits::one}, "A\xc3\xff"), "A\xc3\xff");
    EXPECT_EQ(read_as({8, parity, StopBits::one}, "A\xc3\xff"), "A\xc3\xff");
  }
}

TEST(Format, of_seven_bits_has_the_parity_as_the_eighth) {
  struct Case {
    Parity parity;
    char const *a, *c;  // "A" has two ones, "C" three
  };
  for (auto const& [parity, a, c] :
       {Case{Parity::even, "A", "\xc3"}, Case{Parity::odd, "\xc1", "C"}, Case{Parity::mark, "\xc1", "\xc3"},
        Case{Parity::space, "A", "C"}, Case{Parity::none, "\xc1", "\xc3"}}) {
    Format const format{7, parity, StopBits::one};
    EXPECT_EQ(sent_as(format, "A"), a) << text(format);
    EXPECT_EQ(sent_as(format, "C"), c) << text(format);
    EXPECT_EQ(sent_as(format, "\xc3"), c) << text(format) << ": its own eighth bit is not sent";
    EXPECT_EQ(read_as(format, "AC\xc1\xc3"), "ACAC");
  }
}

TEST(Format, of_fewer_bits_is_followed_by_parity_and_stop_bits) {
  EXPECT_EQ(sent_as({5, Parity::even, StopBits::one}, "\x01\x03"), "\xe1\xc3");
  EXPECT_EQ(read_as({5, Parity::even, StopBits::one}, "\xe1"), "\x01");
  EXPECT_EQ(sent_as({6, Parity::none, StopBits::one}, "\x01"), "\xc1");
}

Message full_message() {
  Message m;
  m.kind = Kind::state;
  m.status = Status::not_yours;
  m.circuits.set(Circuit::dcd, true);
  m.mask.set(Circuit::dtr, true);
  m.serial = 0x12345678;
  m.generation = 0x00aabbccddeeff11;
  m.on_edges = {1, 2, 0xfffffff0, 4};
  m.port = std::string(port_name_limit, 'p');
  return m;
}

TEST(SideChannel, a_message_survives_its_packet) {
  auto const decoded = decode(encode(full_message()));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, full_message());
}

Message message_of_a_format(Format const& format) {
  Message m;
  m.kind = Kind::set_format;
  m.format = format;
  m.port = "ttyVM0";
  return m;
}

TEST(SideChannel, a_format_survives_its_packet) {
  auto const sent = message_of_a_format({7, Parity::even, StopBits::two});
  auto const decoded = decode(encode(sent));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, sent);
}

TEST(SideChannel, a_format_that_there_is_not_is_named) {
  for (auto [at, value, word] :
       {std::tuple{16, 9, "9 data bits"}, std::tuple{16, 4, "4 data bits"}, std::tuple{17, 0, "parity 0"},
        std::tuple{17, 6, "parity 6"}, std::tuple{18, 0, "stop bits 0"}, std::tuple{18, 4, "stop bits 4"}}) {
    auto packet = encode(message_of_a_format({}));
    packet[static_cast<size_t>(at)] = static_cast<std::byte>(value);
    auto const decoded = decode(packet);
    ASSERT_TRUE(decoded.has_error()) << word;
    EXPECT_THAT(decoded.error().message, HasSubstr(word));
  }
}

TEST(SideChannel, every_damaged_field_is_named) {
  struct Damage {
    size_t at;
    int value;
    char const* word;
  };
  for (auto [at, value, word] :
       {Damage{0, 2, "version 2"}, Damage{1, 0, "kind 0"}, Damage{1, 9, "kind 9"}, Damage{15, 6, "status 6"},
        Damage{63, 'x', "over 31 bytes"}, Damage{33, '/', "character"}, Damage{33, 0x1b, "character"}}) {
    auto packet = encode(full_message());
    packet[at] = static_cast<std::byte>(value);
    auto const decoded = decode(packet);
    ASSERT_TRUE(decoded.has_error()) << word;
    EXPECT_THAT(decoded.error().message, HasSubstr(word));
  }
  EXPECT_TRUE(decode(Bytes(encode(full_message())).first(63)).has_error());
  EXPECT_TRUE(decode({}).has_error());
}

}  // namespace
}  // namespace offhook::v24
