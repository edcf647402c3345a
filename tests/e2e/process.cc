#include "tests/e2e/process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "emulator/base/random.h"

namespace offhook::e2e {

void become_child(Spawn const& spawn) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::signal(number, SIG_DFL);
  int const targets[] = {spawn.in, spawn.out, spawn.err};
  for (int i = 0; i < 3; ++i)
    if (targets[i] >= 0) dup2(targets[i], i);
  setenv("TERM", "vt100", 1);  // whatever terminal the tests themselves run on
  for (auto const& [key, value] : spawn.environment) setenv(key.c_str(), value.c_str(), 1);
  if (!spawn.directory.empty() && chdir(spawn.directory.c_str()) != 0) _exit(126);
  if (spawn.uid && (setgroups(0, nullptr) != 0 || setgid(*spawn.uid) != 0 || setuid(*spawn.uid) != 0))
    _exit(126);
  if (spawn.uid) prctl(PR_SET_PDEATHSIG, SIGKILL);  // a change of user clears it
}

void exec(Argv const& argv) {
  std::vector<char*> raw;
  for (auto const& word : argv) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  closefrom(3);
  execvp(raw[0], raw.data());
  std::perror(raw[0]);
  _exit(127);
}

Process::Process(Argv const& argv, Spawn const& spawn) : pid_(fork()) {
  if (pid_ != 0) return;
  become_child(spawn);
  exec(argv);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(std::exchange(other.status_, std::nullopt)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  return *this;
}

Process::~Process() {
  if (!running()) return;
  signal(SIGKILL);
  wait();
}

bool Process::running() {
  if (pid_ <= 0 || status_) return false;
  int raw = 0;
  if (waitpid(pid_, &raw, WNOHANG) != pid_) return true;
  status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return false;
}

void Process::signal(int number) {
  if (running()) kill(pid_, number);
}

std::optional<int> Process::wait(Clock::duration limit) {
  auto const until = Clock::now() + limit;
  while (running() && Clock::now() < until) std::this_thread::sleep_for(1ms);
  return status_;
}

namespace {

/// Reads both pipes until they end or the time is up.
void collect(int out, int err, std::string& out_text, std::string& err_text, Clock::time_point until) {
  pollfd fds[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string* texts[2] = {&out_text, &err_text};
  char buffer[65536];
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0 || poll(fds, 2, static_cast<int>(left)) <= 0) return;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      ssize_t const n = read(fds[i].fd, buffer, sizeof buffer);
      if (n > 0)
        texts[i]->append(buffer, static_cast<size_t>(n));
      else
        fds[i].fd = -1;
    }
  }
}

}  // namespace

Outcome run(Argv const& argv, Clock::duration limit, Spawn spawn) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) return {};
  spawn.out = out[1];
  spawn.err = err[1];
  int const nothing = spawn.in < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
  if (spawn.in < 0) spawn.in = nothing;
  auto const until = Clock::now() + limit;
  Process process(argv, spawn);
  close(out[1]);
  close(err[1]);
  if (nothing >= 0) close(nothing);
  Outcome outcome;
  collect(out[0], err[0], outcome.out, outcome.err, until);
  outcome.status = process.wait(until - Clock::now()).value_or(-1);
  close(out[0]);
  close(err[0]);
  return outcome;
}

TemporaryFolder::TemporaryFolder() {
  path_ = std::filesystem::temp_directory_path() / "offhook-e2e-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) std::abort();
  chmod(path_.c_str(), 0755);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

void write_file(std::string const& path, std::string const& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string random_bytes(size_t n, uint64_t seed) {
  Random random(seed);
  std::string bytes(n, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next() >> 56);
  return bytes;
}

}  // namespace offhook::e2e
