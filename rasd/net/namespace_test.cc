#include "rasd/net/namespace.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "rasd/net/test_support.h"

namespace offhook::net {
namespace {

using ppp::ipv4;
using testing::HasSubstr;
using testing::Not;

std::string settings_of(std::string const& wanted, std::string const& value, std::string const& path) {
  return path == wanted ? value : "";
}

TEST(Refusal, the_setting_that_forbids_namespaces_is_named) {
  for (auto const* setting :
       {"/proc/sys/kernel/unprivileged_userns_clone", "/proc/sys/user/max_user_namespaces"}) {
    auto const text = explain_refusal(
        "namespaces", EPERM, [&](std::string const& path) { return settings_of(setting, "0", path); });
    std::string name(std::string(setting).substr(10));
    name[name.find('/')] = '.';
    EXPECT_THAT(text, HasSubstr(name + " = 0"));
    EXPECT_THAT(text, HasSubstr("sysctl " + name));
  }
  auto const apparmor = explain_refusal("namespaces", EACCES, [](std::string const& path) {
    return settings_of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", path);
  });
  EXPECT_THAT(apparmor, HasSubstr("sysctl kernel.apparmor_restrict_unprivileged_userns=0"));
}

TEST(Refusal, an_error_of_another_kind_blames_no_setting) {
  auto const text = explain_refusal("a file", ENOENT, [](std::string const&) { return "0"; });
  EXPECT_EQ(text, "a file: No such file or directory");
}

bool write_to(char const* path, std::string_view text) {
  io::Fd const file(::open(path, O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// In a user namespace of our own where no other may be made: what is said of it. Empty: there can be no
/// such place here.
std::string refusal_where_none_may_be_made() {
  std::string const map = "65534 " + std::to_string(::geteuid()) + " 1";
  bool const forbidden = ::unshare(CLONE_NEWUSER) == 0 && write_to("/proc/self/uid_map", map) &&
                         write_to("/proc/sys/user/max_user_namespaces", "0");
  if (!forbidden) return "";
  Loop loop;
  auto const made = Namespace::make(loop.context, {"true"}, {[](int) {}});
  return made ? "it was made" : made.error().message;
}

TEST(Refusal, the_setting_is_named_where_a_namespace_is_really_refused) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  io::Fd const from(ends[0]);
  io::Fd to(ends[1]);
  pid_t const child = ::fork();
  if (child == 0) {
    std::string const text = refusal_where_none_may_be_made();
    ::_exit(::write(to.get(), text.data(), text.size()) < 0);
  }
  to = io::Fd();
  std::array<char, 1024> told{};
  ssize_t const n = ::read(from.get(), told.data(), told.size());
  ::waitpid(child, nullptr, 0);
  if (n <= 0) GTEST_SKIP() << "no user namespace may be made here at all";
  std::string const text(told.data(), static_cast<size_t>(n));
  EXPECT_THAT(text, HasSubstr("this system's setting user.max_user_namespaces = 0 forbids it"));
}

/// A program in a namespace behind a link to a peer of the test.
struct NamespaceTest : testing::Test, Loop {
  void SetUp() override {
    std::array<char, 64> name{"/tmp/offhook-namespace-XXXXXX"};
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name.data();
    ::chmod(folder.c_str(), 0777);
  }
  void TearDown() override {
    space.reset();
    ::unlink((folder + "/out").c_str());
    ::rmdir(folder.c_str());
  }
  /// `script` finds OUT in its environment, a file for what it has to say.
  Result<void> make(std::string const& script) {
    auto made = Namespace::make(context, {"sh", "-c", script}, {[this](int code) { status = code; }});
    if (!made) return made.error();
    space = *std::move(made);
    return {};
  }
  bool call(std::string const& script) {
    if (auto made = make(script); !made) {
      ADD_FAILURE() << made.error().message;
      return false;
    }
    auto [one, other] = socket_pair();
    server.start(context, alarm, std::move(one), serving(ipv4(10, 0, 2, 2), ipv4(10, 0, 2, 15)));
    client.start(context, alarm, std::move(other), calling(), space->network());
    until([&] { return client.up || client.ended; });
    if (client.ended) ADD_FAILURE() << client.ended->text;
    return client.up.has_value();
  }
  void run(std::string const& script) {
    if (!call(script)) return;
    ASSERT_TRUE(space->run({{"OUT", folder + "/out"}}));
    ASSERT_TRUE(until([&] { return status.has_value(); }));
  }
  std::string out() const {
    std::ifstream file(folder + "/out");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string folder;
  std::unique_ptr<Namespace> space;
  End server, client;
  std::optional<int> status;
};

TEST_F(NamespaceTest, the_call_is_the_programs_only_way_out) {
  run("exec >$OUT; cat /proc/net/route /etc/resolv.conf; ls /sys/class/net /proc/self/fd; exit 7");
  EXPECT_EQ(status, 7);
  EXPECT_THAT(out(), HasSubstr("ppp0\t00000000\t00000000"));
  EXPECT_THAT(out(), HasSubstr("nameserver 10.0.2.3"));
  EXPECT_THAT(out(), Not(HasSubstr("eth0\t")));
}

TEST_F(NamespaceTest, a_packet_of_the_program_reaches_the_peer) {
  ASSERT_TRUE(call("bash -c 'printf hello >/dev/udp/10.9.9.9/77'"));
  ASSERT_TRUE(space->run({}));
  ASSERT_TRUE(until([&] { return !server.seen->packets.empty(); }));
  auto const& packet = server.seen->packets.front();
  EXPECT_THAT(packet, HasSubstr("hello"));
  EXPECT_EQ(packet.substr(12, 8), std::string("\x0a\x00\x02\x0f\x0a\x09\x09\x09", 8));
}

TEST_F(NamespaceTest, a_network_that_begins_anew_again_and_again_piles_nothing_up) {
  std::string const count = "grep -c resolv.conf /proc/self/mountinfo";
  ASSERT_TRUE(make("exec >$OUT; " + count + "; cat /etc/resolv.conf; wc -l </proc/net/route"));
  auto const network = space->network();
  for (unsigned time = 1; time <= 20; ++time) {
    Agreed const agreed{ipv4(10, 0, 2, 15), ipv4(10, 0, 2, 2), {ipv4(10, 0, 2, 100 + time), 0}, 1500};
    auto const up = network->up(agreed, {[](uint16_t, Bytes) { return true; }, [](std::string const&) {}});
    ASSERT_TRUE(up) << time << ": " << up.error().message;
    network->down();
  }
  ASSERT_TRUE(space->run({{"OUT", folder + "/out"}}));
  ASSERT_TRUE(until([&] { return status.has_value(); }));
  std::ifstream ours("/proc/self/mountinfo");
  int before = 0;
  for (std::string line; std::getline(ours, line);) before += line.find("resolv.conf") != line.npos;
  EXPECT_EQ(out(), std::to_string(before + 1) + "\n# of this call\nnameserver 10.0.2.120\n3\n")
      << "one mount more than here, the last name server, a head and two routes";
}

TEST_F(NamespaceTest, a_program_that_cannot_be_run_ends_with_127) {
  auto made = Namespace::make(context, {"/no/such/program"}, {[this](int code) { status = code; }});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE((*made)->run({}));
  ASSERT_TRUE(until([&] { return status.has_value(); }));
  EXPECT_EQ(status, 127);
}

TEST_F(NamespaceTest, a_signal_reaches_the_program_and_its_status_tells) {
  ASSERT_TRUE(call("bash -c 'printf ready >/dev/udp/10.9.9.9/77'; exec sleep 1000"));
  ASSERT_TRUE(space->run({}));
  ASSERT_TRUE(until([&] { return !server.seen->packets.empty(); }));
  space->kill(SIGTERM);
  ASSERT_TRUE(until([&] { return status.has_value(); }));
  EXPECT_EQ(status, 128 + SIGTERM);
}

TEST_F(NamespaceTest, an_ordinary_user_has_the_same) {
  if (::geteuid() != 0) GTEST_SKIP() << "is one already: the other tests show it";
  pid_t const child = ::fork();
  if (child == 0) {
    constexpr unsigned nobody = 65534;
    if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) ::_exit(2);
    ::execl("/proc/self/exe", "net_test", "--gtest_filter=NamespaceTest.the_call*:NamespaceTest.a_packet*",
            nullptr);
    ::_exit(3);
  }
  int code = -1;
  ASSERT_EQ(::waitpid(child, &code, 0), child);
  EXPECT_EQ(code, 0);
}

/// A maker that is killed leaves nothing: its programs share its standard output, which ends with the last.
void killed_maker_leaves_nothing(std::vector<int> const& signals) {
  std::array<int, 2> pipe{-1, -1};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  io::Fd from(pipe[0]), to(pipe[1]);
  pid_t const maker = ::fork();
  if (maker == 0) {
    ::dup2(to.get(), STDOUT_FILENO);
    boost::asio::io_context context{1};
    auto made = Namespace::make(context, {"sh", "-c", "setsid sleep 1000 & echo ready; sleep 1000"}, {});
    if (!made || !(*made)->run({})) ::_exit(1);
    for (;;) ::pause();
  }
  to = io::Fd();
  std::array<char, 64> bytes;
  ASSERT_GT(::read(from.get(), bytes.data(), bytes.size()), 0);
  for (int const signal : signals) ::kill(maker, signal);
  EXPECT_EQ(::read(from.get(), bytes.data(), bytes.size()), 0);  // until the last of them is gone
  ::waitpid(maker, nullptr, 0);
}

TEST(NamespaceEnds, a_maker_that_is_killed_takes_all_of_it_along) { killed_maker_leaves_nothing({SIGKILL}); }

TEST(NamespaceEnds, a_maker_that_was_stopped_and_is_killed_takes_all_of_it_along) {
  killed_maker_leaves_nothing({SIGSTOP, SIGKILL});
}

TEST(NamespaceEnds, what_the_program_left_running_ends_with_it) {
  std::array<int, 2> pipe{-1, -1};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  io::Fd from(pipe[0]), to(pipe[1]), before(::dup(STDOUT_FILENO));
  Loop loop;
  std::optional<int> status;
  ::dup2(to.get(), STDOUT_FILENO);
  auto made = Namespace::make(loop.context, {"sh", "-c", "setsid sleep 1000 & exit 3"},
                              {[&](int code) { status = code; }});
  ::dup2(before.get(), STDOUT_FILENO);
  to = io::Fd();
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE((*made)->run({}));
  ASSERT_TRUE(loop.until([&] { return status.has_value(); }));
  EXPECT_EQ(status, 3);
  char byte = 0;
  EXPECT_EQ(::read(from.get(), &byte, 1), 0);
}

}  // namespace
}  // namespace offhook::net
