// Result codes (V.250 5.7, table 1): which are said in which outcome, as text or number, and how they are
// framed. Pure functions of the family's tables and the settings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/loop/loop.h"

namespace offhook::hayes {

struct Family;
struct Settings;

/// The values up to no_answer are V.250's numbers, without 5.
enum class ResultCode : uint8_t {
  ok,
  connect,
  ring,
  no_carrier,
  error,
  no_dialtone,
  busy,
  no_answer,
  ringing,
  voice
};
inline constexpr size_t result_count = 10;

/// The result code as sent, framed by S3 and S4; empty under Q1.
std::string result(Family const& family, Settings const& settings, ResultCode code);
/// RING n, where distinctive ring is reported.
std::string ring_result(Family const& family, Settings const& settings, uint8_t pattern);
/// What precedes CONNECT: +MCR, +MRR, +ER, +DR, +ILRR, or CARRIER, PROTOCOL, COMPRESSION (+MR ..., W1, S95).
std::string connect_reports(Family const& family, Settings const& settings, loop::CarrierUp const& carrier,
                            uint32_t dte_rate_bps);
/// CONNECT in its many forms (X, W, \V, S95, &A).
std::string connect_result(Family const& family, Settings const& settings, loop::CarrierUp const& carrier,
                           uint32_t dte_rate_bps);
/// Information text: framed like a result under V1; Q does not suppress it (6.2.5).
std::string information(Settings const& settings, std::string_view text);

/// What a failed call is called: the cause, as the family hears it under X; nothing where the modem hears
/// nothing of it and waits out S7.
struct Heard {
  bool ringback = false;  // the called end rang
  bool quiet = false;     // @ waited for the answer
};
struct CauseResult {
  bool waits = false;  // S7 runs on
  ResultCode code = ResultCode::no_carrier;
};
CauseResult result_of(Family const& family, uint8_t x, loop::Cause cause, Heard heard);
/// S7 ran out.
ResultCode timeout_result(Family const& family, Heard heard);

constexpr bool detects_dial_tone(uint8_t x) { return x == 2 || x >= 4; }
constexpr bool detects_busy(uint8_t x) { return x >= 3; }

}  // namespace offhook::hayes
