#include "rasd/app/call_backs.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "emulator/base/text.h"

namespace offhook::rasd {
namespace {

/// Clients of lease.sock count from 1 and never come so far.
constexpr ClientId first_client = ClientId{1} << 40;
constexpr size_t most_call_backs = 1024;
/// A number that does not answer, and a port that is taken, are tried again.
constexpr unsigned most_attempts = 3;
constexpr Duration pause = 10s, report_pause = 3s;

Peer ourselves() {
  Peer peer;
  peer.process = holder::describe(::getpid()).value_or(holder::Process{});
  peer.process.pid = ::getpid();
  peer.uid = ::geteuid();
  return peer;
}

}  // namespace

struct CallBacks::Impl : std::enable_shared_from_this<Impl> {
  Impl(Surroundings surroundings, tty::Banks& the_banks, Handlers with)
      : around(std::move(surroundings)), banks(the_banks), handlers(std::move(with)) {}

  Calling* find(ClientId client) {
    auto const found = all.find(client);
    return found == all.end() ? nullptr : found->second.get();
  }
  /// Not from within the port's own call, nor from within a station's or a service's. `f` may erase it.
  template <class F>
  void later(ClientId client, F f) {
    boost::asio::post(around.context, [weak = weak_from_this(), client, f = std::move(f)]() mutable {
      auto const self = weak.lock();
      Calling* const calling = self ? self->find(client) : nullptr;
      if (calling) f(*calling);
    });
  }

  Surroundings around;
  tty::Banks& banks;
  Handlers handlers;
  ClientId last = first_client;
  std::map<ClientId, std::unique_ptr<Calling>> all;
};

/// One of them: waits for its port, leases, initialises, dials, serves; after a failure again, after a pause.
class CallBacks::Calling {
 public:
  Calling(Impl& all, ClientId id, CallBackOrder order, ServiceConfig service, std::shared_ptr<PppAccess> ppp,
          std::string first_port, bool again)
      : all_(all),
        id_(id),
        order_(std::move(order)),
        service_config_(std::move(service)),
        ppp_(std::move(ppp)),
        first_port_(std::move(first_port)),
        wished_(again ? first_port_ : ""),
        due_(all.around.alarm, [this](Instant) { ask(); }),
        report_(all.around.alarm, [this](Instant) { report(); }) {}
  ~Calling() {
    service_.reset();
    station_.reset();
  }

  bool waits_for(std::string const& port) const { return step_ == Step::waiting && port == first_port_; }
  void begin() {
    step_ = Step::pausing;
    due_.set(io::now() + order_.delay);
  }

  void granted(lease::Granted const& granted, io::Fd descriptor) {
    if (step_ != Step::asking) return;
    port_ = granted.port;
    at::Script const* const script = all_.handlers.script(granted.device);
    if (!script) return failed("there is no device '" + granted.device + "'");
    station_ = std::make_unique<serial::Station>(
        all_.around.context, all_.around.alarm, all_.banks,
        serial::StationConfig{granted.path, {granted.rate_bps, granted.rts_cts}, *script},
        station_handlers());
    if (auto const adopted = station_->adopt(std::move(descriptor)); !adopted)
      return failed(adopted.error().text);
    step_ = Step::preparing;
    tell("initialising");
    station_->arm();
    station_->talk(at::Task::initialise);
  }
  void refused(std::string const& text) {
    if (step_ == Step::asking) failed(text);
  }
  /// The lease is the manager's again: what stands on it goes at once.
  void lease_ended(port::Why why) { over("the port was taken back: " + std::string(port::name(why))); }

 private:
  enum class Step : uint8_t { waiting, pausing, asking, preparing, dialling, serving };

  serial::Station::Handlers station_handlers() {
    auto const mine = [this](auto does) {
      all_.later(id_, [does = std::move(does)](Calling& self) { does(self); });
    };
    serial::Station::Handlers handlers;
    handlers.heard = [](at::Heard const&) {};
    handlers.readable = [] {};
    handlers.ended = [mine](at::Ended const& ended) { mine([ended](Calling& self) { self.talked(ended); }); };
    handlers.lines = [mine](tty::Lines const& lines) { mine([lines](Calling& self) { self.look(lines); }); };
    handlers.lost = [mine](std::string const& why) {
      mine([why](Calling& self) { self.line_over("the port was lost: " + why); });
    };
    return handlers;
  }

  void ask() {
    step_ = Step::asking;
    ++attempts_;
    all_.handlers.request(id_, ourselves(), {wished_, "calls " + escaped(order_.user) + " back"});
  }
  void tell(std::string_view state) {
    lease::Progress progress;
    progress.state = state;
    progress.number = order_.number;
    progress.line_rate_bps = rate_bps_;
    if (service_) {
      auto const details = service_->details();
      auto const counters = service_->counters();
      progress.user = details.user;
      progress.address = details.address;
      progress.bytes_in = counters.bytes_in;
      progress.bytes_out = counters.bytes_out;
    }
    all_.handlers.progress(id_, progress);
  }
  void report() {
    tell(authenticated_ ? "connected" : "authenticating");
    report_.set(io::now() + report_pause);
  }

