#include "tools/rasadmin/lease_run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>

#include "rasd/lease/packets.h"
#include "tools/rasadmin/console.h"
#include "tools/rasadmin/program.h"

namespace offhook::rasadmin {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

enum class State : uint8_t {
  asking,       // for the port
  running,      // the program has it
  hanging_up,   // the port is taken back, and the program is told
  killing,      // it did not heed that
  giving_back,  // the program has ended; until the port listens again
  over,
};

/// How long a state may last, and what follows then.
struct Limit {
  State state;
  std::optional<Clock::duration> limit;
  State next;
};
constexpr Limit limits[] = {
    {State::asking, {}, State::over},        {State::running, {}, State::over},
    {State::hanging_up, 5s, State::killing}, {State::killing, 2s, State::giving_back},
    {State::giving_back, 10s, State::over},  {State::over, {}, State::over},
};

constexpr int caught[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};

/// The signals that we take from a descriptor while this object lives. SIGTTOU is held back, so that the
/// terminal can be restored from a background that a program left us in.
class Signals {
 public:
  Signals() {
    sigset_t all;
    ::sigemptyset(&all);
    for (int const each : caught) ::sigaddset(&all, each);
    fd_ = io::Fd(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    ::sigaddset(&all, SIGTTOU);
    ::sigprocmask(SIG_BLOCK, &all, &before_);
  }
  ~Signals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Signals(Signals const&) = delete;
  Signals& operator=(Signals const&) = delete;

  int fd() const { return fd_.get(); }
  sigset_t const& before() const { return before_; }
  /// 0: none came.
  int take() const {
    signalfd_siginfo info{};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  io::Fd fd_;
  sigset_t before_{};
};

class LeaseRun {
 public:
  explicit LeaseRun(LeaseOrder const& order) : order_(order) {}

  int run() {
    auto client = lease::Client::connect(order_.dir);
    if (!client) return say(client.error().message), failed;
    client_.emplace(*std::move(client));
    if (auto const sent = client_->send(lease::Request{order_.port, "rasadmin lease: " + order_.command[0]});
        !sent)
      return say(sent.error().message), failed;
    while (state_ != State::over) turn();
    return status_;
  }

 private:
  void turn() {
    std::array<pollfd, 3> fds{{{signals_.fd(), POLLIN, 0},
                               {client_ ? client_->fd() : -1, POLLIN, 0},
                               {program_ ? program_->exit_fd() : -1, POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), milliseconds_left()) < 0) return;
    if (fds[2].revents != 0) on_exit();
    if (fds[1].revents != 0) on_readable();
    if (fds[0].revents != 0)
      if (int const number = signals_.take(); number != 0) on_signal(number);
    if (deadline_ && Clock::now() >= *deadline_) on_deadline();
  }

  int milliseconds_left() const {
    if (!deadline_) return -1;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
  }

  void enter(State state) {
    state_ = state;
    Limit const& row = limits[static_cast<size_t>(state)];
    deadline_ = row.limit ? std::optional(Clock::now() + *row.limit) : std::nullopt;
    switch (state) {
      case State::hanging_up:
        return program_->signal(SIGHUP);
      case State::killing:
        return program_->signal(SIGKILL);
      case State::giving_back:
        return give_back();
      case State::asking:
      case State::running:
      case State::over:
        return;
    }
  }

  void give_back() {
    terminal_.restore();
    port_ = io::Fd();
    if (!client_ || !client_->send(lease::Release{})) enter(State::over);
  }

  void on_deadline() {
    if (state_ == State::giving_back) say("port " + port_name_ + " is not listening again after 10 s");
    enter(limits[static_cast<size_t>(state_)].next);
  }

  // ---- what rasd says

  void on_readable() {
    while (client_ && state_ != State::over) {
      auto received = client_->receive();
      if (!received) return on_lost(received.error().message);
      if (!*received) return;
      descriptor_ = std::move((*received)->descriptor);
      std::visit([this](auto const& message) { on(message); }, (*received)->message);
      descriptor_ = io::Fd();
    }
  }

  void on_lost(std::string const& why) {
    client_.reset();
    take_back(why);
  }

  /// The lease is over, and not by us.
  void take_back(std::string const& why) {
    if (state_ == State::asking || state_ == State::running) say(why);
    if (state_ == State::asking) return enter(State::over);
    if (state_ == State::running) return enter(State::hanging_up);
    if (state_ == State::giving_back) return enter(State::over);
  }

  void on(lease::Granted const& granted) {
    if (state_ != State::asking) return;
    port_name_ = granted.port;
    // The program's read and write block: the descriptor is its own, and nobody shares its flags.
    port_ = io::Fd(::fcntl(descriptor_.get(), F_DUPFD_CLOEXEC, 3));
    int const flags = port_ ? ::fcntl(port_.get(), F_GETFL) : -1;
    if (flags < 0 || ::fcntl(port_.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) {
      say("rasd gave no usable descriptor of port " + granted.port);
      return enter(State::giving_back);
    }
    auto program = Program::start(order_.command, port_.get(), granted.path, signals_.before());
    if (!program) {
      say(program.error().message);
      return enter(State::giving_back);
    }
    program_.emplace(*std::move(program));
    port_ = io::Fd();
    enter(State::running);
  }

  void on(lease::Refused const& refused) {
    if (refused.ras_error == 0)
      say(refused.text);
    else
      say("Error " + std::to_string(refused.ras_error) + ": " + refused.text,
          static_cast<int>(refused.ras_error));
    enter(State::over);
  }

  void on(lease::Ended const& ended) {
    client_.reset();
    take_back(ended.text + (ended.why.empty() ? "" : " (" + ended.why + ")"));
  }

  void on(lease::Released const&) {
    if (state_ == State::giving_back) enter(State::over);
  }

  // ---- the program, and signals

  void on_exit() {
    auto const status = program_->exit_status();
    if (!status) return;
    status_ = *status;
    program_.reset();
    enter(State::giving_back);
  }

  void on_signal(int number) {
    switch (state_) {
      case State::asking:  // there is nothing to give back; a grant under way ends with the connection
        status_ = 128 + number;
        return enter(State::over);
      case State::giving_back:
        return enter(State::over);
      case State::running:
      case State::hanging_up:
      case State::killing:
        // Ctrl-C and Ctrl-\ reach all the terminal's programs by themselves.
        if (number != SIGINT && number != SIGQUIT) program_->signal(number);
        return;
      case State::over:
        return;
    }
  }

  void say(std::string const& what, int code = -32000) { complain(what, order_.json, code); }

  LeaseOrder const& order_;
  Signals signals_;
  TerminalKeeper terminal_;
  std::optional<lease::Client> client_;
  std::optional<Program> program_;
  io::Fd descriptor_;  // came with the message at hand
  io::Fd port_;
  std::string port_name_;
  State state_ = State::asking;
  std::optional<Clock::time_point> deadline_;
  int status_ = failed;
};

}  // namespace

int run_lease(LeaseOrder const& order) {
  ::signal(SIGCHLD, SIG_DFL);  // where it is ignored nobody tells how a program ended
  return LeaseRun(order).run();
}

}  // namespace offhook::rasadmin
