#include <gtest/gtest.h>

#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

using loop::Modulation;

struct Set {
  Modulation best = Modulation::v34;
  bool automode = true;
  uint32_t low = 0, high = 0;
  bool lapm = true, mnp = false, required = false;
};

loop::StartCarrier carrier(Set const& set, bool originate) {
  return {set.best, set.automode, set.low,      set.high, originate,
          set.lapm, set.mnp,      set.required, set.lapm, set.mnp};
}

TEST(negotiation, finds_the_best_both_have) {
  struct Row {
    Set near, far;
    uint32_t line_bps;
    std::string agreed;
  };
  using enum Modulation;
  Row const rows[] = {
      {{}, {}, 0, "carrier up v34 33600/33600 lapm v42bis"},
      {{v34}, {v32bis}, 0, "carrier up v32bis 14400/14400 lapm v42bis"},
      {{v22bis, false}, {v34}, 0, "carrier up v22bis 2400/2400 lapm v42bis"},
      {{v22bis, false}, {v34, false}, 0, "none"},
      {{v22}, {v34}, 0, "carrier up v22 1200/1200 none none"},
      {{v22, true, 0, 0, true, true}, {v34, true, 0, 0, true, true}, 0, "carrier up v22 1200/1200 mnp mnp5"},
      {{v21, true, 0, 0, true, true}, {v34, true, 0, 0, true, true}, 0, "carrier up v21 300/300 none none"},
      {{bell103}, {v34}, 0, "carrier up bell103 300/300 none none"},
      {{v90}, {v90}, 0, "carrier up v90 33600/56000 lapm v42bis"},
      {{v90}, {v90}, 40000, "carrier up v90 33600/40000 lapm v42bis"},
      {{v90}, {v90}, 26400, "carrier up v34 26400/26400 lapm v42bis"},
      {{}, {}, 30000, "carrier up v34 28800/28800 lapm v42bis"},
      {{v32bis}, {}, 2400, "carrier up v22bis 2400/2400 lapm v42bis"},
      {{}, {}, 1200, "carrier up v22bis 1200/1200 lapm v42bis"},
      {{}, {}, 300, "carrier up v21 300/300 none none"},
      {{}, {}, 110, "carrier up v21 300/300 none none"},
      {{v34, true, 0, 9600}, {}, 0, "carrier up v34 9600/9600 lapm v42bis"},
      {{v34, true, 9600}, {}, 2400, "none"},
      {{v34, true, 28800, 0}, {v32bis}, 0, "none"},
      {{v34, true, 0, 0, false}, {}, 0, "carrier up v34 33600/33600 none none"},
      {{v34, true, 0, 0, true, true},
       {v34, true, 0, 0, false, true},
       0,
       "carrier up v34 33600/33600 mnp mnp5"},
      {{v34, true, 0, 0, true, false, true}, {v34, true, 0, 0, false}, 0, "none"},
      {{v22, true, 0, 0, true, false, true}, {}, 0, "none"},
  };
  for (Row const& row : rows) {
    Parameters parameters;
    parameters.rate_bps = row.line_bps;
    auto const agreed = negotiate(carrier(row.near, true), carrier(row.far, false), parameters);
    EXPECT_EQ(agreed ? loop::describe(*agreed) : "none", row.agreed) << "row " << &row - rows;
  }
}

TEST(negotiation, is_the_same_from_the_other_end_with_the_rates_swapped) {
  auto const near = carrier({Modulation::v90}, true), far = carrier({Modulation::v90}, false);
  EXPECT_EQ(negotiate(near, far, {})->tx_rate_bps, negotiate(far, near, {})->rx_rate_bps);
  EXPECT_EQ(negotiate(near, far, {})->rx_rate_bps, negotiate(far, near, {})->tx_rate_bps);
}

TEST(negotiation, needs_one_end_that_originates_and_one_that_answers) {
  EXPECT_FALSE(negotiate(originating(), originating(), {}));
  EXPECT_FALSE(negotiate(answering(), answering(), {}));
  EXPECT_TRUE(negotiate(answering(), originating(), {}));
}

TEST(training, takes_longer_the_younger_the_modulation_and_within_s7) {
  Duration before{};
  for (auto m : {Modulation::v21, Modulation::v22bis, Modulation::v32bis, Modulation::v34, Modulation::v90}) {
    EXPECT_GT(training_time(m), before);
    before = training_time(m);
  }
  EXPECT_LT(before, 50s);
}

TEST(training, of_the_bell_modes_has_no_answer_tone_of_its_own) {
  EXPECT_LT(training_time(Modulation::bell103) + 3s, training_time(Modulation::v21));
  EXPECT_LT(training_time(Modulation::bell212a) + 3s, training_time(Modulation::v22));
}

TEST(training, anew_is_shorter_than_the_first_and_the_oldest_modulations_have_none) {
  for (auto m : {Modulation::bell103, Modulation::v21, Modulation::bell212a, Modulation::v22})
    EXPECT_EQ(retrain_time(m), 0s);
  for (auto m : {Modulation::v22bis, Modulation::v32, Modulation::v32bis, Modulation::v34, Modulation::v90}) {
    EXPECT_GT(retrain_time(m), 0s);
    EXPECT_LT(retrain_time(m), training_time(m));
  }
}

TEST(training, a_set_that_finds_no_error_control_has_waited_t400_for_it) {
  struct Row {
    Set near, far;
    Duration time;
  };
  for (Row const& row : {Row{{}, {}, 300ms}, Row{{.lapm = false}, {}, 750ms}, Row{{}, {.lapm = false}, 750ms},
                         Row{{.lapm = false}, {.lapm = false}, 0ms}, Row{{Modulation::v22}, {}, 0ms}}) {
    auto const near = carrier(row.near, true), far = carrier(row.far, false);
    EXPECT_EQ(establishment_time(near, far, *negotiate(near, far, {})), row.time);
  }
}

}  // namespace
}  // namespace offhook::line
