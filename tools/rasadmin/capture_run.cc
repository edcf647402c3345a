// The verb: a file, a connection to rasd, and an end that leaves the file whole.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "emulator/io/fd.h"
#include "tools/rasadmin/ask.h"
#include "tools/rasadmin/capture.h"
#include "tools/rasadmin/fields.h"

namespace offhook::rasadmin {
namespace {

using Clock = rpc::Client::Clock;
using namespace std::chrono_literals;

constexpr auto patience = 10s;  // a rasd that is alive answers long before
constexpr auto glance = 100ms;  // until a signal is seen

volatile std::sig_atomic_t asked_to_end = 0;
extern "C" void end_capture(int) { asked_to_end = 1; }

/// Blocks go to it whole, one a write.
class Target {
 public:
  explicit Target(std::string path) : path_(std::move(path)) {}
  bool is_output() const { return path_ == "-"; }

  Result<void> open() {
    if (is_output()) {
      if (::isatty(STDOUT_FILENO))
        return error("a capture is not for a terminal: send it to a program or a file");
      return {};
    }
    file_ = io::Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file_) return {};
    if (errno == EEXIST) return error(path_, " exists already; a capture is never written over a file");
    return error("cannot make ", path_, ": ", std::strerror(errno));
  }
  Result<void> write(std::string_view bytes) const {
    while (!bytes.empty()) {
      ssize_t const n = ::write(is_output() ? STDOUT_FILENO : file_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        return error("cannot write to ", is_output() ? "standard output" : path_, ": ", std::strerror(errno));
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }

 private:
  std::string path_;
  io::Fd file_;
};

void say(std::string const& words) { std::fprintf(stderr, "rasadmin: %s\n", words.c_str()); }

Result<void> follow(rpc::Client& client, Capture& capture, Target& target, Options const& options,
                    int& code) {
  std::optional<Clock::time_point> end;
  if (options.length) end = Clock::now() + std::chrono::duration_cast<Clock::duration>(*options.length);
  auto const answer_due = Clock::now() + patience;
  for (bool answered = false; asked_to_end == 0 && (!end || Clock::now() < *end);) {
    auto const message = client.receive(Clock::now() + glance);
    if (!message) return error("rasd: ", message.error().message);
    if (!*message) {
      if (!answered && Clock::now() > answer_due) return error("rasd does not answer");
      continue;
    }
    if ((*message)->refused) {
      code = (*message)->code;
      return Error{(*message)->complaint};
    }
    auto const step = capture.on_message(**message);
    if (!step) return step.error();
    if (!answered)
      if (auto const opened = target.open(); !opened) return opened.error();
    answered = true;
    if (auto const written = target.write(step->bytes); !written) return written.error();
    if (!step->words.empty()) say(step->words);
  }
  return {};
}

Result<void> run_capture(Options const& options, int& code) {
  auto client = connect(rasd_dir(options));
  if (!client) return client.error();
  struct sigaction action {};
  action.sa_handler = end_capture;  // no SA_RESTART, and once: a second Ctrl-C ends what hangs
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (int const signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  asked_to_end = 0;
  rpc::Request const request{"1", "capture", {{"port", options.port}}};
  if (auto const sent = client->send(request, Clock::now() + patience); !sent)
    return error("rasd: ", sent.error().message);
  Capture capture(options.port);
  Target target(options.text);
  auto const done = follow(*client, capture, target, options, code);
  if (!done) return done.error();
  std::string const count = std::to_string(capture.frames());
  if (options.json && !target.is_output())
    print("{\"frames\":" + count + ",\"file\":" + json_string(options.text) + "}\n");
  else
    say(count + " frames" + (target.is_output() ? "" : " are in " + options.text));
  return {};
}

}  // namespace

Status capture(Options const& options) {
  int code = static_cast<int>(rpc::Code::failed);
  auto const result = run_capture(options, code);
  if (result) return done;
  complain(result.error().message, options.json && options.text != "-", code);
  return failed;
}

}  // namespace offhook::rasadmin
