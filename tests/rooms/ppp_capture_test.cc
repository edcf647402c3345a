// Links of every protocol, captured, and read by tshark: no packet is malformed, and it sees in each what our
// own log says of it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "emulator/base/text.h"
#include "rasd/ppp/capture.h"
#include "rasd/ppp/describe.h"
#include "rasd/ppp/link_pair.h"
#include "tests/rooms/tshark.h"

namespace offhook::ppp {
namespace {

constexpr Duration epoch = std::chrono::seconds(1'700'000'000), between = std::chrono::hours(1);
constexpr AuthMethod methods[] = {AuthMethod::pap, AuthMethod::chap_md5, AuthMethod::ms_chap_v1,
                                  AuthMethod::ms_chap_v2};

/// Whole with its checksum, so that tshark has nothing to say of it.
Buffer ip_packet() {
  auto packet = bytes_of({0x45, 0,    0,    28,   0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1,  // UDP
                          0x13, 0x88, 0x13, 0x89, 0, 8, 0, 0});
  uint32_t sum = 0;
  for (size_t i = 0; i < 20; i += 2) sum += get16(Bytes(packet).subspan(i));
  sum = ~((sum & 0xffff) + (sum >> 16));
  packet[10] = static_cast<std::byte>(sum >> 8 & 0xff);
  packet[11] = static_cast<std::byte>(sum & 0xff);
  return packet;
}

LinkPair pair_of(AuthMethod method, std::string password = "pass") {
  LinkConfig a, b;
  a.lcp.mru = 1400;
  a.lcp.accm = accm_xon_xoff;
  a.lcp.prove = {method};
  a.lcp.callback = callback_cbcp;
  a.credentials = Credentials{"user", std::move(password)};
  a.can_ask = true;
  a.ipcp.ask_dns = a.ipcp.ask_wins = true;
  a.ipv6 = b.ipv6 = true;
  b.lcp.demand = {methods, methods + 4};  // some are refused first
  b.lcp.grant_callback = true;
  b.auth.retries = 1;
  b.auth.rechallenge = 40s;
  b.ipcp = {.own = ipv4(10, 0, 0, 1), .peer = ipv4(10, 0, 0, 2), .dns = {ipv4(10, 0, 0, 53), 0}};
  a.ipcp.vj = b.ipcp.vj = VjMode{};
  if (method == AuthMethod::ms_chap_v1) a.encryption = b.encryption = Encryption::allow;
  LinkPair pair(std::move(a), std::move(b));
  pair.b().secrets["user"] = "pass";
  pair.b().link.set_capture(true);
  return pair;
}

/// A whole call: another try, a new password, notes, a packet, a strange one, echoes, the end.
std::vector<std::pair<Instant, Passed>> call(AuthMethod method) {
  bool const microsoft = method == AuthMethod::ms_chap_v1 || method == AuthMethod::ms_chap_v2;
  auto pair = pair_of(method, microsoft ? "wrong" : "pass");
  if (microsoft) pair.b().verdicts = {{.error = 648, .message = "Expired", .may_change = true}};
  pair.a().tries = {"pass", "the new one"};
  pair.start();
  pair.run(20s);
  EXPECT_TRUE(pair.up()) << name(method);
  EXPECT_TRUE(pair.a().link.send(protocol::ip, ip_packet()));
  EXPECT_TRUE(pair.b().link.say(pair.now, Identified{"OFFHOOK"}));
  EXPECT_TRUE(pair.b().link.say(pair.now, TimeRemaining{300, "idle"}));
  Buffer strange(encoded_limit(4));
  strange.resize(encode({}, 0x802b, make_packet(Code::configure_request, 1, {}), strange));
  pair.b().link.on_line_bytes(pair.now, strange);
  pair.drain();
  pair.run(60s);
  pair.a().link.close(pair.now, "enough");
  pair.drain();
  pair.run(20s);
  EXPECT_TRUE(pair.over());
  return pair.b().passed;
}

std::vector<std::pair<Instant, Passed>> callback(CallbackGrant grant) {
  auto a = pair_of(AuthMethod::chap_md5);
  a.b().grant = std::move(grant);
  a.start();
  a.run(40s);
  EXPECT_TRUE(a.over());
  return a.b().passed;
}

struct Folder {
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "offhook-capture-XXXXXX";
    path = ::mkdtemp(name.data()) ? name : std::string();
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST(PppCapture, tshark_finds_nothing_malformed_and_the_options_of_our_log) {
  if (!tshark::is_installed()) GTEST_SKIP() << "tshark is not installed (tools/setup test)";
  std::vector<std::pair<Duration, Passed>> all;
  auto const add = [&](std::vector<std::pair<Instant, Passed>> const& passed, size_t call) {
    ASSERT_FALSE(passed.empty());
    for (auto const& [at, frame] : passed)
      all.emplace_back(epoch + call * between + at.time_since_epoch(), frame);
  };
  size_t calls = 0;
  for (auto method : methods) add(call(method), calls++);
  add(callback({CallbackKind::preset, "5550199"}), calls++);

  Folder folder;
  auto const file = folder.path / "link.pcapng";
  std::ofstream stream(file, std::ios::binary);
  stream << as_text(capture_head("ttyVM0"));
  for (auto const& [at, passed] : all) stream << as_text(capture_block(at, passed));
  stream.close();

  auto const rows = tshark::read(file);
  ASSERT_EQ(rows.size(), all.size());
  size_t compared = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto const& row = rows[i];
    auto const& [at, passed] = all[i];
    auto const log = describe(passed.frame);
    auto const is = [&](std::string_view field, std::string const& wanted) {
      EXPECT_EQ(row.at(std::string(field)), wanted) << "frame " << i + 1 << " " << field << ": " << log;
    };
    is("_ws.malformed", "");
    // tshark wants an address of a preset callback; [MS-CBCP] 2.2.4.1 says that it must not be there.
    bool const preset = row.at("_ws.expert.message").find("pre-specified") != std::string::npos;
    is("_ws.expert.message", preset ? row.at("_ws.expert.message") : "");
    bool const sent = passed.direction == Direction::sent;
    is("ppp.direction", sent ? "0" : "1");  // Wireshark's own numbers: P2P_DIR_SENT, P2P_DIR_RECV
    is("frame.packet_flags_direction", sent ? "0x00000002" : "0x00000001");
    char time[64];
    std::snprintf(time, sizeof time, "%lld.%09lld", static_cast<long long>(at.count() / 1'000'000'000),
                  static_cast<long long>(at.count() % 1'000'000'000));
    is("frame.time_epoch", time);
    auto const protocol = get16(passed.frame);
    char number[16];
    std::snprintf(number, sizeof number, "0x%04x", protocol);
    EXPECT_EQ(row.at("ppp.protocol").substr(0, 6), number) << "frame " << i + 1;
    bool const configures = log.find(" Configure-") != std::string::npos;
    if (!configures || (protocol != protocol::lcp && protocol != protocol::ipcp)) continue;
    EXPECT_EQ(tshark::words(row), log) << "frame " << i + 1;
    ++compared;
  }
  EXPECT_GT(compared, 20u);
}

}  // namespace
}  // namespace offhook::ppp
