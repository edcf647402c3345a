#include "dialer/app/command_use.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

#include "emulator/io/descriptor.h"
#include "rasd/serial/relay.h"

extern char** environ;

namespace offhook::dialer {
namespace {

/// How long what was written before the end of one side is still delivered to the other.
constexpr Duration leftovers = 300ms;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment_with(std::vector<std::pair<std::string, std::string>> const& added) {
  std::vector<std::string> words;
  for (char** each = environ; *each; ++each) {
    std::string_view const word(*each);
    bool replaced = false;
    for (auto const& [name, value] : added) replaced = replaced || word.starts_with(name + "=");
    if (!replaced) words.emplace_back(word);
  }
  for (auto const& [name, value] : added) words.push_back(name + "=" + value);
  return words;
}

/// The signals that we catch or ignore are the program's own again.
Result<pid_t> spawn(LineUseConfig const& config, int terminal) {
  std::vector<std::string> words = config.command, variables = environment_with(config.environment);
  auto arguments = pointers(words), environment = pointers(variables);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, terminal, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, terminal, STDOUT_FILENO);
  sigset_t none, ours;
  ::sigemptyset(&none);
  ::sigemptyset(&ours);
  for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT}) ::sigaddset(&ours, signal);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &ours);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  int const code =
      ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (code != 0) return error("cannot run ", config.command.front(), ": ", std::strerror(code));
  return pid;
}

class CommandUse : public LineUse {
 public:
  CommandUse(boost::asio::io_context& context, io::Alarm& alarm, Handlers handlers)
      : context_(context),
        handlers_(std::move(handlers)),
        exit_(
            context, [this] { exited(); }, [] {}),
        leftovers_(alarm, [this](Instant) { waited(); }) {}
  ~CommandUse() override {
    if (!status_ && pid_ > 0) ::kill(pid_, SIGHUP);  // the line is its terminal
  }

  Result<void> start(serial::Station::Data line, LineUseConfig const& config) {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return error("a pair of sockets: ", std::strerror(errno));
    near_ = io::Fd(ends[0]);
    io::Fd const theirs(ends[1]);
    io::Fd far(::fcntl(near_.get(), F_DUPFD_CLOEXEC, 3));
    if (!far || ::fcntl(far.get(), F_SETFL, O_NONBLOCK) != 0)
      return error("a socket: ", std::strerror(errno));
    auto const pid = spawn(config, theirs.get());
    if (!pid) return pid.error();
    pid_ = *pid;
    io::Fd watched(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!watched) return error("watching ", config.command.front(), ": ", std::strerror(errno));
    if (auto const assigned = exit_.assign(std::move(watched)); !assigned) return assigned.error();
    exit_.await_readable();
    relay_.emplace(context_, serial::Party{std::move(line.fd), {}}, serial::Party{std::move(far), {}},
                   line.early, [this](serial::Relay::Report const& report) { relay_ended(report); });
    return relay_->start();
  }

  void line_over() override {
    over_ = true;
    if (status_) return finish();
    if (relay_over_) return end_input();
    leftovers_.set(io::now() + leftovers);
  }
  bool on_signal(int signal) override {
    if (status_) return false;
    if (signal != SIGINT) ::kill(pid_, signal);  // that one reaches all of the terminal's programs
    return true;
  }

 private:
  void exited() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return exit_.await_readable();
    status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    exit_.close();
    if (relay_over_ || over_) return finish();
    leftovers_.set(io::now() + leftovers);
  }
  void relay_ended(serial::Relay::Report const& report) {
    relay_over_ = true;
    if (status_) return finish();
    end_input();
    if (!over_ && report.first == serial::Relay::Ended::near) handlers_.line_ended(report.text);
  }
  /// The program finds the end of its input, and may go on without a line.
  void end_input() { ::shutdown(near_.get(), SHUT_WR); }
  void waited() {
    if (status_) return finish();
    relay_->stop();
    end_input();
  }
  void finish() {
    leftovers_.set(std::nullopt);
    if (!std::exchange(finished_, true)) handlers_.done(*status_);
  }

  boost::asio::io_context& context_;
  Handlers handlers_;
  io::Fd near_;
  io::Descriptor exit_;
  io::Alarm::Entry leftovers_;
  std::optional<serial::Relay> relay_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  bool over_ = false, relay_over_ = false, finished_ = false;
};

}  // namespace

Result<std::unique_ptr<LineUse>> run_command(boost::asio::io_context& context, io::Alarm& alarm,
                                             serial::Station::Data line, LineUseConfig const& config,
                                             LineUse::Handlers handlers) {
  auto use = std::make_unique<CommandUse>(context, alarm, std::move(handlers));
  if (auto const started = use->start(std::move(line), config); !started) return started.error();
  return std::unique_ptr<LineUse>(std::move(use));
}

}  // namespace offhook::dialer
