#include "tests/e2e/bank_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <thread>

namespace offhook::e2e {

BankProcess::BankProcess(Argv const& arguments) : dir_(folder_ / "bank") { start(arguments); }

BankProcess::BankProcess(std::string directory, Argv const& arguments) : dir_(std::move(directory)) {
  start(arguments);
}

BankProcess::~BankProcess() {
  std::error_code ignored;
  for (int i = 0; i < 4; ++i)  // a killed program leaves its lock
    std::filesystem::remove("/var/lock/LCK.." + std::filesystem::path(own_name(i)).filename().string(),
                            ignored);
  process_.signal(SIGTERM);
  process_.wait(10s);
  if (testing::Test::HasFailure()) std::cerr << "the bank's log:\n" << read_file(log_) << '\n';
}

void BankProcess::start(Argv const& arguments) {
  mkdir(dir_.c_str(), 0755);  // cu changes its user: ports must be reachable
  std::string const words = folder_ / "words";
  log_ = folder_ / "log";
  int const out = open(words.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  int const log = open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Argv argv{VMODEM_PROGRAM, "up", "--dir", dir_};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Spawn spawn;
  spawn.out = out;
  spawn.err = log;
  process_ = Process(argv, spawn);
  ::close(out);
  ::close(log);
  auto const until = Clock::now() + patience;
  while (!ready_ && process_.running() && Clock::now() < until) {
    std::this_thread::sleep_for(2ms);
    announced_ = read_file(words);
    ready_ = announced_.ends_with("\nready\n");
  }
}

testing::AssertionResult BankProcess::up() const {
  if (ready_) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "the bank did not get ready: " << announced_ << read_file(log_);
}

std::string BankProcess::own_name(int i) const {
  std::string const link = folder_ / ("tty" + std::to_string(getpid()) + "_" + std::to_string(i));
  std::error_code exists_already;
  std::filesystem::create_symlink(port(i), link, exists_already);
  return link;
}

Outcome BankProcess::vmodem(Argv const& verb, Clock::duration limit) const {
  Argv argv{VMODEM_PROGRAM};
  argv.insert(argv.end(), verb.begin(), verb.end());
  argv.insert(argv.end(), {"--dir", dir_});
  return run(argv, limit);
}

testing::AssertionResult connect(PortFile& caller, PortFile& called, std::string const& number) {
  if (auto dialled = caller.type("ATDT" + number + "\r"); !dialled) return dialled;
  if (auto rang = called.expect("RING\r\n"); !rang) return rang;
  if (auto answered = called.type("ATA\r"); !answered) return answered;
  for (PortFile* end : {&called, &caller}) {
    if (auto connected = end->expect("\nCONNECT"); !connected) return connected;
    if (auto rest = end->expect("\r\n"); !rest) return rest;
  }
  return testing::AssertionSuccess();
}

}  // namespace offhook::e2e
