// Modem families as data: what each calls its results, answers to I, starts with, and where its ways differ.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "emulator/hayes/results.h"

namespace offhook::hayes {

/// A value that differs from the tables' default: of a register (prefix 'S') or a basic command.
struct Initial {
  char prefix, letter;
  uint8_t number, value;  // number: the register's
};

struct ConnectCode {
  uint32_t rate_bps;
  uint16_t code;
};

struct Family {
  std::string_view name;
  uint8_t bit;                                // its FamilyBit in the tables
  std::array<std::string_view, 12> identify;  // I0 ... I11; empty: OK alone
  std::string_view manufacturer, model, revision, serial, capabilities;
  std::array<std::string_view, result_count> texts;
  std::array<uint8_t, result_count> codes;
  std::span<ConnectCode const> connect_codes;
  std::span<Initial const> initials;
  enum class NoAnswer : uint8_t {
    at_only,
    ringback
  } no_answer;                                               // when NO ANSWER is said rather than NO CARRIER
  enum class Reports : uint8_t { by_w, line_rate } connect;  // what CONNECT's number is
  uint8_t voice_x;                                           // VOICE from this X level on; 255: never
  uint8_t ringing_x;                                         // RINGING likewise
  uint16_t line_limit;                                       // characters in a command line
  bool flow_control;                                         // between DTE and modem
  loop::Modulation best;                                     // the best modulation it has
  bool error_control;                                        // V.42 and the rest
};

Family const& v250();
/// v250, hayes2400, rockwell, usr; null where there is none of that name.
Family const* find_family(std::string_view name);
std::span<Family const> families();

}  // namespace offhook::hayes
