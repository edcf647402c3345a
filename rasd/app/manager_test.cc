// Reloads, leases and the end, against a bank.
#include "rasd/app/manager.h"

#include <gmock/gmock.h>

#include "rasd/app/rasd_fixture.h"
#include "rasd/lease/packets.h"

namespace offhook::rasd {
namespace {

using port::State;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class ManagerTest : public RasdTest {
 protected:
  std::string const talks = service("s", "echo first; while read line; do echo got $line; done");
  std::string const other = service("s", "echo second; read line");

  lease::Client client() {
    auto made = lease::Client::connect(dir);
    EXPECT_TRUE(made);
    return *std::move(made);
  }
  /// The next message to a client; nothing: the connection has ended.
  std::optional<lease::FromManager> told(lease::Client& of) {
    std::optional<lease::FromManager> message;
    EXPECT_TRUE(until([&] {
      auto received = of.receive();
      if (!received) return true;
      if (*received) message.emplace(*std::move(*received));
      return message.has_value();
    }));
    return message;
  }
};

TEST_F(ManagerTest, a_port_that_is_renamed_in_a_call_waits_for_the_end_of_the_call) {
  run(talks + port(1, "service = 's'"));
  ASSERT_TRUE(listens(1));
  Program caller = dials(1);
  ASSERT_TRUE(reads(caller, "first"));
  auto now = parsed(talks + port(1, "service = 's'"));
  now.ports.front().name = "P9";
  EXPECT_THAT(manager->reload(now), ElementsAre("P1 goes once it is free", "P9 begins once P1 is free"));
  auto const pause = std::chrono::steady_clock::now() + 300ms;
  until([&] { return std::chrono::steady_clock::now() > pause; });
  caller.type("still\n");
  EXPECT_TRUE(reads(caller, "got still"));
  EXPECT_EQ(manager->ports().size(), 1u);
  caller.fd = io::Fd();
  EXPECT_TRUE(until([&] { return manager->ports().contains("P9"); }));
  EXPECT_FALSE(manager->ports().contains("P1"));
  EXPECT_TRUE(listens(9));
}

TEST_F(ManagerTest, a_changed_service_is_for_the_next_call) {
  run(talks + port(1, "service = 's'"));
  ASSERT_TRUE(listens(1));
  Program caller = dials(1);
  ASSERT_TRUE(reads(caller, "first"));
  EXPECT_THAT(manager->reload(parsed(other + port(1, "service = 's'"))),
              ElementsAre("P1 changes once it is free"));
  caller.type("on\n");
  EXPECT_TRUE(reads(caller, "got on"));
  caller.fd = io::Fd();
  EXPECT_TRUE(until([&] { return was(1, State::disabled) && state(1) == State::listening; }));
  caller = dials(1);
  EXPECT_TRUE(reads(caller, "second"));
}

TEST_F(ManagerTest, a_port_disabled_by_hand_stays_so_through_reloads_until_the_file_changes_its_mind) {
  std::string const as_it_was = port(1, "use = 'dial-out'");
  run(as_it_was);
  ASSERT_TRUE(listens(1));
  ASSERT_TRUE(manager->set_enabled(driver(1), false));
  ASSERT_TRUE(comes_to(1, State::disabled));
  EXPECT_THAT(manager->reload(parsed(as_it_was)), ElementsAre("P1 stays disabled by hand"));
  EXPECT_THAT(manager->reload(parsed(port(1, "use = 'dial-out'\nrate = 57600"))),
              ElementsAre("P1 changes once it is free"));
  ASSERT_TRUE(until([&] { return driver(1).config().rate_bps == 57600; }));
  EXPECT_TRUE(comes_to(1, State::disabled));
  EXPECT_THAT(manager->reload(parsed(port(1, "use = 'dial-out'\nrate = 57600\nenabled = false"))),
              ElementsAre());
  EXPECT_THAT(manager->reload(parsed(port(1, "use = 'dial-out'\nrate = 57600\nenabled = true"))),
              ElementsAre("P1 is enabled"));
  EXPECT_TRUE(listens(1));
}

TEST_F(ManagerTest, a_changed_device_makes_its_ports_anew) {
  std::string const before = "[device.d]\nlike = 'v250'\ninit = ['ATS0=0']\n";
  std::string const after = "[device.d]\nlike = 'v250'\ninit = ['ATS0=0', 'ATS7=33']\n";
  std::string const rest = port(1, "use = 'dial-out'\ndevice = 'd'");
  run(before + rest);
  ASSERT_TRUE(listens(1));
  EXPECT_THAT(manager->reload(parsed(before + rest)), ElementsAre());
  EXPECT_THAT(manager->reload(parsed(after + rest)), ElementsAre("P1 changes once it is free"));
  EXPECT_TRUE(until([&] { return was(1, State::disabled) && state(1) == State::listening; }));
}

TEST_F(ManagerTest, a_change_that_is_taken_back_in_a_call_changes_nothing) {
  run(talks + port(1, "service = 's'"));
  ASSERT_TRUE(listens(1));
  Program caller = dials(1);
  ASSERT_TRUE(reads(caller, "first"));
  manager->reload(parsed(other + port(1, "service = 's'")));
  EXPECT_FALSE(manager->set_enabled(driver(1), true));
  EXPECT_THAT(manager->reload(parsed(talks + port(1, "service = 's'"))), ElementsAre("P1 stays"));
  EXPECT_TRUE(manager->set_enabled(driver(1), true));
  caller.fd = io::Fd();
  EXPECT_TRUE(listens(1));
  EXPECT_FALSE(was(1, State::disabled));
}

TEST_F(ManagerTest, one_that_asks_for_any_port_is_not_sent_to_one_that_another_waits_for) {
  run(port(1, "use = 'dial-out'") + port(2, "use = 'dial-out'"));
  ASSERT_TRUE(listens(1));
  ASSERT_TRUE(listens(2));
  auto first = client(), second = client();
  ASSERT_TRUE(first.send(lease::Request{"", "a"}));
  ASSERT_TRUE(second.send(lease::Request{"", "b"}));
  EXPECT_TRUE(comes_to(1, State::leased));
  EXPECT_TRUE(comes_to(2, State::leased));
}

TEST_F(ManagerTest, at_the_end_the_holder_of_a_lease_is_told) {
  run(port(1, "use = 'dial-out'"));
  ASSERT_TRUE(listens(1));
  auto holder = client();
  ASSERT_TRUE(holder.send(lease::Request{"P1", "a"}));
  auto granted = told(holder);
  ASSERT_TRUE(granted);
  EXPECT_TRUE(std::holds_alternative<lease::Granted>(granted->message));
  bool stopped = false;
  manager->stop([&] { stopped = true; });
  auto const ended = told(holder);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(std::holds_alternative<lease::Ended>(ended->message));
  auto late = client();
  ASSERT_TRUE(late.send(lease::Request{"P1", "a"}));
  auto const refused = told(late);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(std::holds_alternative<lease::Refused>(refused->message));
  EXPECT_THAT(manager->reload(parsed(port(2, "use = 'dial-out'"))), ElementsAre(HasSubstr("stopping")));
  EXPECT_TRUE(until([&] { return stopped; }));
  EXPECT_FALSE(std::filesystem::exists(dir + "/lease.sock"));
}

TEST_F(ManagerTest, calls_and_leases_by_the_dozen_leave_no_descriptor_and_no_lock_behind) {
  run(service("s", "echo hi; exit 0") + port(1, "service = 's'") + port(2, "use = 'dial-out'"));
  auto const descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  ASSERT_TRUE(listens(1));
  ASSERT_TRUE(listens(2));
  Program caller = open(0);
  long at_first = 0;
  for (int i = 0; i < 12; ++i) {
    if (i == 2) at_first = descriptors();
    caller.seen.clear();
    caller.type("ATD5550101\r");
    ASSERT_TRUE(reads(caller, "NO CARRIER")) << i;
    {
      auto holder = client();
      ASSERT_TRUE(holder.send(lease::Request{"P2", "a"}));
      ASSERT_TRUE(comes_to(2, State::leased)) << i;
    }
    ASSERT_TRUE(listens(1)) << i;
    ASSERT_TRUE(listens(2)) << i;
  }
  EXPECT_TRUE(until([&] { return descriptors() <= at_first; })) << at_first << " before";
  EXPECT_TRUE(until([&] { return std::filesystem::is_empty(dir + "/lock"); }));
}

TEST_F(ManagerTest, a_bank_that_comes_back_in_its_folder_finds_the_ports_listening_again) {
  run(talks + port(1, "service = 's'") + port(2, "use = 'dial-out'"));
  ASSERT_TRUE(listens(1));
  ASSERT_TRUE(listens(2));
  Program caller = dials(1);
  ASSERT_TRUE(reads(caller, "first"));
  auto holder = client();
  ASSERT_TRUE(holder.send(lease::Request{"P2", "a"}));
  ASSERT_TRUE(comes_to(2, State::leased));
  bank.reset();
  caller.fd = io::Fd();
  EXPECT_TRUE(until([&] { return state(1) != State::connected; }));
  bank.emplace(*io, config);
  ASSERT_TRUE(bank->start());
  EXPECT_TRUE(listens(1));
  caller = dials(1);
  EXPECT_TRUE(reads(caller, "first"));
}

}  // namespace
}  // namespace offhook::rasd
