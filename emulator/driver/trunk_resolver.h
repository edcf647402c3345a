// Names to addresses, off the loop: each lookup has a thread of its own, which nobody ever waits for. A name
// server that hangs costs a thread until the C library gives up.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "emulator/io/descriptor.h"
#include "emulator/trunk/address.h"

namespace offhook::driver {

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
  sockaddr const* get() const { return reinterpret_cast<sockaddr const*>(&address); }
};
/// The host without its port; IPv4 inside IPv6 as IPv4.
std::string host_text(sockaddr_storage const& address);
uint16_t port_of(sockaddr_storage const& address);

struct Found {
  int error = 0;  // as getaddrinfo() returns it
  std::vector<Endpoint> endpoints;
};
/// A numeric address, without asking anybody.
Found numeric(trunk::Address const& address);

class Resolver {
 public:
  static constexpr size_t most_lookups = 64;

  explicit Resolver(boost::asio::io_context& io);
  ~Resolver();

  using Handler = std::function<void(Found)>;
  /// Runs the handler from the event loop, unless forgotten before. 0: too many lookups are under way.
  uint64_t look_up(trunk::Address const& address, Handler handler);
  void forget(uint64_t ticket) { handlers_.erase(ticket); }

 private:
  struct Mailbox;
  void on_mail();

  std::shared_ptr<Mailbox> mailbox_;
  io::Descriptor wake_;
  std::map<uint64_t, Handler> handlers_;
  uint64_t last_ = 0;
};

}  // namespace offhook::driver
