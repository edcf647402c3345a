#include "rasd/app/program_service.h"

#include <fcntl.h>
#include <grp.h>
#include <pty.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

#include "rasd/serial/relay.h"

namespace offhook::rasd {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr Duration grace = 2s;  // from the hang-up of its terminal to SIGKILL
/// A program that has ended, and whose terminal others keep: looked at so often, and until so much more than
/// it can have left in the terminal and in the relay has passed.
constexpr Duration look_every = 100ms;
constexpr uint64_t most_left = 128 * 1024;

/// Whom a program runs as, and what a login would tell it of that.
struct Account {
  std::optional<io::Command::User> user;  // none: ours
  std::vector<std::pair<std::string, std::string>> environment;
};
Result<Account> find_account(std::string const& name) {
  if (name.empty()) return Account{};
  passwd entry{};
  passwd* found = nullptr;
  std::string space(65536, '\0');
  ::getpwnam_r(name.c_str(), &entry, space.data(), space.size(), &found);
  if (!found) return error("there is no user '", name, "'");
  Account account{{},
                  {{"HOME", found->pw_dir},
                   {"SHELL", found->pw_shell},
                   {"USER", found->pw_name},
                   {"LOGNAME", found->pw_name}}};
  if (found->pw_uid == ::geteuid() && found->pw_uid != 0) return account;  // that is who we are
  io::Command::User user{found->pw_uid, found->pw_gid, {}};
  int count = 64;
  do user.groups.resize(static_cast<size_t>(count));
  while (::getgrouplist(name.c_str(), user.gid, user.groups.data(), &count) < 0 &&
         static_cast<size_t>(count) > user.groups.size());
  user.groups.resize(static_cast<size_t>(count));
  account.user = std::move(user);
  return account;
}

/// A terminal for a program: its own end, and the program's.
struct Terminal {
  io::Fd own, theirs;
};
Result<Terminal> make_terminal(bool raw) {
  int own = -1, theirs = -1;
  termios settings{};
  ::cfmakeraw(&settings);
  if (::openpty(&own, &theirs, nullptr, raw ? &settings : nullptr, nullptr) != 0)
    return error("a terminal for the service: ", std::strerror(errno));
  for (int fd : {own, theirs}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(own, F_SETFL, O_NONBLOCK);
  return Terminal{io::Fd(own), io::Fd(theirs)};
}

}  // namespace

struct ProgramService::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, io::Alarm& timers, io::Children& all, ServiceConfig wanted, Handlers called)
      : context(io),
        children(all),
        config(std::move(wanted)),
        handlers(std::move(called)),
        resolver(io),
        socket(io),
        due(timers, [this](Instant) { on_due(); }) {}

  // ---- beginning
  void start(CallFacts const& facts, Line given) {
    line = std::move(given);
    if (!config.relay.empty()) return connect();
    auto const begun = config.direct ? run_on_the_port(facts) : run_on_its_own(facts);
    later([begun](Impl& self) {
      if (begun)
        self.handlers.started();
      else
        self.handlers.failed(begun.error().message);
    });
  }

  io::Command command(CallFacts const& facts) const {
    io::Command command;
    command.words = config.command;
    command.environment = {{"RAS_PORT", facts.port},
                           {"RAS_CALL", std::to_string(facts.call)},
                           {"RAS_CALLER", facts.caller},
                           {"RAS_CALLER_NAME", facts.caller_name},
                           {"RAS_SPEED", std::to_string(facts.line_rate_bps)}};
    return command;
  }

  Result<void> spawn(CallFacts const& facts, int terminal) {
    auto account = find_account(config.user);
    if (!account) return account.error();
    io::Command made = command(facts);
    made.user = std::move(account->user);
    for (auto& each : account->environment) made.environment.push_back(std::move(each));
    auto const id = children.spawn(made, terminal, [weak = weak_from_this()](int wait_status) {
      if (auto const self = weak.lock()) self->exited(wait_status);
    });
    if (!id) return id.error();
    child = *id;
    return {};
  }

  Result<void> run_on_its_own(CallFacts const& facts) {
    auto terminal = make_terminal(config.raw);
    if (!terminal) return terminal.error();
    if (auto const done = spawn(facts, terminal->theirs.get()); !done) return done;
    return relay_to(std::move(terminal->own));
  }

  Result<void> run_on_the_port(CallFacts const& facts) {
    auto given = line.lend();
    if (!given) return error(given.error().text);
    int const flags = ::fcntl(given->get(), F_GETFL);
    ::fcntl(given->get(), F_SETFL, flags & ~O_NONBLOCK);
    return spawn(facts, given->get());
  }

  Result<void> relay_to(io::Fd far) {
    auto data = line.take_data();
    if (!data) return data.error();
    relay = std::make_unique<serial::Relay>(context, serial::Party{std::move(data->fd), {}},
                                            serial::Party{std::move(far), {}}, data->early,
                                            [this](serial::Relay::Report const& report) { relayed(report); });
    bytes = Bytes::relayed;
    return relay->start();
  }

  void connect() {
    auto const colon = config.relay.rfind(':');
    std::string host = config.relay.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    resolver.async_resolve(host, config.relay.substr(colon + 1),
                           [weak = weak_from_this()](auto ec, tcp::resolver::results_type found) {
                             auto const self = weak.lock();
                             if (!self || self->life == Life::over) return;
                             if (ec) return self->refuse(ec.message());
                             asio::async_connect(self->socket, found, [weak](auto refused, auto const&) {
                               auto const still = weak.lock();
                               if (!still || still->life == Life::over) return;
                               if (refused) return still->refuse(refused.message());
                               still->connected();
                             });
                           });
  }
  void connected() {
    boost::system::error_code ec;
    socket.set_option(tcp::no_delay(true), ec);
    socket.native_non_blocking(true, ec);
    int const fd = socket.release(ec);
    if (ec) return refuse(ec.message());
    if (auto const done = relay_to(io::Fd(fd)); !done) return refuse(done.error().message);
    handlers.started();
  }
  void refuse(std::string const& what) { handlers.failed("connecting to " + config.relay + ": " + what); }

  // ---- end
  void relayed(serial::Relay::Report const& report) {
    counts = relay->counts();
    bool const line_ended = report.first == serial::Relay::Ended::near;
    // Not from within its own handler.
    later([](Impl& self) { self.relay.reset(); });
    if (line_ended) why = port::Why::lost_carrier;
    if (!line_ended && !config.relay.empty() && !report.text.empty()) why = port::Why::lost_service;
    bytes = Bytes::over;
    if (!child) return end(why, status ? io::describe_exit(*status) : report.text);
    if (line_ended) return children.hang_up(*child, grace);  // its terminal is about to be closed
    due.set(io::now() + grace);  // its terminal is closed, and nobody can reach it: it has time to end
  }

  void exited(int wait_status) {
    child.reset();
    status = wait_status;
    if (WIFSIGNALED(wait_status) && why == port::Why::user_request) why = port::Why::lost_service;
    // What it wrote last is still on its way: the relay ends when the terminal has been read dry.
    if (bytes != Bytes::relayed) return end(why, io::describe_exit(wait_status));
    at_exit = seen = relay->counts().to_near;
    due.set(io::now() + look_every);
  }

  void on_due() {
    if (child) return children.hang_up(*child, grace);
    if (bytes != Bytes::relayed || !relay) return;
    uint64_t const now_seen = relay->counts().to_near;
    bool const dry = now_seen == seen && relay->all_delivered();
    seen = now_seen;
    if (!dry && now_seen - at_exit <= most_left) return due.set(io::now() + look_every);
    // Somebody that it left behind keeps the terminal.
    let_go_of_the_bytes();
    end(why, io::describe_exit(*status));
  }

  void let_go_of_the_bytes() {
    counts = relay->counts();
    relay->stop();
    later([](Impl& self) { self.relay.reset(); });
    bytes = Bytes::over;
  }

  void end(port::Why cause, std::string const& text) {
    if (life == Life::over) return;
    life = Life::over;
    later([cause, text](Impl& self) { self.handlers.ended(cause, text); });
  }

  void stop(bool at_once) {
    due.set(std::nullopt);
    if (relay) let_go_of_the_bytes();
    resolver.cancel();
    boost::system::error_code ignored;
    socket.close(ignored);
    if (!child) return end(port::Why::none, "");
    if (at_once)
      children.kill(*child);
    else
      children.hang_up(*child, grace);
  }

  template <class F>
  void later(F f) {
    asio::post(context, [weak = weak_from_this(), f = std::move(f)] {
      if (auto const self = weak.lock(); self) f(*self);
    });
  }

  enum class Bytes : uint8_t { elsewhere, relayed, over };  // between line and service
  enum class Life : uint8_t { alive, over };                // over: its end is told

  asio::io_context& context;
  io::Children& children;
  ServiceConfig config;
  Handlers handlers;
  Line line;
  tcp::resolver resolver;
  tcp::socket socket;
  io::Alarm::Entry due;
  std::unique_ptr<serial::Relay> relay;
  serial::Relay::Counts counts;
  std::optional<uint64_t> child;
  std::optional<int> status;
  uint64_t at_exit = 0, seen = 0;  // bytes to the line when the program ended, and at the last look since
  port::Why why = port::Why::user_request;
  Bytes bytes = Bytes::elsewhere;
  Life life = Life::alive;
};

ProgramService::ProgramService(Surroundings const& around, ServiceConfig config, Handlers handlers)
    : impl_(std::make_shared<Impl>(around.context, around.alarm, around.children, std::move(config),
                                   std::move(handlers))) {}

ProgramService::~ProgramService() {
  impl_->life = Impl::Life::over;
  impl_->relay.reset();
  impl_->due.set(std::nullopt);
  impl_->resolver.cancel();
  boost::system::error_code ignored;
  impl_->socket.close(ignored);
  if (impl_->child) {
    impl_->children.forget(*impl_->child);
    impl_->children.kill(*impl_->child);
  }
}

void ProgramService::start(CallFacts const& facts, Line line) { impl_->start(facts, std::move(line)); }
void ProgramService::stop(bool at_once) { impl_->stop(at_once); }

port::Counters ProgramService::counters() const {
  auto const counts = impl_->relay ? impl_->relay->counts() : impl_->counts;
  return {.bytes_in = counts.to_far, .bytes_out = counts.to_near, .errors = 0};
}

pid_t ProgramService::leader() const { return impl_->child ? impl_->children.pid(*impl_->child) : -1; }

}  // namespace offhook::rasd
