// Who calls, as modems report it between the first RING and the second: DATE, TIME, NMBR, NAME (formatted),
// or one MESG line of hex (Bellcore GR-30, single and multiple data message format).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace offhook::at {

struct CallerId {
  enum class Presentation : uint8_t {
    unknown,
    given,
    withheld,
    unavailable
  } presentation = Presentation::unknown;
  std::string number;      // at most 32
  std::string name;        // at most 32
  std::string date, time;  // "MMDD", "HHMM": the exchange's
  bool operator==(CallerId const&) const = default;
};

/// True where the line told something of the caller, which is then in `id`.
bool read_caller_line(std::string_view line, CallerId& id);

}  // namespace offhook::at
