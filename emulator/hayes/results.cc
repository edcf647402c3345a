#include "emulator/hayes/results.h"

#include <array>

#include "emulator/hayes/family.h"
#include "emulator/hayes/settings.h"

namespace offhook::hayes {
namespace {

using loop::Cause;
using loop::Compression;
using loop::ErrorControl;

std::string framed(Settings const& settings, std::string_view text) {
  char const end[]{static_cast<char>(settings.s<3>()), static_cast<char>(settings.s<4>())};
  std::string out;
  if (settings.value<0, 'V'>() != 0) out.append(end, 2);
  out += text;
  return out.append(end, 2);
}

/// A number and S3 alone under V0 (table 1).
std::string coded(Settings const& settings, unsigned code, std::string_view text) {
  if (settings.value<0, 'V'>() != 0) return framed(settings, text);
  return std::to_string(code) + static_cast<char>(settings.s<3>());
}

bool quiet(Settings const& settings) { return settings.value<0, 'Q'>() == 1; }

struct ModulationName {
  std::string_view v250;    // +MCR's (V.250 6.4.3)
  std::string_view single;  // \V1's; Conexant omits those below V.32
  std::string_view usr;     // &A2's
};
constexpr std::array<ModulationName, 9> modulation_names{{
    {"B103", "", ""},
    {"V21", "", ""},
    {"B212", "", ""},
    {"V22", "", ""},
    {"V22B", "", ""},
    {"V32", "V32", "V32"},
    {"V32B", "V32", "V32"},
    {"V34", "V34", "V34"},
    {"V90", "V90", "V90"},
}};

struct LinkName {
  std::string_view v250, message, usr;
  unsigned code;  // of Rockwell's PROTOCOL and COMPRESSION messages
};
constexpr std::array<LinkName, 3> error_control_names{
    {{"NONE", "NONE", "NONE", 76}, {"ALT", "ALT", "MNP", 80}, {"LAPM", "LAP-M", "LAPM", 77}}};
constexpr std::array<LinkName, 4> compression_names{{{"NONE", "NONE", "NONE", 69},
                                                     {"ALT", "CLASS 5", "MNP5", 66},
                                                     {"V42B", "V.42BIS", "V42BIS", 67},
                                                     {"V44", "V.44", "V44", 70}}};

LinkName const& link_name(ErrorControl e) { return error_control_names[static_cast<size_t>(e)]; }
LinkName const& link_name(Compression c) { return compression_names[static_cast<size_t>(c)]; }
ModulationName const& modulation_name(loop::Modulation m) { return modulation_names[static_cast<size_t>(m)]; }

/// Rockwell's CARRIER numbers; a rate without one is its protocol's plain 40 (m).
constexpr ConnectCode carrier_codes[]{
    {300, 40},   {1200, 46},  {2400, 47},  {4800, 48},  {7200, 49},  {9600, 50},  {12000, 51}, {14400, 52},
    {16800, 53}, {19200, 54}, {21600, 55}, {24000, 56}, {26400, 57}, {28800, 58}, {31200, 78}, {33600, 79},
};

unsigned code_of(std::span<ConnectCode const> table, uint32_t rate, unsigned otherwise) {
  for (auto const& [rate_bps, code] : table)
    if (rate_bps == rate) return code;
  return otherwise;
}

/// Which reports and forms are on: S95's bits, and the commands that stand for some of them (Conexant;
/// V.250 6.4.3, 6.5.5, 6.6.2, 6.2.13). W1 gives the line's speed, protocol and the DTE's speed.
struct Reports {
  bool line_rate, arq, carrier, protocol, compression;
};
Reports reports(Family const& family, Settings const& settings) {
  uint8_t const w = settings.value<0, 'W'>(), s95 = settings.s<95>();
  return {.line_rate = family.connect == Family::Reports::line_rate || w == 2 || (s95 & 0x01) != 0,
          .arq = (s95 & 0x02) != 0,
          .carrier = w == 1 || (s95 & 0x04) != 0,
          .protocol = w == 1 || (s95 & 0x08) != 0,
          .compression = (s95 & 0x20) != 0};
}

/// V.250 makes these intermediate result codes, so Q1 silences them too.
std::string plus_reports(Settings const& settings, loop::CarrierUp const& carrier, uint32_t dte_rate_bps) {
  std::string out;
  if (uint32_t const mr = settings.parameter(Parameter::mr)) {
    std::string const rx = std::to_string(carrier.rx_rate_bps);
    out += framed(settings, "+MCR: " + std::string(modulation_name(carrier.modulation).v250));
    out += framed(settings, "+MRR: " + (mr == 2 ? rx : std::to_string(carrier.tx_rate_bps) + "," + rx));
  }
  if (settings.parameter(Parameter::er))
    out += framed(settings, "+ER: " + std::string(link_name(carrier.error_control).v250));
  if (settings.parameter(Parameter::dr))
    out += framed(settings, "+DR: " + std::string(link_name(carrier.compression).v250));
  if (settings.parameter(Parameter::ilrr)) out += framed(settings, "+ILRR: " + std::to_string(dte_rate_bps));
  return out;
}

std::string message_reports(Reports const& on, Settings const& settings, loop::CarrierUp const& carrier) {
  std::string out;
  if (on.carrier)
    out += coded(settings, code_of(carrier_codes, carrier.rx_rate_bps, 40),
                 "CARRIER " + std::to_string(carrier.rx_rate_bps));
  auto const& protocol = link_name(carrier.error_control);
  if (on.protocol) out += coded(settings, protocol.code, "PROTOCOL: " + std::string(protocol.message));
  auto const& compression = link_name(carrier.compression);
  if (on.compression)
    out += coded(settings, compression.code, "COMPRESSION: " + std::string(compression.message));
  return out;
}

/// Under V0 there is a number for CONNECT and nothing else.
bool single_line_wanted(Settings const& settings) {
  return settings.value<'\\', 'V'>() == 1 && settings.value<0, 'V'>() == 1;
}

/// \V1 (Conexant): CONNECT <DTE speed>/<modulation>/<protocol>/<compression>/<line speed>.
std::string single_line(loop::CarrierUp const& carrier, uint32_t dte_rate_bps) {
  std::string text = "CONNECT " + std::to_string(dte_rate_bps);
  auto const add = [&text](std::string_view part) {
    if (!part.empty()) (text += '/') += part;
  };
  add(modulation_name(carrier.modulation).single);
  add(link_name(carrier.error_control).v250);
  if (carrier.error_control != ErrorControl::none) add(link_name(carrier.compression).usr);
  if (carrier.tx_rate_bps == carrier.rx_rate_bps) {
    add(std::to_string(carrier.tx_rate_bps));
  } else {
    add(std::to_string(carrier.tx_rate_bps) + ":TX");
    add(std::to_string(carrier.rx_rate_bps) + ":RX");
  }
  return text;
}

/// USR's &A1-&A3: CONNECT 33600/ARQ/V34/LAPM/V42BIS.
std::string usr_suffix(Settings const& settings, loop::CarrierUp const& carrier) {
  uint8_t const a = settings.value<'&', 'A'>();
  bool const arq = carrier.error_control != ErrorControl::none;
  std::string text;
  if (a >= 1 && arq) text += "/ARQ";
  if (a >= 2 && !modulation_name(carrier.modulation).usr.empty())
    (text += '/') += modulation_name(carrier.modulation).usr;
  if (a >= 3) {
    (text += '/') += link_name(carrier.error_control).usr;
    if (carrier.compression != Compression::none) (text += '/') += link_name(carrier.compression).usr;
  }
  return text;
}

}  // namespace

std::string result(Family const& family, Settings const& settings, ResultCode code) {
  if (quiet(settings)) return {};
  size_t const i = static_cast<size_t>(code);
  return coded(settings, family.codes[i], family.texts[i]);
}

std::string ring_result(Family const& family, Settings const& settings, uint8_t pattern) {
  if (quiet(settings)) return {};
  std::string text(family.texts[static_cast<size_t>(ResultCode::ring)]);
  // -SDR (Rockwell): bit n-1 has ring pattern n told apart.
  bool const told =
      pattern > 0 && pattern <= 3 && ((settings.parameter(Parameter::sdr) >> (pattern - 1)) & 1) != 0;
  if (told) text += " " + std::to_string(pattern);
  return coded(settings, family.codes[static_cast<size_t>(ResultCode::ring)], text);
}

std::string connect_reports(Family const& family, Settings const& settings, loop::CarrierUp const& carrier,
                            uint32_t dte_rate_bps) {
  if (quiet(settings) || single_line_wanted(settings)) return {};
  uint32_t const dte_rate = dte_rate_bps != 0 ? dte_rate_bps : carrier.rx_rate_bps;
  return plus_reports(settings, carrier, dte_rate) +
         message_reports(reports(family, settings), settings, carrier);
}

std::string connect_result(Family const& family, Settings const& settings, loop::CarrierUp const& carrier,
                           uint32_t dte_rate_bps) {
  if (quiet(settings)) return {};
  Reports const on = reports(family, settings);
  uint32_t const dte_rate = dte_rate_bps != 0 ? dte_rate_bps : carrier.rx_rate_bps;
  if (single_line_wanted(settings)) return framed(settings, single_line(carrier, dte_rate));
  uint32_t const rate = on.line_rate ? carrier.rx_rate_bps : dte_rate;
  unsigned const plain_code = family.codes[static_cast<size_t>(ResultCode::connect)];
  std::string text(family.texts[static_cast<size_t>(ResultCode::connect)]);
  // X0 says CONNECT alone; so do 300 bit/s on every family (Hayes: code 1 is 0-300).
  if (settings.value<0, 'X'>() == 0 || rate <= 300) return coded(settings, plain_code, text);
  text += " " + std::to_string(rate);
  if (family.bit == in_usr) text += usr_suffix(settings, carrier);
  if (on.arq && carrier.error_control != ErrorControl::none) text += "/ARQ";
  return coded(settings, code_of(family.connect_codes, rate, plain_code), text);
}

std::string information(Settings const& settings, std::string_view text) { return framed(settings, text); }

CauseResult result_of(Family const& family, uint8_t x, Cause cause, Heard heard) {
  switch (cause) {
    case Cause::user_busy:
    case Cause::no_circuit_available:  // reorder tone is told from busy by nobody
    case Cause::call_rejected:
      if (detects_busy(x)) return {false, ResultCode::busy};
      return {true, ResultCode::no_carrier};
    case Cause::no_answer:
    case Cause::no_user_responding:
    case Cause::recovery_on_timer_expiry:
      return {false, timeout_result(family, heard)};
    case Cause::unallocated_number:
    case Cause::no_route_to_destination:
    case Cause::normal_clearing:
    case Cause::destination_out_of_order:
    case Cause::invalid_number_format:
    case Cause::network_out_of_order:
    case Cause::temporary_failure:
    case Cause::interworking:
      return {false, ResultCode::no_carrier};
  }
  return {false, ResultCode::no_carrier};
}

ResultCode timeout_result(Family const& family, Heard heard) {
  bool const no_answer = heard.quiet || (family.no_answer == Family::NoAnswer::ringback && heard.ringback);
  return no_answer ? ResultCode::no_answer : ResultCode::no_carrier;
}

}  // namespace offhook::hayes
