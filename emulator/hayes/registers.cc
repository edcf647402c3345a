#include "emulator/hayes/registers.h"

namespace offhook::hayes {
namespace {

// S0-S11: V.250 6.2 and 6.3; ranges wider than the standard's are those of Conexant's and USR's manuals.
constexpr std::array<RegisterRow, register_count> rows{{
    {0, 0, 0, 255, in_all, 0, "rings before answering, 0 never"},
    {1, 0, 0, 255, in_all, 0, "rings counted"},
    {2, 43, 0, 255, in_all, 0, "escape character, above 127 none"},
    {3, 13, 0, 127, in_all, 0, "line termination character"},
    {4, 10, 0, 127, in_all, 0, "response formatting character"},
    {5, 8, 0, 127, in_all, 0, "line editing character"},
    {6, 2, 2, 255, in_all, 0, "s before blind dialling"},
    {7, 50, 1, 255, in_all, 0, "s for the call to be completed"},
    {8, 2, 0, 255, in_all, 0, "s a comma pauses"},
    {9, 6, 1, 255, in_all, 0, "0.1 s before carrier is believed"},
    {10, 14, 1, 255, in_all, 0, "0.1 s without carrier before hanging up, 255 never"},
    {11, 95, 50, 255, in_all, 0, "ms a tone lasts"},
    {12, 50, 0, 255, in_all, 0, "0.02 s escape guard time"},
    {14, 138, 0, 255, in_all, 0x51, "bits: E Q V P/T originate"},
    {15, 0, 0, 255, in_usr, 0, "bits"},
    {16, 0, 0, 255, in_all, 0x82, "bits: tests in progress"},
    {18, 0, 0, 255, in_all, 0, "s a test lasts"},
    {19, 0, 0, 255, in_modern, 0, "min without data before hanging up (usr), else bits"},
    {21, 52, 0, 255, in_all, 0, "bits: &J &R &D &C &S &Y"},
    {22, 118, 0, 255, in_all, 0, "bits: L M X"},
    {23, 54, 0, 255, in_all, 0, "bits: &G"},
    {24, 0, 0, 255, in_modern, 0, "s before sleep"},
    {25, 5, 0, 255, in_all, 0, "0.01 s DTR may be off"},
    {26, 1, 0, 255, in_all, 0, "0.01 s between RTS and CTS"},
    {27, 73, 0, 255, in_all, 0x80, "bits: &X B"},
    {28, 0, 0, 255, in_modern, 0, "bits: V.34"},
    {29, 70, 0, 255, in_modern, 0, "0.01 s a flash lasts"},
    {30, 0, 0, 255, in_modern, 0, "10 s without data before hanging up, 0 never"},
    {31, 194, 0, 255, in_modern, 0x31, "bits: N W"},
    {32, 17, 0, 255, in_modern, 0, "XON character"},
    {33, 19, 0, 255, in_modern, 0, "XOFF character"},
    {34, 0, 0, 255, in_usr, 0, "bits"},
    {35, 0, 0, 255, in_usr, 0, "bits"},
    {36, 7, 0, 7, in_modern, 0, "when error control fails"},
    {37, 0, 0, 19, in_modern, 0, "desired line speed"},
    {38, 20, 0, 255, in_modern, 0, "s to deliver before hanging up, 255 no limit"},
    {39, 3, 0, 255, in_modern, 0, "bits: flow control"},
    {40, 105, 0, 255, in_modern, 0, "bits: MNP"},
    {41, 195, 0, 255, in_modern, 0, "bits: compression, retrain"},
    {42, 0, 0, 255, in_usr, 0, "bits"},
    {43, 0, 0, 255, in_usr, 0, "bits"},
    {44, 0, 0, 255, in_usr, 0, "bits"},
    {46, 138, 136, 138, in_modern, 0, "136 error control, 138 with compression"},
    {48, 7, 0, 255, in_modern, 0, "V.42 negotiation"},
    {54, 0, 0, 255, in_usr, 0, "bits"},
    {56, 0, 0, 255, in_usr, 0, "bits"},
    {69, 0, 0, 255, in_usr, 0, "bits"},
    {82, 128, 0, 255, in_modern, 0, "break handling"},
    {86, 0, 0, 255, in_modern, 0, "why the last call ended"},
    {91, 10, 0, 15, in_modern, 0, "-dBm transmit level"},
    {95, 0, 0, 255, in_modern, 0x90, "bits: extended result codes"},
}};

constexpr bool numbers_agree() {
  for (size_t i = 0; i < register_count; ++i)
    if (rows[i].number != detail::register_numbers[i]) return false;
  return true;
}
static_assert(numbers_agree());

// Hayes' bit maps, as Rockwell kept them. X is the odd one: 0, then 4 to 7 (S22 bits 4-6).
constexpr RegisterField fields[]{
    {14, 1, 1, 0, 'E'},   {14, 2, 1, 0, 'Q'},   {14, 3, 1, 0, 'V'},   {14, 5, 1, 0, 'P'},
    {21, 0, 2, '&', 'J'}, {21, 2, 1, '&', 'R'}, {21, 3, 2, '&', 'D'}, {21, 5, 1, '&', 'C'},
    {21, 6, 1, '&', 'S'}, {21, 7, 1, '&', 'Y'}, {22, 0, 2, 0, 'L'},   {22, 2, 2, 0, 'M'},
    {22, 4, 3, 0, 'X'},   {23, 6, 2, '&', 'G'}, {27, 4, 2, '&', 'X'}, {27, 6, 1, 0, 'B'},
    {31, 1, 1, 0, 'N'},   {31, 2, 2, 0, 'W'},
};

}  // namespace

std::span<RegisterRow const> register_rows() { return rows; }
std::span<RegisterField const> register_fields() { return fields; }

std::optional<size_t> find_register(uint32_t number, uint8_t family_bit) {
  for (size_t i = 0; i < register_count; ++i)
    if (rows[i].number == number && (rows[i].families & family_bit)) return i;
  return std::nullopt;
}

}  // namespace offhook::hayes
