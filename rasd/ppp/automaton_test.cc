// The automaton cell by cell against RFC 1661 4.1, typed again from the RFC in its own notation.
#include "rasd/ppp/automaton.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>

namespace offhook::ppp {
namespace {

struct Row {
  std::string_view event, cells;
};
// Columns: Initial Starting Closed Stopped Closing Stopping Req-Sent Ack-Rcvd Ack-Sent Opened.
constexpr Row rfc[] = {
    {"Up", "2 irc,scr/6 - - - - - - - -"},
    {"Down", "- - 0 tls/1 0 1 1 1 1 tld/1"},
    {"Open", "tls/1 1 irc,scr/6 3r 5r 5r 6 7 8 9r"},
    {"Close", "0 tlf/0 2 2 4 4 irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4"},
    {"TO+", "- - - - str/4 str/5 scr/6 scr/6 scr/8 -"},
    {"TO-", "- - - - tlf/2 tlf/3 tlf/3p tlf/3p tlf/3p -"},
    {"RCR+", "- - sta/2 irc,scr,sca/8 4 5 sca/8 sca,tlu/9 sca/8 tld,scr,sca/8"},
    {"RCR-", "- - sta/2 irc,scr,scn/6 4 5 scn/6 scn/7 scn/6 tld,scr,scn/6"},
    {"RCA", "- - sta/2 sta/3 4 5 irc/7 scr/6x irc,tlu/9 tld,scr/6x"},
    {"RCN", "- - sta/2 sta/3 4 5 irc,scr/6 scr/6x irc,scr/8 tld,scr/6x"},
    {"RTR", "- - sta/2 sta/3 sta/4 sta/5 sta/6 sta/6 sta/6 tld,zrc,sta/5"},
    {"RTA", "- - 2 3 tlf/2 tlf/3 6 6 8 tld,scr/6"},
    {"RUC", "- - scj/2 scj/3 scj/4 scj/5 scj/6 scj/7 scj/8 scj/9"},
    {"RXJ+", "- - 2 3 4 5 6 6 8 9"},
    {"RXJ-", "- - tlf/2 tlf/3 tlf/2 tlf/3 tlf/3 tlf/3 tlf/3 tld,irc,str/5"},
    {"RXR", "- - 2 3 4 5 6 7 8 ser/9"},
};

/// What we do, in the RFC's notation, its actions in the order that `like` has them.
std::string printed(std::optional<Cell> const& cell, std::string_view like) {
  if (!cell) return "-";
  static constexpr std::string_view names[] = {"tld", "irc", "zrc", "scr", "sca", "scn", "str",
                                               "sta", "scj", "ser", "tls", "tlf", "tlu"};
  std::string out;
  for (size_t bit = 0; bit < std::size(names); ++bit)
    if (cell->actions >> bit & 1) (out += out.empty() ? "" : ",") += names[bit];
  if (!out.empty()) out += '/';
  out += std::to_string(static_cast<int>(cell->next));
  if (std::string_view("rpx").find(like.back()) != std::string_view::npos) out += like.back();
  return out;
}

TEST(Automaton, is_the_table_of_the_rfc_cell_by_cell) {
  ASSERT_EQ(std::size(rfc), event_count);
  size_t cells = 0;
  for (size_t e = 0; e < event_count; ++e) {
    auto const event = static_cast<Event>(e);
    ASSERT_EQ(name(event), rfc[e].event);
    std::istringstream words{std::string(rfc[e].cells)};
    std::string word;
    for (size_t s = 0; words >> word; ++s, ++cells) {
      ASSERT_LT(s, state_count);
      auto const state = static_cast<State>(s);
      EXPECT_EQ(printed(cell(state, event), word), word) << name(event) << " in " << name(state);
    }
  }
  EXPECT_EQ(cells, event_count * state_count);
}

TEST(Automaton, the_timer_runs_where_a_timeout_means_something_and_nowhere_else) {
  for (size_t s = 0; s < state_count; ++s) {
    auto const state = static_cast<State>(s);
    EXPECT_EQ(has_timer(state), cell(state, Event::timeout_again).has_value()) << name(state);
    EXPECT_EQ(has_timer(state), cell(state, Event::timeout_last).has_value()) << name(state);
  }
}

}  // namespace
}  // namespace offhook::ppp
