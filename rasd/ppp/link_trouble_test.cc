// Two links on a bad line in virtual time, by seed: whatever is lost, repeated, swapped or hurt, and whatever
// both ends have chosen to speak, they converge or say what went wrong, and never hang.
//
// OFFHOOK_SEEDS=10000 runs more of them; OFFHOOK_SEED=17 runs that one alone, as a failure says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "emulator/base/text.h"
#include "rasd/ppp/link_pair.h"

namespace offhook::ppp {
namespace {

constexpr Ipv4 server_ip = ipv4(10, 0, 0, 1), client_ip = ipv4(10, 0, 0, 2);
constexpr AuthMethod methods[] = {AuthMethod::pap, AuthMethod::chap_md5, AuthMethod::ms_chap_v1,
                                  AuthMethod::ms_chap_v2};

uint64_t number(char const* name, uint64_t otherwise) {
  char const* const text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Calls `test` with each seed until one fails, and says how to see that one again.
template <class Test>
void each_seed(Test test) {
  bool const one = std::getenv("OFFHOOK_SEED") != nullptr;
  uint64_t const first = number("OFFHOOK_SEED", 0), end = one ? first + 1 : number("OFFHOOK_SEEDS", 200);
  auto const* const info = testing::UnitTest::GetInstance()->current_test_info();
  for (uint64_t seed = first; seed < end && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("OFFHOOK_SEED=" + std::to_string(seed) +
                 " ppp_test --gtest_filter=" + info->test_suite_name() + "." + info->name());
    test(seed);
  }
}

/// What both ends speak, by chance; they have at least one network in common.
struct Choice {
  explicit Choice(uint64_t seed) : random(seed), method(methods[random.below(4)]) {
    bool const both4 = random.one_in(2), both6 = !both4 || random.one_in(2);
    for (auto* end : {&client, &server}) {
      end->ipv4 = both4 || random.one_in(2);
      end->ipv6 = both6 || random.one_in(2);
      if (random.one_in(2)) end->ipcp.vj = VjMode{static_cast<uint8_t>(random.below(20)), random.one_in(2)};
      end->ccp.stateful = random.one_in(2);
      end->encryption = random.one_in(2) ? Encryption::off : Encryption::allow;
    }
    bool const keyed = is_microsoft(method);
    if (keyed && random.one_in(3)) client.encryption = server.encryption = Encryption::require;
    client.lcp.prove = {method};
    client.credentials = Credentials{"user", "pass"};
    client.ipcp.ask_dns = true;
    server.lcp.demand = {method};
    server.ipcp.own = server_ip;
    server.ipcp.peer = client_ip;
  }
  Trouble trouble() {
    auto const some = [&] { return static_cast<unsigned>(random.one_in(2) ? 0 : 3 + random.below(20)); };
    return {some(), some(), some(), some()};
  }
  LinkPair pair(uint64_t seed, Trouble trouble) const {
    LinkPair pair(client, server, seed, trouble);
    pair.b().secrets["user"] = "pass";
    pair.start();
    return pair;
  }
  Random random;
  AuthMethod method;
  LinkConfig client, server;
};

bool networks_up(End const& end) { return end.network || end.network6; }

/// The errors that a line can cause; a wrong password or policy is not among them. No address comes where
/// copies of one request use up Max-Failure, and the next Nak is a Reject (RFC 1661 4.6).
bool is_of_the_line(unsigned error) {
  static std::set<unsigned> const errors{718, 719, 720, 721, 732, 734, 736, 738, 742};
  return errors.contains(error);
}

void expect_decided(LinkPair const& pair) {
  for (auto const& end : pair.ends) {
    EXPECT_TRUE(networks_up(end) || end.ended);
    EXPECT_LE(end.ups - end.downs, 1u);
    if (!end.ended) continue;
    EXPECT_FALSE(networks_up(end));
    EXPECT_TRUE(is_of_the_line(end.ended->error)) << end.ended->error << " " << end.ended->text;
    EXPECT_FALSE(end.link.next_timeout());
  }
}

TEST(LinkUnderTrouble, converges_or_says_why_and_never_hangs) {
  unsigned runs = 0, came_up = 0;
  each_seed([&](uint64_t seed) {
    Choice choice(seed);
    auto pair = choice.pair(seed, choice.trouble());
    pair.run(300s);
    pair.calm();
    pair.run(120s);  // what was just ending, or beginning anew, comes to its end
    expect_decided(pair);
    ++runs;
    came_up += networks_up(pair.a()) && networks_up(pair.b());
  });
  EXPECT_TRUE(runs == 1 || 2 * came_up >= runs) << came_up << " of " << runs;  // one alone may fail
}

/// A TCP packet of one flow; `id` makes each packet another, `seq` is sent again where it does not grow.
Buffer tcp_packet(unsigned id, unsigned seq) {
  Buffer out = bytes_of({0x45, 0, 0, 44});
  put16(out, id);
  put(out, bytes_of({0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 80, 4, 0}));
  put32(out, seq);
  put32(out, 1);
  put(out, bytes_of({0x50, 0x10, 0x20, 0}));
  put16(out, id);  // for a checksum: what it is of is nobody's business here
  put(out, bytes_of({0, 0, 'd', 'a', 't', 'a'}));
  uint32_t sum = 0;
  for (size_t at = 0; at < 20; at += 2) sum += get16(Bytes(out).subspan(at));
  sum = (sum & 0xffff) + (sum >> 16);
  out[10] = static_cast<std::byte>(~sum >> 8);
  out[11] = static_cast<std::byte>(~sum);
  return out;
}

TEST(LinkUnderTrouble, what_still_stands_works_once_the_line_is_quiet) {
  each_seed([&](uint64_t seed) {
    Choice choice(seed);
    auto pair = choice.pair(seed, {6, 6, 6, 6});
    // Data in the trouble, so that keys, counts and slots are out of step when it ends.
    unsigned id = 0;
    for (int i = 0; i < 60; ++i) {
      pair.run(500ms);
      ++id;
      for (auto& end : pair.ends) (void)end.link.send(protocol::ip, tcp_packet(id, 4 * id));
      for (auto& end : pair.ends) (void)end.link.send(protocol::ipv6, as_bytes("six"));
      pair.drain();
    }
    pair.calm();
    pair.run(300s);
    expect_decided(pair);
    for (size_t from = 0; from < 2; ++from) {
      auto &end = pair.ends[from], &other = pair.ends[1 - from];
      // As TCP does: again and again, until it is through.
      auto const gets_through = [&](uint16_t protocol, auto packet) {
        for (int tries = 0; tries < 5; ++tries) {
          auto const last = packet();
          EXPECT_TRUE(end.link.send(protocol, last));
          pair.drain();
          pair.run(1s);
          if (!other.packets.empty() && other.packets.back() == as_text(last)) return true;
        }
        return false;
      };
      bool const v4 = end.network && other.network, v6 = end.network6 && other.network6;
      if (v4) {
        EXPECT_TRUE(gets_through(protocol::ip, [&] { return tcp_packet(++id, 7); }));
      }
      if (v6) {
        EXPECT_TRUE(gets_through(protocol::ipv6, [] { return Buffer(50); }));
      }
    }
  });
}

TEST(LinkUnderTrouble, a_wrong_password_never_gets_in) {
  each_seed([&](uint64_t seed) {
    Choice choice(seed);
    choice.client.credentials->password = "wrong";
    auto pair = choice.pair(seed, {6, 6, 6, 6});
    pair.run(300s);
    EXPECT_TRUE(pair.over());
    EXPECT_FALSE(pair.a().ups || pair.b().ups);
    for (auto const& end : pair.ends) EXPECT_FALSE(end.network6);
  });
}

}  // namespace
}  // namespace offhook::ppp
