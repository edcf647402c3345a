// Van Jacobson's compression. The input is packets, a length before each: each goes through both halves,
// which must give it back; and, as it is, into another decompressor, which must take anything.
#include <algorithm>
#include <cstdint>

#include "emulator/base/check.h"
#include "rasd/ppp/vj.h"

using namespace offhook;
using namespace offhook::ppp;

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 1) return 0;
  VjMode const mode{static_cast<uint8_t>(data[0] & 15), (data[0] & 16) != 0};
  VjCompressor out(mode);
  VjDecompressor in(mode), victim(mode);
  for (size_t i = 1; i < size;) {
    uint8_t const length = data[i++];
    auto const left = std::as_bytes(std::span(data + i, size - i));
    auto const packet = left.first(std::min<size_t>(length, left.size()));
    i += packet.size();

    auto const sent = out.compress(packet);
    OFFHOOK_CHECK(sent.packet.size() <= packet.size());
    if (sent.protocol != protocol::ip) {
      auto heard = in.decompress(sent.protocol, sent.packet);
      OFFHOOK_CHECK(heard && heard->size() == packet.size());
      // IP's checksum is made anew, and a wrong one is not kept: all else is.
      std::copy_n(packet.begin() + 10, 2, heard->begin() + 10);
      OFFHOOK_CHECK(std::ranges::equal(*heard, packet));
    }
    if (length & 1) victim.on_error();
    auto const kind = length & 2 ? protocol::vj_uncompressed : protocol::vj_compressed;
    auto const heard = victim.decompress(kind, packet);
    OFFHOOK_CHECK(!heard || (heard->size() >= 40 && heard->size() <= packet.size() + 120));
  }
  return 0;
}
