#include "emulator/pty/pty.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "emulator/pty/devpts_watch.h"
#include "emulator/pty/port_name.h"

namespace offhook::pty {
namespace {

namespace fs = std::filesystem;

io::Fd open_port(std::string const& path) {
  return io::Fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK));
}

struct Folder {
  Folder() {
    char name[] = "/tmp/offhook-pty-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path); }
  std::string path;
};

TEST(Pty, poll_tells_open_from_closed_all_its_life) {
  auto pty = Pty::open(raw_settings(), {});
  ASSERT_TRUE(pty.has_value()) << pty.error().message;
  EXPECT_FALSE(presence(pty->master()).open);
  {
    io::Fd const program = open_port(pty->slave_path());
    ASSERT_TRUE(program);
    EXPECT_TRUE(presence(pty->master()).open);
    EXPECT_FALSE(presence(pty->master()).readable);
    ASSERT_EQ(::write(program.get(), "AT\r", 3), 3);
  }
  EXPECT_FALSE(presence(pty->master()).open);
  EXPECT_TRUE(presence(pty->master()).readable) << "what a program wrote before it closed is still there";
}

TEST(Pty, a_fresh_port_is_raw_with_its_mode) {
  auto pty = Pty::open(raw_settings(), Access{0640, std::nullopt});
  ASSERT_TRUE(pty.has_value());
  struct stat st {};
  ASSERT_EQ(::stat(pty->slave_path().c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0640u);
  auto const t = read_termios(pty->master());
  ASSERT_TRUE(t);
  EXPECT_EQ(t->c_lflag & static_cast<tcflag_t>(ECHO | ICANON), 0u);
  EXPECT_EQ(settings(*t), (Settings{115200, false, true, true}));
  EXPECT_EQ(t->c_cc[VSTOP], 0x13) << "IXON finds its characters";
  EXPECT_EQ(t->c_cc[VERASE], 0x7f);
}

TEST(Pty, locked_out_is_everybody_but_root) {
  auto pty = Pty::open(raw_settings(), {});
  ASSERT_TRUE(pty.has_value());
  ASSERT_TRUE(lock_out(pty->master()).has_value());
  EXPECT_FALSE(presence(pty->master()).open) << "nobody has it open for that";
  io::Fd const program = open_port(pty->slave_path());
  EXPECT_TRUE(program ? ::geteuid() == 0 : errno == EBUSY);
}

TEST(Pty, b0_and_clocal_are_seen_from_the_master) {
  auto pty = Pty::open(raw_settings(), {});
  ASSERT_TRUE(pty.has_value());
  io::Fd const program = open_port(pty->slave_path());
  termios t = raw_settings();
  t.c_cflag &= ~static_cast<tcflag_t>(CLOCAL | HUPCL);
  ::cfsetospeed(&t, B0);
  ASSERT_EQ(::tcsetattr(program.get(), TCSANOW, &t), 0);
  EXPECT_EQ(settings(*read_termios(pty->master())), (Settings{0, true, false, false}));
}

TEST(Pty, the_last_close_forgets_unread_input_and_a_stale_exclusive_mark) {
  auto pty = Pty::open(raw_settings(), {});
  ASSERT_TRUE(pty.has_value());
  {
    io::Fd const program = open_port(pty->slave_path());
    ASSERT_EQ(::write(pty->master(), "RING", 4), 4);
    pollfd arrived{program.get(), POLLIN, 0};  // the kernel hands the bytes over in its own time
    ASSERT_EQ(::poll(&arrived, 1, 10'000), 1);
    ASSERT_EQ(::ioctl(program.get(), TIOCEXCL), 0);
  }
  Cleared const cleared = clear_after_last_close(pty->master());
  if (::geteuid() != 0) {
    EXPECT_TRUE(cleared.locked_out);
    return;
  }
  EXPECT_FALSE(cleared.locked_out);
  EXPECT_EQ(cleared.unread, 4u);
  io::Fd const next = open_port(pty->slave_path());
  ASSERT_TRUE(next);
  int exclusive = -1;
  ASSERT_EQ(::ioctl(next.get(), TIOCGEXCL, &exclusive), 0);
  EXPECT_EQ(exclusive, 0);
  char c;
  EXPECT_EQ(::read(next.get(), &c, 1), -1);
}

TEST(PortName, leads_to_one_pty_or_the_other_and_is_removed_only_if_ours) {
  Folder folder;
  std::string const name = folder.path + "/ttyVM0";
  ASSERT_TRUE(point(name, "/dev/pts/1000001").has_value());
  ASSERT_TRUE(point(name, "/dev/pts/1000002").has_value());
  EXPECT_EQ(fs::read_symlink(name), "/dev/pts/1000002");
  remove_if_ours(name, "/dev/pts/1000001");
  EXPECT_TRUE(fs::is_symlink(name));
  remove_leftovers(folder.path);
  EXPECT_FALSE(fs::is_symlink(name));
  EXPECT_TRUE(point(folder.path + "/no/such", "/dev/pts/1").has_error());
}

TEST(PortName, never_takes_the_place_of_anything_but_a_port) {
  Folder folder;
  std::string const file = folder.path + "/ttyVM0", link = folder.path + "/ttyVM1";
  std::ofstream(file) << "important";
  fs::create_symlink("/etc/passwd", link);
  EXPECT_TRUE(point(file, "/dev/pts/1000001").has_error());
  EXPECT_TRUE(point(link, "/dev/pts/1000001").has_error());
  EXPECT_EQ(fs::file_size(file), 9u);
  EXPECT_EQ(fs::read_symlink(link), "/etc/passwd");
}

TEST(DevptsWatch, an_open_and_a_close_wake_with_the_right_number) {
  auto watch = watch_devpts();
  ASSERT_TRUE(watch.has_value()) << watch.error().message;
  auto pty = Pty::open(raw_settings(), {});
  ASSERT_TRUE(pty.has_value());
  (void)read_devpts(watch->get());
  io::Fd program = open_port(pty->slave_path());
  EXPECT_TRUE(read_devpts(watch->get()).ptys.contains(pty->index()));
  program = io::Fd();
  EXPECT_TRUE(read_devpts(watch->get()).ptys.contains(pty->index()));
}

}  // namespace
}  // namespace offhook::pty
