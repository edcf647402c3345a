#include "dialer/app/line_use.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

#include "dialer/app/command_use.h"
#include "dialer/app/escape.h"
#include "dialer/app/raw_terminal.h"
#include "dialer/app/stream.h"

namespace offhook::dialer {
namespace {

/// How long what still comes after a call's end is waited for.
constexpr Duration leftovers = 300ms;

/// Nobody uses the bytes: they are dropped, so that the far end is not held up.
class Held : public LineUse {
 public:
  Held(boost::asio::io_context& context, serial::Station::Data line, Handlers handlers)
      : handlers_(std::move(handlers)),
        stream_(context, std::move(line.fd), io::Fd(), {},
                {.ended = [this](Stream::End, std::string const& how) { handlers_.line_ended(how); }}) {}
  Result<void> start() { return stream_.start(); }
  void line_over() override { handlers_.done(0); }
  bool on_signal(int) override { return false; }

 private:
  Handlers handlers_;
  Stream stream_;
};

/// Standard input and output, with or without a terminal's ways.
class Console : public LineUse {
 public:
  Console(boost::asio::io_context& context, io::Alarm& alarm, Duration linger, Handlers handlers)
      : context_(context),
        handlers_(std::move(handlers)),
        linger_(linger),
        quiet_(alarm, [this](Instant now) { looked(now); }) {}

  Result<void> start(serial::Station::Data line, Use use) {
    auto in = own_descriptor(STDIN_FILENO, O_RDONLY);
    if (!in) return in.error();
    auto out = own_descriptor(STDOUT_FILENO, O_WRONLY);
    if (!out) return out.error();
    io::Fd copy(::fcntl(line.fd.get(), F_DUPFD_CLOEXEC, 3));
    if (!copy) return error("the line: ", std::strerror(errno));
    Stream::Handlers typing{
        .ended = [this](Stream::End end, std::string const& how) { input_ended(end, how); }};
    if (use == Use::terminal) {
      auto raw = RawTerminal::take(STDIN_FILENO);
      if (!raw) return raw.error();
      raw_.emplace(*std::move(raw));
      typing.filter = [this](std::string_view text) { return typed(text); };
    }
    up_.emplace(context_, *std::move(in), std::move(copy), "", std::move(typing));
    down_.emplace(context_, std::move(line.fd), *std::move(out), std::move(line.early),
                  Stream::Handlers{
                      .ended = [this](Stream::End end, std::string const& how) { output_ended(end, how); }});
    if (auto const started = down_->start(); !started) return started.error();
    return up_->start();
  }

  void line_over() override {
    over_ = true;
    up_.reset();
    if (down_over_) return finish();
    wait(leftovers);
  }
  bool on_signal(int) override { return false; }

 private:
  std::string typed(std::string_view text) {
    auto typed = escape_.type(text);
    switch (typed.command) {
      case Escape::Command::none:
        break;
      case Escape::Command::hang_up:
        finish();
        break;
      case Escape::Command::send_break:
        handlers_.send_break();
        break;
      case Escape::Command::help:
        say(escape_help());
        break;
    }
    return std::move(typed.to_line);
  }
  static void say(std::string_view text) {
    // On the terminal itself; one that takes nothing now goes without.
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
  }
  void input_ended(Stream::End end, std::string const& how) {
    if (end == Stream::End::of_output) return handlers_.line_ended(how);
    if (raw_) return finish();  // the terminal is gone
    wait(linger_);
  }
  void output_ended(Stream::End end, std::string const& how) {
    down_over_ = true;
    if (end == Stream::End::of_output || over_) return finish();
    handlers_.line_ended(how);
  }
  void wait(Duration time) {
    seen_ = down_->bytes();
    quiet_for_ = time;
    quiet_.set(io::now() + time);
  }
  void looked(Instant) {
    if (seen_ != down_->bytes()) return wait(quiet_for_);
    finish();
  }
  void finish() {
    quiet_.set(std::nullopt);
    raw_.reset();
    if (!std::exchange(finished_, true)) handlers_.done(0);
  }

  boost::asio::io_context& context_;
  Handlers handlers_;
  Duration linger_, quiet_for_{};
  io::Alarm::Entry quiet_;
  Escape escape_;
  std::optional<RawTerminal> raw_;
  std::optional<Stream> up_, down_;
  uint64_t seen_ = 0;
  bool over_ = false, down_over_ = false, finished_ = false;
};

template <class T>
Result<std::unique_ptr<LineUse>> as_use(std::unique_ptr<T> use, Result<void> const& started) {
  if (!started) return started.error();
  return std::unique_ptr<LineUse>(std::move(use));
}

}  // namespace

Result<std::unique_ptr<LineUse>> use_line(boost::asio::io_context& context, io::Alarm& alarm,
                                          serial::Station::Data line, LineUseConfig config,
                                          LineUse::Handlers handlers) {
  if (config.use == Use::command)
    return run_command(context, alarm, std::move(line), config, std::move(handlers));
  if (config.use == Use::background) {
    auto held = std::make_unique<Held>(context, std::move(line), std::move(handlers));
    auto const started = held->start();
    return as_use(std::move(held), started);
  }
  auto console = std::make_unique<Console>(context, alarm, config.linger, std::move(handlers));
  auto const started = console->start(std::move(line), config.use);
  return as_use(std::move(console), started);
}

}  // namespace offhook::dialer
