#include "rasd/ppp/lcp_sniffer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "emulator/base/text.h"
#include "rasd/ppp/hdlc.h"
#include "rasd/ppp/packet.h"

namespace offhook::ppp {
namespace {

using Verdict = LcpSniffer::Verdict;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); ++i)
    if (hex[i] != ' ') bytes += static_cast<char>(std::stoi(std::string(hex.substr(i++, 2)), nullptr, 16));
  return bytes;
}
Verdict sniff(std::string_view bytes) { return LcpSniffer().receive(as_bytes(bytes)); }

TEST(LcpSniffer, lcp_is_known_in_every_spelling) {
  for (std::string_view const hex : {
           "7e ff 03 c0 21",              // as it is
           "7e ff 7d 23 c0 21",           // as RFC 1662 has it: every control character escaped
           "7e 7d df 7d 23 c0 21",        // more than must be
           "7e 7d df 7d 23 7d e0 7d 01",  // everything
           "ff 03 c0 21",                 // the flag lost
           "ff 7d 23 c0 21",
           "7e c0 21",  // without address and control
           "7e 7d e0 21",
           "7e 7e 7e ff 7d 23 c0 21",                 // many flags
           "00 00 80 7e ff 7d 23 c0 21",              // noise before
           "7e ff 7d 23 80 21 7e ff 7d 23 c0 21",     // another protocol's frame before
           "7d 23 80 21 7d 21 41 42 7e ff 03 c0 21",  // the rest of a frame before
           "7e ff 11 7d 23 13 c0 21",                 // XON and XOFF put in
           "7e ff 7d 11 23 c0 21",                    // behind an escape too
           "7e ff 03 00 21 45 00 7e ff 03 c0 21",     // IP before
           "ff ff 7e ff 7d 23 c0 21",
       }) {
    auto const bytes = from_hex(hex);
    EXPECT_EQ(sniff(bytes), Verdict::ppp) << hex;
    EXPECT_EQ(sniff(bytes.substr(0, bytes.size() - 1)), Verdict::undecided) << hex;
    LcpSniffer split;
    for (char const each : bytes) split.receive(as_bytes({&each, 1}));
    EXPECT_EQ(split.verdict(), Verdict::ppp) << hex;
  }
}

TEST(LcpSniffer, our_own_configure_request_is_known) {
  Buffer frame(encoded_limit(100));
  auto const request = make_packet(Code::configure_request, 1, bytes_of({1, 4, 5, 0xdc}));
  frame.resize(encode(Framing{}, protocol::lcp, request, frame));
  EXPECT_EQ(LcpSniffer().receive(frame), Verdict::ppp);
}

TEST(LcpSniffer, what_somebody_types_is_no_ppp) {
  for (std::string_view const text :
       {"\r", "\n", "anna\r", "~anna", "~\r", " ", "ATDT5", "\x80\x80hello", "\x01\x02q"})
    EXPECT_EQ(sniff(text), Verdict::other) << escaped(text);
}

TEST(LcpSniffer, silence_and_noise_decide_nothing_until_there_is_too_much_of_it) {
  EXPECT_EQ(sniff(""), Verdict::undecided);
  EXPECT_EQ(sniff(std::string(LcpSniffer::noise_limit, '\x80')), Verdict::undecided);
  EXPECT_EQ(sniff(std::string(LcpSniffer::noise_limit + 1, '\x80')), Verdict::other);
  EXPECT_EQ(sniff("}" + std::string(200, 'x')), Verdict::other);
  EXPECT_EQ(sniff(std::string(1000, '~')), Verdict::undecided);  // flags are what an idle line sends
}

TEST(LcpSniffer, a_verdict_stands) {
  LcpSniffer sniffer;
  EXPECT_EQ(sniffer.receive(as_bytes("login")), Verdict::other);
  EXPECT_EQ(sniffer.receive(as_bytes(from_hex("7eff03c021"))), Verdict::other);
}

}  // namespace
}  // namespace offhook::ppp
