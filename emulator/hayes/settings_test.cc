// What commands set: registers and their maps, commands that stand for others, profiles, and what is offered
// to the other end because of them.
#include "emulator/hayes/settings.h"

#include <gtest/gtest.h>

#include "emulator/hayes/carrier_offer.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/profiles.h"

namespace offhook::hayes {
namespace {

uint8_t read(Settings const& settings, uint8_t number, uint8_t family = in_v250) {
  return read_register(settings, *find_register(number, family), family);
}
bool write(Settings& settings, uint8_t number, uint32_t value, uint8_t family = in_v250) {
  return write_register(settings, *find_register(number, family), value, family);
}

TEST(Tables, every_register_row_starts_within_its_own_range) {
  for (auto const& row : register_rows()) EXPECT_TRUE(row.accepts(row.initial, in_v250)) << int(row.number);
}

TEST(Tables, every_command_starts_with_a_value_it_accepts) {
  for (auto const& row : basic_rows) EXPECT_TRUE(row.accepts(row.initial)) << row.prefix << row.letter;
}

TEST(Tables, a_family_has_at_most_one_row_for_a_command) {
  for (auto const& row : basic_rows)
    for (auto const& other : basic_rows)
      EXPECT_TRUE(&row == &other || row.prefix != other.prefix || row.letter != other.letter ||
                  (row.families & other.families) == 0)
          << row.prefix << row.letter;
}

TEST(Tables, every_parameter_starts_with_a_value_it_accepts) {
  for (auto const& row : extended_rows())
    for (auto const& sub : row.values) EXPECT_TRUE(sub.accepts(sub.initial)) << row.name;
}

TEST(Tables, families_start_with_values_they_accept) {
  for (auto const& family : families())
    for (auto const& [prefix, letter, number, value] : family.initials) {
      if (prefix == 'S') {
        auto const row = find_register(number, family.bit);
        ASSERT_TRUE(row) << family.name << " S" << int(number);
        EXPECT_TRUE(register_rows()[*row].accepts(value, family.bit)) << family.name << " S" << int(number);
      } else {
        auto const* row = find_basic(prefix, letter, family.bit);
        ASSERT_NE(row, nullptr) << family.name << " " << letter;
        EXPECT_TRUE(row->accepts(value)) << family.name << " " << letter;
      }
    }
}

TEST(Registers, bit_mapped_ones_show_what_commands_hold) {
  Settings settings = factory_settings(v250());
  EXPECT_EQ(read(settings, 14), 138);  // E1, V1, originate
  EXPECT_EQ(read(settings, 21), 52);   // &R1 &D2 &C1
  EXPECT_EQ(read(settings, 22), 118);  // L2 M1 X4
  set_basic(settings, '&', 'D', 3, in_v250);
  set_basic(settings, 0, 'X', 0, in_v250);
  EXPECT_EQ(read(settings, 21), 60);
  EXPECT_EQ(read(settings, 22), 6);
}

TEST(Registers, writing_a_bit_mapped_one_sets_the_commands) {
  Settings settings = factory_settings(v250());
  ASSERT_TRUE(write(settings, 14, 0x80 | 0x04));  // E0 Q1 V0
  EXPECT_EQ((settings.value<0, 'E'>()), 0);
  EXPECT_EQ((settings.value<0, 'Q'>()), 1);
  EXPECT_EQ((settings.value<0, 'V'>()), 0);
  ASSERT_TRUE(write(settings, 22, 0x76 & ~0x70));
  EXPECT_EQ((settings.value<0, 'X'>()), 0);
}

TEST(Registers, reserved_bits_and_wrong_values_change_nothing) {
  Settings settings = factory_settings(v250());
  Settings const before = settings;
  EXPECT_FALSE(write(settings, 14, 0x01));
  EXPECT_FALSE(write(settings, 95, 0x10));
  EXPECT_FALSE(write(settings, 3, 128));
  EXPECT_FALSE(write(settings, 7, 0));
  EXPECT_FALSE(write(settings, 0, 256));
  EXPECT_EQ(settings, before);
}

TEST(Registers, usr_has_its_own_meanings) {
  Settings settings = factory_settings(*find_family("usr"), 1);
  EXPECT_EQ(read(settings, 22, in_usr), 17);
  ASSERT_TRUE(write(settings, 21, 0, in_usr));
  EXPECT_EQ((settings.value<'&', 'D'>()), 2);
}

TEST(Registers, a_2400_has_few) {
  EXPECT_TRUE(find_register(12, in_hayes));
  EXPECT_FALSE(find_register(95, in_hayes));
  EXPECT_FALSE(find_register(13, in_v250));
}

// ---- what is offered to the other end

loop::StartCarrier offer(std::initializer_list<std::tuple<char, char, int>> commands, bool originate = true,
                         Family const& family = v250()) {
  Settings settings = factory_settings(family);
  for (auto const& [prefix, letter, value] : commands)
    set_basic(settings, prefix, letter, static_cast<uint8_t>(value), family.bit);
  return carrier_offer(family, settings, originate);
}

TEST(CarrierOffer, the_factory_offers_the_best_it_has) {
  auto const best = offer({});
  EXPECT_EQ(best.modulation, loop::Modulation::v34);
  EXPECT_TRUE(best.automode && best.offer_lapm && best.offer_mnp && best.offer_v42bis && best.offer_mnp5);
  EXPECT_FALSE(best.require_error_control);
}

TEST(CarrierOffer, n_chooses_the_error_control) {
  EXPECT_FALSE(offer({{'\\', 'N', 0}}).offer_lapm);
  EXPECT_FALSE(offer({{'\\', 'N', 0}}).offer_v42bis);
  EXPECT_TRUE(offer({{'\\', 'N', 2}}).require_error_control);
  EXPECT_FALSE(offer({{'\\', 'N', 4}}).offer_mnp);
  EXPECT_FALSE(offer({{'\\', 'N', 5}}).offer_lapm);
  EXPECT_TRUE(offer({{'\\', 'N', 5}}, false).offer_mnp);
  EXPECT_TRUE(offer({{'\\', 'N', 4}}, false).require_error_control);
}

TEST(CarrierOffer, the_last_command_counts) {
  EXPECT_TRUE(offer({{'\\', 'N', 0}, {'&', 'Q', 5}}).offer_lapm);
  EXPECT_FALSE(offer({{'&', 'Q', 5}, {'\\', 'N', 0}}).offer_lapm);
}

TEST(CarrierOffer, c_chooses_the_compression) {
  EXPECT_FALSE(offer({{'%', 'C', 0}}).offer_v42bis);
  EXPECT_TRUE(offer({{'%', 'C', 1}}).offer_mnp5);
  EXPECT_FALSE(offer({{'%', 'C', 1}}).offer_v42bis);
  EXPECT_FALSE(offer({{'%', 'C', 2}}).offer_mnp5);
}

TEST(CarrierOffer, f_fixes_the_modulation) {
  auto const v22bis = offer({{0, 'F', 5}});
  EXPECT_EQ(v22bis.modulation, loop::Modulation::v22bis);
  EXPECT_FALSE(v22bis.automode);
  auto const slow = offer({{0, 'F', 6}});
  EXPECT_EQ(slow.max_rate_bps, 4800u);
  EXPECT_EQ(offer({{0, 'F', 6}, {0, 'F', 8}}).max_rate_bps, 9600u);
  EXPECT_EQ(offer({{0, 'F', 6}, {0, 'F', 0}}).max_rate_bps, 0u);
}

TEST(CarrierOffer, s37_names_a_speed_and_b_whose_way) {
  Settings settings = factory_settings(v250());
  ASSERT_TRUE(write(settings, 37, 5));
  EXPECT_EQ(carrier_offer(v250(), settings, true).modulation, loop::Modulation::bell212a);
  set_basic(settings, 0, 'B', 0, in_v250);
  EXPECT_EQ(carrier_offer(v250(), settings, true).modulation, loop::Modulation::v22);
  EXPECT_EQ(carrier_offer(v250(), settings, true).max_rate_bps, 1200u);
}

TEST(CarrierOffer, a_2400_offers_what_it_can) {
  auto const old = offer({}, true, *find_family("hayes2400"));
  EXPECT_EQ(old.modulation, loop::Modulation::v22bis);
  EXPECT_FALSE(old.offer_lapm || old.offer_mnp || old.offer_v42bis || old.offer_mnp5);
}

// ---- profiles

TEST(Profiles, come_back_from_their_text) {
  for (auto const& family : families()) {
    Profiles profiles = factory_profiles(family);
    profiles.startup = 1;
    profiles.numbers[2] = "T5550101,9";
    ASSERT_TRUE(write(profiles.stored[1], 7, 99, family.bit));
    ASSERT_TRUE(write(profiles.stored[0], 2, 200, family.bit));
    set_basic(profiles.stored[1], '&', 'C', 0, family.bit);
    set_basic(profiles.stored[0], 0, 'E', 0, family.bit);
    profiles.stored[0].basics[basic_slot(0, 'P')] = 1;
    profiles.stored[0].set_parameter(Parameter::ds_string, 250);
    EXPECT_EQ(profiles_from_text(family, to_text(family, profiles)), profiles) << family.name;
  }
}

TEST(Profiles, damage_costs_what_it_damaged) {
  Profiles const factory = factory_profiles(v250());
  for (auto const* text :
       {"", "garbage", "profile 9\nE=0\n", "profile 0\nS7=0\nS7=x\nE=9\n=\n+999=1\n&=3\nS=1\n", "startup 7\n",
        "number 9 555\nnumber\nnumber 1\n", "E=0\n"})
    EXPECT_EQ(profiles_from_text(v250(), text), factory) << text;
  EXPECT_EQ(profiles_from_text(v250(), "profile 0\nS7=0\nS7=60").stored[0].s<7>(), 60);
}

TEST(Profiles, stored_numbers_are_bounded) {
  auto const profiles = profiles_from_text(v250(), "number 0 " + std::string(1000, '5'));
  EXPECT_EQ(profiles.numbers[0].size(), stored_number_limit);
}

}  // namespace
}  // namespace offhook::hayes
