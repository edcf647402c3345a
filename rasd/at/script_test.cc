// Scripts, outcomes and caller identity: the tables.
#include "rasd/at/script.h"

#include <gtest/gtest.h>

#include "rasd/at/caller_id.h"

namespace offhook::at {
namespace {

TEST(Script, is_like_a_built_in_one_but_for_its_keys) {
  auto const scripts = parse_scripts(R"(
[device.shelf]
like = "usr"
init = ["AT&F1", "ATS0=0"]
guard = 1.5
dial_timeout = 120
[[device.shelf.response]]
prefix = "LINE IN USE"
means = "no_dialtone"
)",
                                     "devices.toml");
  ASSERT_TRUE(scripts) << scripts.error().message;
  ASSERT_EQ(scripts->size(), 1u);
  Script const& script = scripts->front();
  EXPECT_EQ(script.name, "shelf");
  EXPECT_EQ(script.kind, Kind::modem);
  EXPECT_EQ(script.init, (std::vector<std::string>{"AT&F1", "ATS0=0"}));
  EXPECT_EQ(script.guard, 1500ms);
  EXPECT_EQ(script.dial_timeout, 120s);
  EXPECT_EQ(script.dial, "ATDT{number}");
  EXPECT_EQ(script.responses.front(), (Response{"LINE IN USE", Match::prefix, Outcome::no_dialtone, 0}));
  EXPECT_EQ(script.responses.size(), find_built_in("usr")->responses.size() + 1);
}

TEST(Script, without_a_model_is_the_plainest_of_its_kind) {
  auto const scripts =
      parse_scripts("[device.x25]\nkind = \"pad\"\n[device.wire]\nkind = \"null-modem\"\n", "d");
  ASSERT_TRUE(scripts) << scripts.error().message;
  for (auto const& script : *scripts)
    EXPECT_EQ(script.responses, find_built_in(script.name == "x25" ? "pad" : "null-modem")->responses);
}

TEST(Script, errors_name_the_place_the_key_and_what_is_accepted) {
  struct Row {
    std::string_view text, message;
  };
  for (auto const& row : {
           Row{"[device.a]\ncolour = 3\n",
               "d:2:1: [device.a] colour: there is no such key; accepted: like, kind"},
           Row{"[device.a]\nkind = \"fax\"\n",
               "d:2:8: [device.a] kind: 'fax' is not accepted; accepted: modem, pad"},
           Row{"[device.a]\nlike = \"zoom\"\n",
               "d:2:8: [device.a] like: 'zoom' is no built-in script; accepted: v250"},
           Row{"[device.a]\ninit = \"ATZ\"\n", "d:2:8: [device.a] init: a list of at most 200 strings"},
           Row{"[device.a]\ninit = [\"AT\\rATH\"]\n",
               "d:2:8: [device.a] init: a string of at most 200 printable"},
           Row{"[device.a]\nguard = 0\n", "d:2:9: [device.a] guard: seconds, more than 0"},
           Row{"[[device.a.response]]\nline = \"OK\"\n", "means: is missing"},
           Row{"[[device.a.response]]\nmeans = \"ok\"\n", "one of them says which text is meant"},
           Row{"[[device.a.response]]\nmeans = \"silent\"\nline = \"X\"\n", "'silent' is not accepted"},
           Row{"[port.a]\n", "'port': there is no such section"},
           Row{"[device]\na = 3\n", "[device.a] is a table"},
           Row{"[device.a]\ns25 = 0\n", "d:2:7: [device.a] s25: seconds, more than 0 and at most 3600"},
           Row{"[device.a]\ns25 = '1s'\n", "s25: seconds, more than 0 and at most 3600"},
           Row{"[device.a\n", "d:1:"},
       }) {
    auto const scripts = parse_scripts(row.text, "d");
    ASSERT_FALSE(scripts) << row.text;
    EXPECT_NE(scripts.error().message.find(row.message), std::string::npos) << scripts.error().message;
  }
}

TEST(Script, s25_and_the_time_for_an_answer_are_the_devices_own) {
  auto const scripts =
      parse_scripts("[device.a]\nlike = \"usr\"\ns25 = 0.5\nanswer_timeout = 60\n[device.b]\n", "d");
  ASSERT_TRUE(scripts) << scripts.error().message;
  EXPECT_EQ(scripts->at(0).s25, 500ms);
  EXPECT_EQ(scripts->at(0).answer_timeout, 60s);
  EXPECT_EQ(scripts->at(1).s25, find_built_in("v250")->s25);
}

TEST(Script, other_sections_may_stand_beside_where_that_is_said) {
  auto const scripts = parse_scripts("[port.a]\nx = 1\n[device.b]\n", "d", Rest::ignored);
  ASSERT_TRUE(scripts) << scripts.error().message;
  EXPECT_EQ(scripts->size(), 1u);
}

TEST(Script, a_number_is_bounded_and_printable) {
  Script const& script = *find_built_in("v250");
  EXPECT_EQ(*dial_command(script, "9,5550101"), "ATDT9,5550101");
  EXPECT_FALSE(dial_command(script, ""));
  EXPECT_FALSE(dial_command(script, std::string(201, '5')));
  EXPECT_FALSE(dial_command(script, "5\n"));
  EXPECT_FALSE(dial_command(script, "\xc3\xa4"));
  Script mute = script;
  mute.dial.clear();
  EXPECT_FALSE(dial_command(mute, "5"));
}

TEST(OutcomeTable, only_what_went_well_has_no_error_and_silence_alone_blames_the_hardware) {
  for (unsigned i = 0; i < outcome_count; ++i) {
    auto const outcome = static_cast<Outcome>(i);
    EXPECT_FALSE(name(outcome).empty());
    EXPECT_EQ(advice(outcome).back(), '.') << name(outcome);
    EXPECT_EQ(ras_error(outcome) == 692, outcome == Outcome::silent) << name(outcome);
    EXPECT_EQ(ras_error(outcome) == 0,
              i <= static_cast<unsigned>(Outcome::progress) && outcome <= Outcome::progress)
        << name(outcome);
  }
}

CallerId caller(std::initializer_list<std::string_view> lines) {
  CallerId id;
  for (auto const line : lines) EXPECT_TRUE(read_caller_line(line, id)) << line;
  return id;
}

using Presentation = CallerId::Presentation;

TEST(CallerIdentity, formatted_lines_are_read_with_blanks_or_without) {
  CallerId const id = caller({"DATE = 1120", "TIME=1703", "NMBR = 5550199", "NAME=MARY SMITH"});
  EXPECT_EQ(id, (CallerId{Presentation::given, "5550199", "MARY SMITH", "1120", "1703"}));
}

TEST(CallerIdentity, a_number_withheld_or_out_of_area_is_none) {
  EXPECT_EQ(caller({"NMBR = P"}).presentation, Presentation::withheld);
  EXPECT_EQ(caller({"NMBR = O"}).presentation, Presentation::unavailable);
  EXPECT_EQ(caller({"NMBR = O"}).number, "");
}

TEST(CallerIdentity, unformatted_messages_are_read) {
  // Multiple data message format: 01 date and time, 02 number, 07 name.
  CallerId const id = caller({"MESG = 801B0108313132303137303302073535353031393907044D4152591F"});
  EXPECT_EQ(id, (CallerId{Presentation::given, "5550199", "MARY", "1120", "1703"}));
  EXPECT_EQ(caller({"MESG = 04093131323031373033501F"}).presentation, Presentation::withheld);
}

TEST(CallerIdentity, damaged_messages_and_odd_bytes_do_no_harm) {
  for (std::string_view line : {"MESG = ", "MESG = 80", "MESG = 80FF", "MESG = 80FF01FF31", "MESG = xyz",
                                "MESG = 040131", "NMBR = ", "NAME ="})
    caller({line});
  EXPECT_EQ(caller({"MESG = 800802060A0D1B5B324A00"}).number, "???[2J");
  EXPECT_EQ(caller({"NMBR = " + std::string(1000, '5')}).number.size(), 32u);
  CallerId id;
  EXPECT_FALSE(read_caller_line("LOCATION = HERE", id));
  EXPECT_FALSE(read_caller_line("NMBR", id));
}

}  // namespace
}  // namespace offhook::at
