#include "emulator/driver/trunk_tcp.h"

#include <sys/socket.h>

#include <array>
#include <variant>
#include <vector>

#include "emulator/base/text.h"

namespace offhook::driver {
namespace {

/// How long the far end may take over telnet's options before data flows all the same (RFC 856: what is sent
/// before both have agreed may be read in the wrong mode).
constexpr Duration agreement_limit = 1s;
constexpr size_t wire_chunk = 32768;  // a read chunk, all of it IAC
constexpr size_t undecoded_limit = 16384;

}  // namespace

TcpEnd::TcpEnd(boost::asio::io_context& io, io::Alarm& alarm, OutsideHost& host, Farewells& farewells,
               std::string name, trunk::Protocol protocol, telnet::Role role, std::shared_ptr<void> slot)
    : Outside(io, alarm, host, std::move(name)),
      farewells_(farewells),
      wire_(wire_chunk),
      undecoded_(undecoded_limit),
      agreement_(alarm,
                 [this](Instant at) {
                   be_ready(at);
                   settle(at);
                 }),
      slot_(std::move(slot)) {
  if (protocol == trunk::Protocol::telnet) session_.emplace(role);
}

void TcpEnd::begin(Instant now, exchange::CallId attempt) {
  Outside::begin(now, attempt);
  if (!session_) return be_ready(now);
  session_->start();
  flush(now);
  agreement_.set(now + agreement_limit);
}

void TcpEnd::be_ready(Instant now) {
  agreement_.set(std::nullopt);
  if (!joined()) host().ready(now, attempt(), *this);
}

void TcpEnd::received(Instant now, std::span<std::byte> bytes) {
  if (!session_) return bring_in(now, bytes);
  decode(now, bytes);
  if (agreement_.at() && session_->settled()) be_ready(now);
}

void TcpEnd::decode(Instant now, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    auto const got = session_->receive(bytes);
    if (!got.data.empty()) bring_in(now, got.data);
    if (got.event) on_event(now, *got.event);
    bytes = bytes.subspan(got.taken);
    if (got.taken == 0 && !say_replies()) break;
  }
  undecoded_.push(bytes);
  say_replies();
}

/// A terminal that keeps ^C from the data says it in its own way.
void TcpEnd::on_event(Instant now, telnet::Event const& event) {
  if (std::holds_alternative<telnet::Break>(event)) bring_in_break(now);
  if (std::holds_alternative<telnet::Interrupt>(event)) bring_in(now, as_bytes("\x03"));
}

void TcpEnd::send_break() {
  if (session_ && session_->send_break()) say_replies();
}

/// False where the socket takes no more.
bool TcpEnd::say_replies() {
  while (session_->pending() && drain_wire()) {
    std::array<std::byte, telnet::Session::reply_limit> out;
    auto const [taken, written] = session_->encode({}, out);
    wire_.push(Bytes(out).first(written));
  }
  return drain_wire();
}

bool TcpEnd::drain_wire() {
  while (!wire_.empty() && far_end_there()) {
    size_t const n = put(wire_.front());
    if (n == 0) break;
    wire_.pop(n);
  }
  if (!far_end_there()) wire_.clear();
  if (wire_.empty()) return true;
  descriptor().await_writable();
  return false;
}

ssize_t TcpEnd::write_some(Bytes bytes) {
  return ::send(descriptor().fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

size_t TcpEnd::send(Bytes bytes) {
  if (!session_) return put(bytes);
  static std::array<std::byte, wire_chunk> out;  // one thread
  size_t taken = 0;
  while (taken < bytes.size() && drain_wire()) {
    auto const sent = session_->encode(bytes.subspan(taken), out);
    taken += sent.taken;
    size_t const n = put(Bytes(out).first(sent.written));
    wire_.push(Bytes(out).first(sent.written).subspan(n));
  }
  return taken;
}

void TcpEnd::flush(Instant now) {
  if (!session_ || !far_end_there() || !say_replies() || undecoded_.empty()) return;
  std::vector<std::byte> bytes(undecoded_.front().begin(), undecoded_.front().end());
  undecoded_.clear();
  decode(now, bytes);
}

void TcpEnd::close() {
  agreement_.set(std::nullopt);
  slot_.reset();
  if (far_end_there())
    farewells_.part(descriptor().release());
  else
    descriptor().close();
}

}  // namespace offhook::driver
