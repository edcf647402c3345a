#include "emulator/rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <vector>

#include "emulator/rpc/client.h"

namespace offhook::rpc {
namespace {

using testing::HasSubstr;

std::string status_request(int id) { return request_line({std::to_string(id), "status", {}}); }

/// A server in a folder of its own. Client sockets are non-blocking and share this thread: pump() runs the
/// server until it has nothing left to do.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    char name[] = "/tmp/offhook-rpc-XXXXXX";
    dir_ = mkdtemp(name);
    path_ = dir_ + "/control.sock";
  }
  ~ServerTest() override {
    for (int const fd : sockets_) ::close(fd);
    server_.reset();
    std::filesystem::remove_all(dir_);
  }

  void serve(Limits limits = {}) {
    server_ = std::make_unique<Server>(io_,
                                       Handlers{[this](ClientId id, Request const& request) {
                                                  asked_.push_back(id);
                                                  if (on_request) return on_request(id, request);
                                                  server_->send(id, result_line(request.id, "\"fine\""));
                                                },
                                                [this](ClientId id) { gone_.push_back(id); }},
                                       limits);
    auto const listening = server_->listen(path_);
    ASSERT_TRUE(listening) << listening.error().message;
  }

  void pump() {
    io_.restart();
    while (io_.poll() != 0) {
    }
  }

  int connect() {
    int const fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0)
        << std::strerror(errno);
    sockets_.push_back(fd);
    pump();
    return fd;
  }

  /// Sends all of it, while the server reads.
  void say(int fd, std::string_view text) {
    while (!text.empty()) {
      ssize_t const n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (n < 0) break;
      text.remove_prefix(static_cast<size_t>(n));
      pump();
    }
    pump();
  }

  /// All that can be read now.
  std::string hear(int fd) {
    std::string all;
    char buffer[65536];
    for (;;) {
      ssize_t const n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      all.append(buffer, static_cast<size_t>(n));
      pump();
    }
    return all;
  }

  bool is_closed(int fd) {
    char byte;
    ssize_t const n = ::recv(fd, &byte, 1, MSG_PEEK);
    return n == 0 || (n < 0 && errno == ECONNRESET);
  }

  boost::asio::io_context io_;
  std::string dir_, path_;
  std::unique_ptr<Server> server_;
  std::function<void(ClientId, Request const&)> on_request;
  std::vector<ClientId> asked_, gone_;
  std::vector<int> sockets_;
};

TEST_F(ServerTest, its_socket_is_for_its_user_alone) {
  serve();
  struct stat info;
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(ServerTest, a_group_is_let_in_where_one_is_named_and_each_client_is_known_by_its_user) {
  server_ =
      std::make_unique<Server>(io_, Handlers{[this](ClientId id, Request const&) { asked_.push_back(id); },
                                             [this](ClientId id) { gone_.push_back(id); }});
  auto const listening = server_->listen(path_, ::getegid());
  ASSERT_TRUE(listening) << listening.error().message;
  struct stat info;
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  say(connect(), status_request(1));
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(server_->user(asked_[0]), std::optional<unsigned>(::geteuid()));
  EXPECT_EQ(server_->user(asked_[0] + 1), std::nullopt);
}

TEST_F(ServerTest, a_request_is_answered_however_it_is_cut) {
  serve();
  int const fd = connect();
  for (char c : status_request(5)) say(fd, std::string_view(&c, 1));
  EXPECT_EQ(hear(fd), result_line("5", "\"fine\""));
}

TEST_F(ServerTest, requests_in_one_piece_are_answered_in_order) {
  serve();
  int const fd = connect();
  say(fd, status_request(1) + "\n \r\n" + status_request(2));
  EXPECT_EQ(hear(fd), result_line("1", "\"fine\"") + result_line("2", "\"fine\""));
}

TEST_F(ServerTest, a_request_that_comes_before_the_answer_to_the_last_is_known_to_be_sent_is_read_once) {
  serve();
  int const fd = connect();
  on_request = [&](ClientId id, Request const& request) {
    server_->send(id, result_line(request.id, "\"fine\""));
    // A quick client: its next request is there when the server looks again.
    std::string const next = status_request(2);
    if (request.id != "1") return;
    EXPECT_EQ(::send(fd, next.data(), next.size(), MSG_NOSIGNAL), static_cast<ssize_t>(next.size()));
  };
  say(fd, status_request(1));
  say(fd, status_request(3));
  EXPECT_EQ(asked_.size(), 3u);
  std::string const answers = hear(fd);
  EXPECT_THAT(answers, testing::Not(HasSubstr("error")));
  EXPECT_THAT(answers, HasSubstr("\"id\":3"));
}

TEST_F(ServerTest, a_bad_line_is_answered_and_the_next_one_is_read) {
  serve();
  int const fd = connect();
  say(fd, "rubbish\n" + status_request(2));
  std::string const heard = hear(fd);
  EXPECT_THAT(heard, HasSubstr("\"id\":null,\"error\":{\"code\":-32700"));
  EXPECT_THAT(heard, HasSubstr(result_line("2", "\"fine\"")));
}

TEST_F(ServerTest, a_line_that_is_too_long_is_named_and_ends_that_client_alone) {
  serve();
  int const fd = connect(), other = connect();
  say(fd, std::string(longest_line + 70000, 'x'));
  EXPECT_THAT(hear(fd), HasSubstr("a line holds at most 65536 bytes"));
  pump();
  EXPECT_TRUE(is_closed(fd));
  say(other, status_request(1));
  EXPECT_THAT(hear(other), HasSubstr("fine"));
  EXPECT_EQ(server_->clients(), 1u);
}

TEST_F(ServerTest, half_a_line_and_then_the_end_asks_for_nothing) {
  serve();
  int const fd = connect();
  say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"reset\"");
  ::shutdown(fd, SHUT_WR);
  pump();
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(gone_.size(), 1u);
  EXPECT_EQ(server_->clients(), 0u);
}

