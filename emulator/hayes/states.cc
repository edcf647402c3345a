#include "emulator/hayes/states.h"

namespace offhook::hayes {
namespace {

template <class T, class... Alternatives>
constexpr unsigned index_in(std::variant<Alternatives...> const*) {
  unsigned index = 0, found = 0;
  ((std::is_same_v<T, Alternatives> ? (found = index) : 0u, ++index), ...);
  return found;
}
template <class... Events>
constexpr uint16_t hears =
    static_cast<uint16_t>(((1u << index_in<Events>(static_cast<loop::Event const*>(nullptr))) | ... | 0u));

constexpr uint8_t to(auto... states) {
  return static_cast<uint8_t>(((1u << static_cast<unsigned>(states)) | ...));
}
constexpr uint16_t keeps(auto... timers) {
  return static_cast<uint16_t>(((1u << static_cast<unsigned>(timers)) | ...));
}

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

// DTR's and the rings' timers run whatever the state; a half-entered line is no matter of the call's.
constexpr uint16_t always = keeps(dtr_off, ring_gap, partial_line);
constexpr uint16_t loop_is_mine = hears<DialTone, RingOff, Ringback, Voice, Cleared, Answered>;

constexpr StateRow rows[]{
    {command, "command", Input::commands, to(command, dialling, off_hook, awaiting_carrier),
     hears<RingOn, RingOff, CallerIdSent, Answered>, always},
    {dialling, "dialling", Input::abort, to(command, off_hook, awaiting_carrier), loop_is_mine, always},
    {off_hook, "off_hook", Input::commands, to(command, dialling, awaiting_carrier), loop_is_mine, always},
    {awaiting_carrier, "awaiting_carrier", Input::abort, to(command, online_data),
     loop_is_mine | hears<CarrierUp, CarrierDown, LinkReleased>, always},
    {online_data, "online_data", Input::data, to(command, online_command, releasing),
     hears<RingOff, CarrierUp, CarrierDown, CarrierBack, LinkReleased, Cleared>,
     always | keeps(carrier_loss, carrier_back)},
    {online_command, "online_command", Input::commands, to(command, online_data, releasing),
     hears<RingOff, CarrierUp, CarrierDown, CarrierBack, LinkReleased, Cleared>,
     always | keeps(carrier_loss, carrier_back, inactivity)},
    {releasing, "releasing", Input::ignored, to(command),
     hears<CarrierUp, CarrierDown, CarrierBack, LinkReleased, Cleared>, always},
};

}  // namespace

StateRow const& row(State state) { return rows[static_cast<size_t>(state)]; }
std::string_view name(State state) { return row(state).name; }

}  // namespace offhook::hayes
