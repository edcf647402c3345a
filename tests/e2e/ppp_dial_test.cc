// rasdial calls rasd and runs a program whose only network is the call; both ends are an ordinary user's.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/e2e/ppp_dial.h"
#include "tests/rooms/tshark.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

auto milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

class PppCalls : public PppDial {
 protected:
  void fetches_through_the_call(std::string const& keys);
  /// What rasd's log says of the options of LCP and IPCP since it was so long.
  std::vector<std::string> logged_options(size_t since) const;
};

std::vector<std::string> PppCalls::logged_options(size_t since) const {
  std::istringstream log(rasd->log().substr(since));
  std::vector<std::string> found;
  std::smatch match;
  static std::regex const configures(": PPP ((sent|received) (LCP|IPCP) Configure-.*)$");
  for (std::string line; std::getline(log, line);)
    if (std::regex_search(line, match, configures)) found.push_back(match[1]);
  return found;
}

void PppCalls::fetches_through_the_call(std::string const& keys) {
  OFFHOOK_BEGIN(1, keys + "dns = [\"10.0.2.3\", \"10.9.8.7\"]\n");
  Server server;
  auto const body = random_bytes(1'000'000, 3);
  auto served = serves(server, body);
  auto const started = Clock::now();
  Outcome const outcome =
      run(call(0,
               "sed -n 's/^ *\\([^:]*\\):.*/interface \\1/p' /proc/net/dev; cat /etc/resolv.conf; "
               "curl -sS --noproxy '*' --max-time 100 -o page " +
                   page(server) + " && echo fetched; exit 7"),
          long_enough, spawn());
  std::cout << "dialled, 1 MB fetched and hung up in " << milliseconds_since(started) << " ms\n";
  if (outcome.out.find("\nfetched\n") == std::string::npos)
    close(Peer::connect_to(server.port()));  // so that nobody waits for a caller
  EXPECT_TRUE(served.get());
  EXPECT_EQ(outcome.status, 7) << outcome.out << outcome.err;
  EXPECT_TRUE(read_file(folder / "page") == body) << outcome.err;
  std::set<std::string> interfaces;
  for (std::istringstream lines(outcome.out); !lines.eof();) {
    std::string line;
    std::getline(lines, line);
    if (line.starts_with("interface ")) interfaces.insert(line.substr(10));
  }
  EXPECT_THAT(interfaces, testing::ElementsAre("lo", "ppp0"));
  EXPECT_THAT(outcome.out, HasSubstr("nameserver 10.0.2.3\nnameserver 10.9.8.7\n"));
  EXPECT_TRUE(all_listen());
  EXPECT_TRUE(all_are_gone());
}

TEST_F(PppCalls, an_ordinary_user_fetches_a_page_through_the_call) { fetches_through_the_call(""); }

TEST_F(PppCalls, an_ordinary_user_fetches_a_page_through_an_encrypted_call) {
  fetches_through_the_call("authentication = [\"ms-chap-v2\"]\nencryption = \"require\"\n");
}

TEST_F(PppCalls, a_capture_of_a_call_is_whole_and_tshark_finds_in_it_the_options_of_our_log) {
  OFFHOOK_BEGIN(1, "");
  std::string const file = folder / "call.pcapng", complained = folder / "capture.err";
  Spawn how;
  how.err = open(complained.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  Process capture({RASADMIN_PROGRAM, "--dir", rasd->dir(), "capture", BankProcess::name(0), file}, how);
  close(how.err);
  auto const said = [&](char const* what) {
    return eventually([&] { return read_file(complained).find(what) != std::string::npos; }, long_enough);
  };
  ASSERT_TRUE(said("waiting for a call on")) << read_file(complained);
  auto const before = rasd->log().size();
  Outcome const outcome = run(call(0, "exit 7"), long_enough, spawn());
  EXPECT_EQ(outcome.status, 7) << outcome.err;
  EXPECT_TRUE(all_listen());
  EXPECT_TRUE(said("capturing the call on"));
  capture.signal(SIGINT);
  EXPECT_EQ(capture.wait(long_enough), 0);
  EXPECT_THAT(read_file(complained), HasSubstr(" frames are in " + file));
  if (!tshark::is_installed()) GTEST_SKIP() << "tshark is not installed (tools/setup test)";
  auto const rows = tshark::read(file);
  std::string protocols;
  std::vector<std::string> seen;
  for (auto const& row : rows) {
    EXPECT_EQ(row.at("_ws.malformed"), "");
    protocols += row.at("ppp.protocol") + " ";
    if (tshark::configures(row))
      seen.push_back((row.at("ppp.direction") == "0" ? "sent " : "received ") + tshark::words(row));
  }
  for (char const* protocol : {"0xc021", "0xc223", "0x8021"}) EXPECT_THAT(protocols, HasSubstr(protocol));
  for (char const* way : {"sent ", "received "})
    EXPECT_THAT(seen, testing::Contains(testing::StartsWith(way)));
  EXPECT_EQ(seen, logged_options(before));
}

TEST_F(PppCalls, a_wrong_password_is_error_691_and_leaves_no_address_leased) {
  OFFHOOK_BEGIN(1, "pool = \"10.64.64.9\"\n");
  auto const started = Clock::now();
  Outcome const refused = run(call(0, "echo in", {.password = "violet"}), long_enough, spawn());
  std::cout << "refused in " << milliseconds_since(started) << " ms\n";
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("Error 691"));
  EXPECT_THAT(refused.out, testing::Not(HasSubstr("in\n")));
  EXPECT_TRUE(all_listen());
  for (int good = 0; good < 2; ++good) {
    Outcome const outcome = run(call(0, "echo address=$RAS_ADDRESS"), long_enough, spawn());
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("address=10.64.64.9\n"));
    EXPECT_TRUE(all_listen());
  }
}

