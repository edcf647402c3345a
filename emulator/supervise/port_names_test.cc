#include "emulator/supervise/port_names.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "emulator/io/fd.h"

namespace offhook::supervise {
namespace {

struct Pair {
  Pair() {
    int ours = -1, theirs = -1;
    if (::openpty(&ours, &theirs, nullptr, nullptr, nullptr) != 0) return;
    master = io::Fd(ours);
    slave = io::Fd(theirs);
    ::fstat(theirs, &file);
  }
  std::string path() const { return pts_path(file).value_or(""); }

  io::Fd master, slave;
  struct stat file {};
};

/// A folder like a bank's, with one port.
class PortNamesTest : public testing::Test {
 protected:
  PortNamesTest() {
    std::string name = testing::TempDir() + "port_names_XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) folder = name;
    point(first);
  }
  ~PortNamesTest() override { std::filesystem::remove_all(folder); }

  void point(Pair const& at) {
    auto const fresh = folder / ".fresh";
    std::filesystem::create_symlink(at.path(), fresh);
    std::filesystem::rename(fresh, folder / "ttyVM0");
  }
  static std::string found(PortNames& names, Pair const& pair, Duration when) {
    auto const found = names.find(pair.file, Instant(when));
    if (!found) return "nothing";
    return found->name + (found->current ? "" : ", of late");
  }

  std::filesystem::path folder;
  Pair first, second;
};

TEST_F(PortNamesTest, a_name_is_known_by_the_pty_that_it_leads_to) {
  PortNames names(folder.string());
  EXPECT_EQ(found(names, first, 1s), "ttyVM0");
  EXPECT_EQ(found(names, second, 1s), "nothing");
}

TEST_F(PortNamesTest, what_is_no_pty_is_no_port) {
  PortNames names(folder.string());
  struct stat null {};
  ASSERT_EQ(::stat("/dev/null", &null), 0);
  EXPECT_FALSE(pts_path(null));
  EXPECT_FALSE(names.find(null, Instant(1s)));
  struct stat of_a_container = first.file;  // the same number, of another /dev/pts
  of_a_container.st_dev += 1;
  EXPECT_FALSE(names.find(of_a_container, Instant(1s)));
}

TEST_F(PortNamesTest, a_name_that_was_seen_is_believed_for_20_ms) {
  PortNames names(folder.string());
  EXPECT_EQ(found(names, first, 1s), "ttyVM0");
  point(second);
  EXPECT_EQ(found(names, first, 1s + 19ms), "ttyVM0");
  EXPECT_EQ(found(names, first, 1s + 20ms), "ttyVM0, of late");
  EXPECT_EQ(found(names, second, 1s + 20ms), "ttyVM0");
}

TEST_F(PortNamesTest, a_fresh_pty_that_the_bank_told_of_is_believed_at_once) {
  PortNames names(folder.string());
  EXPECT_EQ(found(names, first, 1s), "ttyVM0");
  point(second);
  names.scan(Instant(1s));
  EXPECT_EQ(found(names, first, 1s), "ttyVM0, of late");
  EXPECT_EQ(found(names, second, 1s), "ttyVM0");
}

TEST_F(PortNamesTest, a_pty_that_a_port_left_is_forgotten_after_2_s) {
  PortNames names(folder.string());
  point(second);
  names.scan(Instant(1s));
  EXPECT_EQ(found(names, first, 3s - 1ms), "ttyVM0, of late");
  EXPECT_EQ(found(names, first, 3s), "nothing");
}

TEST_F(PortNamesTest, a_port_that_comes_later_is_found) {
  std::filesystem::remove(folder / "ttyVM0");
  PortNames names(folder.string());
  EXPECT_EQ(found(names, second, 1s), "nothing");
  point(second);
  EXPECT_EQ(found(names, second, 1s + 1ms), "ttyVM0");
}

TEST_F(PortNamesTest, links_to_elsewhere_and_files_are_no_ports) {
  std::filesystem::create_symlink("/etc/passwd", folder / "passwd");
  std::ofstream(folder / "lock") << "1";
  std::filesystem::create_symlink("/dev/pts/" + std::string(100, '1'), folder / "long");
  PortNames names(folder.string());
  EXPECT_EQ(found(names, first, 1s), "ttyVM0");
}

}  // namespace
}  // namespace offhook::supervise
