#include "emulator/pad/states.h"

#include <iterator>

namespace offhook::pad {
namespace {

using enum State;
using enum Timer;
using loop::Answered;
using loop::CallerIdSent;
using loop::CarrierBack;
using loop::CarrierDown;
using loop::CarrierUp;
using loop::Cleared;
using loop::DialTone;
using loop::LinkReleased;
using loop::Ringback;
using loop::RingOff;
using loop::RingOn;
using loop::Voice;

constexpr unsigned always = bits(dtr_off, half_line);
constexpr unsigned on_hook_too = always | bits(ring_gap);
constexpr unsigned over = bits(active_link, pad_waiting);
constexpr unsigned on_hook = hears<RingOn, RingOff, CallerIdSent, Answered>;
constexpr unsigned off_hook = hears<DialTone, RingOff, CallerIdSent, Ringback, Voice, Answered, Cleared>;
constexpr unsigned carrier = hears<RingOff, CarrierUp, CarrierDown, CarrierBack, LinkReleased, Cleared>;

constexpr StateRow rows[]{
    {active_link, "active_link", Input::service_request,
     bits(active_link, pad_waiting, incoming, answering, training), on_hook, on_hook_too},
    {pad_waiting, "pad_waiting", Input::commands, bits(active_link, seizing, incoming, answering, training),
     on_hook, on_hook_too},
    {incoming, "incoming", Input::commands, over | bits(answering, training), on_hook, on_hook_too},
    {seizing, "seizing", Input::commands, over | bits(connecting), off_hook, always},
    {connecting, "connecting", Input::commands, over | bits(training), off_hook, always},
    {answering, "answering", Input::commands, over | bits(training), off_hook, always},
    {training, "training", Input::commands, over | bits(data_transfer), off_hook | carrier, always},
    {data_transfer, "data_transfer", Input::data, over | bits(waiting_for_command, draining, clearing),
     carrier, always | bits(carrier_loss, idle)},
    {waiting_for_command, "waiting_for_command", Input::commands,
     over | bits(data_transfer, draining, clearing), carrier, always | bits(carrier_loss)},
    {draining, "draining", Input::flow_control, over | bits(clearing), carrier, always},
    {clearing, "clearing", Input::ignored, over, carrier, always},
};

}  // namespace

StateRow const& row(State state) { return rows[static_cast<size_t>(state)]; }
std::string_view name(State state) { return row(state).name; }

bool in_call(State state) { return !has(over | bits(incoming), state); }
bool connected(State state) { return has(bits(data_transfer, waiting_for_command, draining), state); }

}  // namespace offhook::pad
