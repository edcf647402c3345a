#include "rasd/app/lease_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "emulator/io/alarm.h"
#include "rasd/lease/packets.h"

namespace offhook::rasd {
namespace {

using testing::HasSubstr;

class LeaseServerTest : public testing::Test {
 protected:
  LeaseServerTest() {
    char name[] = "/tmp/offhook-lease-XXXXXX";
    dir_ = mkdtemp(name);
    server_.emplace(
        io_, alarm_,
        LeaseServer::Handlers{
            .request =
                [this](ClientId id, Peer const& peer, lease::Request const& request) {
                  ids_.push_back(id);
                  peer_ = peer;
                  told_.push_back("request " + request.port + " " + request.purpose);
                },
            .progress = [this](ClientId,
                               lease::Progress const& p) { told_.push_back("progress " + p.state); },
            .release = [this](ClientId) { told_.push_back("release"); },
            .gone = [this](ClientId) { told_.push_back("gone"); }});
  }
  ~LeaseServerTest() override {
    server_.reset();
    std::filesystem::remove_all(dir_);
  }
  lease::Client connect() {
    auto client = lease::Client::connect(dir_);
    EXPECT_TRUE(client);
    return *std::move(client);
  }
  void serve() {
    auto const listening = server_->listen(dir_ + "/lease.sock", std::nullopt);
    ASSERT_TRUE(listening) << listening.error().message;
  }
  void pump() {
    io_.restart();
    while (io_.poll() != 0) {
    }
  }

  boost::asio::io_context io_;
  io::Alarm alarm_{io_};
  std::string dir_;
  std::optional<LeaseServer> server_;
  std::vector<ClientId> ids_;
  std::vector<std::string> told_;
  Peer peer_;
};

TEST_F(LeaseServerTest, a_client_asks_is_granted_and_gives_back) {
  serve();
  auto client = connect();
  ASSERT_TRUE(client.send(lease::Request{"ttyVM0", "rasdial office"}));
  pump();
  ASSERT_EQ(ids_.size(), 1u);
  EXPECT_EQ(peer_.process.pid, ::getpid());
  EXPECT_THAT(peer_.words(), HasSubstr("(pid " + std::to_string(::getpid()) + ", user "));
  server_->send(ids_[0], lease::Granted{"ttyVM0", "/tmp/x", "v250", "", 115200, true}, io::Fd(::dup(1)));
  auto const granted = client.receive();
  ASSERT_TRUE(granted && *granted);
  EXPECT_TRUE((*granted)->descriptor);
  EXPECT_EQ(std::get<lease::Granted>((*granted)->message).port, "ttyVM0");
  ASSERT_TRUE(client.send(lease::Progress{"connected", {}, {}, 0, {}, {}}));
  ASSERT_TRUE(client.send(lease::Release{}));
  pump();
  EXPECT_THAT(told_, testing::ElementsAre("request ttyVM0 rasdial office", "progress connected", "release"));
}

TEST_F(LeaseServerTest, the_end_of_a_connection_is_told_once_however_it_comes) {
  serve();
  {
    auto const client = connect();
    pump();
  }
  pump();
  EXPECT_THAT(told_, testing::ElementsAre("gone"));
}

TEST_F(LeaseServerTest, one_connection_asks_for_one_lease) {
  serve();
  auto client = connect();
  ASSERT_TRUE(client.send(lease::Request{"a", ""}));
  ASSERT_TRUE(client.send(lease::Request{"b", ""}));
  pump();
  EXPECT_THAT(told_, testing::ElementsAre("request a "));
}

TEST_F(LeaseServerTest, rubbish_ends_that_client_with_a_word_and_no_other) {
  serve();
  auto bad = connect();
  auto good = connect();
  ASSERT_TRUE(*lease::send_packet(bad.fd(), "{\"kind\":\"hello\"}"));
  pump();
  auto const said = bad.receive();
  ASSERT_TRUE(said && *said);
  EXPECT_THAT(std::get<lease::Refused>((*said)->message).text, HasSubstr("accepted: request"));
  EXPECT_FALSE(bad.receive());
  ASSERT_TRUE(good.send(lease::Request{"a", ""}));
  pump();
  EXPECT_THAT(told_, testing::ElementsAre("gone", "request a "));
}

TEST_F(LeaseServerTest, whoever_is_dismissed_reads_the_last_word_first_and_is_not_told_of_again) {
  serve();
  auto client = connect();
  ASSERT_TRUE(client.send(lease::Request{"a", ""}));
  pump();
  server_->send(ids_.at(0), lease::Refused{633, "in use"});
  server_->dismiss(ids_.at(0));
  pump();
  auto const refused = client.receive();
  ASSERT_TRUE(refused && *refused);
  EXPECT_EQ(std::get<lease::Refused>((*refused)->message).ras_error, 633u);
  EXPECT_FALSE(client.receive());
  EXPECT_THAT(told_, testing::ElementsAre("request a "));
}

TEST_F(LeaseServerTest, its_socket_is_for_its_user_or_a_group) {
  serve();
  struct stat info {};
  ASSERT_EQ(::stat((dir_ + "/lease.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  server_->stop();
  EXPECT_NE(::stat((dir_ + "/lease.sock").c_str(), &info), 0);
  ASSERT_TRUE(server_->listen(dir_ + "/lease.sock", ::getegid()));
  ASSERT_EQ(::stat((dir_ + "/lease.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
}

TEST_F(LeaseServerTest, one_too_many_is_told_so_and_the_others_go_on) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < 9000) GTEST_SKIP() << "needs 9,000 descriptors";
  rlimit const before = limit;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  serve();
  std::vector<lease::Client> all;
  for (int i = 0; i < 4096; ++i) {
    all.push_back(connect());
    if (i % 64 == 0) pump();  // the queue of those who wait to be accepted is shorter
  }
  pump();
  auto late = connect();
  pump();
  auto const refused = late.receive();
  ASSERT_TRUE(refused && *refused);
  auto const* const words = std::get_if<lease::Refused>(&(*refused)->message);
  ASSERT_TRUE(words);
  EXPECT_THAT(words->text, HasSubstr("4096 programs are connected"));
  ASSERT_TRUE(all.back().send(lease::Request{"ttyVM0", "x"}));
  pump();
  EXPECT_EQ(ids_, (std::vector<ClientId>{4096}));
  server_->stop();
  all.clear();
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace offhook::rasd
