// What a program asks of a tty's modem lines, a line of output each. The C library alone, and any C library:
// also compiled against musl, which knows no C++ library.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

namespace run_lines {

struct Line {
  char const* name;
  int bit;
};
constexpr Line lines[] = {{"RTS", TIOCM_RTS}, {"CTS", TIOCM_CTS}, {"DSR", TIOCM_DSR},
                          {"DTR", TIOCM_DTR}, {"CD", TIOCM_CAR},  {"RI", TIOCM_RNG}};
struct ErrorName {
  int number;
  char const* name;
};
constexpr ErrorName errors[] = {{EFAULT, "EFAULT"}, {EIO, "EIO"},       {EINTR, "EINTR"}, {EINVAL, "EINVAL"},
                                {ENOSYS, "ENOSYS"}, {ENOTTY, "ENOTTY"}, {EPERM, "EPERM"}, {EBADF, "EBADF"}};

inline void print(char const* step, char const* what) {
  printf("%s %s\n", step, what);
  fflush(stdout);
}
inline void print_result(char const* step, int result) {
  if (result == 0) return print(step, "ok");
  for (auto const& error : errors)
    if (error.number == errno) return print(step, error.name);
  print(step, strerror(errno));
}

inline double seconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
inline void pause_ms(int ms) { poll(nullptr, 0, ms); }

/// "DTR,RTS"
inline int bits_of(char const* names) {
  int bits = 0;
  for (char const* name = names; *name != 0;) {
    size_t const length = strcspn(name, ",");
    for (auto const& line : lines)
      if (strlen(line.name) == length && strncmp(line.name, name, length) == 0) bits |= line.bit;
    name += length;
    if (*name == ',') ++name;
  }
  return bits;
}

inline void get(int fd) {
  int bits = 0;
  if (ioctl(fd, TIOCMGET, &bits) != 0) return print_result("get", -1);
  char names[64] = "";
  for (auto const& line : lines) {
    if ((bits & line.bit) == 0) continue;
    if (names[0] != 0) strcat(names, ",");
    strcat(names, line.name);
  }
  print("get", names);
}

/// Looks until the lines are all ON (`rise`) or all OFF (`fall`): 109 comes ON a moment after CONNECT.
inline void await(int fd, char const* step, char const* names) {
  int const wanted = strcmp(step, "rise") == 0 ? bits_of(names) : 0;
  int bits = ~wanted;
  for (double const until = seconds_now() + 30; (bits & bits_of(names)) != wanted && seconds_now() < until;
       pause_ms(2))
    if (ioctl(fd, TIOCMGET, &bits) != 0) return print_result(step, -1);
  print(step, (bits & bits_of(names)) == wanted ? "ok" : "never");
}

inline void change(int fd, char const* step, unsigned long request, char const* names) {
  int const bits = bits_of(names);
  print_result(step, ioctl(fd, request, &bits));
}

inline void count(int fd) {
  serial_icounter_struct counts{};
  if (ioctl(fd, TIOCGICOUNT, &counts) != 0) return print_result("count", -1);
  printf("count cts %d dsr %d cd %d ri %d\n", counts.cts, counts.dsr, counts.dcd, counts.rng);
  fflush(stdout);
}

inline void serial(int fd) {
  serial_struct about{};
  if (ioctl(fd, TIOCGSERIAL, &about) != 0) return print_result("serial", -1);
  printf("serial type %d line %d\n", about.type, about.line);
  fflush(stdout);
}

inline void say(int fd, char const* text) {
  bool const all = write(fd, text, strlen(text)) > 0 && write(fd, "\r", 1) == 1;
  print_result("say", all ? 0 : -1);
}

inline void expect(int fd, char const* text) {
  char got[4096];
  size_t n = 0;
  for (double const until = seconds_now() + 30; seconds_now() < until && n < sizeof got - 1;) {
    pollfd look{fd, POLLIN, 0};
    // Byte by byte: what follows is the next step's.
    if (poll(&look, 1, 100) <= 0) continue;
    if (read(fd, got + n, 1) != 1) return print("expect", "end");
    got[++n] = 0;
    if (strstr(got, text) != nullptr) return print("expect", "ok");
  }
  print("expect", "nothing");
}

/// "7E1", set as POSIX has it, and read back.
inline void format(int fd, char const* name) {
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return print_result("format", -1);
  settings.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD);
  settings.c_cflag |= name[0] == '7' ? CS7 : CS8;
  if (name[1] != 'N') settings.c_cflag |= PARENB;
  if (name[1] == 'O') settings.c_cflag |= PARODD;
  print_result("format", tcsetattr(fd, TCSADRAIN, &settings));
  if (tcgetattr(fd, &settings) != 0) return print_result("settings", -1);
  bool const parity = (settings.c_cflag & PARENB) != 0, odd = (settings.c_cflag & PARODD) != 0;
  printf("settings %c%c\n", (settings.c_cflag & CSIZE) == CS7 ? '7' : '8', parity ? (odd ? 'O' : 'E') : 'N');
  fflush(stdout);
}

