#include "dialer/app/link_use.h"

#include <signal.h>

#include <boost/asio/io_context.hpp>

#include "dialer/app/raw_terminal.h"
#include "emulator/base/text.h"
#include "emulator/io/alarm.h"
#include "rasd/net/interface.h"
#include "rasd/net/link_driver.h"
#include "rasd/net/namespace.h"
#include "rasd/ppp/errors.h"

namespace offhook::dialer {
namespace {

constexpr Duration report_pause = 3s;
constexpr auto interface_name = "ppp%d";
/// For a program that was hung up.
constexpr Duration patience = 5s;

class Link : public LinkUse {
 public:
  Link(boost::asio::io_context& context, io::Alarm& alarm, LineUseConfig const& config, Handlers handlers)
      : context_(context),
        alarm_(alarm),
        config_(*config.ppp),
        handlers_(std::move(handlers)),
        report_(alarm, [this](Instant now) { report(now); }),
        idle_(alarm, [this](Instant now) { look_for_traffic(now); }),
        kill_(alarm, [this](Instant) {
          if (space_) space_->kill(SIGKILL);
        }) {}

  Result<void> prepare(LineUseConfig const& config) {
    if (config.use == Use::command) {
      auto made = net::Namespace::make(context_, config.command, {[this](int status) { exited(status); }});
      if (!made) return made.error();
      space_ = *std::move(made);
      return {};
    }
    if (auto const possible = net::open_tun(interface_name); !possible)
      return error(possible.error().message,
                   ": an interface of this host is not ours to make; 'rasdial ENTRY -- COMMAND' runs COMMAND "
                   "with the call as its network and wants no privilege");
    return {};
  }

  void start(serial::Station::Data line, bool called_back) override {
    auto link = config_.link;
    if (called_back) link.lcp.callback.reset();
    asks_callback_ = link.lcp.callback.has_value();
    link.ipv6 = space_ != nullptr;  // COMMAND's own network, and not this host's
    link.can_ask = config_.may_ask && somebody_is_there();
    net::LinkDriver::Handlers handlers;
    handlers.phase = [this](ppp::Phase phase) { entered(phase); };
    handlers.try_again = [this](ppp::TryAgain const& again) { try_again(again); };
    handlers.callback_agreed = [this](ppp::CallbackAgreed const& agreed) {
      handlers_.event({.event = call::Event::callback_agreed, .text = agreed.number});
    };
    handlers.up = [this](net::Agreed const& agreed) { up(agreed); };
    handlers.ended = [this](net::Ended const& ended) { this->ended(ended); };
    driver_ = std::make_unique<net::LinkDriver>(context_, alarm_, std::move(line.fd), std::move(line.early),
                                                std::move(link), make_network(), std::move(handlers));
    if (auto const started = driver_->start(); !started)
      tell_end(ppp::ras::connection_lost, started.error().message);
  }
  Result<void> run(std::vector<std::pair<std::string, std::string>> environment) override {
    if (!space_) return {};
    environment.emplace_back("RAS_ADDRESS", ppp::ipv4_text(agreed_.own));
    environment.emplace_back("RAS_PEER", ppp::ipv4_text(agreed_.peer));
    auto run = space_->run(environment);
    running_ = run.has_value();
    return run;
  }
  bool running() const override { return running_; }
  void close() override {
    if (driver_) driver_->close("the user hung up");
  }
  void line_over(std::string const& how) override {
    if (driver_) driver_->line_over(how);
  }
  void call_over() override {
    if (!space_) return;
    space_->kill(SIGHUP);
    kill_.set(io::now() + patience);
  }
  bool on_signal(int signal) override {
    if (!running_) return false;
    if (signal != SIGINT) space_->kill(signal);  // that one reaches all of the terminal's programs
    return true;
  }

 private:
  std::unique_ptr<net::Network> make_network() {
    if (space_) return space_->network();
    return net::make_tun(context_, {.name = interface_name, .default_route = config_.default_route});
  }
  void entered(ppp::Phase phase) {
    if (phase == ppp::Phase::authenticate) handlers_.event({call::Event::proving});
    if (phase != ppp::Phase::network) return;
    bool const in_vain = std::exchange(asks_callback_, false);
    handlers_.event({.event = call::Event::proven,
                     .text = in_vain ? "The far end does not call back: this call stands." : ""});
  }

