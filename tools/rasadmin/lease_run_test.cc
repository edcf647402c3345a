#include "tools/rasadmin/lease_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>

#include <csignal>

#include "rasd/lease/packets.h"
#include "tools/rasadmin/test_support.h"

namespace offhook::rasadmin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Pty {
  io::Fd master, slave;
  std::string path;
  Pty() : master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    ::grantpt(master.get());
    ::unlockpt(master.get());
    path = ::ptsname(master.get());
    slave = io::Fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    termios raw{};
    ::tcgetattr(slave.get(), &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(slave.get(), TCSANOW, &raw);
  }
  std::string read_line() {
    std::string line;
    for (char c = 0; readable(master.get()) && ::read(master.get(), &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }
  void write(std::string const& text) {
    EXPECT_EQ(::write(master.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
};

/// The manager's end of one lease, which tells what it hears.
struct Desk {
  int client;
  std::vector<std::string>& heard;
  Pty& pty;

  /// Empty: the client is gone.
  std::string hear() {
    if (!readable(client)) return "nothing in time";
    auto const packet = lease::receive_packet(client);
    if (!packet || !*packet) return heard.emplace_back("gone");
    auto const message = lease::decode_from_client((*packet)->bytes);
    if (!message) return heard.emplace_back(message.error().message);
    constexpr char const* kinds[] = {"request", "progress", "release"};
    heard.emplace_back(kinds[message->index()]);
    if (auto const* request = std::get_if<lease::Request>(&*message)) heard.back() += " " + request->port;
    return heard.back();
  }
  void say(lease::ToClient const& message, int descriptor = -1) {
    EXPECT_TRUE(lease::send_packet(client, lease::encode(message), descriptor));
  }
  void grant() {
    lease::Granted granted;
    granted.port = "ttyVM0";
    granted.path = pty.path;
    say(granted, pty.slave.get());
    pty.slave = io::Fd();
  }
};

struct RasadminLease : testing::Test {
  /// The exit status of `command` with a lease from a manager that does `manage`.
  int lease(std::vector<std::string> const& command, std::function<void(Desk&)> const& manage,
            bool json = false) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    int status = -1;
    {
      FakeRasd const rasd("lease.sock", SOCK_SEQPACKET, [&](int client) {
        Desk desk{client, heard, pty};
        manage(desk);
      });
      status = run_lease({rasd.dir(), "ttyVM0", command, json});
    }
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return status;
  }
  std::vector<std::string> sh(std::string const& script) { return {"sh", "-c", script}; }

  Pty pty;
  std::vector<std::string> heard;
  std::string out, err;
};

TEST_F(RasadminLease, the_program_has_the_port_as_its_input_and_output_and_by_name) {
  std::string name, echo;
  int const status = lease(sh("echo $RAS_PORT; read x; echo got $x; exit 7"), [&](Desk& desk) {
    desk.hear();
    desk.grant();
    name = pty.read_line();
    pty.write("hello\n");
    echo = pty.read_line();
    desk.hear();
    desk.say(lease::Released{});
    desk.hear();
  });
  EXPECT_EQ(name, pty.path);
  EXPECT_EQ(echo, "got hello");
  EXPECT_EQ(status, 7);
  EXPECT_THAT(heard, ElementsAre("request ttyVM0", "release", "gone"));
  EXPECT_EQ(err, "");
}

TEST_F(RasadminLease, the_programs_reads_and_writes_block) {
  std::string flags;
  lease(sh("sed -n 's/flags:[[:space:]]*//p' /proc/self/fdinfo/0"), [&](Desk& desk) {
    desk.hear();
    desk.grant();
    flags = pty.read_line();
    desk.hear();
    desk.say(lease::Released{});
  });
  EXPECT_EQ(std::strtol(flags.c_str(), nullptr, 8) & (O_NONBLOCK | O_ACCMODE), O_RDWR) << flags;
}

TEST_F(RasadminLease, it_ends_only_when_the_port_is_released) {
  bool released = false;
  lease({"true"}, [&](Desk& desk) {
    desk.hear();
    desk.grant();
    EXPECT_EQ(desk.hear(), "release");
    EXPECT_FALSE(readable(desk.client, 200));  // the connection stands
    released = true;
    desk.say(lease::Released{});
    EXPECT_EQ(desk.hear(), "gone");
  });
  EXPECT_TRUE(released);
}

TEST_F(RasadminLease, a_program_killed_by_a_signal_is_128_and_its_number) {
  EXPECT_EQ(lease(sh("kill -9 $$"),
                  [&](Desk& desk) {
                    desk.hear();
                    desk.grant();
                    desk.hear();
                    desk.say(lease::Released{});
                  }),
            128 + SIGKILL);
}

TEST_F(RasadminLease, a_program_is_hung_up_when_the_port_is_taken_back) {
  int const status = lease(sh("trap 'exit 3' HUP; echo ready; read x; read x"), [&](Desk& desk) {
    desk.hear();
    desk.grant();
    EXPECT_EQ(pty.read_line(), "ready");
    desk.say(lease::Ended{"admin_reset", "the manager took it back"});
  });
  EXPECT_EQ(status, 3);
  EXPECT_EQ(err, "rasadmin: the manager took it back (admin_reset)\n");
}

TEST_F(RasadminLease, a_program_is_hung_up_when_the_manager_dies) {
  int const status = lease(sh("echo ready; exec cat"), [&](Desk& desk) {
    desk.hear();
    desk.grant();
    EXPECT_EQ(pty.read_line(), "ready");
  });
  EXPECT_EQ(status, 128 + SIGHUP);
  EXPECT_THAT(err, HasSubstr("gone"));
}

TEST_F(RasadminLease, a_refusal_says_the_error_and_runs_nothing) {
  int const status = lease(
      sh("echo ran >&2"),
      [&](Desk& desk) {
        desk.hear();
        desk.say(lease::Refused{633, "minicom has it"});
        desk.hear();
      },
      true);
  EXPECT_EQ(status, 1);
  EXPECT_EQ(err, "rasadmin: Error 633: minicom has it\n");
  EXPECT_EQ(out, "{\"error\":{\"code\":633,\"message\":\"Error 633: minicom has it\"}}\n");
}

TEST_F(RasadminLease, a_program_that_is_not_there_gives_the_port_back) {
  int const status = lease({"no-such-program-at-all"}, [&](Desk& desk) {
    desk.hear();
    desk.grant();
    desk.hear();
    desk.say(lease::Released{});
  });
  EXPECT_EQ(status, 1);
  EXPECT_THAT(heard, ElementsAre("request ttyVM0", "release"));
  EXPECT_THAT(err, HasSubstr("cannot run no-such-program-at-all: No such file"));
}

TEST_F(RasadminLease, a_signal_while_it_waits_for_the_port_ends_it_at_once) {
  pthread_t const waiting = ::pthread_self();
  int const status = lease({"true"}, [&](Desk& desk) {
    desk.hear();
    ::pthread_kill(waiting, SIGINT);
    desk.hear();
  });
  EXPECT_EQ(status, 128 + SIGINT);
  EXPECT_THAT(heard, ElementsAre("request ttyVM0", "gone"));
}

TEST_F(RasadminLease, a_signal_to_end_is_the_programs) {
  pthread_t const waiting = ::pthread_self();
  int const status = lease(sh("trap 'exit 4' TERM; echo ready; read x"), [&](Desk& desk) {
    desk.hear();
    desk.grant();
    EXPECT_EQ(pty.read_line(), "ready");
    ::pthread_kill(waiting, SIGTERM);
    desk.hear();
    desk.say(lease::Released{});
  });
  EXPECT_EQ(status, 4);
}

TEST_F(RasadminLease, where_no_rasd_serves_it_says_so) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_lease({"/nonexistent", "ttyVM0", {"true"}, false}), 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("no rasd serves /nonexistent"));
}

}  // namespace
}  // namespace offhook::rasadmin
