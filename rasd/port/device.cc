#include "rasd/port/device.h"

#include <algorithm>
#include <iterator>

namespace offhook::port {
namespace {

/// Longer than S25, so that no modem takes the break for a glitch.
constexpr Duration dtr_margin = 50ms;
constexpr Duration answer_margin = 5s;

struct ReplyRow {
  at::Outcome outcome;
  Reply reply;
};
constexpr ReplyRow replies[] = {
    {at::Outcome::ok, Reply::ok},
    {at::Outcome::connect, Reply::connect},
    {at::Outcome::refused, Reply::refused},
    {at::Outcome::garbage, Reply::garbage},
    {at::Outcome::echo, Reply::echo},
    {at::Outcome::silent, Reply::silent},
    {at::Outcome::unexpected, Reply::garbage},
};

constexpr at::Task tasks[] = {at::Task::attention, at::Task::hang_up, at::Task::initialise, at::Task::answer};
static_assert(static_cast<size_t>(Dialogue::answer) + 1 == std::size(tasks));

}  // namespace

Reply reply_of(at::Outcome outcome) {
  auto const found = std::ranges::find(replies, outcome, &ReplyRow::outcome);
  return found == std::end(replies) ? Reply::no_carrier : found->reply;  // all others end a call
}

at::Task task_of(Dialogue dialogue) { return tasks[static_cast<size_t>(dialogue)]; }

Config config_for(at::Script const& script, Duration s25) {
  Config made;
  // A PAD and a cable answer by themselves: their carrier is a call. A modem's is somebody else's.
  made.carrier = script.kind == at::Kind::modem ? Carrier::stray : Carrier::call;
  auto const set = [&](Timer timer, Duration d) { made.timing[static_cast<size_t>(timer)] = d; };
  set(Timer::dtr_off, std::max(s25, script.s25) + dtr_margin);
  set(Timer::answer_limit, script.answer_timeout + script.command_timeout + answer_margin);
  return made;
}

}  // namespace offhook::port
