#include "rasd/port/laws.h"

namespace offhook::port {
namespace {

constexpr Steps at() { return 0; }
template <class... More>
constexpr Steps at(Step step, More... more) {
  return (Steps{1} << static_cast<unsigned>(step)) | at(more...);
}
template <class... States>
constexpr uint16_t to(States... states) {
  return static_cast<uint16_t>((0u | ... | (1u << static_cast<unsigned>(states))));
}

using enum Step;

constexpr TimerRow timer_rows[] = {
    {Timer::absent_look, "absent_look", 2s, "a device that comes without a word is found by looking"},
    {Timer::ask_limit, "ask_limit", 5s, "a walk through /proc takes milliseconds"},
    {Timer::open_limit, "open_limit", 5s, "an open that does not wait for carrier returns at once"},
    {Timer::sample_limit, "sample_limit", 2s, "TIOCMGET, or one message of the side channel"},
    {Timer::init_limit, "init_limit", 30s, "an init script of a few lines, each with its own time"},
    {Timer::cadence, "cadence", 6s, "2 s on, 4 s off: a call that has begun is heard in it (law 2)"},
    {Timer::listen_look, "listen_look", 10s, "an edge or an open that nobody told is found by looking"},
    {Timer::ring_gap, "ring_gap", 8s,
     "a whole cadence and a margin without a burst: the caller gave up (Q176209)"},
    {Timer::answer_limit, "answer_limit", 45s, "what the device may take to answer, its abort, and a margin"},
    {Timer::service_limit, "service_limit", 10s, "a program starts, or says that it cannot"},
    {Timer::carrier_look, "carrier_look", 5s, "a fall of 109 or 107 that nobody told (Q101878)"},
    {Timer::stop_limit, "stop_limit", 5s, "what a service may take after its terminal's hang-up"},
    {Timer::kill_limit, "kill_limit", 2s, "what a killed service may take; it loses the port all the same"},
    {Timer::foreign_look, "foreign_look", 1s,
     "a port is back within a second of its holder's death (Q162807)"},
    {Timer::revoke_limit, "revoke_limit", 5s, "a fresh pty, or vhangup"},
    {Timer::dtr_off, "dtr_off", 100ms, "longer than S25, by default 50 ms (V.250 6.3.10)"},
    {Timer::ready_wait, "ready_wait", 1s,
     "107 follows 108; a modem that 108 resets shows it within a second"},
    {Timer::talk_limit, "talk_limit", 20s, "AT a few times, or the escape with its guard times"},
    {Timer::retry, "retry", 1s,
     "the first attempt after a failure; each later one after twice the time (law 4)"},
    {Timer::retry_most, "retry_most", 60s, "the longest time between two attempts"},
    {Timer::lease_wait, "lease_wait", 5s, "what a client waits for a port that is on its way to listening"},
    {Timer::authentication_limit, "authentication_limit", 120s,
     "a caller that never says who he is (Q101878)"},
    {Timer::session_limit, "session_limit", 0s, "RADIUS Session-Timeout; none by default"},
    {Timer::idle_limit, "idle_limit", 0s, "RADIUS Idle-Timeout; none by default (Q222053)"},
};

// clang-format off
constexpr Steps opening_steps = at(opening_asks, opens, asks_who_is_busy, opening_samples);
constexpr Steps init_steps = at(initialises, renews);
constexpr Steps initialising_steps = init_steps | at(blame_asks, blame_samples);
constexpr Steps waiting_steps = at(quietens, quiet, lease_asks);  // the listen stands
constexpr Steps listening_steps = at(posts) | waiting_steps;
constexpr Steps ringing_steps = at(counts, answer_asks, answer_samples);
constexpr Steps service_steps = at(authenticates, starts, runs);
constexpr Steps hanging_up_steps = at(stops, kills);
constexpr Steps reset_steps = at(dtr_falls, recovery_samples, awaits_ready, attends, escapes);    // recovering, the port ours alone again
constexpr Steps recovering_steps = at(revokes, reopens, recovery_asks) | reset_steps;
constexpr Steps unsampled_steps = recovering_steps & ~at(recovery_samples, awaits_ready);
constexpr Steps idle_steps = opening_steps | initialising_steps | listening_steps | ringing_steps;
constexpr Steps open_steps = initialising_steps | listening_steps | ringing_steps;
constexpr Steps call_steps = at(answers, lent) | service_steps | hanging_up_steps;
constexpr Steps every_step = (Steps{1} << static_cast<unsigned>(count_)) - 1;

constexpr Laws laws = {
  .steps = {{
    {gone, State::absent, "gone", {Do::hush, Do::close}, Timer::absent_look, look, {Do::ask}},
    {unready, State::absent, "unready", {Do::hush, Do::unlock}, Timer::absent_look, look, {Do::sample}},
    {opening_asks, State::opening, "opening_asks", {Do::ask}, Timer::ask_limit, fails},
    {opens, State::opening, "opens", {Do::open}, Timer::open_limit, fails},
    {asks_who_is_busy, State::opening, "asks_who_is_busy", {Do::ask}, Timer::ask_limit, fails},
    {opening_samples, State::opening, "opening_samples", {Do::sample}, Timer::sample_limit, fails},
    {initialises, State::initialising, "initialises", {Do::lock, Do::dtr_on, Do::arm, Do::initialise},
     Timer::init_limit, fails},
    {renews, State::initialising, "renews", {Do::arm, Do::initialise}, Timer::init_limit, fails},
    {blame_asks, State::initialising, "blame_asks", {Do::ask}, Timer::ask_limit, fails},
    {blame_samples, State::initialising, "blame_samples", {Do::sample}, Timer::sample_limit, fails},
    {posts, State::listening, "posts", {Do::arm, Do::unlock, Do::sample}, Timer::sample_limit, fails},
    {quietens, State::listening, "quietens", {}, Timer::cadence, quiet},
    {quiet, State::listening, "quiet", {}, Timer::listen_look, look, {Do::ask_to_read, Do::sample}},
    {lease_asks, State::listening, "lease_asks", {Do::ask}, Timer::ask_limit, quiet},
    {counts, State::ringing, "counts", {}, Timer::ring_gap, posts, {}, Why::no_answer},
    {answer_asks, State::ringing, "answer_asks", {Do::ask}, Timer::ask_limit, posts, {}, Why::no_answer},
    {answer_samples, State::ringing, "answer_samples", {Do::sample}, Timer::sample_limit, answers},
    {answers, State::answering, "answers", {Do::lock, Do::answer}, Timer::answer_limit, revokes, {},
     Why::port_error},
    {authenticates, State::authenticating, "authenticates", {}, Timer::carrier_look, look, {Do::sample}},
    {starts, State::connected, "starts", {Do::start_service}, Timer::service_limit, stops, {}, Why::lost_service},
    {runs, State::connected, "runs", {}, Timer::carrier_look, look, {Do::sample}},
    {lent, State::leased, "lent", {Do::grant}},
    {away, State::foreign, "away", {Do::hush, Do::close}, Timer::foreign_look, look, {Do::ask}},
    {stops, State::hanging_up, "stops", {Do::hush, Do::stop_service}, Timer::stop_limit, kills},
    {kills, State::hanging_up, "kills", {Do::kill_service}, Timer::kill_limit, revokes},
    {revokes, State::recovering, "revokes", {Do::hush, Do::revoke}, Timer::revoke_limit, fails},
    {reopens, State::recovering, "reopens", {Do::close, Do::open}, Timer::open_limit, fails},
    {recovery_asks, State::recovering, "recovery_asks", {Do::ask}, Timer::ask_limit, fails},
    {dtr_falls, State::recovering, "dtr_falls", {Do::lock, Do::dtr_off}, Timer::dtr_off, next_recovery},
    {recovery_samples, State::recovering, "recovery_samples", {Do::dtr_on, Do::sample}, Timer::sample_limit, next_recovery},
    {awaits_ready, State::recovering, "awaits_ready", {}, Timer::ready_wait, absent_or_on},
    {attends, State::recovering, "attends", {Do::arm, Do::attention}, Timer::talk_limit, fails},
    {escapes, State::recovering, "escapes", {Do::escape}, Timer::talk_limit, fails},
    {fails, State::failed, "fails", {Do::hush, Do::close}, Timer::retry, opening_asks},
    {off, State::disabled, "off", {Do::hush, Do::dtr_off, Do::close, Do::finish}},
  }},
  .states = {{
    {State::absent, "absent", Ask::has_no_device, Owner::nobody, to(State::opening, State::foreign, State::disabled), true},
    {State::opening, "opening", Ask::waits, Owner::nobody,
     to(State::absent, State::initialising, State::foreign, State::recovering, State::failed, State::disabled), true},
    {State::initialising, "initialising", Ask::waits, Owner::nobody,
     to(State::absent, State::listening, State::ringing, State::foreign, State::recovering,
        State::failed, State::disabled), true},
    {State::listening, "listening", Ask::grants, Owner::nobody,
     to(State::absent, State::opening, State::initialising, State::ringing, State::leased, State::foreign,
        State::recovering, State::failed, State::disabled), true},
    {State::ringing, "ringing", Ask::is_in_use, Owner::nobody,
     to(State::absent, State::opening, State::listening, State::answering, State::foreign, State::recovering, State::failed,
        State::disabled), true},
    {State::answering, "answering", Ask::is_in_use, Owner::nobody,
     to(State::absent, State::connected, State::recovering, State::disabled), false},
    {State::authenticating, "authenticating", Ask::is_in_use, Owner::nobody,
     to(State::connected, State::hanging_up, State::recovering), false},
    {State::connected, "connected", Ask::is_in_use, Owner::nobody,
     to(State::authenticating, State::hanging_up, State::recovering), false},
    {State::leased, "leased", Ask::is_in_use, Owner::client,
     to(State::absent, State::recovering, State::disabled), false},
    {State::foreign, "foreign", Ask::is_foreign, Owner::nobody,
     to(State::absent, State::recovering, State::disabled), true},
    {State::hanging_up, "hanging_up", Ask::waits, Owner::nobody, to(State::recovering), false},
    {State::recovering, "recovering", Ask::waits, Owner::nobody,
     to(State::absent, State::initialising, State::foreign, State::failed, State::disabled), false},
    {State::failed, "failed", Ask::is_broken, Owner::nobody,
     to(State::absent, State::opening, State::foreign, State::disabled), true},
    {State::disabled, "disabled", Ask::is_disabled, Owner::administrator, to(State::opening), true},
  }},
  .moves = {{
    // Who holds the port.
    {at(opening_asks), Cue::nobody, open_or_recover},
    {at(asks_who_is_busy), Cue::nobody, revokes},  // a stale TIOCEXCL (Q162807)
    {at(blame_asks), Cue::nobody, next_blame},
    {at(lease_asks), Cue::nobody, lent},
    {at(answer_asks), Cue::nobody, answer_samples},
    {at(away), Cue::nobody, revokes},
    {at(recovery_asks), Cue::nobody, fails, Why::none, Failure::busy},
    {at(quiet), Cue::nobody, stay},
    {at(posts, quietens, quiet), Cue::nobody_any_more, renews},
    {at(lease_asks), Cue::nobody_any_more, lent},  // a call's end and a lease's initialise the device too
    {at(answer_asks), Cue::nobody_any_more, answer_samples},
    {at(blame_asks), Cue::nobody_any_more, next_blame},
    {at(renews, blame_samples, counts, answer_samples), Cue::nobody_any_more, stay},
    {every_step, Cue::touched, stay},
    {idle_steps | at(unready, reopens, recovery_asks) | reset_steps | at(fails), Cue::held, away, Why::foreign},
    {call_steps | at(away, revokes, off), Cue::held, stay},
    {at(gone), Cue::nobody, opening_asks},  // whoever holds it or not: it is there
    {at(gone), Cue::held, opening_asks},

    // The descriptor and the device.
    {at(opens), Cue::opened, opening_samples},
    {at(opens, reopens), Cue::no_device, gone, Why::device_gone},
    {at(opens), Cue::busy, asks_who_is_busy},
    {at(opens, reopens), Cue::unopenable, fails},
    {at(reopens), Cue::opened, next_recovery},
    {at(reopens), Cue::busy, recovery_asks},
    {listening_steps | ringing_steps, Cue::lost, opening_asks, Why::device_gone},
    {at(unready), Cue::lost, opening_asks},
    {at(opening_samples) | initialising_steps | reset_steps, Cue::lost, fails, Why::none, Failure::lost},
    {at(answers), Cue::lost, revokes, Why::lost_carrier},
    {service_steps, Cue::lost, stops, Why::lost_carrier},
    {at(lent, revokes, reopens, recovery_asks) | hanging_up_steps, Cue::lost, stay},
    {at(gone, fails), Cue::appeared, opening_asks},
    {every_step & ~at(gone, fails), Cue::appeared, stay},
    {(every_step & ~(service_steps | hanging_up_steps | at(gone, unready, off))), Cue::gone, gone, Why::device_gone},
    {at(unready), Cue::gone, gone},
    {service_steps, Cue::gone, stops, Why::device_gone},
    {hanging_up_steps | at(gone, off), Cue::gone, stay},

    // Nobody need be talked to whose cable is out; what a recovery owes is paid once it is back.
    {at(recovery_samples), Cue::not_ready, awaits_ready},
    {at(recovery_samples), Cue::quiet, next_recovery},
    {at(recovery_samples), Cue::rung, next_recovery},
    {at(recovery_samples), Cue::carrier, next_recovery},
    {at(recovery_samples), Cue::call, next_recovery},
    {at(awaits_ready), Cue::quiet, attends},
    {at(awaits_ready), Cue::rung, attends},
    {at(awaits_ready), Cue::carrier, attends},
    {at(awaits_ready), Cue::call, attends},

    // The circuits as they are.
    {at(opening_samples), Cue::quiet, initialises},
    {at(opening_samples), Cue::rung, initialises},
    {at(opening_samples), Cue::call, initialises},
    {at(opening_samples), Cue::carrier, revokes, Why::manager_reboot},
    {at(blame_samples), Cue::quiet, next_blame},
    {at(blame_samples), Cue::rung, next_blame},
    {at(blame_samples), Cue::call, next_blame},
    {at(blame_samples), Cue::carrier, next_blame},
    {at(posts), Cue::quiet, quietens},
    {waiting_steps, Cue::quiet, stay},
    {listening_steps, Cue::rung, counts},
    {listening_steps, Cue::carrier, stray},
    {ringing_steps, Cue::carrier, stray, Why::port_error},  // a call that the device took by itself
    {listening_steps | at(counts), Cue::call, answer_asks},
    {at(counts, answer_asks), Cue::quiet, stay},
    {at(counts, answer_asks), Cue::rung, stay},
    {at(answer_asks), Cue::call, stay},
    {at(answer_samples), Cue::quiet, answers},
    {at(answer_samples), Cue::rung, answers},
    {at(answer_samples), Cue::call, answers},
    {at(answer_samples), Cue::rings_no_more, counts},
    {at(opening_samples) | initialising_steps | listening_steps | ringing_steps, Cue::not_ready, unready,
     Why::device_gone},
    {at(unready), Cue::not_ready, stay},
    {at(unready), Cue::quiet, opening_asks},
    {at(unready), Cue::rung, opening_asks},
    {at(unready), Cue::carrier, opening_asks},
    {at(unready), Cue::call, opening_asks},
    {at(answers), Cue::not_ready, revokes, Why::device_gone},
    {service_steps, Cue::not_ready, stops, Why::device_gone},
    {service_steps, Cue::carrier_gone, stops, Why::lost_carrier},
    {at(answers) | service_steps, Cue::quiet, stay},
    {at(answers) | service_steps, Cue::rung, stay},
    {at(answers) | service_steps, Cue::carrier, stay},
    {at(answers) | service_steps, Cue::call, stay},
    {init_steps | at(blame_asks, lent) | hanging_up_steps | unsampled_steps, Cue::quiet, stay},
    {init_steps | at(blame_asks, lent) | hanging_up_steps | unsampled_steps, Cue::rung, stay},
    {init_steps | at(blame_asks, lent) | hanging_up_steps | unsampled_steps, Cue::carrier, stay},
    {init_steps | at(blame_asks, lent) | hanging_up_steps | unsampled_steps, Cue::call, stay},
    {at(lent, awaits_ready) | hanging_up_steps | unsampled_steps, Cue::not_ready, stay},

    // A call.
    {listening_steps, Cue::ring, counts},
    {at(counts), Cue::ring, counts},
    {at(unready, answer_asks, answer_samples, answers, lent) | initialising_steps | recovering_steps | service_steps |
         hanging_up_steps,
     Cue::ring, stay},
    {open_steps | recovering_steps | at(unready, answers, lent), Cue::caller_id, stay},
    {listening_steps, Cue::carrier_up, stray},
    {ringing_steps, Cue::carrier_up, stray, Why::port_error},
    {listening_steps | at(counts), Cue::call_up, answer_asks},
    {initialising_steps | recovering_steps | at(unready, answers, lent) | service_steps | hanging_up_steps,
     Cue::carrier_up, stay},
    {initialising_steps | recovering_steps | at(unready, answer_asks, answer_samples, answers, lent) | service_steps |
         hanging_up_steps,
     Cue::call_up, stay},
    {service_steps, Cue::carrier_lost, stops, Why::lost_carrier},
    {(open_steps | recovering_steps | at(unready, answers, lent) | hanging_up_steps), Cue::carrier_lost, stay},
    {listening_steps | ringing_steps | at(unready), Cue::readable, stay},

    // The dialogue.
    {init_steps, Cue::ok, ready},
    {init_steps, Cue::connect, next_blame},
    {init_steps, Cue::no_carrier, next_blame},
    {init_steps, Cue::refused, next_blame},
    {init_steps, Cue::garbage, next_blame},
    {init_steps, Cue::echo, next_blame},
    {init_steps, Cue::silent, next_blame},
    {at(attends), Cue::silent, next_recovery},
    {at(attends), Cue::ok, skip_escape},
    {at(attends), Cue::connect, skip_escape},
    {at(attends), Cue::no_carrier, skip_escape},
    {at(attends), Cue::refused, skip_escape},
    {at(attends), Cue::garbage, next_recovery},  // what a far end may say
    {at(attends), Cue::echo, next_recovery},     // or send back
    {at(escapes), Cue::silent, next_recovery},
    {at(escapes), Cue::ok, next_recovery},
    {at(escapes), Cue::connect, next_recovery},
    {at(escapes), Cue::no_carrier, next_recovery},
    {at(escapes), Cue::refused, next_recovery},
    {at(escapes), Cue::garbage, next_recovery},
    {at(escapes), Cue::echo, next_recovery},
    {at(answers), Cue::connect, starts},
    {at(answers), Cue::ok, revokes, Why::port_error},
    {at(answers), Cue::no_carrier, revokes, Why::lost_carrier},
    {at(answers), Cue::refused, revokes, Why::port_error},
    {at(answers), Cue::garbage, revokes, Why::port_error},
    {at(answers), Cue::echo, revokes, Why::port_error},
    {at(answers), Cue::silent, revokes, Why::port_error},

    // Recovery.
    {at(revokes), Cue::revoked, next_recovery},
    {at(revokes), Cue::not_revoked, away, Why::foreign},

    // The service.
    {at(starts), Cue::started, runs},
    {at(authenticates, runs) | hanging_up_steps, Cue::started, stay},
    {service_steps, Cue::service_failed, revokes, Why::lost_service},
    {hanging_up_steps, Cue::service_failed, revokes},
    {service_steps, Cue::service_ended, revokes, Why::lost_service},  // where it does not say why
    {hanging_up_steps, Cue::service_ended, revokes},
    {at(starts, runs), Cue::authentication_begun, authenticates},
    {at(authenticates, runs), Cue::authenticated, runs},
    {at(authenticates) | hanging_up_steps, Cue::authentication_begun, stay},
    {at(starts) | hanging_up_steps, Cue::authenticated, stay},
    {service_steps, Cue::session_over, stops, Why::session_timeout},
    {service_steps, Cue::idle_over, stops, Why::idle_timeout},
    {service_steps, Cue::authentication_over, stops, Why::user_error},
    {every_step, Cue::traffic, stay},

    // Clients and the administrator.
    {every_step, Cue::lease, stay},
    {at(lent), Cue::client_gone, revokes, Why::lease_over},
    {every_step & ~at(lent), Cue::client_gone, stay},
    {at(lent, answers) | ringing_steps, Cue::hang_up, revokes, Why::admin_reset},
    {service_steps, Cue::hang_up, stops, Why::admin_reset},
    {hanging_up_steps | recovering_steps, Cue::hang_up, stay},
    {at(gone, unready, fails) | opening_steps, Cue::reset, opening_asks},
    {initialising_steps | listening_steps | ringing_steps | at(answers, lent), Cue::reset, revokes, Why::admin_reset},
    {service_steps, Cue::reset, stops, Why::admin_reset},
    {at(away), Cue::reset, look},
    {hanging_up_steps | recovering_steps | at(off), Cue::reset, stay},
    {at(off, fails), Cue::enable, opening_asks},
    {every_step & ~at(off, fails), Cue::enable, stay},
    {at(answers, lent), Cue::disable, revokes, Why::admin_reset},
    {service_steps, Cue::disable, stops, Why::admin_reset},
    {idle_steps | at(gone, unready, away, fails), Cue::disable, off, Why::admin_reset},
    {hanging_up_steps | recovering_steps | at(off), Cue::disable, stay},
    {idle_steps | at(gone, unready, away, fails, off), Cue::remove, off, Why::admin_reset},
    {call_steps | recovering_steps, Cue::remove, stay},
  }},
  .recovery = {revokes, reopens, dtr_falls, recovery_samples, attends, escapes},
  .blame = {blame_asks, blame_samples},
  .readable = Do::ask_to_read,
};
// clang-format on

constexpr std::string_view cue_names[] = {"nobody",
                                          "nobody_any_more",
                                          "held",
                                          "touched",
                                          "opened",
                                          "no_device",
                                          "busy",
                                          "unopenable",
                                          "lost",
                                          "appeared",
                                          "gone",
                                          "quiet",
                                          "rung",
                                          "carrier",
                                          "call",
                                          "not_ready",
                                          "rings_no_more",
                                          "carrier_gone",
                                          "ring",
                                          "caller_id",
                                          "carrier_up",
                                          "call_up",
                                          "carrier_lost",
                                          "readable",
                                          "ok",
                                          "connect",
                                          "no_carrier",
                                          "refused",
                                          "garbage",
                                          "echo",
                                          "silent",
                                          "revoked",
                                          "not_revoked",
                                          "started",
                                          "service_failed",
                                          "service_ended",
                                          "authentication_begun",
                                          "authenticated",
                                          "traffic",
                                          "client_gone",
                                          "lease",
                                          "hang_up",
                                          "reset",
                                          "enable",
                                          "disable",
                                          "remove",
                                          "session_over",
                                          "idle_over",
                                          "authentication_over",
                                          "deadline"};
static_assert(std::size(cue_names) == static_cast<size_t>(Cue::count_));

}  // namespace

Move const* Laws::find(Step from, Cue on) const {
  for (Move const& move : moves)
    if (move.on == on && (move.from >> static_cast<unsigned>(from) & 1u)) return &move;
  return nullptr;
}

Laws const& standard_laws() { return laws; }

TimerRow const& row(Timer timer) { return timer_rows[static_cast<size_t>(timer)]; }
std::string_view name(Timer timer) { return row(timer).name; }

Timing default_timing() {
  Timing timing{};
  for (TimerRow const& r : timer_rows) timing[static_cast<size_t>(r.timer)] = r.by_default;
  return timing;
}

std::string_view name(Step step) { return laws.row(step).name; }
std::string_view name(Cue cue) { return cue_names[static_cast<size_t>(cue)]; }

}  // namespace offhook::port
