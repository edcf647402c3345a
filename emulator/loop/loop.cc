#include "emulator/loop/loop.h"

#include <array>
#include <utility>

namespace offhook::loop {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

struct ModulationRow {
  Modulation modulation;
  std::string_view name;
  uint32_t max_rate_bps;
};
constexpr std::array modulations{
    ModulationRow{Modulation::bell103, "bell103", 300},    ModulationRow{Modulation::v21, "v21", 300},
    ModulationRow{Modulation::bell212a, "bell212a", 1200}, ModulationRow{Modulation::v22, "v22", 1200},
    ModulationRow{Modulation::v22bis, "v22bis", 2400},     ModulationRow{Modulation::v32, "v32", 9600},
    ModulationRow{Modulation::v32bis, "v32bis", 14400},    ModulationRow{Modulation::v34, "v34", 33600},
    ModulationRow{Modulation::v90, "v90", 56000},
};

constexpr std::array<std::pair<Cause, std::string_view>, 14> causes{{
    {Cause::unallocated_number, "unallocated number"},
    {Cause::no_route_to_destination, "no route to destination"},
    {Cause::normal_clearing, "normal clearing"},
    {Cause::user_busy, "user busy"},
    {Cause::no_user_responding, "no user responding"},
    {Cause::no_answer, "no answer"},
    {Cause::call_rejected, "call rejected"},
    {Cause::destination_out_of_order, "destination out of order"},
    {Cause::invalid_number_format, "invalid number format"},
    {Cause::no_circuit_available, "no circuit available"},
    {Cause::network_out_of_order, "network out of order"},
    {Cause::temporary_failure, "temporary failure"},
    {Cause::recovery_on_timer_expiry, "recovery on timer expiry"},
    {Cause::interworking, "interworking"},
}};

constexpr std::array<std::string_view, 3> error_controls{"none", "mnp", "lapm"};
constexpr std::array<std::string_view, 4> compressions{"none", "mnp5", "v42bis", "v44"};

}  // namespace

std::string_view name(Modulation m) { return modulations[static_cast<size_t>(m)].name; }
std::string_view name(ErrorControl e) { return error_controls[static_cast<size_t>(e)]; }
std::string_view name(Compression c) { return compressions[static_cast<size_t>(c)]; }
uint32_t max_rate_bps(Modulation m) { return modulations[static_cast<size_t>(m)].max_rate_bps; }

std::string_view name(Cause cause) {
  for (auto const& [value, text] : causes)
    if (value == cause) return text;
  return "unknown cause";
}

std::string describe(Event const& event) {
  using std::string;
  return std::visit(
      Overloaded{
          [](DialTone const&) -> string { return "dial tone"; },
          [](RingOn const& e) -> string { return "ring on (pattern " + std::to_string(e.pattern) + ")"; },
          [](RingOff const&) -> string { return "ring off"; },
          [](CallerIdSent const& e) -> string {
            if (e.id.presentation == CallerId::Presentation::withheld) return "caller id withheld";
            if (e.id.presentation == CallerId::Presentation::unavailable) return "caller id unavailable";
            return "caller id " + e.id.number + (e.id.name.empty() ? "" : " " + e.id.name);
          },
          [](Ringback const&) -> string { return "ringback"; },
          [](Voice const&) -> string { return "voice"; },
          [](Answered const&) -> string { return "answered"; },
          [](Cleared const& e) -> string { return "cleared: " + string(name(e.cause)); },
          [](CarrierUp const& e) -> string {
            return "carrier up " + string(name(e.modulation)) + " " + std::to_string(e.tx_rate_bps) + "/" +
                   std::to_string(e.rx_rate_bps) + " " + string(name(e.error_control)) + " " +
                   string(name(e.compression));
          },
          [](CarrierDown const&) -> string { return "carrier down"; },
          [](CarrierBack const&) -> string { return "carrier back"; },
          [](LinkReleased const&) -> string { return "link released"; },
      },
      event);
}

std::string describe(Act const& act) {
  using std::string;
  return std::visit(
      Overloaded{
          [](GoOffHook const&) -> string { return "off-hook"; },
          [](GoOnHook const&) -> string { return "on-hook"; },
          [](Flash const&) -> string { return "flash"; },
          [](Digits const& a) -> string { return (a.pulse ? "pulses " : "tones ") + a.digits; },
          [](DialEnd const&) -> string { return "dial end"; },
          [](DialAddress const& a) -> string { return "dial " + a.address; },
          [](StartCarrier const& a) -> string {
            return string(a.originate ? "originate " : "answer ") + string(name(a.modulation));
          },
          [](StopCarrier const& a) -> string { return a.in_order ? "release link" : "carrier off"; },
      },
      act);
}

}  // namespace offhook::loop
