#include "emulator/rpc/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <map>
#include <utility>

#include "emulator/rpc/outbox.h"

namespace offhook::rpc {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using ErrorCode = boost::system::error_code;

constexpr size_t read_bytes = 16 * 1024;
constexpr size_t write_bytes = 64 * 1024;
constexpr auto accept_pause =
    std::chrono::milliseconds(200);  // after accept failed, e.g. for want of descriptors

std::optional<uid_t> user_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}
bool is_ours_or_root(std::optional<uid_t> user) { return user && (*user == geteuid() || *user == 0); }

/// A line to somebody who is turned away: sent if it fits, never waited for.
void turn_away(int socket, std::string const& why) {
  std::string const line = fault_line({"null", Code::failed, why});
  [[maybe_unused]] auto const sent = ::send(socket, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

/// One connected client: reads lines while its answers are taken, writes what waits in its outbox.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Protocol::socket socket, ClientId id, uid_t user, Handlers const& handlers, Limits limits,
          std::function<void(ClientId)> forget)
      : socket_(std::move(socket)),
        id_(id),
        user_(user),
        handlers_(handlers),
        limits_(limits),
        forget_(std::move(forget)),
        outbox_(limits.event_bytes) {}

  void start() { read(); }
  uid_t user() const { return user_; }

  void answer(std::string line) {
    outbox_.answer(std::move(line));
    write();
  }

  void notify(std::string line) {
    outbox_.event(std::move(line));
    write();
  }

  void close() {
    if (!socket_.is_open()) return;
    ErrorCode ignored;
    socket_.close(ignored);
    handlers_.gone(id_);
    forget_(id_);
  }

 private:
  void read() {
    if (reading_ || closing_ || !socket_.is_open() || outbox_.answer_bytes() > limits_.answer_bytes) return;
    reading_ = true;
    size_t const had = input_.size();
    input_.resize(had + read_bytes);
    socket_.async_read_some(
        asio::buffer(input_.data() + had, read_bytes),
        [self = shared_from_this(), had](ErrorCode ec, size_t n) { self->on_read(ec, had, n); });
  }

  void on_read(ErrorCode ec, size_t had, size_t n) {
    reading_ = false;
    input_.resize(had + n);
    if (ec) return close();
    read_lines();
    read();
  }

  /// Hands over whole lines; stops where the client does not take its answers.
  void read_lines() {
    size_t from = 0;
    while (socket_.is_open() && !closing_ && outbox_.answer_bytes() <= limits_.answer_bytes) {
      size_t const end = input_.find('\n', from);
      size_t const size = (end == std::string::npos ? input_.size() : end) - from;
      if (size > longest_line) {
        closing_ = true;
        answer(fault_line(
            {"null", Code::parse_error, "a line holds at most " + std::to_string(longest_line) + " bytes"}));
      } else if (end == std::string::npos) {
        break;
      } else {
        take(std::string_view(input_).substr(from, size));
        from = end + 1;
      }
    }
    input_.erase(0, from);
    if (input_.empty()) input_.shrink_to_fit();
  }

  void take(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == line.npos) return;
    auto const request = parse_request(line);
    if (!request) return answer(fault_line(request.error()));
    handlers_.request(id_, *request);
  }

  void write() {
    if (writing_ || !socket_.is_open()) return;
    if (outbox_.empty()) {
      if (closing_) close();
      return;
    }
    writing_ = true;
    output_ = outbox_.take(write_bytes);
    asio::async_write(socket_, asio::buffer(output_), [self = shared_from_this()](ErrorCode ec, size_t) {
      self->writing_ = false;
      self->output_ = {};
      if (ec) return self->close();
      self->write();
      // What a read under way has put into the buffer is that read's to hand over.
      if (!self->reading_) self->read_lines();
      self->read();
    });
  }

  Protocol::socket socket_;
  ClientId id_;
  uid_t user_;
  Handlers const& handlers_;
  Limits limits_;
  std::function<void(ClientId)> forget_;
  Outbox outbox_;
  std::string input_, output_;
  bool reading_ = false, writing_ = false;  // an operation of that direction is under way
  bool closing_ = false;                    // nothing more is read; what waits is still written
};

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(asio::io_context& io, Handlers h, Limits l)
      : handlers(std::move(h)), limits(l), acceptor(io), pause(io) {}

  Result<void> listen(std::string const& name, std::optional<gid_t> for_group);
  void accept();
  void welcome(Protocol::socket socket);
  void stop();

  Handlers handlers;
  Limits limits;
  Protocol::acceptor acceptor;
  asio::steady_timer pause;
  std::string path;
  std::optional<gid_t> group;
  std::map<ClientId, std::shared_ptr<Session>> sessions;
  ClientId next = 1;
};

