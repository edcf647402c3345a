// What the golden transcripts of outcomes do not tabulate: the families' own wording, and caller identity.
#include "emulator/hayes/results.h"

#include <gtest/gtest.h>

#include "emulator/base/text.h"
#include "emulator/hayes/caller_id.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/settings.h"

namespace offhook::hayes {
namespace {

using loop::Cause;

loop::CarrierUp carrier(uint32_t tx, uint32_t rx, loop::Modulation m = loop::Modulation::v34) {
  return {m, tx, rx, loop::ErrorControl::lapm, loop::Compression::v42bis};
}

std::string connect(Family const& family, std::initializer_list<std::pair<char, uint8_t>> basics,
                    loop::CarrierUp const& up, uint8_t s95 = 0) {
  Settings settings = factory_settings(family, family.bit == in_usr ? 1 : 0);
  for (auto const& [letter, value] : basics)
    set_basic(settings,
              letter == '\\'  ? '\\'
              : letter == '&' ? '&'
                              : '\0',
              letter == '\\'  ? 'V'
              : letter == '&' ? 'A'
                              : letter,
              value, family.bit);
  settings.s<95>() = s95;
  return escaped(connect_reports(family, settings, up, 115200) +
                 connect_result(family, settings, up, 115200));
}

TEST(Connect, w_and_s95_choose_whose_speed) {
  EXPECT_EQ(connect(v250(), {}, carrier(31200, 28800)), "\\r\\nCONNECT 115200\\r\\n");
  EXPECT_EQ(connect(v250(), {{'W', 2}}, carrier(31200, 28800)), "\\r\\nCONNECT 28800\\r\\n");
  EXPECT_EQ(connect(v250(), {}, carrier(31200, 28800), 1), "\\r\\nCONNECT 28800\\r\\n");
}

TEST(Connect, w1_reports_carrier_and_protocol_before_the_speed_of_the_dte) {
  EXPECT_EQ(connect(v250(), {{'W', 1}}, carrier(28800, 28800)),
            "\\r\\nCARRIER 28800\\r\\n\\r\\nPROTOCOL: LAP-M\\r\\n\\r\\nCONNECT 115200\\r\\n");
}

TEST(Connect, s95_turns_each_report_on) {
  EXPECT_EQ(connect(v250(), {}, carrier(28800, 28800), 0x2e),
            "\\r\\nCARRIER 28800\\r\\n\\r\\nPROTOCOL: LAP-M\\r\\n\\r\\nCOMPRESSION: V.42BIS\\r\\n"
            "\\r\\nCONNECT 115200/ARQ\\r\\n");
}

TEST(Connect, reports_have_numbers_of_their_own) {
  EXPECT_EQ(connect(v250(), {{'V', 0}}, carrier(28800, 28800), 0x2c), "58\\r77\\r67\\r19\\r");
}

TEST(Connect, backslash_v_puts_it_all_on_one_line) {
  EXPECT_EQ(connect(v250(), {{'\\', 1}}, carrier(33600, 33600)),
            "\\r\\nCONNECT 115200/V34/LAPM/V42BIS/33600\\r\\n");
  EXPECT_EQ(connect(v250(), {{'\\', 1}}, carrier(1200, 300, loop::Modulation::v22)),
            "\\r\\nCONNECT 115200/LAPM/V42BIS/1200:TX/300:RX\\r\\n");
  EXPECT_EQ(connect(v250(), {{'\\', 1}, {'V', 0}}, carrier(33600, 33600)), "19\\r");
}

TEST(Connect, usr_says_how_after_the_speed_of_the_line) {
  Family const& usr = *find_family("usr");
  EXPECT_EQ(connect(usr, {{'&', 0}}, carrier(33600, 33600)), "\\r\\nCONNECT 33600\\r\\n");
  EXPECT_EQ(connect(usr, {{'&', 1}}, carrier(33600, 33600)), "\\r\\nCONNECT 33600/ARQ\\r\\n");
  EXPECT_EQ(connect(usr, {{'&', 3}}, carrier(33600, 33600)), "\\r\\nCONNECT 33600/ARQ/V34/LAPM/V42BIS\\r\\n");
  EXPECT_EQ(connect(usr, {{'V', 0}}, carrier(33600, 33600)), "155\\r");
}

TEST(Connect, an_old_modem_at_300_says_connect_alone) {
  Family const& old = *find_family("hayes2400");
  EXPECT_EQ(connect(old, {}, carrier(300, 300)), "\\r\\nCONNECT\\r\\n");
  EXPECT_EQ(connect(old, {}, carrier(2400, 2400)), "\\r\\nCONNECT 2400\\r\\n");
  EXPECT_EQ(connect(old, {{'V', 0}}, carrier(1200, 1200)), "5\\r");
}

TEST(Outcome, busy_is_heard_from_x3_on_and_waited_out_below) {
  for (uint8_t x = 0; x <= 4; ++x) {
    auto const [waits, code] = result_of(v250(), x, Cause::user_busy, {});
    EXPECT_EQ(waits, x < 3) << int(x);
    EXPECT_EQ(code, x < 3 ? ResultCode::no_carrier : ResultCode::busy) << int(x);
  }
}

TEST(Outcome, an_exchange_that_is_full_sounds_busy) {
  EXPECT_EQ(result_of(v250(), 4, Cause::no_circuit_available, {}).code, ResultCode::busy);
}

TEST(Outcome, a_number_that_is_none_is_no_carrier) {
  EXPECT_EQ(result_of(v250(), 4, Cause::unallocated_number, {}).code, ResultCode::no_carrier);
}

TEST(Outcome, no_answer_is_said_after_an_at_sign_or_by_rockwell_after_ringback) {
  Heard const rang{.ringback = true, .quiet = false}, listened{.ringback = false, .quiet = true};
  Family const& rockwell = *find_family("rockwell");
  EXPECT_EQ(timeout_result(v250(), rang), ResultCode::no_carrier);
  EXPECT_EQ(timeout_result(v250(), listened), ResultCode::no_answer);
  EXPECT_EQ(timeout_result(rockwell, rang), ResultCode::no_answer);
  EXPECT_EQ(timeout_result(rockwell, {}), ResultCode::no_carrier);
  EXPECT_EQ(result_of(rockwell, 4, Cause::no_answer, rang).code, ResultCode::no_answer);
}

TEST(CallerId, is_lines_of_date_time_number_and_name) {
  loop::CallerId const id{loop::CallerId::Presentation::given, "5550199", "A CALLER", {3, 21, 14, 5}};
  EXPECT_EQ(escaped(formatted_caller_id(id)),
            "DATE = 0321\\r\\nTIME = 1405\\r\\nNMBR = 5550199\\r\\nNAME = A CALLER");
}

TEST(CallerId, a_withheld_number_is_p_and_an_unknown_one_o_which_may_have_a_name) {
  loop::CallerId id{loop::CallerId::Presentation::withheld, "5550199", "A CALLER", {1, 2, 3, 4}};
  EXPECT_EQ(escaped(formatted_caller_id(id)), "DATE = 0102\\r\\nTIME = 0304\\r\\nNMBR = P");
  id.presentation = loop::CallerId::Presentation::unavailable;
  EXPECT_EQ(escaped(formatted_caller_id(id)),
            "DATE = 0102\\r\\nTIME = 0304\\r\\nNMBR = O\\r\\nNAME = A CALLER");
  id.name.clear();
  EXPECT_EQ(escaped(formatted_caller_id(id)), "DATE = 0102\\r\\nTIME = 0304\\r\\nNMBR = O");
}

TEST(CallerId, unformatted_is_the_message_with_its_checksum) {
  loop::CallerId const id{loop::CallerId::Presentation::given, "5550199", "", {3, 21, 14, 5}};
  std::string const text = unformatted_caller_id(id);
  EXPECT_EQ(text.substr(0, text.size() - 2),
            "MESG = 80130108303332313134303502073535353031"
            "3939");
  unsigned sum = 0;
  for (size_t i = 7; i < text.size(); i += 2)
    sum += static_cast<unsigned>(std::stoi(text.substr(i, 2), nullptr, 16));
  EXPECT_EQ(sum % 256, 0u);
}

}  // namespace
}  // namespace offhook::hayes