  // ---- a refused password

  void try_again(ppp::TryAgain const& again) {
    std::string const why =
        again.message.empty() ? std::string(ppp::ras::text(again.error)) : escaped(again.message);
    handlers_.event({.event = call::Event::asked, .text = why + "."});
    if (again.new_password) return ask_new("");
    ask("Password of " + user() + ": ", [this](std::string const& password) {
      know(password);
      driver_->retry(*config_.link.credentials);
    });
  }
  /// Twice, since nobody sees what is typed.
  void ask_new(std::string const& before) {
    ask(before + "New password of " + user() + ": ", [this](std::string const& first) {
      ask("The same once more: ", [this, first](std::string const& again) {
        if (again != first) return ask_new("They differ. ");
        know(first);
        driver_->change_password(first);
      });
    });
  }
  void ask(std::string const& question, std::function<void(std::string const&)> then) {
    auto made = SecretPrompt::ask(context_, question,
                                  [this, then = std::move(then)](std::optional<std::string> const& typed) {
                                    if (!prompt_) return;  // the link has ended meanwhile
                                    auto const asked = std::exchange(prompt_, nullptr);
                                    typed ? then(*typed) : driver_->give_up();
                                  });
    if (!made) return driver_->give_up();
    prompt_ = *std::move(made);
  }
  /// For a call back too.
  void know(std::string const& password) {
    config_.link.credentials->password = password;
    handlers_.event({call::Event::answered});
  }
  std::string user() const { return escaped(config_.link.credentials->user); }

  void up(net::Agreed const& agreed) {
    agreed_ = agreed;
    report_.set(io::now() + report_pause);
    if (config_.idle > Duration(0)) idle_.set(io::now() + config_.idle);
    handlers_.event({.event = call::Event::projected, .text = ppp::ipv4_text(agreed.own)});
  }
  /// A modem in command state echoes what it is sent: that is no loop of the line.
  void ended(net::Ended const& ended) {
    report_.set(std::nullopt);
    idle_.set(std::nullopt);
    prompt_.reset();
    if (ended.error == ppp::ras::loopback && handlers_.carrier_gone())
      return tell_end(ppp::ras::connection_lost,
                      "The carrier was lost, and the modem echoed our own packets");
    tell_end(ended.error, ended.text);
  }
  void tell_end(unsigned ras_error, std::string const& text) {
    handlers_.event({.event = call::Event::link_ended, .text = text, .ras_error = ras_error});
  }
  void report(Instant now) {
    auto const counted = driver_->statistics().link;
    handlers_.counts(counted.received.bytes, counted.sent.bytes);
    report_.set(now + report_pause);
  }
  /// What LCP asks to know whether somebody is there is no traffic.
  void look_for_traffic(Instant now) {
    Instant const due = driver_->statistics().last_packet + config_.idle;
    if (due > now) return idle_.set(due);
    handlers_.event({.event = call::Event::idle,
                     .text = "Nothing has passed for " + std::to_string(config_.idle / 1s) +
                             " s, the idle time of the entry: the call was hung up."});
  }
  void exited(int status) {
    running_ = false;
    kill_.set(std::nullopt);
    handlers_.done(status);
  }

  boost::asio::io_context& context_;
  io::Alarm& alarm_;
  PppUse config_;
  Handlers handlers_;
  std::unique_ptr<net::Namespace> space_;
  std::unique_ptr<net::LinkDriver> driver_;
  net::Agreed agreed_;
  std::unique_ptr<SecretPrompt> prompt_;
  io::Alarm::Entry report_, idle_, kill_;
  bool running_ = false;
  bool asks_callback_ = false;  // and the far end has not said yet
};

}  // namespace

Result<std::unique_ptr<LinkUse>> LinkUse::make(boost::asio::io_context& context, io::Alarm& alarm,
                                               LineUseConfig const& config, Handlers handlers) {
  auto use = std::make_unique<Link>(context, alarm, config, std::move(handlers));
  if (auto const ready = use->prepare(config); !ready) return ready.error();
  return std::unique_ptr<LinkUse>(std::move(use));
}

}  // namespace offhook::dialer
