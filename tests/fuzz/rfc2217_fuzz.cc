// A remote client gone mad at a port. The first byte says how its bytes are cut, the second what the port
// does meanwhile; the rest comes from the client. What comes of it must not depend on the cuts, what is said
// stays bounded, and a client that stopped us can go on.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/check.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/rfc2217/server.h"

namespace {

using namespace offhook;
using rfc2217::Server;

constexpr size_t longest_answer_a_byte = 8;

struct Heard {
  std::string data, said;
  std::vector<rfc2217::Request> requests;
  bool operator==(Heard const&) const = default;

  void take_answers(Server& server, size_t room) {
    std::string out(room, '\0');
    for (;;) {
      auto const sent = server.encode({}, std::as_writable_bytes(std::span(out)));
      OFFHOOK_CHECK(sent.taken == 0 && sent.written <= room);
      OFFHOOK_CHECK(sent.written > 0 || !server.pending());
      if (sent.written == 0) return;
      said.append(out, 0, sent.written);
    }
  }
  void feed(Server& server, std::string_view bytes) {
    std::string buffer(bytes);
    auto left = std::as_writable_bytes(std::span(buffer));
    while (!left.empty()) {
      auto const got = server.receive(left);
      OFFHOOK_CHECK(got.taken <= left.size() && got.data.size() <= got.taken);
      OFFHOOK_CHECK(got.taken > 0 || server.pending());
      data += as_text(got.data);
      if (got.request) requests.push_back(*got.request);
      left = left.subspan(got.taken);
      take_answers(server, 64);
    }
  }
};

/// Whatever was open is closed, and a client that stopped us goes on: what it had not been sent until then
/// depends on when it was stopped, what it is sent in all does not.
constexpr std::string_view go_on = "\xff\xf0\xff\xfb\x2c\xff\xfa\x2c\x09\xff\xf0";

void check_cuts(Server const& start, std::string_view bytes, uint64_t seed) {
  Server whole = start, cut = start;
  Heard at_once, in_pieces;
  Random cuts(seed);
  at_once.feed(whole, bytes);
  for (std::string_view left = bytes; !left.empty();) {
    auto const piece = left.substr(0, 1 + cuts.below(1 + seed));
    in_pieces.feed(cut, piece);
    left.remove_prefix(piece.size());
  }
  at_once.feed(whole, go_on);
  in_pieces.feed(cut, go_on);
  OFFHOOK_CHECK(at_once == in_pieces && whole == cut);
  OFFHOOK_CHECK(at_once.said.size() <= longest_answer_a_byte * (bytes.size() + 64));
}

/// The port has its own life between the client's bytes.
void check_port(Server server, std::string_view bytes, uint64_t seed) {
  Random chance(seed);
  Heard heard;
  while (!bytes.empty()) {
    auto const piece = bytes.substr(0, 1 + chance.below(32));
    bytes.remove_prefix(piece.size());
    std::string from_port(piece);
    switch (chance.below(6)) {
      case 0:
        server.on_circuits(v24::Circuits(static_cast<uint8_t>(piece[0])));
        break;
      case 1:
        server.on_port_full(chance.one_in(2));
        break;
      case 2:
        (void)server.on_client_slow(chance.one_in(2));
        break;
      case 3:
        (void)server.on_break();
        break;
      case 4:
        OFFHOOK_CHECK(server.from_port(std::as_writable_bytes(std::span(from_port))).size() <= piece.size());
        (void)server.port_takes();
        break;
      default:
        break;
    }
    heard.feed(server, piece);
  }
  heard.feed(server, go_on);
  if (server.agreed()) OFFHOOK_CHECK(!server.stopped());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 2) return 0;
  std::string_view const bytes(reinterpret_cast<char const*>(data) + 2, size - 2);
  Server start("Offhook ttyVM0", 115200, v24::Circuits(0x0f));
  if (data[1] & 1) start.start();
  Heard first;
  first.take_answers(start, 64);
  check_cuts(start, bytes, data[0]);
  check_port(start, bytes, data[1]);
  return 0;
}
