// Peers that mean harm, at either end of a call: what they send makes nobody grow, and when they are gone
// nothing of them is left: no address, no route, no interface, no namespace, no process.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <iostream>
#include <sstream>

#include "emulator/base/text.h"
#include "tests/e2e/ppp_dial.h"
#include "tests/e2e/ppp_peer.h"

namespace offhook::e2e {
namespace {

using ppp::AuthMethod;
using ppp::Code;

constexpr ppp::Ipv4 server_ip = ppp::ipv4(10, 64, 64, 1), client_ip = ppp::ipv4(10, 64, 64, 9);

std::string frame(uint16_t protocol, Bytes payload) {
  ppp::Buffer bytes(ppp::encoded_limit(payload.size()));
  bytes.resize(ppp::encode({}, protocol, payload, bytes));
  return std::string(as_text(bytes));
}
std::string packet(uint16_t protocol, Code code, unsigned id, Bytes data) {
  return frame(protocol, ppp::make_packet(code, static_cast<uint8_t>(id), data));
}
std::string many(unsigned count, std::function<std::string(unsigned)> const& each) {
  std::string all;
  for (unsigned i = 0; i < count; ++i) all += each(i);
  return all;
}

/// An IPv4 packet of UDP or TCP, whose checksums are right for nobody: a receiver that believes them is
/// wrong.
std::string datagram(unsigned protocol, unsigned number, unsigned flags, ppp::Ipv4 from, ppp::Ipv4 to,
                     size_t size) {
  ppp::Buffer bytes(size);
  auto const put16 = [&](size_t at, unsigned value) {
    bytes[at] = static_cast<std::byte>(value >> 8 & 0xff);
    bytes[at + 1] = static_cast<std::byte>(value & 0xff);
  };
  bytes[0] = std::byte{0x45};
  put16(2, static_cast<unsigned>(size)), put16(4, number), put16(6, flags);
  bytes[8] = std::byte{64}, bytes[9] = static_cast<std::byte>(protocol);
  put16(12, from >> 16), put16(14, from & 0xffff), put16(16, to >> 16), put16(18, to & 0xffff);
  uint32_t sum = 0;
  for (size_t i = 0; i < 20; i += 2) sum += ppp::get16(Bytes(bytes).subspan(i));
  sum = (sum & 0xffff) + (sum >> 16);
  put16(10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
  put16(20, 1024 + number % 60000), put16(22, 1 + number % 60000),
      put16(24, static_cast<unsigned>(size - 20));
  if (protocol == 6) bytes[32] = std::byte{0x50}, bytes[33] = std::byte{2};  // a header of 20 bytes, SYN
  return frame(ppp::protocol::ip, bytes);
}

constexpr unsigned udp = 17, tcp = 6, more_fragments = 0x2000;

/// The names of all interfaces, and where each route leads.
std::string interfaces() {
  std::string all;
  std::istringstream devices(read_file("/proc/self/net/dev")), routes(read_file("/proc/self/net/route"));
  for (std::string line; std::getline(devices, line);)
    if (auto const colon = line.find(':'); colon != line.npos) all += line.substr(0, colon) + "\n";
  for (std::string line; std::getline(routes, line);)
    if (!line.starts_with("Iface")) all += line.substr(0, line.find('\t', line.find('\t') + 1)) + "\n";
  return all;
}
/// The most memory that it ever had, in KiB.
size_t peak(pid_t pid) {
  std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6));
  return 0;
}

/// Port 0 is the attacker's. rasd answers at 1 without a question, at 2 asks for a password, at 3 has a tun
/// device; over 4 it calls. Each service has one address to give.
class Hostile : public testing::Test {
 protected:
  void begin(std::string const& network = "slirp") {
    ASSERT_TRUE(bank.up());
    write_file(folder / "secrets", "ann * xyzzy\n");
    ASSERT_EQ(chmod((folder / "secrets").c_str(), 0600), 0);
    std::string const common = "pool = \"10.64.64.9\"\nheader_compression = true\n",
                      secrets = "_secrets = \"" + (folder / "secrets") + "\"\n";
    rasd.emplace("[service.open.ppp]\nauthentication = \"none\"\nnetwork = \"" + network + "\"\n" + common +
                 "[service.shut.ppp]\npap" + secrets + "chap" + secrets + common +
                 port(1, "use = \"dial-in\"\nservice = \"open\"\n") +
                 port(2, "use = \"dial-in\"\nservice = \"shut\"\n") + port(3, "use = \"dial-out\"\n"));
    ASSERT_TRUE(rasd->up());
    ASSERT_TRUE(listens());
  }
  std::string port(int i, std::string const& keys) const {
    return "[[port]]\nname = \"" + BankProcess::name(i) + "\"\npath = \"" + bank.port(i) + "\"\n" + keys;
  }
  testing::AssertionResult listens() const {
    for (int i = 1; i <= 3; ++i)
      if (auto const listening = rasd->reaches(BankProcess::name(i), "listening", long_enough); !listening)
        return listening;
    return testing::AssertionSuccess();
  }
  PppPeer calls(int i, ppp::LinkConfig config = {}) {
    return PppPeer(
        {.port = bank.port(0), .number = BankProcess::number(i), .config = std::move(config), .secrets = {}});
  }
  static ppp::LinkConfig proving(AuthMethod method) {
    ppp::LinkConfig config;
    config.lcp.prove = {method};
    config.credentials = ppp::Credentials{"ann", "xyzzy"};
    return config;
  }
  /// One of each kind. An attack may end with the call, by whichever end.
  void attack_before_the_network();
  void attack_within_the_network();
  /// Whoever calls now gets the one address there is.
  void addresses_are_there() {
    for (int i = 1; i <= 2; ++i) {
      ASSERT_TRUE(listens());
      auto peer = calls(i, proving(AuthMethod::chap_md5));
      ASSERT_TRUE(peer.is_up()) << i << bank.vmodem({"status", "--json"}).out;
      EXPECT_EQ(peer.story().up->addresses.own, client_ip);
    }
    ASSERT_TRUE(listens());
  }
  /// Attacks, again and again; what the first of them made rasd take is not counted.
  void survives(std::function<void()> const& attack) {
    ASSERT_NO_FATAL_FAILURE(addresses_are_there());
    attack();
    ASSERT_NO_FATAL_FAILURE(addresses_are_there());
    auto const before = held(rasd->process().pid());
    auto const peak_before = peak(rasd->process().pid());
    for (int round = 0; round < 2; ++round) attack();
    ASSERT_NO_FATAL_FAILURE(addresses_are_there());
    EXPECT_TRUE(holds_as_before(rasd->process().pid(), before));
    auto const peak_now = peak(rasd->process().pid());
    EXPECT_LE(peak_now, peak_before + 4096);
    std::cout << "rasd had " << before.anonymous_kib << " KiB of its own after the first attack, "
              << held(rasd->process().pid()).anonymous_kib << " after all; at most " << peak_before << " and "
              << peak_now << "\n";
  }

