#include "rasd/app/port_driver.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "emulator/base/text.h"
#include "rasd/port/device.h"

namespace offhook::rasd {
namespace {

port::Config machine_config(PortConfig const& config, at::Script const& script) {
  port::Config made = port::config_for(script, config.s25);
  made.dial_in = config.use != Use::dial_out;
  made.dial_out = config.use != Use::dial_in;
  made.rings_before_answer = static_cast<uint8_t>(config.rings);
  auto const set = [&](port::Timer timer, Duration d) { made.timing[static_cast<size_t>(timer)] = d; };
  set(port::Timer::session_limit, config.session_limit);
  set(port::Timer::idle_limit, config.idle_limit);
  return made;
}

at::Script with_init(at::Script script, std::vector<std::string> const& init) {
  script.init.insert(script.init.end(), init.begin(), init.end());
  return script;
}

port::Trouble trouble_of(tty::Trouble trouble) {
  switch (trouble) {
    case tty::Trouble::absent:
      return port::Trouble::absent;
    case tty::Trouble::busy:
      return port::Trouble::busy;
    case tty::Trouble::denied:
      return port::Trouble::denied;
    case tty::Trouble::other:
      break;
  }
  return port::Trouble::other;
}

}  // namespace

struct PortDriver::Revocation {
  Revocation(std::shared_ptr<tty::SideChannel> bank, std::string const& port)
      : channel(std::move(bank)), attachment(channel->attach(port, [](tty::PortState const*) {})) {}
  Revocation(Revocation const&) = delete;
  ~Revocation() { channel->detach(attachment); }
  std::shared_ptr<tty::SideChannel> channel;
  uint64_t attachment;
};

PortDriver::PortDriver(Shared shared, PortHost& host, PortConfig config, at::Script script,
                       std::optional<ServiceConfig> service, std::shared_ptr<PppAccess> ppp)
    : shared_(shared),
      host_(host),
      config_(std::move(config)),
      script_(with_init(std::move(script), config_.init)),
      service_config_(std::move(service)),
      ppp_(std::move(ppp)),
      port_(io::now(), config_.name, machine_config(config_, script_)),
      station_(shared.context, shared.alarm, shared.banks,
               {config_.path, {config_.rate_bps, config_.rts_cts}, script_},
               {.heard = [this](at::Heard const& h) { heard(h); },
                .ended = [this](at::Ended const& e) { ended(e); },
                .lines = [this](tty::Lines const& l) { lines(l); },
                .readable = [this] { feed(port::Readable{}); },
                .lost = [this](std::string const& why) { lost(why); },
                .trace =
                    [this](bool to_device, std::string_view bytes) {
                      spdlog::trace("port {} {} {}", config_.name, to_device ? "<" : ">", escaped(bytes));
                    },
                .ring = [this] { feed(port::Ring{}); }}),
      alarm_(shared.alarm, [this](Instant at) { on_alarm(at); }),
      dtr_(machine_config(config_, script_).timing[static_cast<size_t>(port::Timer::dtr_off)]),
      dtr_due_(shared.alarm, [this](Instant now) {
        if (dtr_.on_timeout(now)) raise_dtr();
      }) {}

PortDriver::~PortDriver() {
  if (watch_ != 0) shared_.presence.forget(watch_);
}

bool PortDriver::is(PortConfig const& config, at::Script const& device, ServiceConfig const* service) const {
  PortConfig like_ours = config;
  like_ours.enabled = config_.enabled;
  bool const same_service = service ? service_config_ == *service : !service_config_;
  return like_ours == config_ && same_service && with_init(device, config.init) == script_;
}

void PortDriver::start() {
  watch_ = shared_.presence.watch(config_.path, [this](tty::Wake wake) { on_presence(wake); });
  if (!config_.enabled) feed(port::Disable{});
  drain();
}

void PortDriver::tell(port::Event const& event) { feed(event); }

void PortDriver::set_enabled(bool enabled) {
  config_.enabled = enabled;
  if (enabled)
    feed(port::Enable{});
  else
    feed(port::Disable{});
}

void PortDriver::ownership(port::Ticket ticket, std::string holder) {
  feed(port::Ownership{ticket, std::move(holder)});
}

Result<void> PortDriver::say(std::string_view text) {
  if (port_.state() != port::State::connected) return error("port ", name(), " has no call to speak to");
  if (service_config_ && service_config_->direct)
    return error("the program of port ", name(), " has the port itself: only it can speak");
  if (running_)
    if (auto may = running_->may_say(); !may) return may;
  std::string line = "\r\n" + std::string(text) + "\r\n";
  size_t const written = station_.tty().write(as_bytes(line));
  if (written < line.size()) return error("the line of port ", name(), " takes no more: the text was cut");
  return {};
}

// ---- the machine and its clock

void PortDriver::feed(port::Event event) {
  pending_.push_back(std::move(event));
  drain();
}

void PortDriver::on_alarm(Instant now) {
  tell_traffic(now);
  port_.on_timeout(now);
  drain();
}

/// Before a deadline is found to have passed: bytes put an idle limit off.
void PortDriver::tell_traffic(Instant now) {
  auto const deadline = port_.next_timeout();
  if (running_ && deadline && *deadline <= now) port_.on(*deadline - 1ns, port::Traffic{counters()});
}

void PortDriver::drain() {
  if (draining_ == Draining::yes) return;  // whoever drains sees what is pending
  draining_ = Draining::yes;
  for (;;) {
    while (auto action = port_.poll_action()) std::visit([this](auto const& each) { act(each); }, *action);
    if (pending_.empty()) break;
    port::Event const event = std::move(pending_.front());
    pending_.pop_front();
    Instant const now = io::now();
    tell_traffic(now);
    port_.on(now, event);
  }
  draining_ = Draining::no;
  alarm_.set(port_.next_timeout());
}

// ---- what the machine asks for

void PortDriver::act(port::AskOwnership const& a) {
  bool const there = ::access(config_.path.c_str(), F_OK) == 0;
  if (there || port_.state() != port::State::absent) host_.ask_ownership(*this, a.ticket);
}

void PortDriver::forget_dtr() {
  dtr_.forget();
  dtr_due_.set(std::nullopt);
  samples_.clear();
}

void PortDriver::act(port::Open const& a) {
  forget_dtr();
  auto const opened = station_.open();
  bool const busy = !opened && opened.error().trouble == tty::Trouble::busy;
  refused_ = busy ? holder::Refusal::open : holder::Refusal::none;
  if (!opened)
    return feed(port::OpenFailed{a.ticket, trouble_of(opened.error().trouble), opened.error().text});
  last_lines_.reset();
  say_source();
  feed(port::Opened{a.ticket, config_.rate_bps});
}

void PortDriver::act(port::Close const&) {
  lock_.reset();
  forget_dtr();
  station_.close();
}

std::optional<holder::TtyLock> PortDriver::lock(pid_t owner, bool exclusive) {
  auto const identity = holder::identify(config_.path);
  if (!identity) return std::nullopt;  // gone: the open that follows will say so
  holder::LockOptions const options{shared_.lock_dir, owner, exclusive, {::getpid(), bank_of(config_.path)}};
  auto taken = holder::TtyLock::take(*identity, station_.tty().fd(), options);
  if (!taken) {
    feed(port::Ownership{0, taken.error().message});
    return std::nullopt;
  }
  for (std::string const& note : taken->notes()) spdlog::debug("port {}: {}", name(), note);
  return *std::move(taken);
}

void PortDriver::act(port::Lock const&) {
  if (!lock_) lock_ = lock(0, true);
}
void PortDriver::act(port::Unlock const&) { lock_.reset(); }

void PortDriver::act(port::SetDtr const& a) {
  if (!station_.tty().is_open()) return;
  if (a.on) {
    if (dtr_.rise()) raise_dtr();
    return;
  }
  station_.forget_dialogue();  // the device is about to forget what it owes us
  uint64_t const fall = dtr_.fall(io::now());
  dtr_due_.set(dtr_.next_timeout());
  auto told = [this, fall, alive = std::weak_ptr<int>(alive_)](Result<void> const& done) {
    if (alive.expired()) return;
    if (!done) spdlog::debug("port {}: {}", name(), done.error().message);
    dtr_.fell(io::now(), fall);
    dtr_due_.set(dtr_.next_timeout());
  };
  station_.tty().set_dtr(false, std::move(told));
}

void PortDriver::raise_dtr() {
  station_.tty().set_dtr(true, [name = config_.name](Result<void> const& done) {
    if (!done) spdlog::debug("port {}: {}", name, done.error().message);
  });
  for (port::Ticket const ticket : std::exchange(samples_, {})) act(port::Sample{ticket});
}

void PortDriver::act(port::Arm const&) {
  station_.arm();
  if (last_lines_) last_lines_->carrier_fell = false;  // counts anew, here too
  station_.await_readable();
}

void PortDriver::act(port::Sample const& a) {
  if (dtr_.rise_waits()) return samples_.push_back(a.ticket);
  // A bank tells the circuits a moment after the open; until then nothing is known.
  station_.tty().when_known(
      [this, ticket = a.ticket, alive = std::weak_ptr<int>(alive_)](Result<void> const& known) {
        if (!alive.expired() && known && station_.tty().is_open()) answer_sample(ticket);
      });
}

void PortDriver::act(port::Read const&) {
  station_.read();
  station_.await_readable();
}

void PortDriver::act(port::Talk const& a) {
  dialogue_ = a.ticket;
  station_.talk(port::task_of(a.dialogue));
}

void PortDriver::act(port::HushUp const&) {
  dialogue_ = 0;
  station_.hush();
}

void PortDriver::act(port::Revoke const& a) {
  auto done = [this, ticket = a.ticket, alive = std::weak_ptr<int>(alive_)](Result<void> const& result) {
    if (!alive.expired()) revoked(ticket, result);
  };
  lock_.reset();  // its descriptor would be one more holder
  auto const channel = shared_.banks.of(config_.path);
  std::string const port = config_.path.substr(config_.path.rfind('/') + 1);
  revocation_ = channel ? std::make_unique<Revocation>(channel, port) : nullptr;
  if (station_.tty().is_open()) return station_.tty().revoke(std::move(done));
  if (channel) return channel->revoke(port, 0, std::move(done));
  if (auto const opened = station_.open(); !opened) return revoked(a.ticket, error(opened.error().text));
  station_.tty().revoke(std::move(done));
}

/// Where nobody can be made to let go, it is enough that nobody holds the port.
void PortDriver::revoked(port::Ticket ticket, Result<void> const& done) {
  if (ticket != port_.awaited(port::Port::Question::revocation)) return;  // late: the tty is another by now
  revocation_.reset();
  station_.close();
  if (done) return feed(port::Revoked{ticket});
  if (::access(config_.path.c_str(), F_OK) != 0) return feed(port::DeviceGone{});
  spdlog::debug("port {}: {}", name(), done.error().message);
  not_revoked(ticket);
}

void PortDriver::not_revoked(port::Ticket ticket) {
  host_.ask_holders(*this, [this, ticket](Result<holder::Findings> const& found) {
    std::string const who =
        found ? holder::sentence(found->claims) : "a program that cannot be seen: " + found.error().message;
    if (who.empty()) return feed(port::Revoked{ticket});
    feed(port::NotRevoked{ticket, who});
  });
}

void PortDriver::act(port::StartService const& a) {
  if (!service_config_) return feed(port::ServiceFailed{a.ticket, "the port has no service"});
  auto const& shown = port_.shown();
  if (service_config_->direct) {
    // The program has the tty as its own, and may open it by its name.
    lock_.reset();
    lock_ = lock(0, false);
  }
  CallFacts const facts{name(),     shown.call,          shown.number,
                        shown.name, shown.line_rate_bps, host_.may_call_back()};
  running_since_ = io::now();
  Service::Handlers told;
  told.started = [this, t = a.ticket] { feed(port::ServiceStarted{t}); };
  told.failed = [this, t = a.ticket](std::string why) {
    spdlog::warn("port {}: the service '{}' does not start: {}", name(), service_config_->name, why);
    feed(port::ServiceFailed{t, std::move(why)});
  };
  told.ended = [this, t = a.ticket](port::Why why, std::string const& text) {
    spdlog::debug("port {}: the service ended: {}", name(), text);
    feed(port::Traffic{counters()});
    feed(port::ServiceEnded{t, why});
  };
  told.authenticating = [this, t = a.ticket] { feed(port::AuthenticationBegun{t}); };
  told.authenticated = [this, t = a.ticket](std::string user) {
    feed(port::Authenticated{t, std::move(user)});
  };
  told.call_back = [this](CallBackOrder order) { host_.call_back(*this, std::move(order)); };
  running_ = make_service({shared_.context, shared_.alarm, shared_.children, ppp_, &shared_.taps},
                          *service_config_, told);
  running_->start(facts, line_of(station_));
  if (pid_t const leader = running_->leader(); service_config_->direct && lock_ && leader > 0)
    if (auto const passed = lock_->pass_to(leader); !passed)
      spdlog::debug("port {}: {}", name(), passed.error().message);
}

void PortDriver::act(port::StopService const& a) {
  if (!running_)
    return feed(port::ServiceEnded{port_.awaited(port::Port::Question::service), port::Why::none});
  feed(port::Traffic{counters()});
  if (a.line_over) (void)running_->line_over();  // why is known to the machine
  running_->stop(a.at_once);
}

void PortDriver::act(port::Grant const& a) {
  auto const client = host_.process_of(a.client);
  if (!client) return feed(port::ClientGone{a.client});
  lock_ = lock(client->pid, false);  // the client's programs may open the port by its name
  auto given = station_.lend();
  if (!given) {
    host_.refuse(a.client, 633, given.error().text);
    return feed(port::ClientGone{a.client});
  }
  lease::Granted granted;
  granted.port = name();
  granted.path = config_.path;
  granted.device = config_.device;
  granted.rate_bps = config_.rate_bps;
  granted.rts_cts = config_.rts_cts;
  if (!host_.grant(*this, a.client, std::move(granted), *std::move(given))) feed(port::ClientGone{a.client});
}

void PortDriver::act(port::Refuse const& a) { host_.refuse(a.client, a.ras_error, a.text); }
void PortDriver::act(port::EndLease const& a) { host_.end_lease(a.client, a.why); }
void PortDriver::act(port::Finished const&) { host_.finished(*this); }
void PortDriver::act(port::Note const& a) {
  bool const transition = a.text.find(" -> ") != a.text.npos;
  spdlog::log(transition ? spdlog::level::info : spdlog::level::debug, "{}", a.text);
}

void PortDriver::act(port::Change const& change) {
  // The service is over once the port is on its way back.
  if (change.kind == port::Change::Kind::state && change.state == port::State::recovering) running_.reset();
  host_.changed(*this, change);
}

}  // namespace offhook::rasd
