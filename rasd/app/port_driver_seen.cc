// What a port's driver sees, as facts for the port's machine; and who has the port.
#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "rasd/app/port_driver.h"
#include "rasd/holder/signs.h"
#include "rasd/port/device.h"

namespace offhook::rasd {
namespace {

/// Where the circuits of a port come from, as the log has it.
std::string source_words(tty::Source source, std::string const& path) {
  switch (source) {
    case tty::Source::modem_lines:
      return "circuits by TIOCM*, as a real tty has them";
    case tty::Source::side_channel:
      return "circuits by the side channel of its bank, " + path.substr(0, path.rfind('/') + 1) + "v24.sock";
    case tty::Source::none:
      break;
  }
  return "no circuits, it is a pty of no bank's: DTR cannot fall, and what the device says must do";
}

}  // namespace

/// Once, and again if it is another device.
void PortDriver::say_source() {
  auto const source = station_.tty().source();
  if (std::exchange(said_source_, source) == source) return;
  spdlog::info("port {}: {}", name(), source_words(source, config_.path));
}

void PortDriver::answer_sample(port::Ticket ticket) {
  auto const sample = station_.sample();
  if (!last_lines_) last_lines_ = sample.lines;  // what the first change is a change of
  bool const known = station_.tty().source() != tty::Source::none;
  auto const level = [&](v24::Circuit circuit) {
    if (!known) return port::Level::unknown;
    return sample.lines.circuits.on(circuit) ? port::Level::on : port::Level::off;
  };
  // A real modem's 125 may come in pulses, and some cables tie it: what it is at one moment says nothing.
  bool const steady = station_.tty().source() == tty::Source::side_channel;
  feed(port::Sampled{ticket, level(v24::Circuit::dcd), sample.rings > 0, level(v24::Circuit::dsr),
                     steady ? level(v24::Circuit::ri) : port::Level::unknown});
}

void PortDriver::heard(at::Heard const& h) {
  switch (h.what) {
    case at::Heard::What::ring:
      return;  // told by `ring`, once a burst
    case at::Heard::What::caller:
      return feed(port::CallerId{h.caller.number, h.caller.name});
    case at::Heard::What::connect:
      return feed(port::CarrierUp{});
    case at::Heard::What::no_carrier:
      return feed(port::CarrierLost{});
  }
}

void PortDriver::ended(at::Ended const& e) {
  if (dialogue_ == 0) return;
  feed(port::DialogueEnded{std::exchange(dialogue_, 0), port::reply_of(e.outcome), e.text,
                           e.connection.line_rate_bps});
}

void PortDriver::lines(tty::Lines const& now) {
  tty::Lines const before = std::exchange(last_lines_, now).value_or(tty::Lines{});
  auto const changed = [&](v24::Circuit circuit) {
    return before.circuits.on(circuit) != now.circuits.on(circuit);
  };
  bool const carrier = now.circuits.on(v24::Circuit::dcd);
  bool const fell = now.carrier_fell && !before.carrier_fell;
  bool const over = fell || (changed(v24::Circuit::dcd) && !carrier);
  if (running_ && over) {
    feed(port::Traffic{counters()});
    if (auto const why = running_->line_over())
      feed(port::ServiceEnded{port_.awaited(port::Port::Question::service), *why});
  }
  if (over) feed(port::CarrierLost{});
  if (carrier && (fell || changed(v24::Circuit::dcd))) feed(port::CarrierUp{});
  if (changed(v24::Circuit::dsr)) answer_sample(0);
}

void PortDriver::lost(std::string const& why) {
  spdlog::debug("port {}: {}", name(), why);
  if (running_) feed(port::Traffic{counters()});
  feed(port::Lost{});
}

void PortDriver::on_presence(tty::Wake wake) {
  switch (wake) {
    case tty::Wake::appeared:
    case tty::Wake::repointed:
      return feed(port::DeviceAppeared{});
    case tty::Wake::gone:
      return feed(port::DeviceGone{});
    case tty::Wake::touched:
      feed(port::Touched{});
      return host_.ask_ownership(*this, 0);
  }
}

// ---- who has it

PortDriver::Look PortDriver::look() {
  // EBUSY says nothing of later: who cannot be seen may have let go since. Nothing shows it but an open.
  if (refused_ == holder::Refusal::open) {
    io::Fd const again(::open(config_.path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (again || errno != EBUSY) refused_ = holder::Refusal::none;
  }
  io::Fd marked;
  if (int const fd = station_.tty().fd(); !lock_ && fd >= 0 && holder::exclusive(fd))
    marked = io::Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  return {config_.path, refused_, std::move(marked)};
}

bool PortDriver::by_our_leave(pid_t pid) const {
  if (running_ && running_->leader() > 0 && holder::descends_from(pid, running_->leader())) return true;
  auto const client = port_.shown().client;
  auto const lessee = client != 0 ? host_.process_of(client) : std::nullopt;
  // A lease may outlive the process that asked for it, and the pid be another's by now.
  return lessee && lessee->pid > 0 && holder::alive(lessee->pid, lessee->start_time) &&
         holder::descends_from(pid, lessee->pid);
}

std::optional<PortDriver::Call> PortDriver::call() const {
  if (!running_) return std::nullopt;
  return Call{running_->details(), running_since_};
}

port::Counters PortDriver::counters() const { return running_ ? running_->counters() : port_.shown().now; }

}  // namespace offhook::rasd