TEST_F(ServerTest, the_65th_client_is_turned_away_with_a_reason_and_room_is_made_by_a_leaver) {
  serve();
  std::vector<int> fds;
  for (int i = 0; i < 64; ++i) fds.push_back(connect());
  int const late = connect();
  EXPECT_THAT(hear(late), HasSubstr("64 clients are connected, which is the limit"));
  EXPECT_TRUE(is_closed(late));
  EXPECT_EQ(server_->clients(), 64u);
  ::shutdown(fds[10], SHUT_RDWR);
  pump();
  int const next = connect();
  say(next, status_request(1));
  EXPECT_THAT(hear(next), HasSubstr("fine"));
}

TEST_F(ServerTest, a_client_that_never_reads_loses_the_oldest_events_and_slows_nobody) {
  serve();
  int const sleeper = connect(), reader = connect();
  say(sleeper, status_request(1));
  say(reader, status_request(1));
  hear(reader);
  ASSERT_EQ(asked_.size(), 2u);
  std::string const padding(900, 'x');
  std::string heard;
  constexpr int events = 4000;
  for (int i = 0; i < events; ++i) {
    std::string const line =
        notification_line("event", "{\"n\":" + std::to_string(i) + ",\"p\":\"" + padding + "\"}");
    for (ClientId const client : asked_) server_->notify(client, line);
    pump();
    heard += hear(reader);
  }
  EXPECT_EQ(std::ranges::count(heard, '\n'), events);
  EXPECT_THAT(heard, testing::Not(HasSubstr("dropped")));

  // Now it reads: its answer, the first events, how many are missing, and the last ones.
  std::string const late = hear(sleeper);
  EXPECT_THAT(late, HasSubstr("\"n\":3999,"));
  auto const notice = late.find("\"method\":\"dropped\"");
  ASSERT_NE(notice, std::string::npos);
  int const missing = std::atoi(late.c_str() + late.find("\"count\":", notice) + 8);
  EXPECT_GT(missing, 1000);
  EXPECT_EQ(std::ranges::count(late, '\n') - 2, events - missing);
  EXPECT_EQ(late.find("\"method\":\"dropped\"", notice + 1), std::string::npos);
}

TEST_F(ServerTest, of_a_client_that_takes_no_answers_no_more_requests_are_read) {
  serve();
  std::string const big = "\"" + std::string(100000, 'x') + "\"";
  on_request = [&](ClientId id, Request const& request) { server_->send(id, result_line(request.id, big)); };
  int const fd = connect();
  std::string all;
  for (int i = 0; i < 200; ++i) all += status_request(i);
  say(fd, all);
  EXPECT_LT(asked_.size(), 20u);
  std::string const heard = hear(fd);
  EXPECT_EQ(asked_.size(), 200u);
  EXPECT_EQ(std::ranges::count(heard, '\n'), 200);
}

TEST_F(ServerTest, an_answer_may_come_later_and_one_for_a_client_that_left_goes_nowhere) {
  serve();
  std::vector<std::pair<ClientId, std::string>> open;
  on_request = [&](ClientId id, Request const& request) { open.emplace_back(id, request.id); };
  int const fd = connect(), leaver = connect();
  say(fd, status_request(1));
  say(leaver, status_request(2));
  ::shutdown(leaver, SHUT_RDWR);
  pump();
  for (auto const& [client, id] : open) server_->send(client, result_line(id, "1"));
  pump();
  EXPECT_EQ(hear(fd), result_line("1", "1"));
}

TEST_F(ServerTest, stop_closes_clients_and_removes_the_socket) {
  serve();
  int const fd = connect();
  server_->stop();
  server_->stop();
  pump();
  EXPECT_TRUE(is_closed(fd));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ServerTest, takes_the_place_of_a_socket_that_was_left_behind) {
  int const stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path_.c_str());
  ASSERT_EQ(::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(stale);
  serve();
  int const fd = connect();
  say(fd, status_request(1));
  EXPECT_THAT(hear(fd), HasSubstr("fine"));
}

TEST_F(ServerTest, a_path_that_no_socket_can_have_is_refused_in_words) {
  Server server(io_, {});
  EXPECT_THAT(server.listen("/tmp/" + std::string(200, 'x')).error().message, HasSubstr("too long"));
  EXPECT_THAT(server.listen(dir_ + "/none/control.sock").error().message, HasSubstr("No such file"));
}

TEST_F(ServerTest, the_client_asks_and_hears) {
  serve();
  auto client = Client::connect(path_);
  ASSERT_TRUE(client);
  auto const soon = Client::Clock::now();
  ASSERT_TRUE(client->send({"9", "status", {{"port", "ttyVM0"}}}, soon));
  auto const nothing = client->receive(soon);
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->has_value());
  pump();
  auto const message = client->receive(soon);
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->body, "\"fine\"");
  server_->stop();
  EXPECT_FALSE(client->receive(soon));
}

TEST_F(ServerTest, the_client_says_that_nobody_listens) {
  EXPECT_EQ(Client::connect(path_).error().value(), ENOENT);
  EXPECT_EQ(Client::connect("/tmp/" + std::string(200, 'x')).error().value(), ENAMETOOLONG);
}

}  // namespace
}  // namespace offhook::rpc
