#include "emulator/app/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace offhook::app {

using boost::asio::posix::stream_descriptor;

struct FileWatch::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& io, std::filesystem::path path, std::function<void()> on_change)
      : folder(path.has_parent_path() ? path.parent_path() : "."),
        name(path.filename()),
        changed(std::move(on_change)),
        inotify(io) {}

  void wait() {
    inotify.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](auto ec) {
      if (ec) return;
      bool const hit = self->read();
      self->wait();
      if (hit) self->changed();
    });
  }

  /// True where one of the events was the file's.
  bool read() {
    bool hit = false;
    alignas(inotify_event) char buffer[8192];
    for (;;) {
      ssize_t const n = ::read(inotify.native_handle(), buffer, sizeof buffer);
      if (n <= 0) return hit;
      for (char const* at = buffer; at < buffer + n;) {
        auto const* event = reinterpret_cast<inotify_event const*>(at);
        at += sizeof(inotify_event) + event->len;
        hit = hit || (event->mask & IN_Q_OVERFLOW) != 0 || (event->len != 0 && name == event->name);
      }
    }
  }

  std::filesystem::path folder, name;
  std::function<void()> changed;
  stream_descriptor inotify;
};

FileWatch::FileWatch(boost::asio::io_context& io, std::string const& path, std::function<void()> changed)
    : state_(std::make_shared<State>(io, path, std::move(changed))) {}
FileWatch::~FileWatch() { stop(); }

Result<void> FileWatch::start() {
  auto const failed = [&] { return error("watching ", state_->folder.string(), ": ", std::strerror(errno)); };
  int const fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return failed();
  boost::system::error_code ec;
  state_->inotify.assign(fd, ec);
  if (ec) {
    ::close(fd);
    return error("watching ", state_->folder.string(), ": ", ec.message());
  }
  if (::inotify_add_watch(fd, state_->folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO) < 0) return failed();
  state_->wait();
  return {};
}

void FileWatch::stop() {
  boost::system::error_code ignored;
  state_->inotify.close(ignored);
}

}  // namespace offhook::app
