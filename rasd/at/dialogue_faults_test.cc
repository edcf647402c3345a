// Every fault at every step of an initialisation.
#include "rasd/at/dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rasd/at/test_support.h"

namespace offhook::at {
namespace {

/// What is to go right in a whole task: what is sent, what is answered.
struct Exchange {
  std::string_view sent, answer;
};
const std::vector<Exchange> initialisation{{"AT\r", "AT\r\r\nOK\r\n"},
                                           {"AT&F\r", "AT&F\r\r\nOK\r\n"},
                                           {"ATE0Q0V1X4W2\r", "ATE0Q0V1X4W2\r\r\nOK\r\n"},
                                           {"AT&C1&D2S0=0\r", "\r\nOK\r\n"}};

struct Fault {
  std::string_view name, said;
  std::vector<Outcome> outcomes;
};
const std::vector<Fault> faults{
    {"silence", "", {Outcome::silent}},
    {"echo alone", "%", {Outcome::echo}},
    {"noise", "\x15q\xf3z\r", {Outcome::garbage}},
    {"half an answer", "\r\nO", {Outcome::garbage}},
    {"error", "\r\nERROR\r\n", {Outcome::refused}},
    {"a carrier", "\r\nCONNECT 2400\r\n", {Outcome::unexpected}},
    {"a ring alone", "\r\nRING\r\n", {Outcome::garbage}},
};

TEST(DialogueFaults, every_fault_at_every_step_ends_the_task_with_its_name_and_leaves_it_usable) {
  for (auto const& fault : faults) {
    for (size_t failing = 0; failing < initialisation.size(); ++failing) {
      Rig rig;
      rig.start(Task::initialise);
      for (size_t i = 0; i < failing; ++i) rig.says(initialisation[i].answer);
      std::string said(fault.said);
      if (said == "%") said = initialisation[failing].sent;
      for (int i = 0; i < 3 && rig.dialogue.busy(); ++i) {
        rig.says(said);
        if (rig.dialogue.busy() && said != "\r\nERROR\r\n") rig.pass(5s);
      }
      auto const end = rig.ended();
      ASSERT_TRUE(end) << fault.name << " at " << failing;
      EXPECT_THAT(fault.outcomes, testing::Contains(end->outcome)) << fault.name << " at " << failing;
      // Then the device comes to its senses.
      rig.pass(11s);
      rig.sent();
      rig.says("\r");
      rig.heard();
      rig.start(Task::attention);
      EXPECT_EQ(rig.sent(), "AT\r");
      rig.says("\r\nOK\r\n");
      EXPECT_EQ(rig.outcome(), Outcome::ok) << fault.name << " at " << failing;
    }
  }
}

}  // namespace
}  // namespace offhook::at
