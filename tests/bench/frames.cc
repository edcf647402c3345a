#include "tests/bench/frames.h"

#include <chrono>
#include <cstring>
#include <vector>

#include "emulator/base/check.h"
#include "emulator/base/random.h"
#include "rasd/ppp/hdlc.h"

namespace offhook::bench {
namespace {

template <class Work>
double mb_per_s(size_t rounds, size_t bytes, Work work) {
  auto const start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < rounds; ++i) {
    work(i);
    asm volatile("" ::: "memory");  // the copy is not to be left out
  }
  std::chrono::duration<double> const took = std::chrono::steady_clock::now() - start;
  return static_cast<double>(rounds * bytes) / took.count() / 1e6;
}

}  // namespace

FrameFigures measure_frames(bool xon_xoff, double megabytes) {
  constexpr size_t size = 1500;
  ppp::Framing const framing{xon_xoff ? ppp::accm_xon_xoff : 0, true, true};
  auto const rounds = static_cast<size_t>(megabytes * 1e6 / size) + 1;
  Random random(1);
  std::vector<std::byte> packet(size), copy(size), line(ppp::encoded_limit(size));
  for (auto& byte : packet) byte = static_cast<std::byte>(random.next());
  ppp::Decoder decoder(size);
  decoder.set_accm(framing.accm);

  FrameFigures figures{};
  size_t length = 0;
  figures.encode_mb_per_s =
      mb_per_s(rounds, size, [&](size_t) { length = ppp::encode(framing, 0x21, packet, line); });
  figures.decode_mb_per_s = mb_per_s(rounds, size, [&](size_t) {
    OFFHOOK_CHECK(decoder.receive(Bytes(line).first(length)).frame.has_value());
  });
  figures.memcpy_mb_per_s =
      mb_per_s(rounds, size, [&](size_t) { std::memcpy(copy.data(), packet.data(), size); });
  return figures;
}

}  // namespace offhook::bench
