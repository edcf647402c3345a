#include "emulator/hayes/family.h"

#include "emulator/hayes/settings.h"

namespace offhook::hayes {
namespace {

constexpr std::array<std::string_view, result_count> standard_texts{
    "OK", "CONNECT", "RING", "NO CARRIER", "ERROR", "NO DIALTONE", "BUSY", "NO ANSWER", "RINGING", "VOICE"};
constexpr std::array<std::string_view, result_count> usr_texts{
    "OK", "CONNECT", "RING", "NO CARRIER", "ERROR", "NO DIAL TONE", "BUSY", "NO ANSWER", "RINGING", "VOICE"};
/// V.250 table 1; 11 and 12 are USR's.
constexpr std::array<uint8_t, result_count> standard_codes{0, 1, 2, 3, 4, 6, 7, 8, 11, 12};

constexpr ConnectCode hayes_connect[]{{1200, 5}, {2400, 10}};
constexpr ConnectCode rockwell_connect[]{
    {1200, 5},   {2400, 10},  {4800, 11},  {7200, 13},   {9600, 12},   {12000, 14}, {14400, 15},
    {16800, 59}, {19200, 16}, {21600, 61}, {24000, 62},  {26400, 63},  {28800, 64}, {31200, 91},
    {33600, 84}, {38400, 17}, {57600, 18}, {115200, 19}, {230400, 20},
};
constexpr ConnectCode usr_connect[]{
    {1200, 5},   {2400, 10},   {4800, 18},   {7200, 20},   {9600, 13},
    {12000, 21}, {14400, 25},  {16800, 43},  {19200, 85},  {21600, 91},
    {24000, 99}, {26400, 103}, {28800, 107}, {31200, 151}, {33600, 155},
};

// The 2400 has no error control and no speed buffering: the DTE's speed is the line's.
constexpr Initial hayes_initials[]{{'S', 0, 7, 30}, {0, 'L', 0, 2}, {'&', 'Q', 0, 0}};
constexpr Initial usr_initials[]{{'S', 0, 7, 60},  {'S', 0, 25, 20}, {'S', 0, 14, 1}, {'S', 0, 21, 10},
                                 {'S', 0, 22, 17}, {'S', 0, 23, 19}, {'S', 0, 27, 0}};

constexpr Family all[]{
    {
        .name = "v250",
        .bit = in_v250,
        .identify = {"33600", "", "", "Offhook virtual modem", "V.250", "", "", "", "", "", "", ""},
        .manufacturer = "Offhook",
        .model = "Offhook virtual modem",
        .revision = "0.1.0",
        .serial = "0",
        .capabilities = "+GCAP: +FCLASS,+MS,+ES,+DS",
        .texts = standard_texts,
        .codes = standard_codes,
        .connect_codes = rockwell_connect,
        .initials = {},
        .no_answer = Family::NoAnswer::at_only,
        .connect = Family::Reports::by_w,
        .voice_x = 255,
        .ringing_x = 255,
        .line_limit = 255,
        .flow_control = true,
        .best = loop::Modulation::v90,
        .error_control = true,
    },
    {
        .name = "hayes2400",
        .bit = in_hayes,
        .identify = {"249", "108", "", "", "", "", "", "", "", "", "", ""},
        .manufacturer = "",
        .model = "",
        .revision = "",
        .serial = "",
        .capabilities = "",
        .texts = standard_texts,
        .codes = standard_codes,
        .connect_codes = hayes_connect,
        .initials = hayes_initials,
        .no_answer = Family::NoAnswer::at_only,
        .connect = Family::Reports::line_rate,
        .voice_x = 255,
        .ringing_x = 255,
        .line_limit = 40,
        .flow_control = false,
        .best = loop::Modulation::v22bis,
        .error_control = false,
    },
    {
        .name = "rockwell",
        .bit = in_rockwell,
        .identify = {"33600", "255", "", "V1.301-V34_DP", "a007880284C6002F", "", "RC336DP", "", "", "", "",
                     ""},
        .manufacturer = "Rockwell",
        .model = "RC336DP",
        .revision = "V1.301-V34_DP",
        .serial = "0",
        .capabilities = "+GCAP: +FCLASS,+MS,+ES,+DS",
        .texts = standard_texts,
        .codes = standard_codes,
        .connect_codes = rockwell_connect,
        .initials = {},
        .no_answer = Family::NoAnswer::ringback,
        .connect = Family::Reports::by_w,
        .voice_x = 255,
        .ringing_x = 255,
        .line_limit = 255,
        .flow_control = true,
        .best = loop::Modulation::v34,
        .error_control = true,
    },
    {
        .name = "usr",
        .bit = in_usr,
        .identify = {"3361", "C264", "", "Sportster 33600/FAX V4.3.175", "", "", "", "Sportster 33600/FAX",
                     "", "", "", ""},
        .manufacturer = "U.S. Robotics",
        .model = "Sportster 33600/FAX",
        .revision = "4.3.175",
        .serial = "0",
        .capabilities = "+GCAP: +FCLASS",
        .texts = usr_texts,
        .codes = standard_codes,
        .connect_codes = usr_connect,
        .initials = usr_initials,
        .no_answer = Family::NoAnswer::at_only,
        .connect = Family::Reports::line_rate,
        .voice_x = 3,
        .ringing_x = 5,
        .line_limit = 255,
        .flow_control = true,
        .best = loop::Modulation::v34,
        .error_control = true,
    },
};

}  // namespace

std::span<Family const> families() { return all; }
Family const& v250() { return all[0]; }

Family const* find_family(std::string_view name) {
  for (auto const& family : all)
    if (family.name == name) return &family;
  return nullptr;
}

}  // namespace offhook::hayes
