// What a process has used so far, from /proc.
#pragma once

#include <sys/types.h>

#include <string>

namespace offhook::bench {

double cpu_seconds(pid_t pid);
/// A line of /proc/PID/status, in its own unit.
double status_of(pid_t pid, std::string const& key);
inline double wake_ups(pid_t pid) { return status_of(pid, "voluntary_ctxt_switches"); }

}  // namespace offhook::bench
