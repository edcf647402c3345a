#include "rasd/ppp/hdlc.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>

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
// for. The first true mark is where the lowest one stands; above it there can be false ones.
using Word = uint64_t;
constexpr Word ones = 0x0101010101010101u, tops = 0x8080808080808080u;
constexpr Word nought(Word word) { return (word - ones) & ~word & tops; }

/// The first byte is the lowest of the word.
Word load(std::byte const* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

}  // namespace

/// Bytes worth a look: those that are alike in some of their bits. The flag and the escape differ in their
/// two low bits alone (0x7e, 0x7d), and so do XON and XOFF in one: a class costs half of what two bytes
/// would, and its other members are looked at again.
class Suspects {
 public:
  explicit constexpr Suspects(Accm accm) {
    if (accm == 0) return;
    unsigned all = 0x1f, any = 0;
    for (unsigned character = 0; character < 0x20; ++character)
      if (accm >> character & 1) {
        all &= character;
        any |= character;
      }
    alike_ = ones * (~(all ^ any) & 0xffu);
    pattern_ = ones * all;
  }
  constexpr Word in(Word word) const {
    return nought((word & (ones * 0xfc)) ^ (ones * 0x7c)) | nought((word & alike_) ^ pattern_);
  }

 private:
  Word alike_ = 0, pattern_ = ones;  // no byte is such
};
namespace {

size_t first_of(Word marks) { return static_cast<size_t>(std::countr_zero(marks)) / 8; }

std::byte* escape_byte(Accm accm, std::byte byte, std::byte* out) {
  if (must_escape(accm, byte)) {
    *out++ = escape;
    byte ^= flip;
  }
  *out++ = byte;
  return out;
}

std::byte* escape_all(Accm accm, Suspects suspects, Bytes bytes, std::byte* out) {
  auto const* at = bytes.data();
  auto const* const end = at + bytes.size();
  while (end - at >= 8) {
    std::memcpy(out, at, sizeof(Word));
    auto const marks = suspects.in(load(at));
    size_t const good = marks == 0 ? sizeof(Word) : first_of(marks);
    out += good;
    at += good;
    if (marks != 0) out = escape_byte(accm, *at++, out);
  }
  for (; at != end; ++at) out = escape_byte(accm, *at, out);
  return out;
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
  Suspects const suspects(framing.accm);
  for (auto const part : {head, payload, Bytes(tail)}) at = escape_all(framing.accm, suspects, part, at);
  *at++ = flag;
  return static_cast<size_t>(at - out.data());
}

void Decoder::reset() {
  length_ = 0;
  state_ = State::hunting;
  delivered_ = false;
  accm_ = accm_all;
}

bool Decoder::operator==(Decoder const& other) const {
  auto const rest = [](Decoder const& d) {
    return std::tuple(d.length_, d.limit_, d.accm_, d.state_, d.delivered_, d.errors_);
  };
  return rest(*this) == rest(other) &&
         std::ranges::equal(std::span(frame_).first(length_), std::span(other.frame_).first(length_));
}

Decoder::Got Decoder::receive(Bytes bytes) {
  if (delivered_) length_ = 0;
  delivered_ = false;
  if (frame_.empty()) frame_.resize(limit_ + sizeof(Word));  // room to copy a word that is not all kept
  auto const* at = bytes.data();
  auto const* const end = at + bytes.size();
  Suspects const suspects(accm_);
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
      take_escaped(*at++);
      continue;
    }
    at = take_plain(at, end, suspects);
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
void Decoder::take_escaped(std::byte byte) {
  state_ = State::inside;
  if (byte == flag) {
    ++errors_.abort;
    length_ = 0;
  } else if (length_ == limit_) {
    too_long();
  } else {
    frame_[length_++] = byte ^ flip;
  }
}

/// Up to the first byte that cannot simply be kept: looks and copies in one go.
std::byte const* Decoder::take_plain(std::byte const* at, std::byte const* end, Suspects suspects) {
  auto* out = frame_.data() + length_;
  auto const* const full = frame_.data() + limit_;
  for (;;) {
    while (end - at >= 8 && out < full) {
      std::memcpy(out, at, sizeof(Word));
      auto const marks = suspects.in(load(at));
      size_t const good = marks == 0 ? sizeof(Word) : first_of(marks);
      out += good;
      at += good;
      if (marks != 0) break;
    }
    if (at == end || out >= full || must_escape(accm_, *at)) break;
    *out++ = *at++;
  }
  length_ = static_cast<size_t>(out - frame_.data());
  bool const more = at != end && !must_escape(accm_, *at);
  if (length_ > limit_ || (length_ == limit_ && more)) too_long();
  return at;
}

void Decoder::too_long() {
  ++errors_.giant;
  length_ = 0;
  state_ = State::tossing;
}

/// At a flag. Two flags in a row are no frame (RFC 1662 4.4.1).
std::optional<Frame> Decoder::end() {
  if (length_ == 0) return std::nullopt;
  auto frame = Bytes(frame_).first(length_);
  auto const refuse = [&](uint64_t& count) {
    ++count;
    length_ = 0;
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