  void talked(at::Ended const& ended) {
    if (step_ == Step::preparing && ended.outcome == at::Outcome::ok) {
      step_ = Step::dialling;
      tell("dialling");
      return station_->talk(at::Task::dial, order_.number);
    }
    if (step_ != Step::dialling || ended.outcome != at::Outcome::connect)
      return failed("the device says '" + ended.text + "'");
    rate_bps_ = ended.connection.line_rate_bps;
    serve();
  }
  void serve() {
    step_ = Step::serving;
    Service::Handlers told;
    told.started = [] {};
    told.failed = [this](std::string const& why) {
      all_.later(id_, [why](Calling& self) { self.over(why); });
    };
    told.ended = [this](port::Why, std::string const& text) {
      all_.later(id_, [text](Calling& self) { self.over(text); });
    };
    told.authenticating = [] {};
    told.authenticated = [this](std::string const&) {
      authenticated_ = true;
      report();
    };
    Surroundings around = all_.around;
    around.ppp = ppp_;
    service_ = make_service(around, service_config_, std::move(told));
    CallFacts facts;
    facts.port = port_;
    facts.line_rate_bps = rate_bps_;
    facts.called_back = order_.user;
    service_->start(facts, line_of(*station_));
    look(station_->sample().lines);
    report();
  }

  /// 109 ON once, then OFF, as the dialer sees its calls end.
  void look(tty::Lines const& lines) {
    bool const on = lines.circuits.on(v24::Circuit::dcd);
    bool const fell = lines.carrier_fell || (carrier_seen_ && !on);
    carrier_seen_ = on;
    if (fell && step_ == Step::serving) line_over("the carrier was lost");
  }
  void line_over(std::string const& how) {
    if (step_ != Step::serving) return failed(how);
    if (service_) (void)service_->line_over();
    over(how);
  }

  /// Before there was a call. After the last attempt it is over.
  void failed(std::string const& why) {
    if (step_ == Step::waiting || step_ == Step::pausing || step_ == Step::serving) return;
    if (attempts_ >= most_attempts) return over(why);
    spdlog::warn("user '{}' is called back again in {} s: {}", escaped(order_.user), pause / 1s, why);
    station_.reset();
    all_.handlers.release(id_);
    step_ = Step::pausing;
    due_.set(io::now() + pause);
  }
  /// Erases this.
  void over(std::string const& why) {
    spdlog::info("calling user '{}' back at {} is over: {}", escaped(order_.user), escaped(order_.number),
                 why);
    auto const kept = std::move(all_.all[id_]);
    all_.all.erase(id_);
    service_.reset();
    station_.reset();
    all_.handlers.release(id_);
  }

  Impl& all_;
  ClientId id_;
  CallBackOrder order_;
  ServiceConfig service_config_;
  std::shared_ptr<PppAccess> ppp_;
  std::string first_port_, wished_, port_;
  Step step_ = Step::waiting;
  unsigned attempts_ = 0;
  uint32_t rate_bps_ = 0;
  bool carrier_seen_ = false, authenticated_ = false;
  std::unique_ptr<serial::Station> station_;
  std::unique_ptr<Service> service_;  // reads of the station
  io::Alarm::Entry due_, report_;
};

CallBacks::CallBacks(Surroundings const& around, tty::Banks& banks, Handlers handlers)
    : impl_(std::make_shared<Impl>(around, banks, std::move(handlers))) {}
CallBacks::~CallBacks() { stop(); }

void CallBacks::add(CallBackOrder order, ServiceConfig service, std::shared_ptr<PppAccess> ppp,
                    std::string const& port, bool again) {
  if (impl_->all.size() >= most_call_backs)
    return spdlog::error("port {}: user '{}' is not called back: {} others are waiting", port,
                         escaped(order.user), most_call_backs);
  spdlog::info("port {}: user '{}' will be called back at {}", port, escaped(order.user),
               escaped(order.number));
  ClientId const id = ++impl_->last;
  impl_->all.emplace(id, std::make_unique<Calling>(*impl_, id, std::move(order), std::move(service),
                                                   std::move(ppp), port, again));
}

void CallBacks::at_rest(std::string const& port) {
  for (auto const& [id, calling] : impl_->all)
    if (calling->waits_for(port)) calling->begin();
}

void CallBacks::stop() { impl_->all.clear(); }

bool CallBacks::granted(ClientId client, lease::Granted const& granted, io::Fd& descriptor) {
  if (!impl_->find(client)) return false;
  auto kept = std::make_shared<io::Fd>(std::move(descriptor));
  impl_->later(client, [granted, kept](Calling& calling) { calling.granted(granted, std::move(*kept)); });
  return true;
}

bool CallBacks::refused(ClientId client, std::string const& text) {
  if (client <= first_client) return false;
  impl_->later(client, [text](Calling& calling) { calling.refused(text); });
  return true;
}

bool CallBacks::ended(ClientId client, port::Why why) {
  if (client <= first_client) return false;
  impl_->later(client, [why](Calling& calling) { calling.lease_ended(why); });
  return true;
}

}  // namespace offhook::rasd
