#include "rasd/app/auto_service.h"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "emulator/base/text.h"
#include "rasd/app/ppp_service.h"
#include "rasd/app/program_service.h"

namespace offhook::rasd {
namespace {

/// Flags alone decide nothing, and may come for ever: more than this is not kept.
constexpr size_t most_heard = 4096;

}  // namespace

AutoService::AutoService(Surroundings const& around, ServiceConfig config, Handlers handlers)
    : around_(around),
      config_(std::move(config)),
      handlers_(std::move(handlers)),
      line_(
          around.context, [this] { on_readable(); }, [] {}),
      silence_(around.alarm, [this](Instant) { give_to(config_.ppp->after_silence); }) {}

void AutoService::start(CallFacts const& facts, Line line) {
  facts_ = facts;
  auto data = line.take_data();
  std::string why = data ? "" : data.error().message;
  if (data) {
    heard_ = std::move(data->early);
    if (auto const assigned = line_.assign(std::move(data->fd)); !assigned) why = assigned.error().message;
  }
  boost::asio::post(around_.context, [this, why, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    if (!why.empty()) return handlers_.failed(why);
    handlers_.started();
    if (alive.expired() || line_.fd() < 0) return;
    silence_.set(io::now() + config_.ppp->silence);
    sniffer_.receive(as_bytes(heard_));
    look();
  });
}

void AutoService::on_readable() {
  std::array<char, 1024> buffer;
  ssize_t const n = ::read(line_.fd(), buffer.data(), buffer.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return line_.await_readable();
  if (n <= 0) return end(port::Why::lost_carrier, "the line ended before the caller had said anything");
  std::string_view const bytes(buffer.data(), static_cast<size_t>(n));
  sniffer_.receive(as_bytes(bytes));
  if (heard_.size() < most_heard) heard_ += bytes;
  look();
}

void AutoService::look() {
  if (sniffer_.verdict() == ppp::LcpSniffer::Verdict::ppp) return give_to(AfterSilence::ppp);
  if (sniffer_.verdict() == ppp::LcpSniffer::Verdict::other) return give_to(AfterSilence::program);
  line_.await_readable();
}

void AutoService::give_to(AfterSilence who) {
  bool const ppp = who == AfterSilence::ppp;
  silence_.set(std::nullopt);
  if (chosen_ || line_.fd() < 0) return;
  spdlog::debug("port {}: the caller gets {}, after {} bytes", facts_.port, ppp ? "PPP" : "the program",
                heard_.size());
  auto kept = std::make_shared<serial::Station::Data>(
      serial::Station::Data{line_.release(), std::exchange(heard_, {})});
  Line line{[kept]() -> Result<serial::Station::Data> { return std::move(*kept); }, {}};
  Handlers handlers = handlers_;
  handlers.started = [] {};  // that was told when we began to listen
  if (ppp)
    chosen_ = std::make_unique<PppService>(around_, config_, std::move(handlers));
  else
    chosen_ = std::make_unique<ProgramService>(around_, config_, std::move(handlers));
  chosen_->start(facts_, std::move(line));
}

void AutoService::end(port::Why why, std::string const& text) {
  silence_.set(std::nullopt);
  line_.close();
  boost::asio::post(around_.context, [this, why, text, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) handlers_.ended(why, text);
  });
}

void AutoService::stop(bool at_once) {
  if (chosen_) return chosen_->stop(at_once);
  if (line_.fd() >= 0) end(port::Why::none, "");
}

std::optional<port::Why> AutoService::line_over() { return chosen_ ? chosen_->line_over() : std::nullopt; }

port::Counters AutoService::counters() const {
  if (chosen_) return chosen_->counters();
  return {.bytes_in = heard_.size(), .bytes_out = 0, .errors = 0};
}
pid_t AutoService::leader() const { return chosen_ ? chosen_->leader() : -1; }
Result<void> AutoService::may_say() const { return chosen_ ? chosen_->may_say() : Result<void>(); }
CallDetails AutoService::details() const { return chosen_ ? chosen_->details() : CallDetails{}; }

}  // namespace offhook::rasd