  TemporaryFolder folder;
  BankProcess bank{{"--mode", "0666", "--modems", "4"}};
  std::optional<RasdProcess> rasd;
};

void Hostile::attack_before_the_network() {
  std::string const attacks[] = {
      std::string(2'000'000, 'x'),                                  // a frame without an end
      many(20'000, [](unsigned) { return std::string("~x~}~"); }),  // frames of nothing
      many(5'000,
           [](unsigned i) {  // options that are none
             return packet(ppp::protocol::lcp, Code::configure_request, i,
                           ppp::make_options({{static_cast<uint8_t>(i), ppp::Buffer(i % 250)}}));
           }),
      many(5'000,
           [](unsigned i) { return packet(0xc000 + i % 0x3f00 * 2 + 1, Code::configure_request, i, {}); }),
      many(5'000,
           [](unsigned i) {  // codes that are none, and texts
             return packet(ppp::protocol::lcp, static_cast<Code>(i % 16 + 8), i, ppp::Buffer(300));
           }),
      many(5'000,
           [](unsigned i) {  // names that are nobody's
             std::string const name = std::to_string(i) + std::string(200, 'n');
             ppp::Buffer data = ppp::bytes_of({static_cast<unsigned>(name.size())});
             ppp::put(data, as_bytes(name));
             ppp::put8(data, 0);
             return packet(ppp::protocol::pap, Code::configure_request, i, data);
           }),
  };
  for (int i : {1, 2})
    for (auto const& attack : attacks) {
      ASSERT_TRUE(listens());
      auto peer = calls(i);
      ASSERT_TRUE(peer.sees([](auto const& story) { return story.connected; }));
      (void)peer.blurts(attack);
    }
  ASSERT_TRUE(listens());
}

void Hostile::attack_within_the_network() {
  ppp::Ipv4 const elsewhere = ppp::ipv4(192, 0, 2, 1);  // of documentation's (RFC 5737): nobody's
  std::string const attacks[] = {
      many(2'000, [](unsigned i) { return datagram(udp, i, more_fragments, client_ip, server_ip, 1500); }),
      many(2'000, [](unsigned i) { return datagram(udp, i, 0, client_ip, server_ip, 60); }),
      many(2'000, [](unsigned i) { return datagram(tcp, i, 0, client_ip, server_ip, 40); }),
      many(2'000, [&](unsigned i) { return datagram(udp, i, 0, elsewhere, server_ip, 1500); }),
      many(2'000, [](unsigned i) { return frame(ppp::protocol::vj_uncompressed, ppp::Buffer(i % 1500)); }),
      many(2'000, [](unsigned i) { return frame(ppp::protocol::vj_compressed, ppp::Buffer(i % 60)); }),
      many(2'000,
           [](unsigned i) {  // the agreement begins anew, without end
             return packet(i % 2 ? ppp::protocol::ipcp : ppp::protocol::lcp, Code::configure_request, i, {});
           }),
      many(500,
           [](unsigned i) { return packet(ppp::protocol::lcp, Code::echo_request, i, ppp::Buffer(1000)); }),
  };
  for (auto const& attack : attacks) {
    ASSERT_TRUE(listens());
    auto peer = calls(1);
    ASSERT_TRUE(peer.is_up());
    (void)peer.blurts(attack);
    peer.close();
    (void)peer.error();  // by then it has read whatever it was answered
  }
  ASSERT_TRUE(listens());
}

TEST_F(Hostile, callers_make_rasd_grow_by_nothing_before_they_are_let_in) {
  ASSERT_NO_FATAL_FAILURE(begin());
  survives([this] { attack_before_the_network(); });
}

TEST_F(Hostile, callers_make_rasd_grow_by_nothing_when_they_are_in) {
  ASSERT_NO_FATAL_FAILURE(begin());
  survives([this] { attack_within_the_network(); });
}

TEST_F(Hostile, far_ends_make_rasdial_grow_by_nothing_and_leave_neither_process_nor_interface) {
  ASSERT_NO_FATAL_FAILURE(begin());
  std::string const attacks[] = {
      many(1'000,
           [](unsigned i) {  // another address, and another
             return packet(ppp::protocol::ipcp, Code::configure_request, i,
                           ppp::make_options({{3, ppp::bytes_of({10, 9, i >> 8 & 0xff, i & 0xff})}}));
           }),
      many(1'000, [](unsigned i) { return packet(ppp::protocol::lcp, Code::configure_request, i, {}); }),
      many(2'000, [](unsigned i) { return datagram(udp, i, more_fragments, server_ip, client_ip, 1500); }),
      std::string(2'000'000, 'x'),
  };
  auto const before = interfaces();
  std::string const mark = "OFFHOOK_TEST=" + folder.path();
  ppp::LinkConfig config;
  config.ipcp = {.own = server_ip, .peer = client_ip};
  for (auto const& attack : attacks) {
    ASSERT_TRUE(listens());
    PppPeer server({.port = bank.port(0), .number = {}, .config = config, .secrets = {}});
    Spawn how;
    how.environment = {{"OFFHOOK_TEST", folder.path()}};
    auto dialling = dialled({RASDIAL_PROGRAM, "--number", BankProcess::number(0), "--port", "ttyVM3", "--dir",
                             rasd->dir(), "--ppp", "--", "sh", "-c", "echo in; exec sleep 1000"},
                            how, folder / "call");
    ASSERT_TRUE(eventually([&] { return !dialling.said().empty() || !dialling.process.running(); }));
    if (dialling.complained().find("forbids it") != std::string::npos) GTEST_SKIP() << dialling.complained();
    ASSERT_EQ(dialling.said(), "in\n") << dialling.complained();
    auto const at_first = held(dialling.process.pid());
    (void)server.blurts(attack);
    if (dialling.process.running()) {
      EXPECT_TRUE(holds_as_before(dialling.process.pid(), at_first));
      dialling.process.signal(SIGTERM);
    }
    EXPECT_TRUE(dialling.process.wait(long_enough)) << dialling.complained();
    EXPECT_TRUE(eventually([&] { return processes_with(mark).empty(); }, long_enough));
    EXPECT_EQ(interfaces(), before);
  }
}

/// A network namespace of the test's own, so that no interface but its own comes and goes.
class HostileInterface : public Hostile {
 protected:
  void SetUp() override {
    host_ = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    alone_ = unshare(CLONE_NEWNET) == 0;
  }
  void TearDown() override {
    rasd.reset();
    if (alone_) {
      EXPECT_EQ(setns(host_, CLONE_NEWNET), 0);
    }
    close(host_);
  }
  bool alone_ = false;

 private:
  int host_ = -1;
};

TEST_F(HostileInterface, callers_leave_neither_interface_nor_route) {
  if (!alone_) GTEST_SKIP() << "a network namespace of the test's own wants CAP_SYS_ADMIN";
  if (access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/net/tun may not be opened";
  ASSERT_NO_FATAL_FAILURE(begin("tun"));
  auto const before = interfaces();
  {
    auto peer = calls(1);
    ASSERT_TRUE(peer.is_up());
    EXPECT_TRUE(eventually([&] { return interfaces() != before; })) << "what is looked for cannot be seen";
    EXPECT_THAT(rasd->log(), testing::HasSubstr(", by tun ppp0"));
  }
  survives([this] { attack_within_the_network(); });
  EXPECT_TRUE(eventually([&] { return interfaces() == before; })) << interfaces();
}

}  // namespace
}  // namespace offhook::e2e
