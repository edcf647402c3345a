#include "dialer/call/states.h"

#include <iterator>

namespace offhook::call {
namespace {

using enum State;

constexpr Timer none = Timer::count_;

// Where a device is talked to, its script has the deadlines; where the line is up, its end is seen.
constexpr StateRow state_rows[] = {
    {idle, "idle", set_of(open_port), Do::nothing, none},
    {open_port, "open_port", set_of(port_opened, waiting_for_redial, disconnected), Do::ask_lease,
     Timer::lease},
    {port_opened, "port_opened", set_of(prepare_device, hanging_up, disconnected), Do::open_port, none},
    {prepare_device, "prepare_device",
     set_of(connect_device, device_connected, cancelling, returning_port, hanging_up, disconnected),
     Do::nothing, none},
    {connect_device, "connect_device",
     set_of(connect_device, device_connected, cancelling, returning_port, hanging_up, disconnected),
     Do::nothing, none},
    {device_connected, "device_connected", set_of(prepare_device, all_devices_connected), Do::nothing, none},
    {all_devices_connected, "all_devices_connected", set_of(start_authentication, connected), Do::nothing,
     none},
    // PPP has its deadlines, a phase (rasd/ppp/link.cc).
    {start_authentication, "start_authentication",
     set_of(authenticate, authenticated, prepare_for_callback, closing_link, hanging_up, disconnected),
     Do::start_link, none},
    {authenticate, "authenticate",
     set_of(retry_authentication, authenticated, prepare_for_callback, closing_link, hanging_up,
            disconnected),
     Do::nothing, none},
    {authenticated, "authenticated",
     set_of(projected, prepare_for_callback, closing_link, hanging_up, disconnected), Do::nothing, none},
    {retry_authentication, "retry_authentication",
     set_of(authenticate, closing_link, hanging_up, disconnected), Do::nothing, none},
    {prepare_for_callback, "prepare_for_callback",
     set_of(wait_for_modem_reset, closing_link, hanging_up, disconnected), Do::nothing, none},
    {wait_for_modem_reset, "wait_for_modem_reset", set_of(wait_for_callback, hanging_up, disconnected),
     Do::drop_line, none},
    {wait_for_callback, "wait_for_callback", set_of(answer_callback, hanging_up, disconnected),
     Do::await_ring, Timer::callback},
    {answer_callback, "answer_callback",
     set_of(wait_for_callback, callback_complete, cancelling, hanging_up, disconnected), Do::nothing, none},
    {callback_complete, "callback_complete", set_of(start_authentication), Do::nothing, none},
    {projected, "projected", set_of(connected), Do::nothing, none},
    {connected, "connected", set_of(closing_link, hanging_up, disconnected), Do::nothing, none},
    {closing_link, "closing_link", set_of(hanging_up, disconnected), Do::close_link, Timer::link},
    {cancelling, "cancelling", set_of(hanging_up, disconnected), Do::stop_talk, Timer::cancel},
    {returning_port, "returning_port", set_of(waiting_for_redial, hanging_up, disconnected), Do::release,
     Timer::release},
    {waiting_for_redial, "waiting_for_redial", set_of(open_port, disconnected), Do::nothing, Timer::redial},
    {hanging_up, "hanging_up", set_of(disconnected), Do::release, Timer::release},
    {disconnected, "disconnected", 0, Do::tell_result, none},
};
static_assert(std::size(state_rows) == state_count);

constexpr TimerRow timer_rows[] = {
    {Timer::lease, "lease", 30s, "a manager that lives grants or refuses within lease_wait"},
    {Timer::cancel, "cancel", 5s, "a device that is told to stop; beyond it, DTR stops it"},
    {Timer::link, "link", 5s, "a peer that acknowledges the end; beyond it, hanging up ends the link"},
    {Timer::callback, "callback", 120s, "a port that rests, a dial that is tried again, a few rings"},
    {Timer::release, "release", 10s, "DTR off, AT, init: the port listens again"},
    {Timer::redial, "redial", 0s, "the entry's RedialSeconds"},
};
static_assert(std::size(timer_rows) == static_cast<size_t>(Timer::count_));

constexpr std::string_view event_names[] = {
    "start",       "refused",    "granted",      "opened", "open_failed",     "talked",
    "proving",     "asked",      "answered",     "proven", "callback_agreed", "projected",
    "idle",        "link_ended", "line_dropped", "rang",   "carrier_lost",    "port_lost",
    "lease_ended", "released",   "manager_gone", "cancel", "deadline"};
static_assert(std::size(event_names) == static_cast<size_t>(Event::count_));

constexpr bool in_order() {
  for (size_t i = 0; i < std::size(state_rows); ++i)
    if (static_cast<size_t>(state_rows[i].state) != i) return false;
  for (size_t i = 0; i < std::size(timer_rows); ++i)
    if (static_cast<size_t>(timer_rows[i].timer) != i) return false;
  return true;
}
static_assert(in_order());

}  // namespace

StateRow const& row(State state) { return state_rows[static_cast<size_t>(state)]; }
TimerRow const& row(Timer timer) { return timer_rows[static_cast<size_t>(timer)]; }
std::string_view name(State state) { return row(state).name; }
std::string_view name(Event event) { return event_names[static_cast<size_t>(event)]; }

}  // namespace offhook::call
