#include "dialer/app/session.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "dialer/call/words.h"
#include "emulator/io/descriptor.h"
#include "rasd/lease/packets.h"

namespace offhook::dialer {

using call::Event;
using call::Input;
using call::State;

/// After carrier is lost what the device still says may be read.
constexpr Duration farewell = 150ms;
/// DTR is off for longer than S25 (V.250 6.3.10), which a script may have too low.
constexpr Duration least_dtr_off = 100ms;

struct Session::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& context, SessionConfig config, Handlers handlers)
      : context_(context),
        alarm_(context),
        banks_(context, alarm_),
        config_(std::move(config)),
        handlers_(std::move(handlers)),
        call_(config_.plan),
        lease_wake_(
            context, [this] { read_lease(); }, [] {}),
        timeout_(alarm_,
                 [this](Instant now) {
                   call_.on_timeout(now);
                   drain();
                 }),
        farewell_(alarm_, [this](Instant) { carrier_lost(); }),
        dtr_due_(alarm_, [this](Instant) { raise_dtr(); }) {}

  // ---- the engine ----

  void feed(Input input) {
    inputs_.push_back(std::move(input));
    drain();
  }
  /// What an action causes is fed in its turn, never from within.
  void drain() {
    if (std::exchange(draining_, true)) return;
    auto const self = shared_from_this();
    for (;;) {
      if (auto action = call_.poll_action()) {
        std::visit([this](auto const& each) { carry_out(each); }, *action);
        continue;
      }
      if (inputs_.empty()) break;
      Input const input = std::move(inputs_.front());
      inputs_.pop_front();
      call_.on(io::now(), input);
    }
    draining_ = false;
    timeout_.set(call_.next_timeout());
  }

  // ---- the lease ----

  void carry_out(call::AskLease const&) {
    auto client = lease::Client::connect(config_.dir);
    if (!client) return later({.event = Event::manager_gone, .text = client.error().message});
    lease_.emplace(*std::move(client));
    if (auto const watched = watch_lease(); !watched) return lease_lost(watched.error().message);
    if (auto const sent = lease_->send(lease::Request{config_.plan.port, config_.purpose}); !sent)
      lease_lost(sent.error().message);
  }
  Result<void> watch_lease() {
    io::Fd copy(::fcntl(lease_->fd(), F_DUPFD_CLOEXEC, 3));
    if (!copy) return error(std::strerror(errno));
    if (auto const assigned = lease_wake_.assign(std::move(copy)); !assigned) return assigned.error();
    lease_wake_.await_readable();
    return {};
  }
  void lease_lost(std::string const& how) {
    end_lease();
    later({.event = Event::manager_gone, .text = how});
  }
  void end_lease() {
    drop_station();
    lease_wake_.close();
    lease_.reset();
  }

  void read_lease() {
    while (lease_) {
      auto received = lease_->receive();
      if (!received) {
        lease_lost(received.error().message);
        break;
      }
      if (!*received) break;
      std::visit([&](auto& each) { heard(each, (*received)->descriptor); }, (*received)->message);
    }
    if (lease_) lease_wake_.await_readable();
    drain();
  }
  void heard(lease::Granted& granted, io::Fd& descriptor) {
    granted_ = std::move(granted);
    descriptor_ = std::move(descriptor);
    later({.event = Event::granted, .text = granted_.port});
  }
  void heard(lease::Refused const& refused, io::Fd&) {
    later({.event = Event::refused, .text = refused.text, .ras_error = refused.ras_error});
  }
  void heard(lease::Ended const& ended, io::Fd&) {
    later({.event = Event::lease_ended, .text = ended.text, .cause = ended.why});
  }
  void heard(lease::Released const&, io::Fd&) { later({Event::released}); }

  void carry_out(call::Release const&) {
    drop_station();
    if (!lease_) return later({.event = Event::manager_gone, .text = "its connection ended"});
    if (auto const sent = lease_->send(lease::Release{}); !sent) lease_lost(sent.error().message);
  }
  void carry_out(call::DropLease const&) { end_lease(); }

  // ---- the tty and its dialogue ----

  Result<at::Script> script_of(std::string const& wished) const {
    std::string const& name = wished.empty() ? granted_.device : wished;
    auto const scripts = at::parse_scripts(granted_.config, "the port manager's device", at::Rest::ignored);
    if (!scripts) return scripts.error();
    for (at::Script const& each : *scripts)
      if (each.name == name) return each;
    if (at::Script const* const built_in = at::find_built_in(name)) return *built_in;
    std::string names;
    for (at::Script const& each : at::built_in_scripts()) names += (names.empty() ? "" : ", ") + each.name;
    return error("there is no device script '", name, "'; there are ", names);
  }

  Result<void> make_station(size_t device, io::Fd descriptor) {
    auto script = script_of(config_.plan.devices.empty() ? "" : config_.plan.devices[device].script);
    if (!script) return script.error();
    drop_station();
    s25_ = script->s25;
    station_ = std::make_unique<serial::Station>(
        context_, alarm_, banks_,
        serial::StationConfig{granted_.path, {granted_.rate_bps, granted_.rts_cts}, *std::move(script)},
        handlers_of(++station_number_));
    device_ = device;
    carrier_seen_ = false;
    auto const adopted = station_->adopt(std::move(descriptor));
    if (!adopted) return error(adopted.error().text);
    return {};
  }
  /// What an earlier station still says is not heard.
  serial::Station::Handlers handlers_of(uint64_t number) {
    auto const mine = [this, number] { return number == station_number_ && station_; };
    serial::Station::Handlers handlers;
    // A device that answers by itself tells of its carrier alone.
    handlers.heard = [this, mine](at::Heard const& heard) {
      if (mine() && heard.what == at::Heard::What::connect) feed({Event::rang});
    };
    handlers.ring = [this, mine] {
      if (mine()) feed({Event::rang});
    };
    handlers.readable = [this, mine] {
      if (mine() && call_.state() == State::wait_for_callback) station_->read();
    };
    handlers.ended = [this, mine](at::Ended const& ended) {
      if (mine()) talked(ended);
    };
    handlers.lines = [this, mine](tty::Lines const& lines) {
      if (mine()) look(lines);
    };
    handlers.lost = [this, mine](std::string const& how) {
      if (mine()) lost(how);
    };
    return handlers;
  }
  void drop_station() {
    if (!station_) return;
    if (linked_) handlers_.link_line_over("");
    ++station_number_;
    farewell_.set(std::nullopt);
    dtr_due_.set(std::nullopt);
    station_->close();
    // It may be one of its own handlers that led here.
    former_.push_back(std::move(station_));
    boost::asio::post(context_, [weak = weak_from_this()] {
      if (auto const self = weak.lock()) self->former_.clear();
    });
  }

  void carry_out(call::OpenPort const&) {
    auto const made = make_station(0, std::move(descriptor_));
    if (!made) return later({.event = Event::open_failed, .text = made.error().message});
    later({Event::opened});
  }
  void carry_out(call::Talk const& talk) {
    if (talk.device != device_)
      if (auto const made = next_station(talk.device); !made)
        return later({.event = Event::port_lost, .text = made.error().message});
    station_->arm();
    station_->talk(talk.task, talk.number);
  }
  /// The next device is talked to over the same tty.
  Result<void> next_station(size_t device) {
    if (station_->mode() == serial::Mode::online) {
      auto data = station_->take_data();
      if (!data) return data.error();
      return make_station(device, std::move(data->fd));
    }
    auto lent = station_->lend();
    if (!lent) return error(lent.error().text);
    return make_station(device, *std::move(lent));
  }
  void carry_out(call::StopTalk const&) {
    if (station_) station_->cancel();
  }
  void talked(at::Ended const& ended) {
    if (ended.task == at::Task::hang_up) return feed({Event::line_dropped});
    later({.event = Event::talked,
           .text = ended.text,
           .outcome = ended.outcome,
           .line_rate_bps = ended.connection.line_rate_bps});
    if (ended.outcome == at::Outcome::connect && station_) look(station_->sample().lines);
    drain();
  }
  /// 109 ON once, then OFF. A device that never shows it ends its calls by the port or the lease.
  void look(tty::Lines const& lines) {
    bool const on = lines.circuits.on(v24::Circuit::dcd);
    bool const fell = lines.carrier_fell || (carrier_seen_ && !on);
    carrier_seen_ = on;
    carrier_shown_ = carrier_shown_ || on;
    if (fell && !farewell_.at()) farewell_.set(io::now() + farewell);
  }
  /// The manager's word, if it is on its way, explains more than the tty does.
  void lost(std::string const& how) {
    if (lease_) read_lease();
    later({.event = Event::port_lost, .text = how});
    drain();
  }

  // ---- PPP ----

  void carry_out(call::StartLink const& start) {
    auto line = station_->take_data();
    if (!line) return later({.event = Event::port_lost, .text = line.error().message});
    linked_ = true;
    handlers_.start_link(*std::move(line), start.called_back);
  }
  void carry_out(call::CloseLink const&) { handlers_.close_link(); }
  void link_event(Input input) {
    if (input.event == Event::link_ended) linked_ = false;
    feed(std::move(input));
  }

  // ---- a call back

  /// By DTR; by the escape and the device's own word where there is no such circuit.
  void carry_out(call::DropLine const&) {
    if (!station_) return later({.event = Event::port_lost, .text = "the port is gone"});
    station_->take_back();
    farewell_.set(std::nullopt);
    if (station_->tty().source() == tty::Source::none) return station_->talk(at::Task::hang_up);
    set_dtr(false, [this] { dtr_due_.set(io::now() + std::max(least_dtr_off, 2 * s25_)); });
  }
  void raise_dtr() {
    set_dtr(true, [this] { feed({Event::line_dropped}); });
  }
  /// A circuit that cannot be set is not waited for: the device will show what it thinks of the next word.
  void set_dtr(bool on, std::function<void()> then) {
    station_->tty().set_dtr(on, [this, weak = weak_from_this(), number = station_number_,
                                 then = std::move(then)](Result<void> const&) {
      auto const self = weak.lock();
      if (self && number == station_number_ && station_) then();
    });
  }
  void carry_out(call::AwaitRing const&) { station_->await_readable(); }

  /// What the link heard before explains more than the carrier does: its end is its own to tell.
  void carrier_lost() {
    if (!linked_) return feed({Event::carrier_lost});
    handlers_.link_line_over("no carrier");
  }

  // ---- what is told ----

  void carry_out(call::Told const& told) {
    if (lease_) {
      progress_.state = call::condition(told.state);
      progress_.number = call_.number();
      progress_.entry = call_.plan().entry.empty() ? progress_.number : call_.plan().entry;
      progress_.line_rate_bps = call_.line_rate_bps();
      if (call_.plan().ppp) progress_.user = call_.plan().ppp->user;
      progress_.address = call_.address();
      report();
    }
    handlers_.told(told);
    if (told.state == State::connected) handlers_.connected();
  }
  void report() {
    // A manager that does not take it is gone, which is seen by reading.
    if (lease_ && !progress_.state.empty()) (void)lease_->send(progress_);
  }
  void carry_out(call::Result const& result) {
    end_lease();
    handlers_.ended(result);
  }
  void carry_out(call::Note const&) {}

  void later(Input input) { inputs_.push_back(std::move(input)); }

  boost::asio::io_context& context_;
  io::Alarm alarm_;
  tty::Banks banks_;
  SessionConfig config_;
  Handlers handlers_;
  call::Call call_;
  std::deque<Input> inputs_;
  bool draining_ = false;
  std::optional<lease::Client> lease_;
  io::Descriptor lease_wake_;
  lease::Granted granted_;
  io::Fd descriptor_;
  std::unique_ptr<serial::Station> station_;
  std::vector<std::unique_ptr<serial::Station>> former_;  // to be destroyed in their turn
  uint64_t station_number_ = 0;
  size_t device_ = 0;
  Duration s25_{};  // of the device's script
  bool carrier_seen_ = false, carrier_shown_ = false;
  bool linked_ = false;  // PPP has the line's bytes
  lease::Progress progress_;
  io::Alarm::Entry timeout_, farewell_, dtr_due_;
};

