#include "rasd/net/packets.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>

#include "rasd/net/ip_packet.h"

namespace offhook::net {
namespace {

constexpr size_t longest_packet = 65536;
constexpr int turns = 16;

/// Over a descriptor that somebody else has made.
class PacketNetwork : public Network {
 public:
  PacketNetwork(boost::asio::io_context& context, io::Fd fd) : fd_(std::move(fd)), packets_(context) {}
  ~PacketNetwork() override { packets_.stop(); }

  Result<void> up(Agreed const&, Handlers handlers) override {
    io::Fd copy(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 3));
    if (!copy || ::fcntl(copy.get(), F_SETFL, O_NONBLOCK) != 0)
      return error("the descriptor of packets: ", std::strerror(errno));
    return packets_.start(std::move(copy), std::nullopt, std::move(handlers));
  }
  void down() override { packets_.stop(); }
  void from_peer(uint16_t protocol, Bytes packet) override { packets_.from_peer(protocol, packet); }
  void set_ready(bool ready) override { packets_.set_ready(ready); }
  Counters counters() const override { return packets_.counters(); }
  std::string describe() const override { return "packets"; }

 private:
  io::Fd fd_;
  Packets packets_;
};

}  // namespace

Packets::Packets(boost::asio::io_context& context)
    : descriptor_(
          context, [this] { read(); }, [] {}) {}

Result<void> Packets::start(io::Fd fd, std::optional<EthernetHeader> const& header,
                            Network::Handlers handlers) {
  stop();
  header_ = header;
  if (auto assigned = descriptor_.assign(std::move(fd)); !assigned) return assigned;
  handlers_ = std::move(handlers);
  running_ = ready_ = true;
  descriptor_.await_readable();
  return {};
}

void Packets::stop() {
  running_ = false;
  descriptor_.close();
  handlers_ = {};
}

void Packets::set_ready(bool ready) {
  ready_ = ready;
  if (running_ && ready) descriptor_.await_readable();
}

void Packets::read() {
  std::array<std::byte, longest_packet> buffer;
  for (int turn = 0; turn < turns && running_ && ready_; ++turn) {
    ssize_t const n = ::read(descriptor_.fd(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) return fail(n < 0 ? std::strerror(errno) : "its other end was closed");
    size_t const before = std::min(static_cast<size_t>(n), header_ ? header_->size() : 0);
    Bytes const packet = Bytes(buffer).first(static_cast<size_t>(n)).subspan(before);
    uint16_t const protocol = ppp_protocol(packet);
    if (protocol != 0 && handlers_.to_peer(protocol, packet)) {
      ++counters_.packets_to_peer;
      counters_.bytes_to_peer += packet.size();
    } else {
      ++counters_.dropped_to_peer;
    }
  }
  if (running_ && ready_) descriptor_.await_readable();
}

void Packets::from_peer(uint16_t protocol, Bytes packet) {
  ++counters_.packets_from_peer;
  counters_.bytes_from_peer += packet.size();
  // A tun device takes what it is given by its version: what says something else than its frame is nobody's.
  bool const sound = running_ && ppp_protocol(packet) == protocol;
  if (!sound || !write(packet)) ++counters_.dropped_from_peer;
}

bool Packets::write(Bytes packet) {
  std::array<iovec, 2> parts{};
  if (header_) parts[0] = {header_->data(), header_->size()};
  parts[1] = {const_cast<std::byte*>(packet.data()), packet.size()};
  size_t const first = header_ ? 0 : 1;
  return ::writev(descriptor_.fd(), &parts[first], static_cast<int>(parts.size() - first)) >= 0;
}

void Packets::fail(std::string const& why) {
  auto const failed = handlers_.failed;
  stop();
  if (failed) failed("the network's packets: " + why);
}

std::unique_ptr<Network> make_packets(boost::asio::io_context& context, io::Fd packets) {
  return std::make_unique<PacketNetwork>(context, std::move(packets));
}

}  // namespace offhook::net
