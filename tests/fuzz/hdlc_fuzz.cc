// Asynchronous HDLC both ways. The first byte chooses the framing, the second how things are cut; the rest
// comes from the line, and is sent as a payload.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/check.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "rasd/ppp/hdlc.h"

namespace {

using namespace offhook;
using ppp::Accm;

constexpr size_t limit = 300;
constexpr Accm maps[] = {0, ppp::accm_all, ppp::accm_xon_xoff, 0x80000001};

struct Heard {
  std::vector<std::pair<uint16_t, std::string>> frames;
  ppp::FramingErrors errors;
  bool operator==(Heard const&) const = default;
};

Heard hear(Accm accm, std::string_view bytes, Random cuts, size_t piece) {
  ppp::Decoder decoder(limit);
  decoder.set_accm(accm);
  Heard heard;
  while (!bytes.empty()) {
    auto const now = bytes.substr(0, 1 + cuts.below(piece));
    auto const got = decoder.receive(as_bytes(now));
    OFFHOOK_CHECK(got.taken > 0 && got.taken <= now.size());
    bytes.remove_prefix(got.taken);
    if (!got.frame) continue;
    OFFHOOK_CHECK(got.frame->protocol & 1 && got.frame->payload.size() <= limit + 3);
    heard.frames.emplace_back(got.frame->protocol, as_text(got.frame->payload));
  }
  heard.errors = decoder.errors();
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 2) return 0;
  std::string_view const bytes(reinterpret_cast<char const*>(data) + 2, size - 2);
  ppp::Framing const framing{maps[data[0] & 3], (data[0] & 4) != 0, (data[0] & 8) != 0};
  auto const at_once = hear(framing.accm, bytes, Random(0), bytes.size());
  OFFHOOK_CHECK(at_once == hear(framing.accm, bytes, Random(data[1]), 1 + data[1] % 16));
  OFFHOOK_CHECK(at_once.frames.size() + at_once.errors.total() <= bytes.size());

  auto const payload = bytes.substr(0, limit);
  if (payload.empty()) return 0;  // with a compressed header that is a runt (RFC 1662 3.1)
  std::string line(ppp::encoded_limit(payload.size()), '\0');
  uint16_t const protocol = data[0] & 16 ? ppp::Accm{0xc021} : ppp::Accm{0x21};
  line.resize(ppp::encode(framing, protocol, as_bytes(payload), std::as_writable_bytes(std::span(line))));
  for (unsigned char const c : line) OFFHOOK_CHECK(c >= 0x20 || !(framing.accm >> c & 1));
  // With its address left out, a payload cannot be taken for one: the protocol stands before it.
  Heard const wanted{{{protocol, std::string(payload)}}, {}};
  OFFHOOK_CHECK(hear(framing.accm, line, Random(data[1]), 1 + data[1] % 16) == wanted);
  return 0;
}
