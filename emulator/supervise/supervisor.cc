#include "emulator/supervise/supervisor.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "emulator/supervise/filter.h"

namespace offhook::supervise {
namespace {

/// Threads that wait for an edge; beyond it those that are dead are looked for, then refused.
constexpr size_t most_waits = 4096;
/// A set that met a port's fresh pty is looked at anew so often.
constexpr int most_tries = 3;

bool alive(pid_t thread) { return ::access(("/proc/" + std::to_string(thread)).c_str(), F_OK) == 0; }

/// Without a handler no signal takes a thread out of its wait and back. Those of the C library's own are not
/// meant.
bool catches_signals(pid_t thread) {
  constexpr uint64_t own = uint64_t{3} << 31;  // signals 32 and 33: cancellation, changes of user
  std::string const caught = status_of(thread, "SigCgt:");
  return caught.empty() || (std::strtoull(caught.c_str(), nullptr, 16) & ~own) != 0;
}

// The kernel's struct termios: four words of flags, one byte, 19 characters; then, with TCGETS2, two speeds.
constexpr size_t cflag_at = 8, settings_size = 36, settings2_size = 44;

bool reads_settings(Notification const& call) {
  auto const request = static_cast<uint32_t>(call.arguments[1]);
  return call.number == SYS_ioctl && (request == TCGETS || request == tcgets2);
}

Opens::Shown shown(tty::PortState const& state) {
  return {state.circuits.on(v24::Circuit::dcd), state.generation};
}

template <class T>
std::span<std::byte const> bytes_of(T const& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

struct Supervisor::Row {
  uint32_t request;
  void (Supervisor::*answer)(Ask const&);
};

Supervisor::Row const* Supervisor::find(uint32_t request) {
  static constexpr Row rows[] = {
      {TIOCMGET, &Supervisor::get_lines},     {TIOCMSET, &Supervisor::set_lines},
      {TIOCMBIS, &Supervisor::set_lines},     {TIOCMBIC, &Supervisor::set_lines},
      {TIOCMIWAIT, &Supervisor::await_edge},  {TIOCGICOUNT, &Supervisor::get_counts},
      {TIOCGSERIAL, &Supervisor::get_serial}, {TIOCSSERIAL, &Supervisor::take_and_ignore},
      {TCSBRK, &Supervisor::send_break},      {TCSBRKP, &Supervisor::send_break},
      {TIOCSBRK, &Supervisor::send_break},    {TIOCCBRK, &Supervisor::take_and_ignore},
      {TCGETS, &Supervisor::get_settings},    {tcgets2, &Supervisor::get_settings},
      {TCSETS, &Supervisor::set_settings},    {tcsets2, &Supervisor::set_settings},
      {TCSETSW, &Supervisor::set_settings},   {tcsetsw2, &Supervisor::set_settings},
      {TCSETSF, &Supervisor::set_settings},   {tcsetsf2, &Supervisor::set_settings},
  };
  auto const* const found = std::ranges::find(rows, request, &Row::request);
  return found == std::end(rows) ? nullptr : found;
}

Supervisor::Supervisor(boost::asio::io_context& io, std::string dir, Handlers handlers)
    : dir_(std::move(dir)),
      handlers_(std::move(handlers)),
      alarm_(io),
      names_(dir_),
      channel_(io, alarm_, dir_ + "/v24.sock"),
      listener_(io, {[this](Notification const& call) { asked(call); }, [this] { handlers_.over(); }}),
      opens_(alarm_, listener_, dir_) {}

// ---- a call, and whose it is

/// The file that a call is about, or errno.
int Supervisor::stat_file(Notification const& call, struct stat& file) {
  if (call.number == SYS_ioctl) return files_.stat(call.thread, call.arguments[0], file);
  std::string const path = opened_path(call);
  return !path.empty() && ::stat(path.c_str(), &file) == 0 ? 0 : ENOENT;  // the kernel says why
}

void Supervisor::asked(Notification const& call) {
  if (reads_settings(call) && all_as_ptys_are()) return listener_.pass(call.id);
  // The bank tells a circuit before it writes the byte that follows: who has read NO CARRIER sees 109 OFF. It
  // tells of a fresh pty too, and then its names are read anew.
  channel_.drain();
  struct stat file {};
  int const why = stat_file(call, file);
  if (why == EACCES || why == EPERM) unreadable(call.thread);
  auto const found = why == 0 ? names_.find(file, io::now()) : std::nullopt;
  if (!found) return listener_.pass(call.id);
  bool const same_thread = call.number == SYS_ioctl && files_.known();
  if (!same_thread && !listener_.waits(call.id)) return;  // what was looked at may be another thread's by now
  Port& at = port(found->name);
  if (at.standing == Standing::asked) return at.undecided.push_back(call);
  decide({call, at, found->current});
}

void Supervisor::decide(Ask const& ask) {
  if (ask.call.number != SYS_ioctl) return open_port(ask);
  Row const* const row = find(static_cast<uint32_t>(ask.call.arguments[1]));
  if (row == nullptr || ask.port.standing == Standing::foreign) return listener_.pass(ask.call.id);
  (this->*row->answer)(ask);
}

void Supervisor::unreadable(pid_t thread) {
  if (std::exchange(said_unreadable_, true)) return;
  handlers_.notice("process " + std::to_string(thread) +
                   " may not be looked into (its program is not readable, or has other rights): its modem "
                   "lines are not answered; root could");
}

// ---- what the bank tells

Supervisor::Port& Supervisor::port(std::string const& name) {
  auto const [found, is_new] = ports_.try_emplace(name);
  Port& port = found->second;
  if (!is_new) return port;
  port.name = name;
  static_cast<void>(channel_.attach(name, [this, &port](tty::PortState const* state) { told(port, state); }));
  if (!channel_.connected()) {
    port.standing = Standing::gone;
    return port;
  }
  // Its answer comes after the first state: a port that is not told of by then is none of the bank's.
  channel_.set(name, 0, {}, {}, [this, &port](Result<void> const&) {
    if (port.standing == Standing::asked) stand(port, Standing::foreign);
  });
  return port;
}

void Supervisor::told(Port& port, tty::PortState const* state) {
  if (state == nullptr) {
    for (Wait const& wait : waits_.of(port.name)) end_wait(wait, -EIO);
    port.format = {};
    return stand(port, Standing::gone);
  }
  if (state->generation != port.state.generation) names_.scan(io::now());
  port.state = *state;
  stand(port, Standing::told);
  settle(port);
  opens_.told(port.name, shown(*state));
}

void Supervisor::stand(Port& port, Standing standing) {
  port.standing = standing;
  for (Notification const& call : std::exchange(port.undecided, {})) asked(call);
}

// ---- the lines

void Supervisor::get_lines(Ask const& ask) {
  waits_.looked(ask.call.thread);
  bool const shown = ask.current && ask.port.standing == Standing::told;
  auto const circuits = ask.port.state.circuits;
  int const bits = to_tiocm(shown ? circuits : without_dce(circuits));
  answer_with(ask.call, bytes_of(bits));
}

void Supervisor::set_lines(Ask const& ask) {
  int bits = 0;
  int const why =
      read_memory(ask.call.thread, ask.call.arguments[2], std::as_writable_bytes(std::span(&bits, 1)));
  if (!listener_.waits(ask.call.id)) return;
  if (why != 0) return void(listener_.answer(ask.call.id, -EFAULT));
  auto const wanted = wish(static_cast<uint32_t>(ask.call.arguments[1]), bits);
  if (wanted.mask == v24::Circuits()) return void(listener_.answer(ask.call.id, 0));
  if (!ask.current || ask.port.standing != Standing::told) return void(listener_.answer(ask.call.id, -EIO));
  channel_.set(ask.port.name, ask.port.state.generation, wanted.mask, wanted.values, answering(ask));
}

void Supervisor::send_break(Ask const& ask) {
  if (!ask.current || ask.port.standing != Standing::told) return void(listener_.answer(ask.call.id, -EIO));
  channel_.send_break(ask.port.name, ask.port.state.generation, answering(ask));
}

/// The end of a break: the bank's has a length of its own. And TIOCSSERIAL, which has nothing to set here,
/// but whose refusal programs report (wvdial).
void Supervisor::take_and_ignore(Ask const& ask) { listener_.answer(ask.call.id, 0); }

void Supervisor::get_counts(Ask const& ask) {
  waits_.looked(ask.call.thread);
  auto const counted = icounter(counts_of(ask.port));
  answer_with(ask.call, bytes_of(counted));
}

void Supervisor::get_serial(Ask const& ask) {
  auto const described = serial(ask.port.name);
  answer_with(ask.call, bytes_of(described));
}

/// Refused by the bank: the port may have got a fresh pty while we asked, and the descriptor be of either.
tty::SideChannel::Done Supervisor::answering(Ask const& ask) {
  return [this, ask](Result<void> const& done) {
    if (done.has_value()) return void(listener_.answer(ask.call.id, 0));
    struct stat file {};
    bool const again = ask.tries < most_tries && ask.port.standing == Standing::told &&
                       files_.stat(ask.call.thread, ask.call.arguments[0], file) == 0 &&
                       listener_.waits(ask.call.id);
    auto const found = again ? names_.find(file, io::now()) : std::nullopt;
    if (!found || found->name != ask.port.name) return void(listener_.answer(ask.call.id, -EIO));
    decide({ask.call, ask.port, found->current, ask.tries + 1});
  };
}

void Supervisor::answer_with(Notification const& call, std::span<std::byte const> bytes) {
  int const why = write_memory(call.thread, call.arguments[2], bytes);
  if (why == EPERM) unreadable(call.thread);
  listener_.answer(call.id, why == 0 ? 0 : -EFAULT);
}

// ---- settings: the kernel's, but that a pty has eight bits and no parity

/// The bank is told before the kernel does its part: what is written once the call is back is of the format.
void Supervisor::set_settings(Ask const& ask) {
  uint32_t cflag = 0;
  auto const into = std::as_writable_bytes(std::span(&cflag, 1));
  int const why = read_memory(ask.call.thread, ask.call.arguments[2] + cflag_at, into);
  if (!listener_.waits(ask.call.id)) return;
  if (why != 0 || !ask.current || ask.port.standing != Standing::told) return listener_.pass(ask.call.id);
  ask.port.format = format_of(cflag);
  channel_.set_format(ask.port.name, ask.port.state.generation, ask.port.format,
                      [this, id = ask.call.id](Result<void> const&) { listener_.pass(id); });
}

/// The C library reads back what it set, and says EINVAL where it finds another size or no parity.
void Supervisor::get_settings(Ask const& ask) {
  std::array<std::byte, settings2_size> settings;
  struct stat file {};
  bool const ours = ask.current && ask.port.format != v24::Format() && stat_file(ask.call, file) == 0;
  io::Fd const tty = ours ? share_descriptor(ask.call, file) : io::Fd();
  if (!listener_.waits(ask.call.id)) return;
  auto const request = static_cast<uint32_t>(ask.call.arguments[1]);
  if (!tty || ::ioctl(tty.get(), request, settings.data()) != 0) return listener_.pass(ask.call.id);
  uint32_t cflag = 0;
  std::memcpy(&cflag, &settings[cflag_at], sizeof cflag);
  cflag = with_format(cflag, ask.port.format);
  std::memcpy(&settings[cflag_at], &cflag, sizeof cflag);
  answer_with(ask.call, std::span(settings).first(request == TCGETS ? settings_size : settings2_size));
}

bool Supervisor::all_as_ptys_are() const {
  return std::ranges::all_of(ports_, [](auto const& each) { return each.second.format == v24::Format(); });
}

void Supervisor::open_port(Ask const& ask) {
  if (!ask.current || ask.port.standing != Standing::told) return listener_.pass(ask.call.id);
  opens_.begin(ask.call, ask.port.name, shown(ask.port.state));
}

// ---- edges

Counts Supervisor::counts_of(Port const& port) { return counts(port.state.circuits, port.state.on_edges); }

void Supervisor::await_edge(Ask const& ask) {
  if (waits_.size() >= most_waits) waits_.drop([](Wait const& wait) { return !alive(wait.thread); });
  bool const can_wait = ask.current && ask.port.standing == Standing::told && waits_.size() < most_waits;
  if (!can_wait) return void(listener_.answer(ask.call.id, -EIO));
  pid_t const thread = ask.call.thread;
  waits_.begin({ask.call.id, thread, ask.port.name, ask.port.state.generation, ask.call.arguments[2],
                counts_of(ask.port)},
               [thread] { return catches_signals(thread); });
  settle(ask.port);
}

void Supervisor::settle(Port const& port) {
  Counts const now = counts_of(port);
  for (Wait const& wait : waits_.due(port.name, port.state.generation, now))
    end_wait(wait, edge(wait.since, now, wait.awaited) ? 0 : -EIO);
}

/// A thread that a signal took out of its wait hears of it when it asks again.
void Supervisor::end_wait(Wait const& wait, long result) {
  bool const answered = listener_.answer(wait.id, result);
  if (answered && result == 0) return waits_.answered(wait.thread);
  if (answered || result != 0 || !alive(wait.thread)) waits_.forget(wait.thread);
}

}  // namespace offhook::supervise
