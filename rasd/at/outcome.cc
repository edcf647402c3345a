#include "rasd/at/outcome.h"

#include <iterator>

namespace offhook::at {
namespace {

struct OutcomeRow {
  Outcome outcome;
  std::string_view name;
  unsigned ras;
  std::string_view advice;
};
constexpr OutcomeRow outcome_rows[] = {
    {Outcome::ok, "ok", 0, "Done."},
    {Outcome::connect, "connect", 0, "Connected."},
    {Outcome::ring, "ring", 0, "A call comes in."},
    {Outcome::progress, "progress", 0, "Under way."},
    {Outcome::busy, "busy", 676, "The number is busy: try again later, or another number."},
    {Outcome::voice, "voice", 677, "A voice answered, not a modem: check the number."},
    {Outcome::no_answer, "no_answer", 678,
     "Nobody answered: check the number and whether the far end is on."},
    {Outcome::no_carrier, "no_carrier", 679,
     "No modem was heard at the far end, or it hung up: check the number and try again."},
    {Outcome::no_dialtone, "no_dialtone", 680,
     "There is no dial tone: check the telephone cable, and whether somebody is on the line."},
    {Outcome::refused, "refused", 651,
     "The device answered ERROR: check its script, or the number, against its manual."},
    {Outcome::delayed, "delayed", 651,
     "The device will not dial this number again so soon (its own redial limit): wait, or try another."},
    {Outcome::unobtainable, "unobtainable", 678, "The network knows no such number: check it."},
    {Outcome::barred, "barred", 651, "The network bars this call: ask its operator what the line may call."},
    {Outcome::congested, "congested", 676, "There is no way through the network now: try again later."},
    {Outcome::cleared, "cleared", 629, "The far end cleared the call: ask there, or try again later."},
    {Outcome::out_of_order, "out_of_order", 678,
     "The far end is out of order or did not answer: try again later."},
    {Outcome::incompatible, "incompatible", 679,
     "What answered speaks something else than this device: check the number."},
    {Outcome::garbage, "garbage", 652,
     "The device answered with what its script does not know: check device kind and speed."},
    {Outcome::unexpected, "unexpected", 702,
     "The device said something that was not asked: it may be in a call, or the script does not fit it."},
    {Outcome::echo, "echo", 636,
     "Only what was sent came back: there is a loop or a program that echoes, not a modem; see who has the "
     "other end."},
    {Outcome::silent, "silent", 692,
     "The device does not answer: see that it is on, that its cable is in, and try a reset."},
    {Outcome::cancelled, "cancelled", 631, "Cancelled."},
};
static_assert(std::size(outcome_rows) == outcome_count);

constexpr bool in_order() {
  for (size_t i = 0; i < std::size(outcome_rows); ++i)
    if (static_cast<size_t>(outcome_rows[i].outcome) != i) return false;
  return true;
}
static_assert(in_order());

constexpr OutcomeRow const& row(Outcome outcome) { return outcome_rows[static_cast<size_t>(outcome)]; }

}  // namespace

std::string_view name(Outcome outcome) { return row(outcome).name; }
unsigned ras_error(Outcome outcome) { return row(outcome).ras; }
std::string_view advice(Outcome outcome) { return row(outcome).advice; }

}  // namespace offhook::at
