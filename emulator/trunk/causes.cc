#include "emulator/trunk/causes.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <span>

namespace offhook::trunk {
namespace {

using loop::Cause;

struct Row {
  int error;
  Cause cause;
};

constexpr Row connect_rows[] = {
    Row{ECONNREFUSED, Cause::user_busy},
    Row{ECONNRESET, Cause::user_busy},
    Row{ETIMEDOUT, Cause::no_answer},
    Row{ENETUNREACH, Cause::no_route_to_destination},
    Row{EADDRNOTAVAIL, Cause::no_route_to_destination},
    Row{EAFNOSUPPORT, Cause::no_route_to_destination},
    Row{EHOSTUNREACH, Cause::destination_out_of_order},
    Row{EHOSTDOWN, Cause::destination_out_of_order},
    Row{ENETDOWN, Cause::network_out_of_order},
    Row{EACCES, Cause::call_rejected},
    Row{EPERM, Cause::call_rejected},
    Row{EMFILE, Cause::no_circuit_available},
    Row{ENFILE, Cause::no_circuit_available},
    Row{ENOBUFS, Cause::no_circuit_available},
    Row{ENOMEM, Cause::no_circuit_available},
    Row{EAGAIN, Cause::no_circuit_available},  // no local port is free
};

constexpr Row lookup_rows[] = {
    Row{EAI_NONAME, Cause::unallocated_number},
    Row{EAI_SERVICE, Cause::unallocated_number},
    Row{EAI_FAIL, Cause::unallocated_number},
#ifdef EAI_NODATA
    Row{EAI_NODATA, Cause::unallocated_number},
#endif
    Row{EAI_FAMILY, Cause::no_route_to_destination},
    Row{EAI_AGAIN, Cause::temporary_failure},  // the name server does not answer
    Row{EAI_MEMORY, Cause::no_circuit_available},
};

Cause look_up(std::span<Row const> rows, int error) {
  auto const row = std::ranges::find(rows, error, &Row::error);
  return row == rows.end() ? Cause::temporary_failure : row->cause;
}

}  // namespace

loop::Cause cause_of_errno(int error) { return look_up(connect_rows, error); }
loop::Cause cause_of_lookup(int error) { return look_up(lookup_rows, error); }

}  // namespace offhook::trunk
