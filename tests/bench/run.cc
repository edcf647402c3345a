#include "tests/bench/run.h"

#include <cstdio>
#include <map>
#include <sstream>

#include "tests/bench/measure.h"
#include "tests/e2e/bank_process.h"
#include "tests/e2e/zmodem.h"

namespace offhook::bench {
namespace {

using namespace e2e;

Argv under_run(BankProcess const& bank, Argv const& program, bool waits = false) {
  Argv argv{VMODEM_PROGRAM, "run", "--dir", bank.dir()};
  if (waits) argv.emplace_back("--wait-carrier");
  argv.emplace_back("--");
  argv.insert(argv.end(), program.begin(), program.end());
  return argv;
}

CallCosts costs(Argv const& argv) {
  std::istringstream words(e2e::run(argv).out);
  std::map<std::string, double> of;
  std::string name;
  for (double ns = 0; words >> name >> ns;) of[name] = ns;
  return {of["tiocmget"],     of["tcgets"],        of["fionread"], of["getppid"],
          of["open_to_read"], of["open_to_write"], of["pipes"]};
}

/// Seconds for a file over the call, by sz and rz; 0 where it failed.
double seconds_to_send(PortFile& from, PortFile& to, std::string const& file, Argv const& sz) {
  TemporaryFolder inbox;
  Spawn receiving, sending;
  receiving.in = receiving.out = to.fd();
  receiving.directory = inbox.path();
  sending.in = sending.out = from.fd();
  Process receiver({"rz", "-q", "-b", "-y"}, receiving);
  auto const begun = Clock::now();
  Argv argv = sz;
  argv.insert(argv.end(), {"sz", "-q", "-b", file});
  Process sender(argv, sending);
  bool const sent = sender.wait(120s) == 0;
  double const took = std::chrono::duration<double>(Clock::now() - begun).count();
  // What sz says last is lost where rz has not read it by sz's flush (tests/e2e/zmodem.cc).
  if (!receiver.wait(500ms)) static_cast<void>(from.type("OO"));
  receiver.wait();
  from.listen(100ms);
  to.listen(100ms);
  return sent ? took : 0;
}

}  // namespace

RunFigures measure_run(int rounds, double share) {
  RunFigures figures;
  BankProcess bank;
  Argv const cost{RUN_COST, bank.port(0)};
  figures.alone = costs(cost);
  figures.under = costs(under_run(bank, cost));
  figures.waiting = costs(under_run(bank, cost, true));

  TemporaryFolder outbox;
  std::string const file = outbox / "random.bin";
  double const mb = 150 * share;
  write_file(file, random_bytes(static_cast<size_t>(mb * 1e6), 42));
  PortFile from(bank.port(0)), to(bank.port(1));
  if (!connect(from, to, BankProcess::number(1))) return figures;
  from.make_blocking();
  to.make_blocking();
  std::vector<double> without;
  for (int round = 0; round < rounds; ++round) {
    double took[2] = {};
    for (int turn = 0; turn < 2; ++turn) {
      int const which = (turn + round) % 2;
      took[which] = seconds_to_send(from, to, file, which == 0 ? Argv{} : under_run(bank, {}));
    }
    if (took[0] <= 0 || took[1] <= 0) continue;
    without.push_back(mb / took[0]);
    figures.zmodem.push_back(took[0] / took[1]);
  }
  if (!without.empty()) figures.zmodem_mb_per_s = median(without);
  return figures;
}

}  // namespace offhook::bench
