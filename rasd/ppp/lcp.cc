#include "rasd/ppp/lcp.h"

#include <algorithm>

#include "emulator/base/text.h"

namespace offhook::ppp {

void Lcp::up(Instant now) {
  control_.up(now);
  drain(now);
}
void Lcp::down(Instant now) {
  control_.down(now);
  drain(now);
}
void Lcp::open(Instant now) {
  control_.open(now);
  drain(now);
}
void Lcp::close(Instant now, std::string_view reason) {
  control_.close(now, reason);
  drain(now);
}

void Lcp::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet) return;
  switch (static_cast<Code>(packet->code)) {
    case Code::protocol_reject:
      on_rejected_protocol(now, *packet);
      break;
    case Code::echo_request:
    case Code::echo_reply:
    case Code::discard_request:
      on_echo(now, *packet);
      break;
    case Code::code_reject:
      if (!packet->data.empty() && packet->data[0] == static_cast<std::byte>(Code::echo_request))
        timers_.cancel(Timer::echo);  // a peer that knows no echo is not silent for it
      control_.on_packet(now, bytes);
      break;
    case Code::identification:
    case Code::time_remaining:
      on_note(*packet);
      break;
    default:
      control_.on_packet(now, bytes);
      break;
  }
  drain(now);
}

/// RFC 1661 5.7. In another state than Opened it is dropped.
void Lcp::on_rejected_protocol(Instant now, Packet const& packet) {
  if (state() != State::opened || packet.data.size() < 2) return;
  auto const protocol = get16(packet.data);
  bool const fatal = protocol == protocol::lcp;
  (void)control_.on_event(now, fatal ? Event::reject_fatal : Event::reject_permitted);
  if (!fatal) out_.emplace_back(ProtocolRejected{protocol});
}

/// RFC 1661 5.8, 5.9. A packet that bears our own number has come back to us.
void Lcp::on_echo(Instant now, Packet const& packet) {
  if (packet.data.size() < 4) return;
  auto const done = control_.on_event(now, Event::echo);
  if (state() != State::opened) return;
  auto const magic = get32(packet.data);
  if (magic != 0 && magic == ours().magic) return;
  auto const code = static_cast<Code>(packet.code);
  if (code == Code::echo_reply) unanswered_ = 0;
  if (!(done & action::ser) || code != Code::echo_request) return;
  Buffer data;
  put32(data, ours().magic);
  put(data, packet.data.subspan(4).first(std::min<size_t>(packet.data.size() - 4, peer().mru - 8u)));
  control_.send(make_packet(Code::echo_reply, packet.id, data));
}

/// RFC 1570 2.1, 2.2. No answer is owed. An identification may come before LCP is Opened; our own comes back
/// over a looped line.
void Lcp::on_note(Packet const& packet) {
  auto data = packet.data;
  auto const take = [&] {
    auto const number = get32(data);
    data = data.subspan(4);
    return number;
  };
  bool const timed = static_cast<Code>(packet.code) == Code::time_remaining;
  if (data.size() < (timed ? 8u : 4u)) return;
  auto const magic = take();
  if (magic != 0 && magic == options().magic) return;
  if (timed && state() != State::opened) return;
  auto const seconds = timed ? take() : 0;
  std::string const text(as_text(data).substr(0, note_limit));
  if (timed)
    out_.emplace_back(TimeRemaining{seconds, text});
  else
    out_.emplace_back(Identified{text});
}

bool Lcp::say(Identified const& note) {
  if (state() != State::opened) return false;
  Buffer data;
  put32(data, ours().magic);
  put(data, as_bytes(note.text).first(std::min<size_t>({note.text.size(), note_limit, peer().mru - 8u})));
  out_.emplace_back(make_packet(Code::identification, control_.next_id(), data));
  return true;
}

bool Lcp::say(TimeRemaining const& note) {
  if (state() != State::opened) return false;
  Buffer data;
  put32(data, ours().magic);
  put32(data, note.seconds);
  put(data, as_bytes(note.text).first(std::min<size_t>({note.text.size(), note_limit, peer().mru - 12u})));
  out_.emplace_back(make_packet(Code::time_remaining, control_.next_id(), data));
  return true;
}

void Lcp::reject_protocol(uint16_t protocol, Bytes information) {
  if (state() != State::opened) return;
  Buffer data;
  put16(data, protocol);
  put(data, information.first(std::min<size_t>(information.size(), peer().mru - 6u)));
  out_.emplace_back(make_packet(Code::protocol_reject, control_.next_id(), data));
}

void Lcp::on_timeout(Instant now) {
  control_.on_timeout(now);
  while (auto const due = timers_.take_due(now))
    if (*due == Timer::echo) send_echo(now);
  drain(now);
}

void Lcp::send_echo(Instant now) {
  if (unanswered_ == echo_.failures) {
    out_.emplace_back(PeerSilent{});
    return;
  }
  ++unanswered_;
  Buffer data;
  put32(data, ours().magic);
  control_.send(make_packet(Code::echo_request, control_.next_id(), data));
  timers_.set(Timer::echo, now + echo_.interval);
}

/// What the automaton has to say, behind what was said before it.
void Lcp::drain(Instant now) {
  while (auto action = control_.poll_action()) {
    if (auto const* layer = std::get_if<Layer>(&*action)) {
      timers_.cancel(Timer::echo);
      unanswered_ = 0;
      if (*layer == Layer::up && echo_.interval > 0s) timers_.set(Timer::echo, now + echo_.interval);
      out_.emplace_back(*layer);
    } else {
      out_.emplace_back(std::get<Buffer>(std::move(*action)));
    }
  }
}

std::optional<Instant> Lcp::next_timeout() const {
  auto const restart = control_.next_timeout(), other = timers_.next();
  if (!restart || !other) return restart ? restart : other;
  return std::min(*restart, *other);
}

std::optional<LcpAction> Lcp::poll_action() { return take_front(out_); }

}  // namespace offhook::ppp
