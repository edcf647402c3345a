#include "tools/play/tty.h"

#include <algorithm>
#include <utility>

#include "emulator/base/text.h"

namespace offhook::play {
namespace {

constexpr size_t input_limit = 256;  // chunks that nobody reads; the kernel holds 4 kB
/// Until the bank has looked at a port that was closed for the last time.
constexpr Duration last_close_look = 50ms;

}  // namespace

Tty::Tty(Stage& stage, Bank& bank, size_t port, Duration delay, Kind kind)
    : stage_(stage), bank_(bank), port_(port), delay_(delay), kind_(kind) {}

// ---- programs

Tty::Outcome Tty::open(User& user) {
  if (!present_) return Outcome::absent;
  if (exclusive_) return Outcome::busy;
  return join(user) ? Outcome::opened : Outcome::absent;
}

bool Tty::join(User& user) {
  if (!present_) return false;
  if (!has(user)) users_.push_back(&user);
  tell_presence();
  if (touched_) touched_();
  return true;
}

void Tty::close(User& user) {
  if (std::erase(users_, &user) == 0) return;
  if (dtr_by_ == &user) dtr_.reset();
  if (users_.empty()) {
    input_.clear();
    clear_last_close();
  }
  tell_presence();
  if (touched_) touched_();
}

bool Tty::has(User const& user) const { return std::ranges::find(users_, &user) != users_.end(); }

std::vector<Tty::Chunk> Tty::read(User const& user) {
  if (!has(user)) return {};
  auto const taken = std::exchange(input_, {});
  return {taken.begin(), taken.end()};
}

void Tty::unread(std::vector<Chunk> chunks) {
  input_.insert(input_.begin(), std::make_move_iterator(chunks.begin()),
                std::make_move_iterator(chunks.end()));
}

void Tty::write(User const& user, std::string_view bytes) {
  if (!has(user)) return;
  later_down([this, text = std::string(bytes)] { bank_.on_dte_bytes(stage_.now, port_, as_bytes(text)); });
}

void Tty::set_dtr(User const& user, bool on, std::function<void()> done) {
  if (!has(user)) return;
  dtr_ = on;
  dtr_by_ = &user;
  tell_presence();
  if (done) later_down([this, done = std::move(done)] { later_up(done); });
}

void Tty::ask_circuits(User& user) {
  later_up([this, &user] {
    if (has(user)) user.circuits(bank_.presented(port_));
  });
}

// ---- the bank's side

void Tty::replace() {
  if (!present_) return;
  ++generation_;
  hang_up_all();
}

void Tty::remove() {
  if (!std::exchange(present_, false)) return;
  ++generation_;
  hang_up_all();
}

void Tty::restore() {
  if (std::exchange(present_, true)) return;
  ++generation_;
}

void Tty::hang_up_all() {
  input_.clear();
  exclusive_ = false;
  dtr_.reset();
  for (User* user : std::exchange(users_, {})) user->hung_up();
  bank_.on_dte(stage_.now, port_, false, false);
}

void Tty::take(Bank::ToDte const& what) {
  later_up([this, chunk = Chunk{what.call, what.bytes}] {
    if (users_.empty()) return;
    if (input_.size() < input_limit) input_.push_back(chunk);
    auto readers = users_;
    if (readers.size() > 1 && stage_.random.one_in(2)) std::ranges::reverse(readers);
    for (User* reader : readers)
      if (has(*reader) && !input_.empty()) reader->readable();
  });
}

void Tty::take(Bank::Shows const& what) {
  later_up([this, circuits = what.circuits] {
    auto const told = users_;
    for (User* user : told)
      if (has(*user)) user->circuits(circuits);
  });
}

/// After each last close the bank opens the slave itself: where TIOCEXCL keeps it out, a fresh pty. A real
/// tty forgets it.
void Tty::clear_last_close() {
  if (kind_ == Kind::real) exclusive_ = false;
  if (!exclusive_) return;
  stage_.after(stage_.up_to(last_close_look), [this, generation = generation_] {
    if (generation == generation_ && users_.empty() && exclusive_) replace();
  });
}

void Tty::tell_presence() {
  bool const open = !users_.empty();
  later_down([this, open, dtr = open && dtr_.value_or(true)] { bank_.on_dte(stage_.now, port_, open, dtr); });
}

void Tty::stand_still(Instant until) {
  last_down_ = std::max(last_down_, until);
  last_up_ = std::max(last_up_, until);
}

// ---- in order, and later

Instant Tty::down() { return last_down_ = std::max(last_down_, stage_.now + stage_.up_to(delay_)); }
Instant Tty::up() { return last_up_ = std::max(last_up_, stage_.now + stage_.up_to(delay_)); }

void Tty::later_down(std::function<void()> what) {
  stage_.schedule.at(down(), [this, generation = generation_, what = std::move(what)](Instant) {
    if (generation == generation_) what();
  });
}

void Tty::later_up(std::function<void()> what) {
  stage_.schedule.at(up(), [this, generation = generation_, what = std::move(what)](Instant) {
    if (generation == generation_) what();
  });
}

}  // namespace offhook::play
