#include "tools/rasadmin/capture_run.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "emulator/base/text.h"
#include "emulator/io/fd.h"
#include "tools/rasadmin/ask.h"
#include "tools/rasadmin/capture.h"
#include "tools/rasadmin/fields.h"

namespace offhook::rasadmin {
namespace {

volatile std::sig_atomic_t stopped = 0;
extern "C" void stop_capture(int) { stopped = 1; }
constexpr auto look_at_signals = std::chrono::milliseconds(100);

bool is_output(Options const& options) { return options.text == "-"; }

Result<io::Fd> open_file(Options const& options) {
  if (is_output(options)) return io::Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  int const how = O_WRONLY | O_CREAT | O_CLOEXEC | (options.force ? O_TRUNC : O_EXCL);
  io::Fd file(::open(options.text.c_str(), how, 0600));
  if (!file && errno == EEXIST) return error(options.text, " exists; with --force it is written over");
  if (!file || ::fchmod(file.get(), 0600) != 0) return error(options.text, ": ", std::strerror(errno));
  return file;
}

Result<void> write_all(int fd, Bytes bytes, std::string const& name) {
  while (!bytes.empty()) {
    ssize_t const n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return error(name, ": ", std::strerror(errno));
    if (n > 0) bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return {};
}

/// On standard error where the file is standard output.
void tell(std::string const& line) {
  std::string const text = line + "\n";
  (void)write_all(STDERR_FILENO, as_bytes(text), "");
}

Result<void> follow(Options const& options, Capture& capture, int& code) {
  auto client = connect(rasd_dir(options));
  if (!client) return client.error();
  if (auto const sent = client->send({"1", "capture", {{"port", options.port}}}, in(patience)); !sent)
    return error("rasd: ", sent.error().message);
  rpc::Client::Deadline const end = options.length ? in(*options.length) : rpc::Client::Deadline();
  io::Fd file;
  while (!stopped && (!end || rpc::Client::Clock::now() < *end)) {
    auto const soon = *in(look_at_signals);
    auto const message = client->receive(end ? std::min(*end, soon) : soon);
    if (!message) return error("rasd: ", message.error().message);
    if (!*message) continue;
    if ((*message)->refused) {
      code = (*message)->code;
      return Error{(*message)->complaint};
    }
    auto const bytes = capture.on_message(**message);
    if (!bytes) return bytes.error();
    if (capture.begun() && !file) {
      auto opened = open_file(options);
      if (!opened) return opened.error();
      file = *std::move(opened);
      tell((capture.waits() ? "waiting for a call on " : "capturing the call on ") + options.port +
           "; Ctrl-C ends it");
    }
    if (auto const written = write_all(file.get(), *bytes, options.text); !written) return written;
  }
  return {};
}

void say_count(Options const& options, Capture const& capture) {
  std::string const count = std::to_string(capture.frames());
  if (is_output(options)) return tell(count + " frames of " + options.port);
  if (!options.json) return print(count + " frames of " + options.port + " in " + options.text + "\n");
  print("{\"port\":" + json_string(options.port) + ",\"file\":" + json_string(options.text) +
        ",\"frames\":" + count + "}\n");
}

}  // namespace

Status capture(Options const& options) {
  struct sigaction action {};
  action.sa_handler = stop_capture;
  for (int const signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  int code = static_cast<int>(rpc::Code::failed);
  Capture capture(options.port);
  auto const result = follow(options, capture, code);
  if (capture.frames() > 0 || result) say_count(options, capture);
  if (result) return done;
  complain(result.error().message, options.json && !is_output(options), code);
  return failed;
}

}  // namespace offhook::rasadmin