Session::Session(boost::asio::io_context& context, SessionConfig config, Handlers handlers)
    : impl_(std::make_shared<Impl>(context, std::move(config), std::move(handlers))) {}
Session::~Session() { impl_->end_lease(); }
void Session::start() { impl_->feed({Event::start}); }
void Session::cancel() { impl_->feed({Event::cancel}); }
void Session::line_ended(std::string const& how) {
  if (impl_->lease_) impl_->read_lease();
  impl_->feed(how.empty() ? Input{Event::carrier_lost} : Input{.event = Event::port_lost, .text = how});
}
Result<serial::Station::Data> Session::take_line() {
  if (!impl_->station_) return error("the port is gone");
  return impl_->station_->take_data();
}
void Session::send_break() {
  if (impl_->station_) impl_->station_->tty().send_break([](Result<void> const&) {});
}
void Session::link_event(call::Input input) { impl_->link_event(std::move(input)); }
bool Session::carrier_gone() const { return impl_->carrier_shown_ && !impl_->carrier_seen_; }
void Session::report_bytes(uint64_t in, uint64_t out) {
  if (impl_->progress_.bytes_in == in && impl_->progress_.bytes_out == out) return;
  impl_->progress_.bytes_in = in;
  impl_->progress_.bytes_out = out;
  impl_->report();
}
call::Call const& Session::call() const { return impl_->call_; }

}  // namespace offhook::dialer