TEST_F(PppCalls, rasdial_killed_takes_its_command_and_namespace_along) {
  OFFHOOK_BEGIN(1, "");
  Dialling dialling = dials(0, "echo runs=; trap '' HUP TERM; while :; do sleep 1; done");
  ASSERT_TRUE(says(dialling, "runs="));
  EXPECT_TRUE(eventually([&] { return processes().size() >= 4; }));  // rasdial, the first, sh, sleep
  auto const killed = Clock::now();
  dialling.process.signal(SIGKILL);
  EXPECT_EQ(dialling.process.wait(long_enough), 128 + SIGKILL);
  EXPECT_TRUE(all_are_gone());
  std::cout << "all of it was gone in " << milliseconds_since(killed) << " ms\n";
  EXPECT_TRUE(all_listen());
  std::cout << "both ports listened in " << milliseconds_since(killed) << " ms\n";
}

TEST_F(PppCalls, rasd_killed_ends_the_call_and_hangs_up_its_command) {
  OFFHOOK_BEGIN(1, "");
  Dialling dialling = dials(0, "trap 'echo hung-up; exit 3' HUP; echo runs=; while :; do sleep 0.1; done");
  ASSERT_TRUE(says(dialling, "runs="));
  auto const killed = Clock::now();
  rasd->process().signal(SIGKILL);
  ASSERT_TRUE(rasd->process().wait());
  auto const status = dialling.process.wait(long_enough);
  std::cout << "rasdial ended in " << milliseconds_since(killed) << " ms\n";
  ASSERT_TRUE(status);
  EXPECT_EQ(*status, 3);  // COMMAND's
  EXPECT_THAT(dialling.said(), HasSubstr("hung-up"));
  EXPECT_THAT(dialling.complained(), HasSubstr("Error 668: The port manager is gone"));
  EXPECT_TRUE(all_are_gone());
  rasd->start();
  ASSERT_TRUE(rasd->up());
  EXPECT_TRUE(all_listen());
}

TEST_F(PppCalls, three_links_dropped_at_once_give_back_every_port_and_address) {
  OFFHOOK_BEGIN(3, "pool = \"10.64.64.11-10.64.64.13\"\n");
  Server server;
  std::string much;
  much.resize(60'000'000, 'x');
  std::vector<std::future<bool>> served;
  std::vector<Dialling> links;
  for (int i = 0; i < 3; ++i) {
    served.push_back(serves(server, much));
    links.push_back(dials(i, "exec curl -sS -N --limit-rate 500k --noproxy '*' -o page" + std::to_string(i) +
                                 " " + page(server)));
  }
  auto const has = [&](int i) {
    std::error_code none;
    auto const size = std::filesystem::file_size(folder / ("page" + std::to_string(i)), none);
    return none ? 0 : size;
  };
  auto const all_have = [&](std::array<uintmax_t, 3> const& before) {
    for (int i = 0; i < 3; ++i)
      if (has(i) < before[static_cast<size_t>(i)] + 100'000) return false;
    return true;
  };
  auto const started = Clock::now();
  EXPECT_TRUE(eventually([&] { return all_have({}); }, long_enough));
  EXPECT_TRUE(eventually([&, at = std::array{has(0), has(1), has(2)}] { return all_have(at); }, long_enough));
  std::cout << has(0) << " + " << has(1) << " + " << has(2) << " bytes in " << milliseconds_since(started)
            << " ms\n";
  auto const dropped = Clock::now();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bank->vmodem({"drop", BankProcess::name(i)}).status, 0);
  EXPECT_TRUE(all_listen());
  std::cout << "six ports listened in " << milliseconds_since(dropped) << " ms\n";
  for (auto& each : links) {
    auto const status = each.process.wait(long_enough);
    ASSERT_TRUE(status);
    EXPECT_EQ(*status, 128 + SIGHUP);
    EXPECT_THAT(each.complained(), HasSubstr("Error 629: The far end hung up, or the line was lost"));
  }
  for (auto& each : served) {
    if (each.wait_for(0s) != std::future_status::ready) close(Peer::connect_to(server.port()));
    EXPECT_FALSE(each.get());  // nobody got all of it
  }
  EXPECT_TRUE(all_are_gone());

  std::vector<Dialling> again;
  again.reserve(3);
  for (int i = 0; i < 3; ++i) again.push_back(dials(i, "echo address=$RAS_ADDRESS=; exec sleep 1000"));
  for (auto const& each : again) EXPECT_TRUE(says(each, "address="));
  std::string all;
  for (auto const& each : again) all += each.said();
  for (char const* address : {"10.64.64.11", "10.64.64.12", "10.64.64.13"})
    EXPECT_THAT(all, HasSubstr("address=" + std::string(address) + "="));
}

}  // namespace
}  // namespace offhook::e2e
