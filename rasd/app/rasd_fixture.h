// A manager and its ports against a bank of three modems, all in the test's own process. Port 0 is the
// caller's: a program that the test types to; rasd has ports 1 and 2 as its configuration says.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "emulator/driver/bank_fixture.h"
#include "rasd/app/manager.h"

namespace offhook::rasd {

class RasdTest : public driver::BankTest {
 protected:
  void SetUp() override {
    alarm.emplace(*io);
    dir = config.dir + "/rasd";
    std::filesystem::create_directories(dir + "/lock");
    start();
  }
  void TearDown() override {
    manager.reset();
    bank.reset();
    alarm.reset();
  }

  /// "[[port]] ..." of one of the bank's ports.
  std::string port(int number, std::string const& more) const {
    return "[[port]]\nname = 'P" + std::to_string(number) + "'\npath = '" + path(number) + "'\n" + more +
           "\n";
  }
  static std::string service(std::string const& name, std::string const& script,
                             std::string const& more = "") {
    return "[service." + name + "]\ncommand = ['/bin/sh', '-c', '''" + script + "''']\n" + more + "\n";
  }
  Config parsed(std::string const& text) const {
    auto made = parse_config("[rasd]\nlock_dir = '" + dir + "/lock'\n" + text, "rasd.toml");
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? *std::move(made) : Config{};
  }
  void run(std::string const& text) {
    manager.emplace(*io, *alarm, parsed(text));
    manager->observe([this](port::Entry const& entry) { entries.push_back(entry); });
    auto const started = manager->start(dir);
    ASSERT_TRUE(started) << started.error().message;
  }

  PortDriver& driver(int number) { return **manager->find("P" + std::to_string(number)); }
  port::State state(int number) {
    auto const found = manager->find("P" + std::to_string(number));
    return found ? (*found)->machine().state() : port::State::absent;
  }
  bool comes_to(int number, port::State wanted) {
    return until([&] { return state(number) == wanted; });
  }
  bool listens(int number) { return comes_to(number, port::State::listening); }
  /// The states that a port has entered since `from`.
  std::vector<port::State> states(int number, size_t from = 0) const {
    std::vector<port::State> all;
    for (size_t i = from; i < entries.size(); ++i)
      if (entries[i].port == "P" + std::to_string(number) &&
          entries[i].change.kind == port::Change::Kind::state)
        all.push_back(entries[i].change.state);
    return all;
  }
  bool was(int number, port::State wanted, size_t from = 0) const {
    auto const all = states(number, from);
    return std::ranges::find(all, wanted) != all.end();
  }
  /// Port 0 dials a port of rasd's.
  Program dials(int number) {
    Program caller = open(0);
    caller.type("ATD555010" + std::to_string(number) + "\r");
    return caller;
  }

  std::optional<io::Alarm> alarm;
  std::optional<Manager> manager;
  std::string dir;
  std::vector<port::Entry> entries;
};

}  // namespace offhook::rasd
