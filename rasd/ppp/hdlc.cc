#include "rasd/ppp/hdlc.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "emulator/base/check.h"
#include "rasd/ppp/fcs.h"

namespace offhook::ppp {
namespace {

constexpr std::byte flag{0x7e}, escape{0x7d}, flip{0x20};  // RFC 1662 4.2
constexpr std::byte all_stations{0xff}, unnumbered_information{0x03};
constexpr size_t shortest = 4;  // a compressed header, something, and the FCS, or a full protocol and the FCS

constexpr bool must_escape(Accm accm, std::byte byte) {
  auto const value = static_cast<unsigned>(byte);
  return byte == flag || byte == escape || (value < 0x20 && (accm >> value & 1));
}

// Eight bytes at a time: the top bit of each byte in the result says that the byte may be one of those looked
// for. Above the first true mark there can be false ones; whoever uses it looks again.
using Word = uint64_t;
constexpr Word ones = 0x0101010101010101u, tops = 0x8080808080808080u;
constexpr Word below(Word word, Word limit) { return (word - ones * limit) & ~word & tops; }

Word load(std::byte const* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// The flag and the escape differ in their two low bits alone (0x7e, 0x7d): 0x7c-0x7f as one class costs
/// half, and `{`-like neighbours are looked at again.
constexpr Word suspects(Word word, Word controls) {
  return below((word & (ones * 0xfc)) ^ (ones * 0x7c), 1) | below(word, controls);
}

std::byte* escape_byte(Accm accm, std::byte byte, std::byte* out) {
  if (must_escape(accm, byte)) {
    *out++ = escape;
    byte ^= flip;
  }
  *out++ = byte;
  return out;
}

std::byte* escape_all(Accm accm, Bytes bytes, std::byte* out) {
  Word const controls = accm == 0 ? 0 : 0x20;
  auto const* at = bytes.data();
  auto const* const end = at + bytes.size();
  while (end - at >= 8) {
    Word const word = load(at);
    std::memcpy(out, &word, sizeof word);
    if (suspects(word, controls) == 0) {
      out += 8;
      at += 8;
      continue;
    }
    for (auto const* const stop = at + 8; at != stop; ++at) out = escape_byte(accm, *at, out);
  }
  for (; at != end; ++at) out = escape_byte(accm, *at, out);
  return out;
}

/// The first byte that the decoder cannot simply keep.
std::byte const* first_special(std::byte const* at, std::byte const* end, Accm accm) {
  Word const controls = accm == 0 ? 0 : 0x20;
  for (;; ++at) {
    while (end - at >= 8 && suspects(load(at), controls) == 0) at += 8;
    for (auto const* const stop = end - at >= 8 ? at + 7 : end; at != stop && !must_escape(accm, *at);) ++at;
    if (at == end || must_escape(accm, *at)) return at;
  }
}

}  // namespace

size_t encode(Framing const& framing, uint16_t protocol, Bytes payload, std::span<std::byte> out) {
  OFFHOOK_CHECK(out.size() >= encoded_limit(payload.size()));
  std::byte header[4];
  size_t length = 0;
  if (!framing.address_control_compression) {
    header[length++] = all_stations;
    header[length++] = unnumbered_information;
  }
  if (!framing.protocol_compression || protocol > 0xff)
    header[length++] = static_cast<std::byte>(protocol >> 8);
  header[length++] = static_cast<std::byte>(protocol & 0xff);

  Bytes const head(header, length);
  auto const check = static_cast<uint16_t>(~fcs(fcs(fcs_initial, head), payload));
  std::byte const tail[] = {static_cast<std::byte>(check & 0xff), static_cast<std::byte>(check >> 8)};

  auto* at = out.data();
  *at++ = flag;
  at = escape_all(framing.accm, head, at);
  at = escape_all(framing.accm, payload, at);
  at = escape_all(framing.accm, tail, at);
  *at++ = flag;
  return static_cast<size_t>(at - out.data());
}

void Decoder::reset() {
  frame_ = {};
  state_ = State::hunting;
  delivered_ = false;
  accm_ = accm_all;
}

Decoder::Got Decoder::receive(Bytes bytes) {
  if (delivered_) frame_.clear();
  delivered_ = false;
  auto const* at = bytes.data();
  auto const* const end = at + bytes.size();
  auto const taken = [&] { return static_cast<size_t>(at - bytes.data()); };
  while (at != end) {
    if (state_ == State::hunting || state_ == State::tossing) {
      auto const* const found = std::find(at, end, flag);
      if (found == end) return {bytes.size(), {}};
      at = found + 1;
      state_ = State::inside;
      continue;
    }
    if (state_ == State::escaped) {
      take_checked(Bytes(at, 1));
      ++at;
      continue;
    }
    auto const* const stop = first_special(at, end, accm_);
    take(Bytes(at, static_cast<size_t>(stop - at)));
    at = stop;
    if (at == end) break;
    std::byte const special = *at++;
    if (special == flag) {
      bool const giant = state_ == State::tossing;
      state_ = State::inside;
      if (giant) continue;
      if (auto frame = this->end()) return {taken(), frame};
    } else if (special == escape && state_ == State::inside) {
      state_ = State::escaped;
    }  // else: a control character that a modem or driver put in
  }
  return {bytes.size(), {}};
}

/// A byte behind the escape.
void Decoder::take_checked(Bytes byte) {
  state_ = State::inside;
  if (byte[0] == flag) {
    ++errors_.abort;
    frame_.clear();
    return;
  }
  std::byte const plain[] = {byte[0] ^ flip};
  take(plain);
}

void Decoder::take(Bytes run) {
  if (run.size() <= limit_ - frame_.size()) {
    frame_.insert(frame_.end(), run.begin(), run.end());
    return;
  }
  ++errors_.giant;
  frame_.clear();
  state_ = State::tossing;
}

/// At a flag. Two flags in a row are no frame (RFC 1662 4.4.1).
std::optional<Frame> Decoder::end() {
  if (frame_.empty()) return std::nullopt;
  Bytes frame(frame_);
  auto const refuse = [&](uint64_t& count) {
    ++count;
    frame_.clear();
    return std::nullopt;
  };
  if (frame.size() < shortest) return refuse(errors_.runt);
  if (fcs(fcs_initial, frame) != fcs_good) return refuse(errors_.fcs);
  frame = frame.first(frame.size() - 2);
  if (frame[0] == all_stations && frame[1] == unnumbered_information) frame = frame.subspan(2);
  if (frame.empty()) return refuse(errors_.header);

  auto const byte = [&](size_t i) { return static_cast<unsigned>(frame[i]); };
  delivered_ = byte(0) & 1;
  if (delivered_) return Frame{static_cast<uint16_t>(byte(0)), frame.subspan(1)};
  if (frame.size() < 2 || !(byte(1) & 1)) return refuse(errors_.header);
  delivered_ = true;
  return Frame{static_cast<uint16_t>(byte(0) << 8 | byte(1)), frame.subspan(2)};
}

}  // namespace offhook::ppp
