#include "emulator/pad/clearing.h"

#include <iterator>

namespace offhook::pad {
namespace {

struct ClearingRow {
  Clearing clearing;
  std::string_view code, words;
};
constexpr ClearingRow rows[] = {
    {Clearing::confirmed, "CONF", "cleared as asked"},
    {Clearing::occupied, "OCC", "number busy"},
    {Clearing::congestion, "NC", "network congestion"},
    {Clearing::invalid_facility, "INV", "invalid facility request"},
    {Clearing::access_barred, "NA", "access barred"},
    {Clearing::local_error, "ERR", "local procedure error"},
    {Clearing::remote_error, "RPE", "remote procedure error"},
    {Clearing::not_obtainable, "NP", "not obtainable"},
    {Clearing::out_of_order, "DER", "out of order"},
    {Clearing::dte, "DTE", "cleared by the far end"},
    {Clearing::incompatible, "ID", "incompatible destination"},
};
constexpr ClearingRow const& row(Clearing clearing) { return rows[static_cast<size_t>(clearing)]; }

struct CauseRow {
  loop::Cause cause;
  Clearing clearing;
};
// Q.850 to X.25's causes in the spirit of X.31's interworking table. A call that nobody answers is what
// X.25's timer T11 makes of it at the calling end: a remote procedure error. A call that is rejected was
// cleared by the far end.
constexpr CauseRow causes[] = {
    {loop::Cause::unallocated_number, Clearing::not_obtainable},
    {loop::Cause::no_route_to_destination, Clearing::not_obtainable},
    {loop::Cause::normal_clearing, Clearing::dte},
    {loop::Cause::user_busy, Clearing::occupied},
    {loop::Cause::no_user_responding, Clearing::remote_error},
    {loop::Cause::no_answer, Clearing::remote_error},
    {loop::Cause::call_rejected, Clearing::dte},
    {loop::Cause::destination_out_of_order, Clearing::out_of_order},
    {loop::Cause::invalid_number_format, Clearing::not_obtainable},
    {loop::Cause::no_circuit_available, Clearing::congestion},
    {loop::Cause::network_out_of_order, Clearing::congestion},
    {loop::Cause::temporary_failure, Clearing::congestion},
    {loop::Cause::recovery_on_timer_expiry, Clearing::remote_error},
    {loop::Cause::interworking, Clearing::incompatible},
};

}  // namespace

std::string_view code(Clearing clearing) { return row(clearing).code; }
std::string_view words(Clearing clearing) { return row(clearing).words; }

Clearing clearing_of(loop::Cause cause) {
  for (auto const& each : causes)
    if (each.cause == cause) return each.clearing;
  return Clearing::congestion;
}

}  // namespace offhook::pad
