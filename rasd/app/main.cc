// rasd: keeps ports listening, answers calls, hands ports out.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>

#include "emulator/io/alarm.h"
#include "emulator/io/run_dir.h"
#include "emulator/rpc/server.h"
#include "rasd/app/config.h"
#include "rasd/app/control.h"
#include "rasd/app/event_log.h"
#include "rasd/app/journal.h"
#include "rasd/app/manager.h"
#include "rasd/app/ppp_access.h"
#include "rasd/app/sample.h"

namespace {

using namespace offhook;

enum Status : int { done = 0, failed = 1, bad_usage = 2 };

int complain(Error const& why, Status status) {
  std::fprintf(stderr, "rasd: %s\n", why.message.c_str());
  return status;
}

/// A port is a descriptor or two, and a call two more.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// The program while it runs: what it is made of, and what the signals do.
class Daemon {
 public:
  Daemon(rasd::Config config, std::string config_path, std::string dir)
      : config_path_(std::move(config_path)),
        dir_(std::move(dir)),
        group_(config.group),
        alarm_(context_),
        manager_(context_, alarm_, std::move(config)),
        control_(manager_,
                 {.send = [this](rpc::ClientId c, std::string line) { server_.send(c, std::move(line)); },
                  .notify = [this](rpc::ClientId c, std::string line) { server_.notify(c, std::move(line)); },
                  .user = [this](rpc::ClientId c) { return server_.user(c); }}),
        server_(context_,
                {.request = [this](rpc::ClientId c, rpc::Request const& r) { control_.on_request(c, r); },
                 .gone = [this](rpc::ClientId c) { control_.on_gone(c); }}),
        signals_(context_, SIGHUP, SIGINT, SIGTERM) {}

  Result<void> run(std::string const& event_log) {
    if (!event_log.empty()) {
      auto log = rasd::EventLog::open(event_log);
      if (!log) return log.error();
      log_.emplace(*std::move(log));
    }
    manager_.observe([this](port::Entry const& entry) {
      if (log_) log_->write(entry);
    });
    if (auto const started = manager_.start(dir_); !started) return started;
    auto const group = rasd::find_group(group_);
    if (!group) return group.error();
    if (auto const listening = server_.listen(io::control_socket(dir_), *group); !listening) return listening;
    await_signal();
    for (auto const& [name, port] : manager_.ports())
      std::printf("%s %s\n", name.c_str(), port->config().path.c_str());
    std::puts("ready");
    std::fflush(stdout);
    context_.run();
    return {};
  }

 private:
  void await_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int signal) {
      if (ec) return;
      if (signal == SIGHUP)
        reload();
      else if (stopping_ == Stopping::no)
        stop();
      else
        context_.stop();  // asked twice
      await_signal();
    });
  }

  void stop() {
    stopping_ = Stopping::yes;
    rasd::say("stopping: calls and leases end");
    manager_.stop([this] { context_.stop(); });
  }

  void reload() {
    if (log_) log_->reopen();
    auto config = rasd::load_config(config_path_);
    if (!config) return rasd::say("nothing is changed: " + config.error().message);
    auto const changes = manager_.reload(*std::move(config));
    rasd::say("read " + config_path_ + " again" + (changes.empty() ? ": nothing changed" : ""));
    for (std::string const& each : changes) rasd::say(each);
  }

  enum class Stopping : uint8_t { no, yes };
  std::string config_path_, dir_, group_;
  boost::asio::io_context context_;
  io::Alarm alarm_;
  std::optional<rasd::EventLog> log_;
  rasd::Manager manager_;
  rasd::Control control_;
  rpc::Server server_;
  boost::asio::signal_set signals_;
  Stopping stopping_ = Stopping::no;
};

int serve(std::string const& config_path, std::string const& dir_option, bool check) {
  auto config = rasd::load_config(config_path);
  if (!config) return complain(config.error(), bad_usage);
  rasd::Pools no_pools;
  if (auto const secrets = rasd::make_accesses(config->services, {}, no_pools, nullptr); !secrets)
    return complain(secrets.error(), bad_usage);
  if (check) {
    std::printf("%s: %zu ports, %zu services: no mistakes found\n", config_path.c_str(), config->ports.size(),
                config->services.size());
    return done;
  }
  io::RunDir dir = io::run_dir("rasd", "RASD_DIR", dir_option);
  if (dir_option.empty() && !config->dir.empty()) dir = {config->dir, "dir in " + config_path, dir.variable};
  if (auto const made = io::make_dir(dir); !made) return complain(made.error(), failed);
  auto const lock = io::DirLock::take(dir.path, "rasd");
  if (!lock) return complain(lock.error(), failed);
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an errno
  rasd::start_journal(config->level);
  std::string const event_log = config->log;
  Daemon daemon(*std::move(config), config_path, dir.path);
  auto const ran = daemon.run(event_log);
  return ran ? done : complain(ran.error(), failed);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "rasd keeps every port of its configuration listening, answers calls, and hands ports out to rasdial.\n"
      "SIGHUP reads the configuration again; SIGTERM ends calls and leases and exits.");
  std::string config, dir;
  bool check = false, sample = false;
  app.add_option("--config", config, "The configuration, in TOML; wanted")->option_text("FILE");
  app.add_option("--dir", dir,
                 "Where its sockets are. Default: the configuration's, RASD_DIR, /run/rasd for root, "
                 "$XDG_RUNTIME_DIR/rasd, /tmp/rasd-UID")
      ->option_text("DIR");
  app.add_flag("--check", check, "Read the configuration, say what is wrong with it, and exit");
  app.add_flag("--sample", sample, "Print a configuration with every key and what it is for, and exit");
  app.set_version_flag("--version", "rasd " OFFHOOK_VERSION);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? done : bad_usage;
  }
  if (sample) {
    std::fputs(rasd::sample_config().data(), stdout);
    return done;
  }
  if (config.empty())
    return complain(error("--config FILE is wanted; 'rasd --sample' prints one"), bad_usage);
  return serve(config, dir, check);
}
