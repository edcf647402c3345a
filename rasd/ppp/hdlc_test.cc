// Frames against RFC 1662: its check sequence, its escapes, and what must be thrown away.
#include "rasd/ppp/hdlc.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "rasd/ppp/fcs.h"

namespace offhook::ppp {
namespace {

using namespace std::string_literals;

std::string encoded(Framing const& framing, uint16_t protocol, std::string_view payload) {
  std::string out(encoded_limit(payload.size()), '\0');
  out.resize(encode(framing, protocol, as_bytes(payload), std::as_writable_bytes(std::span(out))));
  return out;
}

struct Heard {
  std::vector<std::pair<uint16_t, std::string>> frames;
  FramingErrors errors;
  bool operator==(Heard const&) const = default;
};

Heard heard(std::string_view bytes, Accm accm = accm_all, size_t piece = 1u << 20, size_t limit = 1500) {
  Decoder decoder(limit);
  decoder.set_accm(accm);
  Heard heard;
  while (!bytes.empty()) {
    auto now = bytes.substr(0, piece);
    bytes.remove_prefix(now.size());
    while (!now.empty()) {
      auto const got = decoder.receive(as_bytes(now));
      now.remove_prefix(got.taken);
      if (got.frame) heard.frames.emplace_back(got.frame->protocol, as_text(got.frame->payload));
    }
  }
  heard.errors = decoder.errors();
  return heard;
}

/// A frame made by hand: `inside` with its FCS, escaped in full.
std::string by_hand(std::string_view inside) {
  auto const check = static_cast<uint16_t>(~fcs(fcs_initial, as_bytes(inside)));
  std::string out = "~";
  for (unsigned char c :
       std::string(inside) + static_cast<char>(check & 0xff) + static_cast<char>(check >> 8))
    if (c < 0x20 || c == 0x7d || c == 0x7e)
      (out += '}') += static_cast<char>(c ^ 0x20);
    else
      out += static_cast<char>(c);
  return out + "~";
}

TEST(Fcs, of_the_nine_digits_is_the_catalogued_check_value) {
  EXPECT_EQ(static_cast<uint16_t>(~fcs(fcs_initial, as_bytes("123456789"))), 0x906e);
}

TEST(Fcs, does_not_depend_on_how_the_bytes_are_cut) {
  std::string const text = "the quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(fcs(fcs(fcs_initial, as_bytes(text.substr(0, cut))), as_bytes(text.substr(cut))),
              fcs(fcs_initial, as_bytes(text)));
}

TEST(Encode, escapes_control_characters_flag_and_escape_by_default) {
  EXPECT_EQ(encoded({}, 0xc021, "\x01\x11~}A"s), by_hand("\xff\x03\xc0!\x01\x11~}A"s));
  EXPECT_NE(encoded({}, 0xc021, "\x11"s).find("}1"), std::string::npos);
}

TEST(Encode, escapes_only_what_the_map_names_and_the_two_that_always_are) {
  EXPECT_EQ(encoded({accm_xon_xoff, true, true}, 0x21, "\x01\x11\x13~}"s).substr(0, 11), "~!\x01}1}3}^}]"s);
}

TEST(Encode, compresses_the_protocol_only_where_its_high_byte_is_nought) {
  EXPECT_EQ(encoded({0, true, true}, 0x21, "A").substr(0, 3), "~!A");
  EXPECT_EQ(encoded({0, true, true}, 0x8021, "A").substr(0, 4), "~\x80!A");
  EXPECT_EQ(encoded({0, true, false}, 0x21, "A").substr(0, 5), "~\xff\x03!A");
  EXPECT_EQ(encoded({0, false, true}, 0x21, "A").substr(0, 4), "~\0!A"s);
}

TEST(Decode, takes_every_form_of_the_header) {
  auto const wanted = std::vector<std::pair<uint16_t, std::string>>{{0x21, "packet"}};
  for (std::string const& header : {"\xff\x03\0!"s, "\0!"s, "\xff\x03!"s, "!"s})
    EXPECT_EQ(heard(by_hand(header + "packet")).frames, wanted) << escaped(header);
}

TEST(Decode, gives_back_what_was_encoded_however_it_is_cut) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    Framing const framing{static_cast<Accm>(random.next() & random.next()), random.one_in(2),
                          random.one_in(2)};
    std::string payload(random.below(400), '\0');
    for (auto& c : payload) c = static_cast<char>(random.one_in(3) ? 0x78 + random.below(8) : random.next());
    auto const line = encoded(framing, 0x21, payload) + encoded(framing, 0xc021, payload);
    Heard const wanted{{{0x21, payload}, {0xc021, payload}}, {}};
    for (size_t piece : {1u, 2u, 7u, 64u, 4096u}) ASSERT_EQ(heard(line, framing.accm, piece), wanted);
  }
}

