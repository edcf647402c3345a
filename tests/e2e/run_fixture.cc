#include "tests/e2e/run_fixture.h"

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

namespace offhook::e2e {

Programs::Programs() {
  struct {
    char const* name;
    char const* from;
    mode_t mode = 0755;
    uid_t owner = 0;
  } const all[] = {{"vmodem", VMODEM_PROGRAM},
                   {"lines", RUN_LINES},
                   {"lines_static", RUN_LINES_STATIC},
                   {"lines_musl", RUN_LINES_MUSL},
                   {"lines_setuid", RUN_LINES, 06755, nobody},
                   {"lines_unreadable", RUN_LINES, 0711}};
  for (auto const& each : all) {
    std::string const path = folder_ / each.name;
    std::filesystem::copy_file(each.from, path);
    if (geteuid() == 0 && ::chown(path.c_str(), each.owner, each.owner) != 0) std::abort();
    if (::chmod(path.c_str(), each.mode) != 0) std::abort();
  }
}

Argv Run::under(Argv const& program, Argv const& options) const {
  Argv argv{programs / "vmodem", "run", "--dir", bank.dir()};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.push_back("--");
  argv.insert(argv.end(), program.begin(), program.end());
  return argv;
}

Argv Run::lines(Argv const& steps, std::string const& name) const {
  Argv program{programs / name, bank.port(0)};
  program.insert(program.end(), steps.begin(), steps.end());
  return under(program);
}

Spawn Run::as(uid_t uid) {
  Spawn spawn;
  if (geteuid() == 0 && uid != 0) spawn.uid = uid;
  return spawn;
}

testing::AssertionResult Run::comes(std::string const& text) const {
  std::string status;
  for (auto const until = Clock::now() + patience; Clock::now() < until; std::this_thread::sleep_for(20ms)) {
    status = bank.vmodem({"status", "ttyVM0", "--json"}).out;
    if (status.find(text) != std::string::npos) return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "never " << text << ": " << status;
}

pid_t Paused::supervisor() {
  std::string const front = std::to_string(terminal_.process().pid());
  return std::stoi(read_file("/proc/" + front + "/task/" + front + "/children"));
}

void Paused::kill_supervisor() { ::kill(supervisor(), SIGKILL); }

}  // namespace offhook::e2e
