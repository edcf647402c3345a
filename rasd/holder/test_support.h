// Ptys and processes for the tests of this room.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "emulator/io/fd.h"
#include "rasd/holder/holder.h"

namespace offhook::holder {

/// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = testing::TempDir() + "holder.XXXXXX";
    path_ = ::mkdtemp(pattern.data());
    ::chmod(path_.c_str(), 0755);
  }
  Folder(Folder const&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(std::string const& name) const { return path_ + "/" + name; }
  std::string const& path() const { return path_; }

  std::string write(std::string const& name, std::string const& content) const {
    std::ofstream(*this / name, std::ios::binary) << content;
    return *this / name;
  }
  std::string read(std::string const& name) const {
    std::ifstream file(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool has(std::string const& name) const { return std::filesystem::exists(*this / name); }
  size_t files() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

/// A pty and a name that leads to it. Nobody has it open at first.
struct Port {
  explicit Port(Folder const& folder, std::string const& name = "ttyVM0")
      : master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), path(folder / name) {
    ::grantpt(master.get());
    ::unlockpt(master.get());
    std::array<char, 64> text{};
    ::ptsname_r(master.get(), text.data(), text.size());
    target = text.data();
    ::chmod(target.c_str(), 0666);
    std::filesystem::create_symlink(target, path);
  }
  int open() const { return ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC); }
  TtyIdentity tty() const { return identify(path).value(); }
  std::string number() const { return target.substr(target.rfind('/') + 1); }

  io::Fd master;
  std::string path, target;
};

/// A process that does something and then stays until it is ended; made means that it has done it.
class Child {
 public:
  explicit Child(std::function<bool()> const& work) {
    std::array<int, 2> ready{};
    if (::pipe2(ready.data(), O_CLOEXEC) != 0) return;
    pid = ::fork();
    if (pid == 0) {
      char const done = work() ? 'y' : 'n';
      if (::write(ready[1], &done, 1) == 1)
        while (true) ::pause();
      ::_exit(1);
    }
    ::close(ready[1]);
    char answer = 0;
    made = ::read(ready[0], &answer, 1) == 1 && answer == 'y';
    ::close(ready[0]);
  }
  Child(Child const&) = delete;
  ~Child() { end(); }
  /// -9, and waited for.
  void end() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    pid = 0;
  }

  pid_t pid = 0;
  bool made = false;
};

inline constexpr uid_t nobody = 65534;

inline std::string lock_text(pid_t pid) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%10d\n", pid);
  return text.data();
}

inline void set_age(std::string const& path, std::chrono::seconds age) {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  t.tv_sec -= age.count();
  std::array<timespec, 2> const times{t, t};
  ::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
}

}  // namespace offhook::holder