TEST(Decode, one_flag_between_two_frames_is_enough) {
  auto const one = encoded({}, 0x21, "one"), two = encoded({}, 0x21, "two");
  EXPECT_EQ(heard(one + two.substr(1)).frames.size(), 2u);
  EXPECT_EQ(heard("~~~~" + one + "~~~" + two).errors, FramingErrors{});
}

TEST(Decode, text_before_the_first_flag_is_no_frame) {
  auto const got = heard("CONNECT 33600\r\n" + encoded({}, 0x21, "one"));
  EXPECT_EQ(got.frames.size(), 1u);
  EXPECT_EQ(got.errors, FramingErrors{});
}

TEST(Decode, control_characters_that_crept_in_are_dropped) {
  auto line = encoded({}, 0x21, "packet");
  line.insert(4, "\x11\x13\r");
  EXPECT_EQ(heard(line).frames.size(), 1u);
  EXPECT_EQ(heard(line, 0).errors.fcs, 1u);  // nothing is dropped where the map names nothing
}

TEST(Decode, counts_a_hurt_frame_and_takes_the_next) {
  auto hurt = encoded({}, 0x21, "packet");
  hurt[9] ^= 4;
  auto const got = heard(hurt + encoded({}, 0x21, "next"));
  EXPECT_EQ(got.errors, (FramingErrors{.fcs = 1}));
  EXPECT_EQ(got.frames, (std::vector<std::pair<uint16_t, std::string>>{{0x21, "next"}}));
}

TEST(Decode, what_follows_a_refused_frame_in_the_same_read_is_kept_for_the_next) {
  auto const good = encoded({}, 0x21, "next");
  for (size_t piece = 1; piece < 20; ++piece)
    EXPECT_EQ(heard("~garbage~" + good.substr(1), accm_all, piece).frames.size(), 1u) << piece;
}

TEST(Decode, counts_an_aborted_frame) {
  auto const got = heard("~!packet}~" + encoded({}, 0x21, "next"));
  EXPECT_EQ(got.errors, (FramingErrors{.abort = 1}));
  EXPECT_EQ(got.frames.size(), 1u);
}

TEST(Decode, counts_a_runt_without_looking_at_its_check_sequence) {
  EXPECT_EQ(heard("~abc~").errors, (FramingErrors{.runt = 1}));
}

TEST(Decode, counts_a_giant_once_and_holds_no_more_than_the_limit) {
  std::string const most(1500, 'x'), more(1501, 'x');
  EXPECT_EQ(heard(encoded({}, 0x21, most)).frames.size(), 1u);
  for (size_t piece : {1u, 100u, 100000u}) {
    auto const got = heard(encoded({}, 0x21, more) + encoded({}, 0x21, "next"), accm_all, piece);
    EXPECT_EQ(got.errors, (FramingErrors{.giant = 1}));
    EXPECT_EQ(got.frames.size(), 1u);
  }
}

TEST(Decode, a_protocol_whose_bytes_are_both_even_is_no_protocol) {
  EXPECT_EQ(heard(by_hand("\xff\x03\x80 data"s)).errors, (FramingErrors{.header = 1}));
  EXPECT_EQ(heard(by_hand("\xff\x03"s)).errors, (FramingErrors{.header = 1}));
}

TEST(Decode, a_reset_waits_for_a_flag_again) {
  Decoder decoder(1500);
  auto const line = encoded({}, 0x21, "packet");
  (void)decoder.receive(as_bytes(line.substr(0, 6)));
  decoder.reset();
  EXPECT_FALSE(decoder.receive(as_bytes(line.substr(6))).frame);
  EXPECT_EQ(decoder.errors(), FramingErrors{});
}

}  // namespace
}  // namespace offhook::ppp
