#include "tests/e2e/ppp_peer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace offhook::e2e {
namespace {

Instant now() { return Instant(Clock::now().time_since_epoch()); }

/// A checksum of the internet's kind after one of its words has changed (RFC 1624, equation 3).
void changed(std::byte* checksum, uint16_t from, uint16_t to) {
  auto const old = static_cast<uint16_t>(std::to_integer<unsigned>(checksum[0]) << 8 |
                                         std::to_integer<unsigned>(checksum[1]));
  uint32_t sum = static_cast<uint16_t>(~old) + uint32_t{static_cast<uint16_t>(~from)} + to;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  checksum[0] = static_cast<std::byte>(~sum >> 8 & 0xff);
  checksum[1] = static_cast<std::byte>(~sum & 0xff);
}

}  // namespace

PppPeer::PppPeer(Setup setup)
    : setup_(std::move(setup)), thread_([this](std::stop_token const& stop) { live(stop); }) {}

PppPeer::Story PppPeer::story() const {
  std::lock_guard const lock(mutex_);
  return story_;
}

std::optional<unsigned> PppPeer::error(Clock::duration limit) const {
  if (!sees([](Story const& story) { return story.ended.has_value(); }, limit)) return std::nullopt;
  return story().ended->error;
}

void PppPeer::live(std::stop_token const& stop) {
  converse(stop);
  std::this_thread::sleep_for(100ms);  // DTR stays off for longer than S25, so that the modem hangs up
}

void PppPeer::converse(std::stop_token const& stop) {
  PortFile port(setup_.port, PortFile::Modem::controls);         // the loss of carrier is a hang-up
  if (!port.command("ATZ") || !port.command("ATS10=1")) return;  // a carrier that is lost is gone at once
  if (setup_.number.empty()) {
    while (!stop.stop_requested() && port.expect_one_of({"RING\r\n"}, 100ms).empty()) {
    }
    if (stop.stop_requested() || !port.type("ATA\r")) return;
  } else if (!port.type("ATDT" + setup_.number + "\r")) {
    return;
  }
  if (!port.expect("\nCONNECT", 2 * patience) || !port.expect("\r\n")) return;
  run(port, stop);
}

void PppPeer::run(PortFile& port, std::stop_token const& stop) {
  ppp::Link link(setup_.config, {std::byte{static_cast<unsigned char>(getpid())}});
  {
    std::lock_guard const lock(mutex_);
    story_.connected = true;
  }
  std::string bytes = port.listen(0ms);
  // What is said to a program that is not there yet is lost, and said again 3 s later (RFC 1661 4.6).
  while (setup_.number.empty() && bytes.empty() && !stop.stop_requested()) bytes = port.listen(10ms);
  link.on_line_up(now());
  for (bool closed = false; !stop.stop_requested() && !story_.ended;) {
    if (!bytes.empty()) link.on_line_bytes(now(), std::as_bytes(std::span(bytes)));
    if (closing_.stop_requested() && !std::exchange(closed, true)) link.close(now());
    link.on_timeout(now());
    act(port, link);
    bool const blurted = blurt(port);
    pollfd fd{port.fd(), POLLIN, 0};
    poll(&fd, 1, blurted ? 0 : 10);
    bytes = port.listen(0ms);
    if ((fd.revents & (POLLHUP | POLLERR)) != 0) link.on_line_down(now()), act(port, link);
  }
}

bool PppPeer::blurts(std::string bytes, Clock::duration limit) {
  {
    std::lock_guard const lock(mutex_);
    blurted_ = std::move(bytes);
  }
  auto const taken = [this] {
    std::lock_guard const lock(mutex_);
    return blurted_.empty();
  };
  return eventually([&] { return taken() || story().ended; }, limit) && taken();
}

/// A piece at a time: what the other end says meanwhile must be read too.
bool PppPeer::blurt(PortFile& port) {
  constexpr size_t piece = 16384;
  std::string some;
  {
    std::lock_guard const lock(mutex_);
    some = blurted_.substr(0, piece);
  }
  if (some.empty() || !port.type(some)) return false;
  std::lock_guard const lock(mutex_);
  blurted_.erase(0, some.size());
  return true;
}

void PppPeer::act(PortFile& port, ppp::Link& link) {
  std::lock_guard const lock(mutex_);
  while (auto action = link.poll_action()) {
    if (auto const* line = std::get_if<ppp::ToLine>(&*action)) {
      (void)port.type({reinterpret_cast<char const*>(line->bytes.data()), line->bytes.size()});
    } else if (auto const* proof = std::get_if<ppp::Proof>(&*action)) {
      auto const secret = setup_.secrets.find(proof->user);
      link.on_answer(now(), proof->serial,
                     ppp::check(*proof, secret == setup_.secrets.end()
                                            ? std::nullopt
                                            : std::optional<std::string_view>(secret->second)));
    } else if (auto* const packet = std::get_if<ppp::FromPeer>(&*action)) {
      answer_ping(link, *packet);
    } else if (auto const* who = std::get_if<ppp::Authenticated>(&*action)) {
      story_.authenticated.push_back(*who);
    } else if (auto const* up = std::get_if<ppp::NetworkUp>(&*action)) {
      story_.up = *up;
    } else if (auto const* up6 = std::get_if<ppp::Network6Up>(&*action)) {
      story_.up6 = *up6;
    } else if (auto const* ended = std::get_if<ppp::Ended>(&*action)) {
      story_.ended = *ended;
    }
  }
  story_.encrypted = link.encrypted();
  story_.errors = link.errors();
}

void PppPeer::answer_ping(ppp::Link& link, ppp::FromPeer& from_peer) {
  auto& packet = from_peer.packet;
  auto const at = [&](size_t i) { return i < packet.size() ? std::to_integer<unsigned>(packet[i]) : 256; };
  bool const v4 = from_peer.protocol == ppp::protocol::ip;
  // ICMP's echo request is 8 (RFC 792), ICMPv6's 128 (RFC 4443); their answers 0 and 129.
  size_t const head = v4 ? 20 : 40, addresses = v4 ? 12 : 8, size = v4 ? 4 : 16;
  unsigned const asks = v4 ? 8 : 128, answers = v4 ? 0 : 129;
  if (at(v4 ? 9 : 6) != (v4 ? 1u : 58u) || at(head) != asks || packet.size() < head + 8) return;
  auto const first = packet.begin() + static_cast<ptrdiff_t>(addresses);
  std::swap_ranges(first, first + static_cast<ptrdiff_t>(size), first + static_cast<ptrdiff_t>(size));
  packet[head] = static_cast<std::byte>(answers);
  changed(packet.data() + head + 2, static_cast<uint16_t>(asks << 8), static_cast<uint16_t>(answers << 8));
  if (link.send(from_peer.protocol, packet)) ++story_.pings;
}

}  // namespace offhook::e2e
