#include "rasd/serial/station.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "emulator/base/check.h"
#include "emulator/base/text.h"

namespace offhook::serial {
namespace {

constexpr size_t chunk = 4096;
/// Chunks a turn: a device that talks without end does not stop others.
constexpr int turns = 16;
/// Commands that the device does not take: more are dropped, its silence is what counts.
constexpr size_t out_limit = 4096;
/// Text and 125 of one burst are nearer to each other than this, those of two bursts are not (US: 2 s on, 4 s
/// off).
constexpr Duration one_burst = 3s;

constexpr unsigned bits(auto... modes) { return ((1u << static_cast<unsigned>(modes)) | ... | 0u); }

struct ModeRow {
  std::string_view name;
  unsigned next;
};
constexpr ModeRow modes[] = {
    {"closed", bits(Mode::closed, Mode::hushed)},
    {"hushed", bits(Mode::closed, Mode::hushed, Mode::talking, Mode::online, Mode::lent)},
    {"talking", bits(Mode::closed, Mode::hushed, Mode::talking, Mode::online, Mode::lent)},
    {"online", bits(Mode::closed, Mode::hushed, Mode::talking, Mode::online, Mode::lent)},
    {"lent", bits(Mode::closed, Mode::hushed)},
};

}  // namespace

std::string_view name(Mode mode) { return modes[static_cast<size_t>(mode)].name; }

struct Station::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& context, io::Alarm& alarm, tty::Banks& banks, StationConfig config,
       Handlers told)
      : handlers(std::move(told)),
        dialogue(std::move(config.script)),
        deadline(alarm, [this](Instant now) { on_deadline(now); }),
        soon(alarm, [this](Instant) { tell(); }),
        tty(context, alarm, banks, std::move(config.path), config.settings,
            {[this] { on_readable(); }, [this] { write_more(); },
             [this](tty::Lines const& lines) { on_lines(lines); },
             [this](std::string const& why) { on_lost(why); }}) {}

  void enter(Mode next) {
    OFFHOOK_CHECK((modes[static_cast<size_t>(mode)].next >> static_cast<unsigned>(next) & 1u) != 0);
    mode = next;
  }

  // ---- the dialogue

  /// Sends what the dialogue says; what it heard waits for tell().
  void drain() {
    while (auto action = dialogue.poll_action()) {
      if (auto* send = std::get_if<at::Send>(&*action)) {
        if (handlers.trace) handlers.trace(true, send->bytes);
        out.push(as_bytes(send->bytes));
        write_more();
      } else {
        if (auto* ended = std::get_if<at::Ended>(&*action))
          enter(ended->outcome == at::Outcome::connect ? Mode::online : Mode::hushed);
        // A carrier that was not asked for: what follows is data, and is not read here.
        if (auto* heard = std::get_if<at::Heard>(&*action); heard && heard->what == at::Heard::What::connect)
          enter(Mode::online);
        news.push_back(std::move(*action));
      }
    }
    deadline.set(dialogue.next_timeout());
    if (!news.empty()) soon.set(io::now());
  }

  void tell() {
    auto const self = shared_from_this();
    while (!news.empty()) {
      auto const action = std::move(news.front());
      news.pop_front();
      if (auto const* ended = std::get_if<at::Ended>(&action)) handlers.ended(*ended);
      if (auto const* heard = std::get_if<at::Heard>(&action)) {
        if (heard->what == at::Heard::What::ring) burst(last_text, last_edge, text_rings);
        handlers.heard(*heard);
      }
    }
  }

  void on_deadline(Instant now) {
    dialogue.on_timeout(now);
    drain();
    tell();
  }

  void on_readable() {
    auto const self = shared_from_this();
    if (mode == Mode::hushed) return handlers.readable();
    if (mode != Mode::talking) return;
    read();
    tell();
    if (mode == Mode::talking) tty.await_readable();
  }

  void read() {
    std::array<std::byte, chunk> buffer;
    for (int turn = 0; turn < turns && (mode == Mode::talking || mode == Mode::hushed); ++turn) {
      size_t const n = tty.read(buffer);
      if (n == 0) return;
      Bytes const bytes = Bytes(buffer).first(n);
      size_t const text = dialogue.on_bytes(io::now(), bytes);
      if (handlers.trace && text != 0) handlers.trace(false, as_text(bytes.first(text)));
      early += as_text(bytes.subspan(text));
      drain();
      // A task that ended leaves what comes next to its owner.
      if (mode == Mode::hushed && !news.empty() && std::holds_alternative<at::Ended>(news.back())) return;
    }
  }

  void write_more() {
    while (!out.empty()) {
      size_t const taken = tty.write(out.front());
      if (taken == 0) return tty.await_writable();
      out.pop(taken);
    }
  }

  void forget() {
    dialogue.forget();
    deadline.set(std::nullopt);
    out.clear();
    std::erase_if(news, [](at::Action const& each) { return std::holds_alternative<at::Ended>(each); });
  }

  // ---- the lines

  /// The same burst shows twice, as text and on 125.
  void burst(std::optional<Instant>& this_sign, std::optional<Instant> const& other_sign, uint32_t& count) {
    Instant const now = io::now();
    this_sign = now;
    ++count;
    if (handlers.ring && (!other_sign || now - *other_sign > one_burst)) handlers.ring();
  }

  void on_lines(tty::Lines const& lines) {
    auto const self = shared_from_this();
    if (lines.rings > edge_rings) burst(last_edge, last_text, edge_rings);
    edge_rings = lines.rings;
    handlers.lines(lines);
  }

  void on_lost(std::string const& why) {
    auto const self = shared_from_this();
    close();
    handlers.lost(why);
  }

  void close() {
    forget();
    news.clear();
    tty.close();
    early.clear();
    enter(Mode::closed);
  }

  void opened() {
    enter(Mode::hushed);
    early.clear();
    edge_rings = text_rings = 0;
    last_text.reset();
    last_edge.reset();
  }

  Handlers handlers;
  Mode mode = Mode::closed;
  at::Dialogue dialogue;
  std::deque<at::Action> news;  // Heard and Ended
  ByteQueue out{out_limit};
  std::string early;  // data that came with the CONNECT
  std::optional<Instant> last_text, last_edge;
  uint32_t text_rings = 0, edge_rings = 0;  // since the last arm()
  io::Alarm::Entry deadline, soon;
  tty::Tty tty;
};

