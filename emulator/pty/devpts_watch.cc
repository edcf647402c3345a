#include "emulator/pty/devpts_watch.h"

#include <sys/inotify.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace offhook::pty {

Result<io::Fd> watch_devpts() {
  io::Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return error("inotify: ", std::strerror(errno), "; raise fs.inotify.max_user_instances");
  if (::inotify_add_watch(fd.get(), "/dev/pts", IN_OPEN | IN_CLOSE) < 0)
    return error("inotify on /dev/pts: ", std::strerror(errno), "; raise fs.inotify.max_user_watches");
  return fd;
}

DevptsChanges read_devpts(int watch) {
  DevptsChanges changes;
  alignas(inotify_event) char buffer[16384];
  for (;;) {
    ssize_t const n = ::read(watch, buffer, sizeof buffer);
    if (n <= 0) return changes;
    for (char const* at = buffer; at < buffer + n;) {
      auto const* event = reinterpret_cast<inotify_event const*>(at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_Q_OVERFLOW) != 0) changes.lost = true;
      if (event->len == 0) continue;
      unsigned index = 0;
      char const* const end = event->name + std::strlen(event->name);
      if (std::from_chars(event->name, end, index).ptr == end) changes.ptys.insert(index);
    }
  }
}

}  // namespace offhook::pty
