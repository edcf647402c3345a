#include "rasd/app/survey.h"

#include <spdlog/spdlog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <charconv>
#include <climits>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "rasd/app/port_driver.h"

namespace offhook::rasd {
namespace {

/// A walk is followed by nine times its own time without one.
constexpr int rest_factor = 9;

/// The processor time of this thread: a walk on a loaded machine waits, which costs nobody anything.
Duration processor_time() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

std::string folder_of(std::string const& path) { return path.substr(0, path.rfind('/')); }

std::string executable(pid_t pid) {
  std::array<char, PATH_MAX> text{};
  ssize_t const n = ::readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), text.data(), text.size());
  return std::string(text.data(), static_cast<size_t>(std::max<ssize_t>(n, 0)));
}

/// Between its fork and its exec a child of ours has everything open that we have: that is nobody's claim. It
/// may have come to its exec since it was seen.
bool is_before_its_exec(pid_t pid, holder::TtyIdentity const& tty) {
  auto const stat = holder::read_stat(pid);
  if (!stat || stat->parent != ::getpid()) return false;
  return executable(pid) == executable(::getpid()) || !holder::has_open(pid, tty);
}

/// The walk, on the worker: it knows no port, only what was taken along of each.
Result<std::vector<holder::Findings>> walk(std::vector<PortDriver::Look> const& looks,
                                           std::vector<std::string> const& lock_dirs) {
  std::map<std::string, pid_t> banks;
  std::vector<holder::Question> questions;
  std::vector<size_t> place;  // of each question among the looks
  for (size_t i = 0; i < looks.size(); ++i) {
    auto identity = holder::identify(looks[i].path);
    if (!identity) continue;  // what is not there is nobody's
    auto const [bank, fresh] = banks.try_emplace(folder_of(looks[i].path), 0);
    if (fresh) bank->second = bank_of(looks[i].path);
    holder::Question question;
    question.tty = *std::move(identity);
    question.refused = looks[i].refused;
    question.descriptor = looks[i].marked.get();
    if (bank->second > 0) question.ours = {bank->second};
    questions.push_back(std::move(question));
    place.push_back(i);
  }
  auto found = holder::survey(questions, {lock_dirs, {::getpid()}});
  if (!found) return found.error();
  std::vector<holder::Findings> answers(looks.size());
  for (size_t i = 0; i < place.size(); ++i) {
    std::erase_if((*found)[i].claims, [&](holder::Claim const& claim) {
      return claim.kind == holder::Claim::Kind::open && is_before_its_exec(claim.by.pid, questions[i].tty);
    });
    answers[place[i]] = std::move((*found)[i]);
  }
  return answers;
}

}  // namespace

pid_t bank_of(std::string const& path) {
  if (::access((folder_of(path) + "/v24.sock").c_str(), F_OK) != 0) return 0;
  auto const text = holder::read_file(folder_of(path) + "/lock", 32).value_or("");
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  return pid;
}

struct Survey::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& io, io::Alarm& alarm, std::string lock_dir)
      : context(io), due(alarm, [this](Instant) { run(); }), lock_dirs{std::move(lock_dir)} {}

  struct Asked {
    PortDriver* port;
    Answer answer;            // none: by the port's ownership()
    port::Ticket ticket = 0;  // of that; 0: a wake-up
    port::Ticket era = 0;     // of the port when the walk began
  };

  void ask(Asked question) {
    waiting.push_back(std::move(question));
    if (walking.empty() && !due.at()) due.set(std::max(io::now(), not_before));
  }

  /// All wake-ups of a port before a walk are one.
  void wake_up(PortDriver& port) {
    if (woken.insert(&port).second) ask({&port, nullptr});
  }

  void run() {
    walking = std::exchange(waiting, {});
    woken.clear();
    if (walking.empty()) return;
    auto looks = std::make_shared<std::vector<PortDriver::Look>>();
    for (Asked& each : walking) {
      each.era = each.port->machine().era();
      looks->push_back(each.port->look());
    }
    boost::asio::post(worker, [this, looks] {
      Duration const began = processor_time();
      auto answers = walk(*looks, lock_dirs);
      Duration const cost = processor_time() - began;
      looks->clear();  // what was taken along is not held longer than the walk takes
      boost::asio::post(context, [weak = weak_from_this(), answers = std::move(answers), cost] {
        if (auto const self = weak.lock()) self->tell(answers, cost);
      });
    });
  }

  void tell(Result<std::vector<holder::Findings>> const& answers, Duration cost) {
    not_before = io::now() + cost * rest_factor;
    if (!answers) spdlog::error("who holds the ports cannot be seen: {}", answers.error().message);
    // An answer may end other ports, but only from the event loop; and may ask again.
    for (size_t i = 0; i < walking.size(); ++i) {
      if (walking[i].port == nullptr) continue;
      if (walking[i].answer)
        walking[i].answer(answers ? Result<holder::Findings>((*answers)[i]) : answers.error());
      else if (answers)
        tell_ownership(walking[i], (*answers)[i]);
    }
    walking.clear();
    if (!waiting.empty()) due.set(std::max(io::now(), not_before));
  }

  /// Who had the port by our leave when he was seen may have it no more: that makes no stranger of him.
  void tell_ownership(Asked const& asked, holder::Findings const& found) {
    PortDriver& port = *asked.port;
    if (asked.ticket == 0 && asked.era != port.machine().era()) return wake_up(port);
    for (holder::Stale const& stale : found.stale)
      spdlog::debug("port {}: {} holds nobody up: {}", port.name(), stale.what, stale.why);
    auto claims = found.claims;
    std::erase_if(claims,
                  [&](holder::Claim const& c) { return c.by.pid > 0 && port.by_our_leave(c.by.pid); });
    port.ownership(asked.ticket != 0 ? asked.ticket : asked.era, holder::sentence(claims));
  }

  void forget(PortDriver const& port) {
    std::erase_if(waiting, [&](Asked const& each) { return each.port == &port; });
    woken.erase(&port);
    for (Asked& each : walking)
      if (each.port == &port) each.port = nullptr;
  }

  boost::asio::io_context& context;
  io::Alarm::Entry due;
  std::vector<std::string> const lock_dirs;
  std::vector<Asked> waiting, walking;  // for the next walk; by the one under way
  std::set<PortDriver const*> woken;    // among those that wait
  Instant not_before{};
  boost::asio::thread_pool worker{1};
};

Survey::Survey(boost::asio::io_context& context, io::Alarm& alarm, std::string lock_dir)
    : impl_(std::make_shared<Impl>(context, alarm, std::move(lock_dir))) {}
Survey::~Survey() { impl_->worker.join(); }

void Survey::ask(PortDriver& port, Answer answer) { impl_->ask({&port, std::move(answer)}); }

void Survey::ask(PortDriver& port, port::Ticket ticket) {
  if (ticket == 0) return impl_->wake_up(port);
  impl_->ask({&port, nullptr, ticket});
}

void Survey::forget(PortDriver const& port) { impl_->forget(port); }

}  // namespace offhook::rasd
