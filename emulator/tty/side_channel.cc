#include "emulator/tty/side_channel.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "emulator/io/descriptor.h"
#include "emulator/io/fd.h"
#include "emulator/io/unix_socket.h"

namespace offhook::tty {
namespace {

/// How often a bank that is gone is looked for.
constexpr Duration reconnect_every = 200ms;
/// Requests that wait for the socket or for their answers.
constexpr size_t most_requests = 8192;
/// Packets read at once: the rest waits for the event loop's next turn.
constexpr int packets_a_turn = 1024;

}  // namespace

struct SideChannel::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& context, io::Alarm& alarm, std::string socket_path)
      : path(std::move(socket_path)),
        socket(
            context, [this] { on_readable(); }, [this] { send_more(); }),
        retry(alarm, [this](Instant) { connect(); }),
        settle_up(alarm, [this](Instant) { tell_failures(); }) {}

  struct Attachment {
    std::string port;
    Handler handler;
  };
  struct Request {
    v24::Message message;
    Done done;
  };

  // ---- the connection

  void connect() {
    if (attachments.empty() || connected) return;
    auto there = io::connect_unix(path, SOCK_SEQPACKET | SOCK_NONBLOCK);
    if (!there || socket.assign(std::move(*there)).has_error()) return retry.set(io::now() + reconnect_every);
    connected = true;
    told.clear();
    for (auto const& [id, each] : attachments) ask_for_state(each.port);
    socket.await_readable();
  }

  void disconnect() {
    if (!std::exchange(connected, false)) return;
    socket.close();
    to_send.clear();
    for (auto& [serial, request] : std::exchange(waiting, {}))
      failures.emplace_back(std::move(request.done), error("the bank at ", path, " is gone"));
    settle_up.set(io::now());
    retry.set(io::now() + reconnect_every);
    tell_all([](Attachment const&) { return true; }, nullptr);
  }

  // ---- what is asked

  void ask_for_state(std::string const& port) {
    v24::Message message;
    message.kind = v24::Kind::attach;
    message.port = port;
    message.serial = ++last_serial;
    post(message);
  }

  void ask(v24::Message message, Done done) {
    message.serial = ++last_serial;
    if (!connected || waiting.size() >= most_requests) {
      failures.emplace_back(std::move(done), connected
                                                 ? error("too many requests wait for the bank at ", path)
                                                 : error("there is no bank at ", path));
      return settle_up.set(io::now());
    }
    waiting.emplace(message.serial, Request{message, std::move(done)});
    post(message);
  }

  void post(v24::Message const& message) {
    to_send.push_back(v24::encode(message));
    send_more();
  }

  void send_more() {
    while (connected && !to_send.empty()) {
      auto const& packet = to_send.front();
      if (::send(socket.fd(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
        to_send.pop_front();
        continue;
      }
      // A dead socket is seen by reading.
      if (errno == EAGAIN || errno == ENOBUFS) socket.await_writable();
      return;
    }
  }

  // ---- what is told

  void on_readable() {
    auto const self = shared_from_this();
    drain();
    if (connected) socket.await_readable();
  }

  void drain() {
    v24::Packet packet;
    for (int i = 0; i < packets_a_turn && connected; ++i) {
      ssize_t const n = ::recv(socket.fd(), packet.data(), packet.size(), MSG_DONTWAIT);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      if (n <= 0) return disconnect();
      auto const message = v24::decode(Bytes(packet).first(static_cast<size_t>(n)));
      if (message) take(*message);
    }
  }

  void take(v24::Message const& message) {
    if (message.kind == v24::Kind::state) {
      PortState const state{message.circuits, message.on_edges, message.generation,
                            told.insert(message.port).second};
      return tell_all([&](Attachment const& each) { return each.port == message.port; }, &state);
    }
    auto const found = waiting.find(message.serial);
    if (message.kind != v24::Kind::ack || found == waiting.end()) return;
    auto const done = std::move(found->second.done);
    std::string const port = found->second.message.port;
    waiting.erase(found);
    if (!done) return;
    if (message.status == v24::Status::done) return done({});
    done(error(port, ": ", v24::name(message.status)));
  }

  /// A handler may attach and detach.
  void tell_all(auto&& concerns, PortState const* state) {
    std::vector<uint64_t> ids;
    for (auto const& [id, each] : attachments)
      if (concerns(each)) ids.push_back(id);
    for (uint64_t const id : ids) {
      auto const found = attachments.find(id);
      if (found == attachments.end()) continue;
      auto const handler = found->second.handler;
      handler(state);
    }
  }

  void tell_failures() {
    auto const self = shared_from_this();
    for (auto& [done, why] : std::exchange(failures, {}))
      if (done) done(why);
  }

  std::string path;
  bool connected = false;
  std::map<uint64_t, Attachment> attachments;
  uint64_t last_attachment = 0;
  uint32_t last_serial = 0;
  std::set<std::string> told;  // ports whose state this connection has told
  std::deque<v24::Packet> to_send;
  std::map<uint32_t, Request> waiting;
  std::vector<std::pair<Done, Error>> failures;
  io::Descriptor socket;
  io::Alarm::Entry retry, settle_up;
};

SideChannel::SideChannel(boost::asio::io_context& context, io::Alarm& alarm, std::string path)
    : impl_(std::make_shared<Impl>(context, alarm, std::move(path))) {}

SideChannel::~SideChannel() {
  impl_->attachments.clear();
  impl_->socket.close();
  impl_->connected = false;
  impl_->retry.set(std::nullopt);
  impl_->settle_up.set(std::nullopt);
}

uint64_t SideChannel::attach(std::string const& port, Handler handler) {
  uint64_t const id = ++impl_->last_attachment;
  impl_->attachments.emplace(id, Impl::Attachment{port, std::move(handler)});
  if (impl_->connected)
    impl_->ask_for_state(port);
  else
    impl_->connect();
  return id;
}

void SideChannel::detach(uint64_t attachment) {
  auto const found = impl_->attachments.find(attachment);
  if (found == impl_->attachments.end()) return;
  std::string const port = found->second.port;
  impl_->attachments.erase(found);
  for (auto const& [id, each] : impl_->attachments)
    if (each.port == port) return;
  if (!impl_->connected) return;
  impl_->told.erase(port);
  v24::Message message;
  message.kind = v24::Kind::detach;
  message.port = port;
  message.serial = ++impl_->last_serial;
  impl_->post(message);
}

void SideChannel::set(std::string const& port, uint64_t generation, v24::Circuits mask,
                      v24::Circuits circuits, Done done) {
  v24::Message message;
  message.kind = v24::Kind::set;
  message.port = port;
  message.generation = generation;
  message.mask = mask;
  message.circuits = circuits;
  impl_->ask(std::move(message), std::move(done));
}

void SideChannel::set_format(std::string const& port, uint64_t generation, v24::Format const& format,
                             Done done) {
  v24::Message message;
  message.kind = v24::Kind::set_format;
  message.port = port;
  message.generation = generation;
  message.format = format;
  impl_->ask(std::move(message), std::move(done));
}

void SideChannel::send_break(std::string const& port, uint64_t generation, Done done) {
  v24::Message message;
  message.kind = v24::Kind::send_break;
  message.port = port;
  message.generation = generation;
  impl_->ask(std::move(message), std::move(done));
}

void SideChannel::revoke(std::string const& port, uint64_t generation, Done done) {
  v24::Message message;
  message.kind = v24::Kind::revoke;
  message.port = port;
  message.generation = generation;
  impl_->ask(std::move(message), std::move(done));
}

void SideChannel::drain() {
  auto const self = impl_;
  self->drain();
}
bool SideChannel::connected() const { return impl_->connected; }

std::shared_ptr<SideChannel> Banks::of(std::string const& path) {
  namespace fs = std::filesystem;
  std::error_code ec;
  fs::path const name(path);
  std::string const port = name.filename().string();
  if (port.empty() || port.size() > v24::port_name_limit || !fs::is_symlink(name, ec)) return nullptr;
  // One connection a bank, by whichever name its directory goes.
  fs::path directory = fs::canonical(name.has_parent_path() ? name.parent_path() : fs::path("."), ec);
  if (ec || !fs::is_socket(directory / "v24.sock", ec)) return nullptr;
  std::string const socket = directory / "v24.sock";
  auto& channel = channels_[socket];
  if (auto existing = channel.lock()) return existing;
  auto made = std::make_shared<SideChannel>(context_, alarm_, socket);
  channel = made;
  return made;
}

}  // namespace offhook::tty
