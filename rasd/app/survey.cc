#include "rasd/app/survey.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "rasd/app/port_driver.h"
#include "rasd/holder/holder.h"

namespace offhook::rasd {
namespace {

/// A walk is followed by nine times its own time without one.
constexpr int rest_factor = 9;

}  // namespace

Survey::Survey(io::Alarm& alarm, std::string lock_dir)
    : due_(alarm, [this](Instant now) { run(now); }), lock_dirs_{std::move(lock_dir)} {}

void Survey::ask(PortDriver& port, port::Ticket ticket) {
  // A wake-up that nobody asked for is answered by any answer to come.
  if (ticket == 0 && std::ranges::find(asked_, &port, &Asked::port) != asked_.end()) return;
  asked_.push_back({&port, ticket});
  if (!due_.at()) due_.set(std::max(io::now(), not_before_));
}

void Survey::forget(PortDriver const& port) {
  std::erase_if(asked_, [&](Asked const& each) { return each.port == &port; });
}

void Survey::run(Instant began) {
  auto const asked = std::exchange(asked_, {});
  std::vector<holder::Question> questions;
  for (Asked const& each : asked) questions.push_back(each.port->question());
  auto const answers = holder::survey(questions, {lock_dirs_, {}});
  not_before_ = io::now() + (io::now() - began) * rest_factor;
  if (!answers) return spdlog::error("who holds the ports cannot be seen: {}", answers.error().message);
  // An answer may end other ports, but only from the event loop.
  for (size_t i = 0; i < asked.size(); ++i) {
    auto claims = (*answers)[i].claims;
    std::erase_if(claims, [&](holder::Claim const& c) {
      return c.by.pid > 0 && asked[i].port->by_our_leave(c.by.pid);
    });
    for (holder::Stale const& stale : (*answers)[i].stale)
      spdlog::debug("port {}: {} holds nobody up: {}", asked[i].port->name(), stale.what, stale.why);
    asked[i].port->ownership(asked[i].ticket, holder::sentence(claims));
  }
}

}  // namespace offhook::rasd
