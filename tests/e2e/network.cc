#include "tests/e2e/network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <thread>

namespace offhook::e2e {

namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  return at;
}

std::string with_book(std::string config, std::string const& path) {
  if (size_t const at = config.find("BOOK"); at != config.npos) config.replace(at, 4, path);
  return config;
}

}  // namespace

int Peer::connect_to(uint16_t port) {
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in const at = loopback(port);
  [[maybe_unused]] int const under_way = ::connect(fd, reinterpret_cast<sockaddr const*>(&at), sizeof at);
  return fd;
}

void Peer::reset() {
  linger const at_once{1, 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Peer::end_sending() { ::shutdown(fd(), SHUT_WR); }

Server::Server(int backlog, Reach reach)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in at = loopback(0);
  if (reach == Reach::everywhere) at.sin_addr.s_addr = INADDR_ANY;
  socklen_t size = sizeof at;
  EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&at), size), 0);
  EXPECT_EQ(::listen(fd_, backlog), 0);
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
}

Server::~Server() { ::close(fd_); }

int Server::accept(Clock::duration limit) const {
  pollfd waiting{fd_, POLLIN, 0};
  auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  if (::poll(&waiting, 1, static_cast<int>(ms)) <= 0) return -1;
  return ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

std::future<bool> serves(Server const& server, std::string body) {
  return std::async(std::launch::async, [&server, body = std::move(body)] {
    Peer peer(server.accept(300s));
    if (peer.fd() < 0 || !peer.until("\r\n\r\n")) return false;
    auto const head = "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    bool const sent = static_cast<bool>(peer.type(head + body, 300s));
    peer.end_sending();
    return sent && peer.expect_end(300s);
  });
}

ConfiguredBank::ConfiguredBank(std::string const& config, std::string const& phonebook) {
  write_file(book(), phonebook);
  write_file(folder_ / "bank.toml", with_book(config, book()));
  bank_.emplace(Argv{"--mode", "0666", "--config", folder_ / "bank.toml"});
}

uint16_t ConfiguredBank::listener(size_t n) const {
  std::istringstream lines(bank_->announced());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("listening ") || n-- != 0) continue;
    size_t const colon = line.find(':');
    return static_cast<uint16_t>(std::stoul(line.substr(colon + 1)));
  }
  ADD_FAILURE() << "no such listener: " << bank_->announced();
  return 0;
}

Held held(pid_t pid) {
  Held all;
  std::string const proc = "/proc/" + std::to_string(pid);
  std::error_code gone;
  for (auto it = std::filesystem::directory_iterator(proc + "/fd", gone);
       it != std::filesystem::directory_iterator(); it.increment(gone))
    ++all.descriptors;
  std::istringstream status(read_file(proc + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) all.anonymous_kib = std::stoul(line.substr(8));
    if (line.starts_with("Threads:")) all.threads = std::stoul(line.substr(8));
  }
  return all;
}

testing::AssertionResult holds_as_before(pid_t pid, Held const& before, size_t kib) {
  Held now;
  eventually([&] {
    now = held(pid);
    return now.descriptors <= before.descriptors && now.threads <= before.threads;
  });
  bool const no_more = now.descriptors <= before.descriptors && now.threads <= before.threads &&
                       now.anonymous_kib <= before.anonymous_kib + kib;
  if (no_more) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "descriptors " << before.descriptors << " -> " << now.descriptors
                                     << ", threads " << before.threads << " -> " << now.threads
                                     << ", anonymous memory " << before.anonymous_kib << " -> "
                                     << now.anonymous_kib << " KiB";
}

void pause_a_little() { std::this_thread::sleep_for(5ms); }

}  // namespace offhook::e2e