/// The bytes that come first, in hexadecimal.
inline void read_bytes(int fd, char const* count) {
  printf("bytes");
  int left = count[0] - '0';
  for (double const until = seconds_now() + 30; left > 0 && seconds_now() < until;) {
    pollfd look{fd, POLLIN, 0};
    unsigned char byte = 0;
    if (poll(&look, 1, 100) <= 0) continue;
    if (read(fd, &byte, 1) != 1) break;
    printf(" %02x", byte);
    --left;
  }
  print("", "");
}

/// The process is asleep in ioctl(), as far as it may be looked into.
inline bool sits_in_ioctl(pid_t process, pid_t thread) {
  char path[64], text[8] = "";
  snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", process, thread);
  int const fd = open(path, O_RDONLY);
  if (fd < 0) return false;
  bool const found = read(fd, text, 3) == 3 && strncmp(text, "16 ", 3) == 0;
  close(fd);
  return found;
}

/// Waits for carrier to fall, which a child sees to by taking DTR away.
inline void edge(int fd) {
  pid_t const process = getpid();
  auto const thread = static_cast<pid_t>(syscall(SYS_gettid));
  pid_t const child = fork();
  if (child == 0) {
    int const dtr = TIOCM_DTR;
    for (double const until = seconds_now() + 2; !sits_in_ioctl(process, thread) && seconds_now() < until;)
      pause_ms(5);
    pause_ms(50);
    _exit(ioctl(fd, TIOCMBIC, &dtr) == 0 ? 0 : 1);
  }
  print_result("edge", ioctl(fd, TIOCMIWAIT, TIOCM_CAR));
  waitpid(child, nullptr, 0);
}

/// The port, raw and without regard to carrier; -1 with errno.
inline int open_raw(char const* port) {
  int const fd = open(port, O_RDWR | O_NOCTTY | O_NONBLOCK);
  termios settings{};
  if (fd < 0 || tcgetattr(fd, &settings) != 0) return fd;
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL;
  tcsetattr(fd, TCSANOW, &settings);
  return fd;
}

/// Does the step; false where it is none of these. `next` takes the following word.
template <class Next>
bool take_step(int fd, char const* step, Next next) {
  auto const is = [&](char const* name) { return strcmp(step, name) == 0; };
  if (is("get"))
    get(fd);
  else if (is("fall") || is("rise"))
    await(fd, step, next());
  else if (is("bis"))
    change(fd, "bis", TIOCMBIS, next());
  else if (is("bic"))
    change(fd, "bic", TIOCMBIC, next());
  else if (is("set"))
    change(fd, "set", TIOCMSET, next());
  else if (is("badget"))
    print_result("badget", ioctl(fd, TIOCMGET, nullptr));
  else if (is("wait"))
    print_result("wait", ioctl(fd, TIOCMIWAIT, bits_of(next())));
  else if (is("edge"))
    edge(fd);
  else if (is("count"))
    count(fd);
  else if (is("serial"))
    serial(fd);
  else if (is("break"))
    print_result("break", tcsendbreak(fd, 0));
  else if (is("breakon"))
    print_result("breakon", ioctl(fd, TIOCSBRK));
  else if (is("breakoff"))
    print_result("breakoff", ioctl(fd, TIOCCBRK));
  else if (is("breakp"))
    print_result("breakp", ioctl(fd, TCSBRKP, 2));
  else if (is("say"))
    say(fd, next());
  else if (is("format"))
    format(fd, next());
  else if (is("bytes"))
    read_bytes(fd, next());
  else if (is("expect"))
    expect(fd, next());
  else
    return false;
  return true;
}

}  // namespace run_lines
