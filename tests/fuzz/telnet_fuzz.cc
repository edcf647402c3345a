// A session between a mad network and a mad modem, cut at will. The first byte chooses role and options, the
// second how things are cut; the rest comes from the network, and goes to it as data.
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/telnet/session.h"

namespace {

using namespace offhook;

telnet::Session session(uint8_t choice) {
  telnet::Options options;
  options.binary = choice & 2;
  options.echo = choice & 4;
  options.ask_terminal = choice & 8;
  if (choice & 16) options.window = telnet::WindowSize{0xffff, 0xff00};
  if (choice & 32) options.terminal = std::string(telnet::terminal_type_limit, 't');
  telnet::Session session(choice & 1 ? telnet::Role::server : telnet::Role::client, options);
  if (choice & 64) session.start();
  return session;
}

std::string encode(telnet::Session& session, std::string_view data, size_t room, Random cuts) {
  std::string sent, out(room, '\0');
  while (!data.empty() || session.pending()) {
    auto const piece = as_bytes(data.substr(0, 1 + cuts.below(2 * room)));
    auto const now = session.encode(piece, std::as_writable_bytes(std::span(out)));
    OFFHOOK_CHECK(now.taken <= piece.size() && now.written <= room && now.taken <= now.written);
    OFFHOOK_CHECK(now.written > 0);
    sent.append(out, 0, now.written);
    data.remove_prefix(now.taken);
  }
  return sent;
}

/// What came of bytes from the network.
struct Heard {
  std::string data, said;
  size_t events = 0;
  bool operator==(Heard const&) const = default;

  void feed(telnet::Session& session, std::string_view bytes, Random cuts) {
    std::string buffer(bytes);
    auto left = std::as_writable_bytes(std::span(buffer));
    while (!left.empty()) {
      auto const got = session.receive(left);
      OFFHOOK_CHECK(got.taken <= left.size() && got.data.size() <= got.taken);
      OFFHOOK_CHECK(got.taken > 0 || session.pending());
      data += as_text(got.data);
      events += got.event.has_value();
      left = left.subspan(got.taken);
      if (got.taken == 0 || cuts.one_in(3)) said += encode(session, {}, 2 + cuts.below(200), cuts);
    }
  }
};

void check_network(telnet::Session const& start, std::string_view bytes, uint64_t seed) {
  telnet::Session whole = start, cut = start;
  Heard at_once, in_pieces;
  Random cuts(seed);
  at_once.feed(whole, bytes, Random(0));
  for (std::string_view left = bytes; !left.empty();) {
    auto const piece = left.substr(0, 1 + cuts.below(1 + seed));
    in_pieces.feed(cut, piece, cuts);
    left.remove_prefix(piece.size());
  }
  at_once.said += encode(whole, {}, 64, cuts);
  in_pieces.said += encode(cut, {}, 64, cuts);
  OFFHOOK_CHECK(at_once == in_pieces && whole == cut);
  OFFHOOK_CHECK(at_once.said.size() <= telnet::Session::replies_per_byte * bytes.size());
}

/// What one end sends, another in the same mode reads as it was.
void check_data(bool binary, std::string_view data, uint64_t seed) {
  telnet::Session near(telnet::Role::client), far(telnet::Role::server);
  Random cuts(seed);
  Heard answers, heard;
  if (binary) {
    OFFHOOK_CHECK(near.ask(telnet::Side::us, telnet::Option::binary, true));
    heard.feed(far, encode(near, {}, 64, cuts), cuts);
    answers.feed(near, heard.said + encode(far, {}, 64, cuts), cuts);
  }
  OFFHOOK_CHECK(near.agreed(telnet::Side::us, telnet::Option::binary) == binary);
  heard.feed(far, encode(near, data, 2 + cuts.below(300), cuts), cuts);
  OFFHOOK_CHECK(heard.data == data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 2) return 0;
  std::string_view const bytes(reinterpret_cast<char const*>(data) + 2, size - 2);
  auto start = session(data[0]);
  (void)encode(start, {}, 64, Random(0));
  check_network(start, bytes, data[1]);
  check_data(data[0] & 2, bytes, data[1]);
  return 0;
}
