#include "tests/bench/process_figures.h"

#include <unistd.h>

#include <sstream>

#include "tests/e2e/process.h"

namespace offhook::bench {

using e2e::read_file;

double status_of(pid_t pid, std::string const& key) {
  std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key + ":")) return std::stod(line.substr(key.size() + 1));
  return 0;
}

double cpu_seconds(pid_t pid) {
  std::string const stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace offhook::bench