Result<void> Server::Impl::listen(std::string const& name, std::optional<gid_t> for_group) {
  if (name.size() >= sizeof(sockaddr_un::sun_path))
    return error("the socket's path is too long for a Unix socket (", std::to_string(name.size()),
                 " bytes, at most ", std::to_string(sizeof(sockaddr_un::sun_path) - 1), "): ", name);
  auto const refuse = [&](ErrorCode ec) { return error("cannot listen on ", name, ": ", ec.message()); };
  ::unlink(name.c_str());
  ErrorCode ec;
  acceptor.open(Protocol(), ec);
  if (ec) return refuse(ec);
  mode_t const before = umask(0177);  // so that the socket never exists with another mode than 0600
  acceptor.bind(Protocol::endpoint(name), ec);
  umask(before);
  if (ec) return refuse(ec);
  path = name;
  group = for_group;
  if (group &&
      (::chown(name.c_str(), static_cast<uid_t>(-1), *group) != 0 || ::chmod(name.c_str(), 0660) != 0))
    return refuse(ErrorCode(errno, boost::system::system_category()));
  acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return refuse(ec);
  accept();
  return {};
}

void Server::Impl::accept() {
  acceptor.async_accept([self = shared_from_this()](ErrorCode ec, Protocol::socket socket) {
    if (!self->acceptor.is_open()) return;
    if (!ec) {
      self->welcome(std::move(socket));
      return self->accept();
    }
    self->pause.expires_after(accept_pause);
    self->pause.async_wait([self](ErrorCode) {
      if (self->acceptor.is_open()) self->accept();
    });
  });
}

void Server::Impl::welcome(Protocol::socket socket) {
  auto const user = user_of(socket.native_handle());
  if (!user || (!group && !is_ours_or_root(user)))
    return turn_away(socket.native_handle(), "only the user who runs this program, and root, may control it");
  if (sessions.size() >= limits.clients)
    return turn_away(socket.native_handle(),
                     std::to_string(limits.clients) + " clients are connected, which is the limit");
  ClientId const id = next++;
  auto const forget = [this](ClientId gone) { sessions.erase(gone); };
  auto session = std::make_shared<Session>(std::move(socket), id, *user, handlers, limits, forget);
  sessions.emplace(id, session);
  session->start();
}

void Server::Impl::stop() {
  ErrorCode ignored;
  acceptor.close(ignored);
  pause.cancel();
  while (!sessions.empty()) sessions.begin()->second->close();
  if (!path.empty()) ::unlink(path.c_str());
  path.clear();
}

Server::Server(asio::io_context& io, Handlers handlers, Limits limits)
    : impl_(std::make_shared<Impl>(io, std::move(handlers), limits)) {}
Server::~Server() { impl_->stop(); }

Result<void> Server::listen(std::string const& path, std::optional<unsigned> group) {
  return impl_->listen(path, group);
}
void Server::stop() { impl_->stop(); }
size_t Server::clients() const { return impl_->sessions.size(); }

std::optional<unsigned> Server::user(ClientId client) const {
  auto const found = impl_->sessions.find(client);
  return found == impl_->sessions.end() ? std::nullopt : std::optional<unsigned>(found->second->user());
}

void Server::send(ClientId client, std::string line) {
  if (auto const found = impl_->sessions.find(client); found != impl_->sessions.end())
    std::shared_ptr(found->second)->answer(std::move(line));
}
void Server::notify(ClientId client, std::string line) {
  if (auto const found = impl_->sessions.find(client); found != impl_->sessions.end())
    std::shared_ptr(found->second)->notify(std::move(line));
}

}  // namespace offhook::rpc
