// The exhaustive exploration (DESIGN section 9, item 6): the laws hold in every state that the port can come
// to.
#include "rasd/port/explore.h"

#include <gtest/gtest.h>

#include <iostream>

namespace offhook::port::test {
namespace {

Found explored(char const* what, Config const& config) {
  Found const found = Explorer(config, standard_laws()).run();
  std::cout << what << ": " << found.states << " states, " << found.transitions << " transitions, "
            << found.ways << " states on the way to rest, rest after " << found.worst
            << " ticks at the latest\n";
  return found;
}

TEST(explore, every_law_holds_in_every_state_of_a_modem_port) {
  Found const found = explored("modem", small_config());
  EXPECT_EQ(found.broken, "") << found.trace;
  for (StateRow const& row : standard_laws().states)
    EXPECT_EQ(found.moves[static_cast<size_t>(row.state)], row.next) << "next states of " << row.name;
}

TEST(explore, every_law_holds_in_every_state_of_a_null_modem_port) {
  Config config = small_config();
  config.carrier = Carrier::call;
  Found const found = explored("null modem", config);
  EXPECT_EQ(found.broken, "") << found.trace;
}

TEST(explore, every_law_holds_in_every_state_of_a_port_for_dialling_out) {
  Config config = small_config();
  config.dial_in = false;
  Found const found = explored("dial-out", config);
  EXPECT_EQ(found.broken, "") << found.trace;
}

}  // namespace
}  // namespace offhook::port::test
