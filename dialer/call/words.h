// The call in plain language.
#pragma once

#include <string>
#include <string_view>

#include "dialer/call/call.h"

namespace offhook::call {

/// "Dialling 5550101 (1 of 3) ...": what a state is, for the one who waits; empty: nothing worth a line.
std::string progress(Call const& call, size_t device);
/// "dialling": a state for the port manager's lists; empty: not worth its own.
std::string_view condition(State state);
/// "5550101 is busy".
std::string what_happened(std::string const& number, at::Outcome outcome);

/// The sentence of a result: what happened, and what to do about it.
std::string failure(Call const& call, size_t device, at::Outcome outcome);

/// The same of PPP: what its end says, and what to do about it.
std::string link_failure(unsigned ras_error, std::string const& text);

/// The same of a call that stood: whichever way the far end goes, it has hung up.
Result dropped(unsigned ras_error, std::string const& text);

/// Nobody has called back.
std::string late_callback(Call const& call, Duration waited);

/// What becomes of a number after an outcome of dialling it.
enum class After : uint8_t {
  redial,       // the next number; this one again in the next round
  next_number,  // the next number; this one is not worth another attempt
  end,          // the next number would fare no better
};
After after(at::Outcome outcome);

/// What RAS calls it when the manager takes the port back, by the terminate cause's name.
unsigned ras_error_of_cause(std::string_view cause);
std::string_view advice_on_cause(std::string_view cause);

}  // namespace offhook::call
