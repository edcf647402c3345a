// A call that the far end gives up so that it can call us: the port stays ours, its modem is made ready, the
// next call that rings is the far end's, and PPP begins anew on it.
#include <algorithm>

#include "dialer/call/call.h"
#include "dialer/call/states.h"
#include "dialer/call/words.h"

namespace offhook::call {

using enum State;

void Call::will_be_called_back(Instant now, Input const& input) {
  callback_number_ = input.text;
  enter(now, prepare_for_callback);
}

void Call::let_go(Instant now, Input const& input) {
  if (input.ras_error != 0) return link_failed(now, input);
  device_ = own_device();
  enter(now, wait_for_modem_reset);
}

/// It is the port's own device that rings, whatever was reached through it.
size_t Call::own_device() const {
  auto const found = std::ranges::find_if(plan_.devices, [](Device const& each) { return dials(each.kind); });
  return found == plan_.devices.end() ? 0 : static_cast<size_t>(found - plan_.devices.begin());
}

void Call::line_dropped(Instant, Input const&) { emit(Talk{device_, at::Task::initialise, {}}); }

void Call::reset(Instant now, Input const& input) {
  if (input.outcome != at::Outcome::ok)
    return end(now, hanging_up, at::ras_error(input.outcome), failure(*this, device_, input.outcome));
  callback_until_ = now + row(Timer::callback).limit;
  enter(now, wait_for_callback);
}

void Call::rang(Instant now, Input const&) {
  enter(now, answer_callback);
  emit(Talk{device_, at::Task::answer, {}});
}

/// Who rang and gave no carrier may have been anybody.
void Call::answered(Instant now, Input const& input) {
  if (input.outcome == at::Outcome::connect) {
    called_back_ = true;
    line_rate_bps_ = input.line_rate_bps;
    enter(now, callback_complete);
    return enter(now, start_authentication);
  }
  if (after(input.outcome) == After::end)
    return end(now, hanging_up, at::ras_error(input.outcome), failure(*this, device_, input.outcome));
  tell("Whoever rang gave no carrier.");
  enter(now, wait_for_callback);
}

void Call::not_called_back(Instant now, Input const&) {
  constexpr unsigned timed_out = 638;
  end(now, hanging_up, timed_out, late_callback(*this, row(Timer::callback).limit));
}

}  // namespace offhook::call