Station::Station(boost::asio::io_context& context, io::Alarm& alarm, tty::Banks& banks, StationConfig config,
                 Handlers handlers)
    : impl_(std::make_shared<Impl>(context, alarm, banks, std::move(config), std::move(handlers))) {}

Station::~Station() {
  impl_->close();
  impl_->soon.set(std::nullopt);
}

tty::OpenResult<void> Station::open() {
  close();
  if (auto opened = impl_->tty.open(); opened.has_error()) return opened;
  impl_->opened();
  return {};
}

tty::OpenResult<void> Station::adopt(io::Fd fd) {
  close();
  if (auto opened = impl_->tty.adopt(std::move(fd)); opened.has_error()) return opened;
  impl_->opened();
  return {};
}

void Station::close() { impl_->close(); }
Mode Station::mode() const { return impl_->mode; }
tty::Tty& Station::tty() { return impl_->tty; }

void Station::talk(at::Task task, std::string_view number) {
  auto& self = *impl_;
  if (self.mode == Mode::closed || self.mode == Mode::lent) return;
  std::erase_if(self.news, [](at::Action const& each) { return std::holds_alternative<at::Ended>(each); });
  if (task != at::Task::answer) self.early.clear();
  self.tty.unpark();
  self.enter(Mode::talking);
  self.dialogue.start(io::now(), task, number);
  self.drain();
  if (self.mode == Mode::talking) self.tty.await_readable();
}

void Station::cancel() {
  impl_->dialogue.cancel(io::now());
  impl_->drain();
}

void Station::hush() {
  impl_->forget();
  if (impl_->mode == Mode::talking) impl_->enter(Mode::hushed);
}

void Station::read() {
  if (impl_->mode != Mode::hushed) return;
  impl_->read();
  await_readable();
}
void Station::await_readable() {
  if (impl_->mode == Mode::hushed) impl_->tty.await_readable();
}
void Station::forget_dialogue() { impl_->forget(); }

void Station::arm() {
  impl_->tty.arm();
  impl_->text_rings = impl_->edge_rings = 0;
}
Station::Sample Station::sample() {
  auto const lines = impl_->tty.lines();
  return {lines, std::max(impl_->text_rings, lines.rings)};
}

Result<Station::Data> Station::take_data() {
  auto& self = *impl_;
  if (self.mode != Mode::online) return error(self.tty.path(), " has no carrier to take the data of");
  io::Fd copy(::fcntl(self.tty.fd(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return error(self.tty.path(), ": ", std::strerror(errno));
  self.tty.park();
  return Data{std::move(copy), std::exchange(self.early, {})};
}

void Station::take_back() {
  auto& self = *impl_;
  if (self.mode != Mode::online && self.mode != Mode::lent) return;
  self.forget();
  self.early.clear();
  self.tty.unpark();
  self.enter(Mode::hushed);
}

tty::OpenResult<io::Fd> Station::lend() {
  auto& self = *impl_;
  auto second = self.tty.second_open();
  if (second.has_error()) return second;
  self.forget();
  self.tty.park();
  self.enter(Mode::lent);
  return second;
}

}  // namespace offhook::serial
