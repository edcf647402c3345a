#include "rasd/lease/packets.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "emulator/io/unix_socket.h"

namespace offhook::lease {
namespace {

union Control {  // room for a few descriptors more than are wanted, so that a hostile peer's are closed, not
                 // leaked
  cmsghdr align;
  std::array<char, CMSG_SPACE(8 * sizeof(int))> bytes;
};

/// The first descriptor that came along; the others are closed.
io::Fd take_descriptors(msghdr& header) {
  io::Fd first;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    size_t const count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      io::Fd each(fd);
      if (!first) first = std::move(each);
    }
  }
  return first;
}

}  // namespace

Result<bool> send_packet(int socket, std::string_view bytes, int descriptor) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  Control control{};
  if (descriptor >= 0) {
    header.msg_control = &control;
    header.msg_controllen = CMSG_SPACE(sizeof(int));
    cmsghdr* const c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(c), &descriptor, sizeof(int));
  }
  if (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
  if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) return false;
  return error("the other end of the lease is gone: ", std::strerror(errno));
}

Result<std::optional<Packet>> receive_packet(int socket) {
  std::array<char, longest_packet> buffer;
  iovec part{buffer.data(), buffer.size()};
  Control control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = &control;
  header.msg_controllen = sizeof control;
  ssize_t const n = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<Packet>();
  if (n < 0) return error("the other end of the lease is gone: ", std::strerror(errno));
  io::Fd descriptor = take_descriptors(header);
  if (n == 0) return error("the other end of the lease is gone");
  if (header.msg_flags & MSG_TRUNC)
    return error("a message is longer than ", std::to_string(longest_packet), " bytes");
  return std::optional<Packet>(
      Packet{std::string(buffer.data(), static_cast<size_t>(n)), std::move(descriptor)});
}

Result<Client> Client::connect(std::string const& dir) {
  std::string const path = dir + "/lease.sock";
  auto socket = io::connect_unix(path, SOCK_SEQPACKET | SOCK_NONBLOCK);
  if (socket) return Client(std::move(*socket));
  int const code = socket.error().value();
  if (code == ENOENT || code == ECONNREFUSED)
    return error("no rasd serves ", dir, " (start one: rasd --config FILE)");
  return error("connecting to ", path, ": ", socket.error().message());
}

Result<void> Client::send(FromClient const& message) {
  auto const sent = send_packet(socket_.get(), encode(message));
  if (!sent) return sent.error();
  if (!*sent) return error("the port manager does not take messages");
  return {};
}

Result<std::optional<FromManager>> Client::receive() {
  auto packet = receive_packet(socket_.get());
  if (!packet) return packet.error();
  if (!*packet) return std::optional<FromManager>();
  auto message = decode_to_client((*packet)->bytes);
  if (!message) return error("the port manager's message: ", message.error().message);
  return std::optional<FromManager>(FromManager{*std::move(message), std::move((*packet)->descriptor)});
}

}  // namespace offhook::lease
