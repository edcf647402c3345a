#include "emulator/driver/trunk_resolver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace offhook::driver {
namespace {

constexpr size_t most_endpoints = 8;

Found ask(trunk::Address const& address, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  Found found;
  found.error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (found.error != 0) return found;
  for (addrinfo const* each = list; each != nullptr && found.endpoints.size() < most_endpoints;
       each = each->ai_next) {
    if (each->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Endpoint endpoint;
    std::memcpy(&endpoint.address, each->ai_addr, each->ai_addrlen);
    endpoint.size = each->ai_addrlen;
    found.endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(list);
  return found;
}

}  // namespace

std::string host_text(sockaddr_storage const& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in const&>(address).sin_addr, text, sizeof text);
    return text;
  }
  auto const& v6 = reinterpret_cast<sockaddr_in6 const&>(address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6))
    ::inet_ntop(AF_INET, &v6.s6_addr[12], text, sizeof text);
  else
    ::inet_ntop(AF_INET6, &v6, text, sizeof text);
  return text;
}

uint16_t port_of(sockaddr_storage const& address) {
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in const&>(address).sin_port);
  return ntohs(reinterpret_cast<sockaddr_in6 const&>(address).sin6_port);
}

Found numeric(trunk::Address const& address) { return ask(address, AI_NUMERICHOST); }

/// What loop and threads share; it lives as long as the last of them.
struct Resolver::Mailbox {
  std::mutex mutex;
  std::map<uint64_t, Found> letters;
  size_t under_way = 0;
  io::Fd bell{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};

  void ring() const {
    uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(bell.get(), &one, sizeof one);
  }
};

Resolver::Resolver(boost::asio::io_context& io)
    : mailbox_(std::make_shared<Mailbox>()),
      wake_(
          io, [this] { on_mail(); }, [] {}) {
  io::Fd ear(::fcntl(mailbox_->bell.get(), F_DUPFD_CLOEXEC, 0));
  if (ear && wake_.assign(std::move(ear)).has_value()) wake_.await_readable();
}
Resolver::~Resolver() = default;

uint64_t Resolver::look_up(trunk::Address const& address, Handler handler) {
  uint64_t const ticket = ++last_;
  {
    std::lock_guard const lock(mailbox_->mutex);
    if (wake_.fd() < 0 || mailbox_->under_way >= most_lookups) return 0;
    ++mailbox_->under_way;
  }
  // Signals are the loop's: none may be handled by a thread that looks something up.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  bool running = true;
  try {
    std::thread([mailbox = mailbox_, address, ticket] {
      Found found = ask(address, 0);
      std::lock_guard const lock(mailbox->mutex);
      --mailbox->under_way;
      mailbox->letters.emplace(ticket, std::move(found));
      mailbox->ring();
    }).detach();
  } catch (std::system_error const&) {  // the system has no thread to spare
    running = false;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (running) {
    handlers_.emplace(ticket, std::move(handler));
    return ticket;
  }
  std::lock_guard const lock(mailbox_->mutex);
  --mailbox_->under_way;
  return 0;
}

void Resolver::on_mail() {
  uint64_t count;
  [[maybe_unused]] auto const n = ::read(wake_.fd(), &count, sizeof count);
  wake_.await_readable();
  std::map<uint64_t, Found> letters;
  {
    std::lock_guard const lock(mailbox_->mutex);
    letters.swap(mailbox_->letters);
  }
  for (auto& [ticket, found] : letters)
    if (auto handler = handlers_.extract(ticket)) handler.mapped()(std::move(found));
}

}  // namespace offhook::driver
