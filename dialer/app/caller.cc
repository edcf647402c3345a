#include "dialer/app/caller.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "dialer/app/link_use.h"
#include "emulator/io/descriptor.h"

namespace offhook::dialer {
namespace {

class Caller {
 public:
  Caller(SessionConfig config, LineUseConfig use, Listener listener)
      : alarm_(context_),
        use_config_(std::move(use)),
        listener_(std::move(listener)),
        signals_(context_, SIGINT, SIGTERM, SIGHUP),
        leash_(
            context_, [this] { look_at_leash(); }, [] {}),
        session_(context_, std::move(config),
                 {.told = [this](call::Told const& told) { this->told(told); },
                  .connected = [this] { connected(); },
                  .start_link = [this](serial::Station::Data line,
                                       bool called_back) { link_->start(std::move(line), called_back); },
                  .close_link = [this] { link_->close(); },
                  .link_line_over = [this](std::string const& how) { link_->line_over(how); },
                  .ended = [this](call::Result const& result) { ended(result); }}) {}

  int run() {
    ::signal(SIGPIPE, SIG_IGN);
    await_signal();
    if (listener_.leash >= 0 && leash_.assign(io::Fd(listener_.leash))) leash_.await_readable();
    if (use_config_.ppp && !make_link()) return status_;
    session_.start();
    context_.run();
    return status_;
  }

 private:
  /// Before the call is made: what the system forbids is said before a number is dialled.
  bool make_link() {
    auto made =
        LinkUse::make(context_, alarm_, use_config_,
                      {.event = [this](call::Input const& input) { session_.link_event(input); },
                       .done = [this](int status) { done(status); },
                       .carrier_gone = [this] { return session_.carrier_gone(); },
                       .counts = [this](uint64_t in, uint64_t out) { session_.report_bytes(in, out); }});
    if (made) return link_ = *std::move(made), true;
    constexpr unsigned no_network = 720;
    listener_.ended(call::Result{no_network, made.error().message}, Ending::never_stood);
    return false;
  }

  void await_signal() {
    signals_.async_wait([this](auto ec, int signal) {
      if (ec) return;
      await_signal();
      if (use_ && use_->on_signal(signal)) return;
      if (link_ && link_->on_signal(signal)) return;
      if (std::exchange(signalled_, true)) {
        use_.reset();  // a terminal is as it was
        ::_exit(128 + signal);
      }
      use_over_ = true;
      session_.cancel();
    });
  }

  /// Nothing is ever said over it: its end is all there is to see.
  void look_at_leash() {
    char byte = 0;
    if (::recv(leash_.fd(), &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) return leash_.await_readable();
    session_.cancel();
  }

  void told(call::Told const& told) {
    if (told.text.empty()) return;
    if (told.state == call::State::connected)
      listener_.connected(told.text);
    else if (!was_connected_)
      listener_.progress(told.text);
  }

  void connected() {
    was_connected_ = true;
    leash_.close();
    auto const failed = [this](Error const& why) {
      failure_ = why;
      session_.cancel();
    };
    use_config_.environment = {{"RAS_PORT", session_.call().port()},
                               {"RAS_ENTRY", session_.call().plan().entry},
                               {"RAS_NUMBER", session_.call().number()}};
    if (link_) {
      if (auto run = link_->run(use_config_.environment); !run) failed(run.error());
      return;
    }
    auto line = session_.take_line();
    if (!line) return failed(line.error());
    auto use = use_line(context_, alarm_, *std::move(line), use_config_,
                        {.line_ended = [this](std::string const& how) { session_.line_ended(how); },
                         .done = [this](int status) { done(status); },
                         .send_break = [this] { session_.send_break(); }});
    if (!use) return failed(use.error());
    use_ = *std::move(use);
  }

  /// Who used the line has done with it.
  void done(int status) {
    use_over_ = true;
    use_status_ = status;
    if (result_) return finish();
    session_.cancel();
  }

  void ended(call::Result const& result) {
    result_ = result;
    ending_ = how_it_ends(result);
    if (failure_) result_ = call::Result{600, failure_->message};
    if (link_ && link_->running()) return link_->call_over();
    if (!use_ || use_status_) return finish();
    use_->line_over();
  }

  /// The far end of a board or a terminal hangs up when all is said; that of a network does not.
  Ending how_it_ends(call::Result const& result) const {
    if (!was_connected_) return Ending::never_stood;
    if (failure_) return Ending::dropped;
    bool const by_us = result.ras_error == 0 || use_over_;
    bool const far_end_hung_up = result.ras_error == 629 && !link_;
    return by_us || far_end_hung_up ? Ending::in_order : Ending::dropped;
  }

  void finish() {
    status_ = ending_ == Ending::in_order ? 0 : 1;
    bool const of_command = use_config_.use == Use::command && use_status_;
    bool const hidden = link_ && ending_ == Ending::dropped && use_status_ == 0;
    if (of_command && !hidden) status_ = *use_status_;
    listener_.ended(*result_, ending_);
    context_.stop();
  }

  boost::asio::io_context context_{1};
  io::Alarm alarm_;
  LineUseConfig use_config_;
  Listener listener_;
  boost::asio::signal_set signals_;
  io::Descriptor leash_;
  Session session_;
  std::unique_ptr<LinkUse> link_;
  std::unique_ptr<LineUse> use_;
  bool was_connected_ = false, signalled_ = false, use_over_ = false;
  std::optional<int> use_status_;
  std::optional<Error> failure_;
  std::optional<call::Result> result_;
  Ending ending_ = Ending::never_stood;
  int status_ = 1;
};

}  // namespace

int run_call(SessionConfig config, LineUseConfig use, Listener listener) {
  return Caller(std::move(config), std::move(use), std::move(listener)).run();
}

}  // namespace offhook::dialer
