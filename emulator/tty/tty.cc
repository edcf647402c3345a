#include "emulator/tty/tty.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "emulator/io/descriptor.h"
#include "emulator/tty/serial_line.h"

namespace offhook::tty {
namespace {

using v24::Circuit;

/// How often a real tty's circuits are looked at. The kernel counts the edges between two looks.
constexpr Duration look_every = 50ms;

Trouble trouble_of(int code) {
  switch (code) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return Trouble::absent;
    case EBUSY:
      return Trouble::busy;
    case EACCES:
    case EPERM:
      return Trouble::denied;
    default:
      return Trouble::other;
  }
}
OpenError refused(std::string const& what, int code) {
  return {trouble_of(code), what + ": " + std::strerror(code)};
}

/// Until they are known: what a cable without the circuits would show.
v24::Circuits assumed() {
  v24::Circuits circuits;
  for (auto const circuit : {Circuit::rts, Circuit::dtr, Circuit::cts, Circuit::dsr})
    circuits.set(circuit, true);
  return circuits;
}

v24::Circuits only(Circuit circuit, bool on = true) {
  v24::Circuits circuits;
  circuits.set(circuit, on);
  return circuits;
}

}  // namespace

struct Tty::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& context, io::Alarm& alarm, Banks& the_banks, std::string name,
       Settings line_settings, Handlers told)
      : banks(the_banks),
        path(std::move(name)),
        settings(line_settings),
        handlers(std::move(told)),
        data(
            context, [this] { on_ready(handlers.readable); }, [this] { on_ready(handlers.writable); }),
        hangup(
            context, [this] { look_for_hangup(); }, [] {}),
        look(alarm, [this](Instant) { look_at_lines(); }),
        soon(alarm, [this](Instant) { tell_what_is_due(); }) {}

  void on_ready(std::function<void()> const& handler) {
    auto const self = shared_from_this();
    handler();
  }

  // ---- open and close

  OpenResult<void> take(io::Fd fd, bool restore) {
    termios now_set{};
    if (::tcgetattr(fd.get(), &now_set) != 0) return refused(path + " is no serial line", errno);
    auto const raw = raw_settings(now_set, settings.rate_bps, settings.rts_cts);
    if (!raw) return OpenError{Trouble::other, path + ": " + raw.error().message};
    if (::tcsetattr(fd.get(), TCSANOW, &*raw) != 0) return refused("setting up " + path, errno);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return refused(path, errno);
    device_number = status.st_rdev;
    if (auto watched = watch_for_hangup(fd.get()); watched.has_error()) return watched;
    int const number = fd.get();
    if (auto assigned = data.assign(std::move(fd)); assigned.has_error()) {
      hangup.close();  // or the next open finds it taken
      return OpenError{Trouble::other, path + ": " + assigned.error().message};
    }
    if (restore) former = now_set;
    find_circuits(number);
    return {};
  }

  /// An epoll of its own that asks for nothing but hang-ups: bytes that others read wake nobody here.
  OpenResult<void> watch_for_hangup(int fd) {
    io::Fd watch(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event event{};
    if (!watch || ::epoll_ctl(watch.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      return refused("watching " + path, errno);
    if (auto assigned = hangup.assign(std::move(watch)); assigned.has_error())
      return OpenError{Trouble::other, path + ": " + assigned.error().message};
    hangup.await_readable();
    return {};
  }

  /// A wake-up may be meant for a descriptor that was closed in the same turn of the loop.
  void look_for_hangup() {
    pollfd state{fd(), 0, 0};
    if (::poll(&state, 1, 0) > 0) return lose("the tty was hung up");
    hangup.await_readable();
  }

  void find_circuits(int fd) {
    lines = {assumed(), 0, false};
    if (auto const circuits = read_circuits(fd)) {
      source = Source::modem_lines;
      lines.circuits = *circuits;
      edges = read_edges(fd);
      return look.set(io::now() + look_every);
    }
    former.reset();  // the next program finds a pty as a fresh one is
    channel = banks.of(path);
    if (!channel) return;
    source = Source::side_channel;
    port = std::filesystem::path(path).filename();
    attachment = channel->attach(port, [this](PortState const* state) { on_state(state); });
  }

  void close() {
    if (fd() < 0) return;
    if (former) ::tcsetattr(fd(), TCSANOW, &*former);
    data.close();
    parked = io::Fd();
    hangup.close();
    look.set(std::nullopt);
    if (channel) channel->detach(attachment);
    channel.reset();
    held.clear();
    former.reset();
    known_edges.reset();
    edges.reset();
    why_lost.clear();
    wanted_mask = wanted = {};
    source = Source::none;
    generation = 0;
    exclusive = false;
  }

  int fd() const { return parked ? parked.get() : data.fd(); }

  void lose(std::string why) {
    if (fd() < 0 || !why_lost.empty()) return;
    why_lost = std::move(why);
    soon.set(io::now());
  }

  // ---- what is told later, from the event loop

  void later(Done done, Result<void> result) {
    if (!done) return;
    due.emplace_back(std::move(done), std::move(result));
    soon.set(io::now());
  }
  void tell_what_is_due() {
    auto const self = shared_from_this();
    for (auto& [done, result] : std::exchange(due, {})) done(std::move(result));
    if (fd() >= 0 && !why_lost.empty() && !std::exchange(lost_told, true))
      handlers.lost(std::string(why_lost));
    if (fd() < 0) lost_told = false;
  }

  // ---- circuits

  /// A circuit's change, and how often 125 came ON and 109 changed meanwhile.
  void seen(v24::Circuits now_on, uint32_t rings, uint32_t carrier_changes) {
    bool const was_carrier = lines.circuits.on(Circuit::dcd);
    if (was_carrier && (carrier_changes != 0 || !now_on.on(Circuit::dcd))) lines.carrier_fell = true;
    bool const news = rings != 0 || carrier_changes != 0 || now_on != lines.circuits;
    lines.circuits = now_on;
    lines.rings += rings;
    if (!news) return;
    auto const told = lines;
    handlers.lines(told);
  }

  void look_at_lines() {
    auto const self = shared_from_this();
    look_now();
    if (source == Source::modem_lines && fd() >= 0) look.set(io::now() + look_every);
  }
  void look_now() {
    auto const circuits = read_circuits(fd());
    if (!circuits) return lose(std::string("reading its circuits: ") + std::strerror(errno));
    auto const counts = read_edges(fd());
    uint32_t rings = 0, carrier_changes = 0;
    if (counts && edges) {
      rings = counts->ri - edges->ri;
      carrier_changes = counts->dcd - edges->dcd;
    } else {
      rings = circuits->on(Circuit::ri) && !lines.circuits.on(Circuit::ri) ? 1 : 0;
    }
    edges = counts;
    seen(*circuits, rings, carrier_changes);
  }

  /// The name still leads to our pty: what the bank tells of it is told of ours.
  bool ours() const {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && status.st_rdev == device_number;
  }

  void on_state(PortState const* state) {
    auto const self = shared_from_this();
    if (!state || !ours()) return;
    generation = state->generation;
    // A bank that was started anew counts from nothing.
    auto const since = [](uint32_t now_counted, uint32_t before) {
      return now_counted >= before ? now_counted - before : now_counted;
    };
    auto const before = std::exchange(known_edges, state->on_edges).value_or(state->on_edges);
    if (state->attached_anew && wanted_mask != v24::Circuits())
      channel->set(port, generation, wanted_mask, wanted, {});
    for (auto const& each : std::exchange(held, {})) each.run();
    seen(state->circuits, since(state->on_edges.ri, before.ri), since(state->on_edges.dcd, before.dcd));
  }

  /// Runs once it is known which generation is ours.
  void with_generation(Done done, std::function<void(Done)> request) {
    if (generation != 0) return request(std::move(done));
    held.push_back({std::move(request), std::move(done)});
  }

  void set(Circuit circuit, bool on, Done done) {
    if (fd() < 0) return later(std::move(done), error(path, " is not open"));
    if (source == Source::none)
      return later(std::move(done),
                   error(path, " has no circuit ", v24::label(circuit), ": a pty of no bank's"));
    if (source == Source::modem_lines) {
      if (write_circuit(fd(), circuit, on)) return later(std::move(done), {});
      return later(std::move(done),
                   error("setting ", v24::label(circuit), " of ", path, ": ", std::strerror(errno)));
    }
    wanted_mask.set(circuit, true);
    wanted.set(circuit, on);
    with_generation(std::move(done), [this, circuit, on](Done then) {
      channel->set(port, generation, only(circuit), only(circuit, on), std::move(then));
    });
  }

  void revoke(Done done) {
    if (fd() < 0) return later(std::move(done), error(path, " is not open"));
    if (source == Source::side_channel)
      return with_generation(std::move(done),
                             [this](Done then) { channel->revoke(port, generation, std::move(then)); });
    if (::ioctl(fd(), TIOCVHANGUP) == 0) return later(std::move(done), {});
    later(std::move(done), error("others that have ", path, " open cannot be hung up: ", std::strerror(errno),
                                 errno == EPERM ? " (that needs CAP_SYS_ADMIN)" : ""));
  }

  struct Held {
    std::function<void(Done)> request;
    Done done;
    void run() const { request(done); }
  };

  Banks& banks;
  std::string path, port;
  Settings settings;
  Handlers handlers;
  io::Descriptor data, hangup;
  io::Fd parked;
  io::Alarm::Entry look, soon;
  dev_t device_number = 0;
  std::optional<termios> former;
  Source source = Source::none;
  std::shared_ptr<SideChannel> channel;
  uint64_t attachment = 0, generation = 0;
  Lines lines;
  std::optional<v24::OnEdges> known_edges;  // of the side channel
  std::optional<EdgeCounts> edges;          // of the kernel
  v24::Circuits wanted_mask, wanted;        // what was set over the side channel
  std::vector<Held> held;
  std::vector<std::pair<Done, Result<void>>> due;
  std::string why_lost;
  bool lost_told = false, exclusive = false;
};

Tty::Tty(boost::asio::io_context& context, io::Alarm& alarm, Banks& banks, std::string path,
         Settings settings, Handlers handlers)
    : impl_(std::make_shared<Impl>(context, alarm, banks, std::move(path), settings, std::move(handlers))) {}

Tty::~Tty() {
  impl_->close();
  impl_->soon.set(std::nullopt);
}

OpenResult<void> Tty::open() {
  close();
  io::Fd fd(::open(impl_->path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return refused("opening " + impl_->path, errno);
  return impl_->take(std::move(fd), true);
}

OpenResult<void> Tty::adopt(io::Fd fd) {
  close();
  int const flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) return refused(impl_->path, errno);
  return impl_->take(std::move(fd), false);
}

void Tty::close() {
  for (auto& each : std::exchange(impl_->held, {}))
    impl_->later(each.done, error(impl_->path, " was closed"));
  impl_->close();
  impl_->lost_told = false;
}

bool Tty::is_open() const { return impl_->fd() >= 0; }
std::string const& Tty::path() const { return impl_->path; }
std::string Tty::device() const {
  char name[256];
  return ::ttyname_r(impl_->fd(), name, sizeof name) == 0 ? name : "";
}
int Tty::fd() const { return impl_->fd(); }
Source Tty::source() const { return impl_->source; }

OpenResult<io::Fd> Tty::second_open() {
  if (!is_open()) return OpenError{Trouble::absent, impl_->path + " is not open"};
  if (impl_->exclusive) ::ioctl(impl_->fd(), TIOCNXCL);
  std::string const same = "/proc/self/fd/" + std::to_string(impl_->fd());
  io::Fd second(::open(same.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  int const code = errno;
  if (impl_->exclusive) ::ioctl(impl_->fd(), TIOCEXCL);
  if (!second) return refused("opening " + impl_->path + " once more", code);
  ::fcntl(second.get(), F_SETFL, O_RDWR);  // a program that gets it expects it to block
  return second;
}

void Tty::park() {
  if (is_open() && !impl_->parked) impl_->parked = impl_->data.release();
}
void Tty::unpark() {
  if (!impl_->parked) return;
  if (auto assigned = impl_->data.assign(std::move(impl_->parked)); assigned.has_error())
    impl_->lose(assigned.error().message);
  impl_->parked = io::Fd();
}

size_t Tty::read(std::span<std::byte> into) {
  auto const self = impl_;
  if (self->channel) self->channel->drain();
  if (self->fd() < 0) return 0;
  for (;;) {
    ssize_t const n = ::read(self->fd(), into.data(), into.size());
    if (n > 0) return static_cast<size_t>(n);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return 0;
    self->lose(n == 0 ? "the tty was hung up" : std::string("reading: ") + std::strerror(errno));
    return 0;
  }
}

size_t Tty::write(Bytes bytes) {
  if (!is_open()) return 0;
  ssize_t const n = ::write(impl_->fd(), bytes.data(), bytes.size());
  if (n > 0) return static_cast<size_t>(n);
  if (n < 0 && errno != EAGAIN && errno != EINTR)
    impl_->lose(std::string("writing: ") + std::strerror(errno));
  return 0;
}

void Tty::await_readable() {
  if (is_open() && !impl_->parked) impl_->data.await_readable();
}
void Tty::await_writable() {
  if (is_open() && !impl_->parked) impl_->data.await_writable();
}
void Tty::flush() {
  if (is_open()) ::tcflush(impl_->fd(), TCIOFLUSH);
}

void Tty::set_dtr(bool on, Done done) { impl_->set(Circuit::dtr, on, std::move(done)); }
void Tty::set_rts(bool on, Done done) { impl_->set(Circuit::rts, on, std::move(done)); }
void Tty::send_break(Done done) {
  auto& self = *impl_;
  if (self.source == Source::side_channel)
    return self.with_generation(std::move(done), [&self](Done then) {
      self.channel->send_break(self.port, self.generation, std::move(then));
    });
  // About 250 ms, as tcsendbreak says; the driver times it.
  if (is_open() && ::ioctl(self.fd(), TCSBRKP, 0) == 0) return self.later(std::move(done), {});
  self.later(std::move(done), error("a break on ", self.path, ": ", std::strerror(errno)));
}

Lines Tty::lines() {
  auto const self = impl_;
  if (self->channel) self->channel->drain();
  if (self->source == Source::modem_lines) self->look_now();
  return self->lines;
}
void Tty::arm() {
  lines();
  impl_->lines.rings = 0;
  impl_->lines.carrier_fell = false;
}

void Tty::when_known(Done done) {
  auto& self = *impl_;
  if (self.fd() < 0) return self.later(std::move(done), error(self.path, " is not open"));
  if (self.source != Source::side_channel) return self.later(std::move(done), {});
  self.with_generation(std::move(done), [&self](Done then) { self.later(std::move(then), {}); });
}

uint64_t Tty::generation() const { return impl_->generation; }
void Tty::revoke(Done done) { impl_->revoke(std::move(done)); }

Result<void> Tty::exclusive(bool on) {
  if (!is_open()) return error(impl_->path, " is not open");
  if (::ioctl(impl_->fd(), on ? TIOCEXCL : TIOCNXCL) != 0)
    return error(on ? "TIOCEXCL on " : "TIOCNXCL on ", impl_->path, ": ", std::strerror(errno));
  impl_->exclusive = on;
  return {};
}

}  // namespace offhook::tty
