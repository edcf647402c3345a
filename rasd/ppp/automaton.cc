#include "rasd/ppp/automaton.h"

namespace offhook::ppp {
namespace {

using namespace action;

/// A cell as the RFC prints it: actions, then the state's number. `none` is its dash.
struct Entry {
  Actions actions;
  int8_t next;
};
constexpr Entry none{0, -1};
constexpr Entry to(int8_t next) { return {0, next}; }
constexpr Entry act(Actions actions, int8_t next) { return {actions, next}; }

// RFC 1661 4.1: a row an event, a column a state. Its three options are not taken: a second Open changes
// nothing [r], silence ends the attempt (stopped, with This-Layer-Finished) [p], and an Ack that crosses is
// answered at once [x].
constexpr Entry table[event_count][state_count] = {
    // clang-format off
    // up
    {to(2), act(irc|scr,6), none, none, none, none, none, none, none, none},
    // down
    {none, none, to(0), act(tls,1), to(0), to(1), to(1), to(1), to(1), act(tld,1)},
    // open
    {act(tls,1), to(1), act(irc|scr,6), to(3), to(5), to(5), to(6), to(7), to(8), to(9)},
    // close
    {to(0), act(tlf,0), to(2), to(2), to(4), to(4), act(irc|str,4), act(irc|str,4), act(irc|str,4),
     act(tld|irc|str,4)},
    // TO+
    {none, none, none, none, act(str,4), act(str,5), act(scr,6), act(scr,6), act(scr,8), none},
    // TO-
    {none, none, none, none, act(tlf,2), act(tlf,3), act(tlf,3), act(tlf,3), act(tlf,3), none},
    // RCR+
    {none, none, act(sta,2), act(irc|scr|sca,8), to(4), to(5), act(sca,8), act(sca|tlu,9), act(sca,8),
     act(tld|scr|sca,8)},
    // RCR-
    {none, none, act(sta,2), act(irc|scr|scn,6), to(4), to(5), act(scn,6), act(scn,7), act(scn,6),
     act(tld|scr|scn,6)},
    // RCA
    {none, none, act(sta,2), act(sta,3), to(4), to(5), act(irc,7), act(scr,6), act(irc|tlu,9), act(tld|scr,6)},
    // RCN
    {none, none, act(sta,2), act(sta,3), to(4), to(5), act(irc|scr,6), act(scr,6), act(irc|scr,8),
     act(tld|scr,6)},
    // RTR
    {none, none, act(sta,2), act(sta,3), act(sta,4), act(sta,5), act(sta,6), act(sta,6), act(sta,6),
     act(tld|zrc|sta,5)},
    // RTA
    {none, none, to(2), to(3), act(tlf,2), act(tlf,3), to(6), to(6), to(8), act(tld|scr,6)},
    // RUC
    {none, none, act(scj,2), act(scj,3), act(scj,4), act(scj,5), act(scj,6), act(scj,7), act(scj,8), act(scj,9)},
    // RXJ+
    {none, none, to(2), to(3), to(4), to(5), to(6), to(6), to(8), to(9)},
    // RXJ-
    {none, none, act(tlf,2), act(tlf,3), act(tlf,2), act(tlf,3), act(tlf,3), act(tlf,3), act(tlf,3),
     act(tld|irc|str,5)},
    // RXR
    {none, none, to(2), to(3), to(4), to(5), to(6), to(7), to(8), act(ser,9)},
    // clang-format on
};

}  // namespace

std::string_view name(State state) {
  static constexpr std::string_view rows[] = {"Initial",  "Starting", "Closed",   "Stopped",  "Closing",
                                              "Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened"};
  return rows[static_cast<size_t>(state)];
}

std::string_view name(Event event) {
  static constexpr std::string_view rows[] = {"Up",  "Down", "Open", "Close", "TO+", "TO-",  "RCR+", "RCR-",
                                              "RCA", "RCN",  "RTR",  "RTA",   "RUC", "RXJ+", "RXJ-", "RXR"};
  return rows[static_cast<size_t>(event)];
}

std::optional<Cell> cell(State state, Event event) {
  auto const& entry = table[static_cast<size_t>(event)][static_cast<size_t>(state)];
  if (entry.next < 0) return std::nullopt;
  return Cell{entry.actions, static_cast<State>(entry.next)};
}

}  // namespace offhook::ppp
