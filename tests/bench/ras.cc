#include "tests/bench/ras.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "tests/bench/measure.h"
#include "tests/bench/process_figures.h"
#include "tests/e2e/ras_lease.h"
#include "tests/e2e/ras_process.h"

namespace offhook::bench {
namespace {

using namespace e2e;

double ms_since(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

bool all_listen(RasdProcess const& rasd, size_t count) {
  auto const ports = rasd.ports();
  return ports.size() == count &&
         std::ranges::all_of(ports, [](auto const& p) { return p.state == "listening"; });
}

/// One port alone is asked for, so that the looking does not cost what is measured.
bool listens(RasdProcess const& rasd, std::string const& port) {
  auto const answer = rasd.ask("port", {{"port", port}});
  return answer && answer->find("\"state\":\"listening\"") != std::string::npos;
}

/// From the question to the last byte of the answer.
std::vector<double> snapshots(RasdProcess const& rasd, int count) {
  std::vector<double> all;
  auto client = rpc::Client::connect(rasd.dir() + "/control.sock");
  for (int i = 0; client && i < count; ++i) {
    auto const asked = Clock::now();
    auto const until = asked + patience;
    if (!client->send({"1", "ports", {}}, until)) break;
    if (auto const line = client->receive_line(until); line && *line) all.push_back(ms_since(asked));
  }
  return all.empty() ? std::vector<double>{0} : all;
}

/// From the death of each program that `make` starts on a port to that port's listen.
std::vector<double> recoveries(RasdProcess const& rasd, int ports, int deaths, char const* word, auto make) {
  std::vector<double> all;
  for (int i = 0; i < deaths; ++i) {
    int const index = static_cast<int>(static_cast<int64_t>(i) * (ports - 1) / deaths);
    std::string const name = BankProcess::name(index);
    Child program(make(index));
    if (!program.said().expect(word)) continue;
    if (!eventually([&] { return !listens(rasd, name); })) continue;
    program.process().signal(SIGKILL);
    auto const died = Clock::now();
    program.process().wait();
    if (eventually([&] { return listens(rasd, name); })) all.push_back(ms_since(died));
  }
  return all;
}

}  // namespace

RasFigures measure_ras(int ports, int deaths, double idle_seconds) {
  RasFigures figures;
  BankProcess bank(Argv{"--mode", "0666", "--modems", std::to_string(ports)});
  std::string config = "[rasd]\nlevel = \"warn\"\nlock_dir = \"FOLDER/locks\"\n";
  for (int i = 0; i < ports; ++i)
    config += "[[port]]\nname = \"" + BankProcess::name(i) + "\"\npath = \"" + bank.port(i) +
              "\"\nuse = \"dial-out\"\n";
  auto const began = Clock::now();
  RasdProcess rasd(config);
  if (!eventually([&] { return all_listen(rasd, static_cast<size_t>(ports)); }, 120s)) return figures;
  figures.start_ms = ms_since(began);
  std::this_thread::sleep_for(7s);  // a cadence: until then a port is not quiet

  figures.snapshot_ms = median(snapshots(rasd, 50));

  pid_t const pid = rasd.process().pid();
  double const before = cpu_seconds(pid);
  std::this_thread::sleep_for(std::chrono::duration<double>(idle_seconds));
  figures.idle_cpu_percent = (cpu_seconds(pid) - before) / idle_seconds * 100;
  figures.resident_kib = status_of(pid, "VmRSS");

  auto const leases = recoveries(rasd, ports, deaths, "granted", [&](int port) {
    return hold_lease({rasd.dir(), BankProcess::name(port), "", Phase::granted});
  });
  auto const foreign = recoveries(rasd, ports, deaths, "taken", [&](int port) -> Child::Act {
    return [path = bank.port(port)] {
      int const fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
      if (fd >= 0 && ioctl(fd, TIOCEXCL) == 0) say("taken");
      for (;;) pause();
    };
  });
  if (!leases.empty())
    figures.recovery_ms = median(leases), figures.recovery_worst_ms = std::ranges::max(leases);
  if (!foreign.empty())
    figures.foreign_ms = median(foreign), figures.foreign_worst_ms = std::ranges::max(foreign);
  return figures;
}

}  // namespace offhook::bench
