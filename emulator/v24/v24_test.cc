#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/base/text.h"
#include "emulator/v24/circuits.h"
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

TEST(SideChannel, every_damaged_field_is_named) {
  struct Damage {
    size_t at;
    int value;
    char const* word;
  };
  for (auto [at, value, word] :
       {Damage{0, 2, "version 2"}, Damage{1, 0, "kind 0"}, Damage{1, 8, "kind 8"}, Damage{15, 6, "status 6"},
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
