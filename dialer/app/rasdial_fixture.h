// For tests: rasdial in a process of its own, against a bank and a port manager in this one.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialer/app/fake_manager.h"
#include "dialer/app/rasdial.h"
#include "emulator/driver/bank_fixture.h"

namespace offhook::dialer {

/// rasdial in a process of its own, against the ports of a bank in this one.
class Rasdial : public driver::BankTest {
 protected:
  virtual void configure() {}
  virtual void in_child() {}  // before rasdial begins
  void SetUp() override {
    configure();
    start();
    manager.emplace(*io, config.dir);
  }
  ~Rasdial() override {
    if (pid > 0 && !status) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    manager.reset();
  }

  void run(std::vector<std::string> words) {
    words.insert(words.begin(), {"rasdial", "--dir", config.dir});
    std::array<std::array<int, 2>, 3> pipes;
    for (auto& each : pipes) ASSERT_EQ(::pipe2(each.data(), O_CLOEXEC), 0);
    pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      ::dup2(terminal >= 0 ? terminal : pipes[0][0], 0);
      ::dup2(terminal >= 0 ? terminal : pipes[1][1], 1);
      ::dup2(pipes[2][1], 2);
      ::close_range(3, ~0u, 0);  // the bank's descriptors are the bank's
      in_child();
      std::vector<char*> pointers;
      pointers.reserve(words.size());
      for (std::string& word : words) pointers.push_back(word.data());
      ::_exit(dialer::run(static_cast<int>(pointers.size()), pointers.data()));
    }
    in = io::Fd(pipes[0][1]);
    out = io::Fd(pipes[1][0]);
    err = io::Fd(pipes[2][0]);
    for (auto const fd : {pipes[0][0], pipes[1][1], pipes[2][1]}) ::close(fd);
    for (auto const fd : {out.get(), err.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  void look() {
    take(out, printed);
    take(err, complained);
    int code = 0;
    if (!status && ::waitpid(pid, &code, WNOHANG) == pid)
      status = WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
  }
  static void take(io::Fd const& from, std::string& to) {
    std::array<char, 65536> bytes;
    for (ssize_t n; (n = ::read(from.get(), bytes.data(), bytes.size())) > 0;)
      to.append(bytes.data(), static_cast<size_t>(n));
  }
  bool ends() {
    bool const over = until([&] { return look(), status.has_value(); });
    look();
    return over;
  }
  bool prints(std::string_view text) {
    return until([&] { return look(), printed.find(text) != std::string::npos; });
  }
  bool complains(std::string_view text) {
    return until([&] { return look(), complained.find(text) != std::string::npos; });
  }
  bool port_is_free() {
    return until([&] { return !manager->held() && !status_of(0).open && !status_of(0).call; });
  }
  driver::PortStatus status_of(int port) const { return BankTest::status(port); }
  void type(std::string_view text) const {
    ASSERT_EQ(::write(in.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  std::optional<FakeManager> manager;
  int terminal = -1;  // in place of standard input and output
  pid_t pid = -1;
  io::Fd in, out, err;
  std::string printed, complained;
  std::optional<int> status;
};

}  // namespace offhook::dialer
