#include "emulator/rpc/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "emulator/io/unix_socket.h"

namespace offhook::rpc {
namespace {

constexpr size_t longest_answer = 256 * 1024 * 1024;  // the status of every modem there can be

Error system_error(std::string_view what) { return error(what, ": ", std::strerror(errno)); }

/// True where the socket is ready, false at the deadline.
Result<bool> wait_for(int socket, short events, Client::Deadline deadline) {
  for (;;) {
    int timeout = -1;
    if (deadline) {
      auto const left =
          std::chrono::ceil<std::chrono::milliseconds>(*deadline - Client::Clock::now()).count();
      timeout = static_cast<int>(std::clamp<int64_t>(left, 0, 1'000'000));
    }
    pollfd fd{socket, events, 0};
    int const ready = poll(&fd, 1, timeout);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return system_error("poll");
    if (deadline && Client::Clock::now() >= *deadline) return false;
  }
}

}  // namespace

boost::system::result<Client> Client::connect(std::string const& path) {
  auto socket = io::connect_unix(path, SOCK_STREAM);  // which waits where the server is busy
  if (!socket) return socket.error();
  fcntl(socket->get(), F_SETFL, O_NONBLOCK);
  return Client(std::move(*socket));
}

Result<void> Client::send(Request const& request, Deadline deadline) {
  std::string const line = request_line(request);
  for (std::string_view left = line; !left.empty();) {
    ssize_t const n = ::send(socket_.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      left.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      auto const ready = wait_for(socket_.get(), POLLOUT, deadline);
      if (!ready) return ready.error();
      if (!*ready) return error("it does not read what is sent to it");
    } else if (errno != EINTR) {
      return system_error("send");
    }
  }
  return {};
}

Result<std::optional<std::string>> Client::receive_line(Deadline deadline) {
  std::array<char, 65536> buffer;
  for (;;) {
    size_t const end = input_.find('\n', searched_);
    if (end != std::string::npos) {
      std::optional<std::string> line(input_.substr(0, end));
      input_.erase(0, end + 1);
      searched_ = 0;
      return line;
    }
    searched_ = input_.size();
    if (input_.size() > longest_answer) return error("an answer is longer than 256 MiB");
    ssize_t const n = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (n == 0) return error("it closed the connection");
    if (n > 0) {
      input_.append(buffer.data(), static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      auto const ready = wait_for(socket_.get(), POLLIN, deadline);
      if (!ready) return ready.error();
      if (!*ready) return std::optional<std::string>();
    } else if (errno != EINTR) {
      return system_error("receive");
    }
  }
}

Result<std::optional<Message>> Client::receive(Deadline deadline) {
  auto line = receive_line(deadline);
  if (!line) return line.error();
  if (!*line) return std::optional<Message>();
  auto message = parse_message(**line);
  if (!message) return message.error();
  return std::optional<Message>(*std::move(message));
}

}  // namespace offhook::rpc
