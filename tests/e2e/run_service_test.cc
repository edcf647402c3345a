// A service with the drop-in of `vmodem run`, under systemd itself: a guest whose services are a bank and a
// program on one of its ports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/guest.h"
#include "tests/e2e/run_fixture.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char const* empty_target = "[Unit]\nDefaultDependencies=no\n";
constexpr char const* own_service =
    "[Service]\nExecStart=/nonexistent\nStandardOutput=append:/run/said\nStandardError=append:/run/said\n"
    "Restart=on-failure\nRestartSec=0\n";

constexpr char const* unit = "mgetty@ttyVM0.service";

class Service : public testing::Test {
 protected:
  /// The drop-in as it is shipped, with another program behind its '--', as its comment says.
  void begin(std::string const& steps) {
    std::string const from = RUN_SYSTEMD;
    std::string drop_in = read_file(from + "/vmodem-run.conf");
    std::string const theirs = "/sbin/mgetty -D ../run/vmodem/%i";
    ASSERT_THAT(drop_in, HasSubstr("-- " + theirs));
    drop_in.replace(drop_in.find(theirs), theirs.size(), programs / "lines" + " /run/vmodem/%i " + steps);
    std::string const at = "/etc/systemd/system/";
    std::map<std::string, std::string> files{{"/usr/local/bin/vmodem", read_file(programs / "vmodem")},
                                             {at + "vmodem.service", read_file(from + "/vmodem.service")},
                                             {at + "mgetty@.service", own_service},
                                             {at + "mgetty@.service.d/vmodem-run.conf", drop_in}};
    for (char const* target : {"sysinit", "basic", "default", "shutdown"})
      files[at + target + ".target"] = empty_target;
    // Whoever is root in there can do to this machine's files what its user can.
    guest.emplace(GuestSetup{.files = std::move(files),
                             .kind = GuestSetup::Kind::systemd,
                             .uid = geteuid() == 0 ? std::optional(nobody) : std::nullopt});
    ASSERT_TRUE(guest->up());
  }
  std::string sh(std::string const& line) { return guest->sh(line, limit).out; }
  /// What systemd says of the service.
  std::string shows(std::string const& properties) {
    return sh("systemctl show " + unit_ + " -p " + properties);
  }
  /// Waits until the program has said so, so often.
  bool has_said(std::string const& line, int times = 1) {
    return guest
               ->sh("i=0; until [ $(grep -c '^" + line + "' /run/said) -ge " + std::to_string(times) +
                        " ]; do i=$((i + 1)); [ $i -lt 600 ] || exit 1; sleep 0.1; done",
                    limit)
               .status == 0;
  }
  /// The processes of the service's control group; none where that is gone.
  std::string processes() {
    return sh("cat /sys/fs/cgroup/system.slice/system-mgetty.slice/" + unit_ + "/cgroup.procs 2>/dev/null");
  }

  static constexpr auto limit = 2 * patience;
  std::string const unit_ = unit;
  Programs programs;
  std::optional<Guest> guest;
};

TEST_F(Service, of_systemds_sees_carrier_and_is_stopped_and_started) {
  OFFHOOK_NEEDS_GUEST(systemd);
  ASSERT_NO_FATAL_FAILURE(begin("get say ATS0=1 expect OK expect CONNECT rise CD get wait RI"));
  ASSERT_EQ(guest->sh("systemctl start " + unit_, limit).status, 0) << sh("systemctl status " + unit_);
  EXPECT_THAT(sh("systemctl is-active vmodem " + unit_), HasSubstr("active\nactive\n")) << "the bank with it";
  ASSERT_TRUE(has_said("say ok")) << sh("cat /run/said");
  sh("vmodem ring ttyVM0 --dir /run/vmodem");
  ASSERT_TRUE(has_said("get RTS,CTS,DSR,DTR,CD$")) << sh("cat /run/said");

  EXPECT_EQ(guest->sh("systemctl stop " + unit_, limit).status, 0);
  EXPECT_EQ(shows("ActiveState,Result"), "Result=success\nActiveState=inactive\n");
  EXPECT_EQ(processes(), "");
  EXPECT_THAT(sh("vmodem status --dir /run/vmodem"), Not(HasSubstr("connected"))) << "the call went with it";

  EXPECT_EQ(guest->sh("systemctl restart " + unit_, limit).status, 0);
  EXPECT_TRUE(has_said("say ok", 2)) << sh("cat /run/said");
  EXPECT_EQ(guest->sh("systemctl stop vmodem", limit).status, 0);
  EXPECT_EQ(shows("ActiveState,Result"), "Result=success\nActiveState=inactive\n") << "it requires the bank";
}

TEST_F(Service, of_systemds_is_restarted_where_the_supervisor_or_the_front_is_killed) {
  OFFHOOK_NEEDS_GUEST(systemd);
  ASSERT_NO_FATAL_FAILURE(begin("get rise DSR wait RI exit 3"));
  ASSERT_EQ(guest->sh("systemctl start " + unit_, limit).status, 0) << sh("systemctl status " + unit_);
  ASSERT_TRUE(has_said("rise ok")) << sh("cat /run/said");
  // The supervisor is the front's one child: the program's wait ends with an error, and so does the program.
  sh("kill -KILL $(cat /proc/$(systemctl show " + unit_ +
     " -p MainPID --value)/task/*/children | cut -d ' ' -f 1)");
  ASSERT_TRUE(has_said("rise ok", 2)) << sh("cat /run/said");
  EXPECT_TRUE(has_said("wait ENOSYS"));
  EXPECT_EQ(shows("NRestarts"), "NRestarts=1\n");
  EXPECT_EQ(guest->sh("systemctl kill --kill-who=main -s KILL " + unit_, limit).status, 0);
  ASSERT_TRUE(has_said("rise ok", 3)) << sh("cat /run/said");
  EXPECT_EQ(shows("NRestarts"), "NRestarts=2\n");
  std::string const three = processes();
  EXPECT_EQ(std::ranges::count(three, '\n'), 3) << three << "front, supervisor, program, and none of before";
}

}  // namespace
}  // namespace offhook::e2e
