#include "rasd/at/script.h"

#include <iterator>

#include "emulator/base/text.h"
#include "rasd/at/words.h"

namespace offhook::at {
namespace {

constexpr size_t number_limit = 200;
constexpr std::string_view placeholder = "{number}";

struct Row {
  std::string_view text;
  Match match;
  Outcome means;
  uint32_t rate_bps = 0;
};

// V.250 table 1, words and numbers, with the spellings that are met beside them.
constexpr Row v250_words[] = {
    {"OK", Match::line, Outcome::ok},
    {"CONNECT", Match::prefix, Outcome::connect},
    {"RINGING", Match::line, Outcome::progress},
    {"RING", Match::prefix, Outcome::ring},
    {"NO CARRIER", Match::prefix, Outcome::no_carrier},
    {"ERROR", Match::line, Outcome::refused},
    {"+CME ERROR", Match::prefix, Outcome::refused},
    {"NO DIALTONE", Match::line, Outcome::no_dialtone},
    {"NO DIAL TONE", Match::line, Outcome::no_dialtone},
    {"BUSY", Match::line, Outcome::busy},
    {"NO ANSWER", Match::line, Outcome::no_answer},
    {"VOICE", Match::line, Outcome::voice},
    {"DELAYED", Match::prefix, Outcome::delayed},
    {"BLACKLISTED", Match::line, Outcome::delayed},
    // Reports before CONNECT: Rockwell's (W1), V.250's (+MR, +ER, +DR).
    {"CARRIER", Match::prefix, Outcome::progress},
    {"PROTOCOL", Match::prefix, Outcome::progress},
    {"COMPRESSION", Match::prefix, Outcome::progress},
    {"+MCR:", Match::prefix, Outcome::progress},
    {"+MRR:", Match::prefix, Outcome::progress},
    {"+ER:", Match::prefix, Outcome::progress},
    {"+DR:", Match::prefix, Outcome::progress},
    {"0", Match::line, Outcome::ok},
    {"1", Match::line, Outcome::connect},
    {"2", Match::line, Outcome::ring},
    {"3", Match::line, Outcome::no_carrier},
    {"4", Match::line, Outcome::refused},
    {"6", Match::line, Outcome::no_dialtone},
    {"7", Match::line, Outcome::busy},
    {"8", Match::line, Outcome::no_answer},
    {"5", Match::line, Outcome::connect, 1200},
    {"10", Match::line, Outcome::connect, 2400},
};
// The numbers that go on where V.250's end.
constexpr Row rockwell_numbers[] = {
    {"11", Match::line, Outcome::connect, 4800},   {"12", Match::line, Outcome::connect, 9600},
    {"13", Match::line, Outcome::connect, 7200},   {"14", Match::line, Outcome::connect, 12000},
    {"15", Match::line, Outcome::connect, 14400},  {"16", Match::line, Outcome::connect, 19200},
    {"17", Match::line, Outcome::connect, 38400},  {"18", Match::line, Outcome::connect, 57600},
    {"19", Match::line, Outcome::connect, 115200}, {"20", Match::line, Outcome::connect, 230400},
    {"59", Match::line, Outcome::connect, 16800},  {"61", Match::line, Outcome::connect, 21600},
    {"62", Match::line, Outcome::connect, 24000},  {"63", Match::line, Outcome::connect, 26400},
    {"64", Match::line, Outcome::connect, 28800},  {"84", Match::line, Outcome::connect, 33600},
    {"91", Match::line, Outcome::connect, 31200},
};
constexpr Row usr_numbers[] = {
    {"11", Match::line, Outcome::progress},        {"12", Match::line, Outcome::voice},
    {"13", Match::line, Outcome::connect, 9600},   {"18", Match::line, Outcome::connect, 4800},
    {"20", Match::line, Outcome::connect, 7200},   {"21", Match::line, Outcome::connect, 12000},
    {"25", Match::line, Outcome::connect, 14400},  {"43", Match::line, Outcome::connect, 16800},
    {"85", Match::line, Outcome::connect, 19200},  {"91", Match::line, Outcome::connect, 21600},
    {"99", Match::line, Outcome::connect, 24000},  {"103", Match::line, Outcome::connect, 26400},
    {"107", Match::line, Outcome::connect, 28800}, {"151", Match::line, Outcome::connect, 31200},
    {"155", Match::line, Outcome::connect, 33600},
};
// X.28 3.5 and table 5: the service signals and the causes of a clear.
constexpr Row x28_words[] = {
    {"FREE", Match::line, Outcome::ok},
    {"ENGAGED", Match::line, Outcome::unexpected},
    {"PAR", Match::prefix, Outcome::ok},
    {"COM", Match::suffix, Outcome::connect},
    {"ERR", Match::line, Outcome::refused},
    {"CLR CONF", Match::prefix, Outcome::ok},
    {"CLR OCC", Match::prefix, Outcome::busy},
    {"CLR NC", Match::prefix, Outcome::congested},
    {"CLR INV", Match::prefix, Outcome::refused},
    {"CLR NA", Match::prefix, Outcome::barred},
    {"CLR ERR", Match::prefix, Outcome::refused},
    {"CLR RPE", Match::prefix, Outcome::out_of_order},
    {"CLR NP", Match::prefix, Outcome::unobtainable},
    {"CLR DER", Match::prefix, Outcome::out_of_order},
    {"CLR DTE", Match::prefix, Outcome::cleared},
    {"CLR PAD", Match::prefix, Outcome::cleared},
    {"CLR RNA", Match::prefix, Outcome::refused},
    {"CLR ID", Match::prefix, Outcome::incompatible},
    {"CLR", Match::prefix, Outcome::no_carrier},
    {"RESET", Match::prefix, Outcome::progress},
};
// Windows' convention for two computers on one cable.
constexpr Row cable_words[] = {
    {"CLIENTSERVER", Match::anywhere, Outcome::connect},
    {"CLIENT", Match::anywhere, Outcome::ring},
};

void add(Script& script, std::span<Row const> rows) {
  for (auto const& row : rows)
    script.responses.push_back({std::string(row.text), row.match, row.means, row.rate_bps});
}

Script modem(std::string name, std::vector<std::string> init, std::vector<std::string> requests,
             std::span<Row const> numbers) {
  Script script;
  script.name = std::move(name);
  script.init = std::move(init);
  script.requests = std::move(requests);
  // A bare AT is not answered where a program left Q1 behind.
  script.attention = "ATE0Q0V1";
  add(script, v250_words);
  add(script, numbers);
  return script;
}

Script pad() {
  Script script;
  script.name = "pad";
  script.kind = Kind::pad;
  // Transparent as profile 91, but for the signals (6): they tell of a clear. DTR hangs up.
  script.init = {"SET? 1:0,2:0,3:0,4:1,5:0,7:2,12:0,13:0,15:0"};
  script.attention = "STAT";
  script.dial = "{number}";
  script.answer = {};  // a PAD answers by itself: its COM is heard unasked
  script.hangup = "CLR";
  script.escape = {};
  script.prompts = {"*"};
  script.connect_names_line = false;
  script.dial_timeout = 185s;  // X.25's T11 is 180 s
  script.answer_timeout = 65s;
  add(script, x28_words);
  return script;
}

Script null_modem() {
  Script script;
  script.name = "null-modem";
  script.kind = Kind::null_modem;
  script.attention = {};
  script.dial = "CLIENT";
  script.answer = "CLIENTSERVER";
  script.answer_connects = true;
  script.hangup = {};
  script.escape = {};
  script.terminator = {};
  script.connect_names_line = false;
  script.dial_timeout = 10s;
  add(script, cable_words);
  return script;
}

Script usr() {
  Script script = modem("usr", {"AT&F", "ATE0Q0V1X4", "AT&A3&B1&C1&D2S0=0"}, {"AT#CID=1"}, usr_numbers);
  script.s25 = 200ms;  // a call from before the init is not ended by less
  return script;
}

std::vector<Script> build() {
  // What every init wants: results as words, all of them; DCD and DTR real; no answering by itself.
  return {
      modem("v250", {"AT&F", "ATE0Q0V1X4W2", "AT&C1&D2S0=0"}, {"AT+VCID=1"}, rockwell_numbers),
      modem("hayes2400", {"AT&F", "ATE0Q0V1X4", "AT&C1&D2S0=0"}, {}, {}),
      modem("rockwell", {"AT&F", "ATE0Q0V1X4W2", "AT&C1&D2S0=0"}, {"AT#CID=1"}, rockwell_numbers),
      usr(),
      pad(),
      null_modem(),
  };
}

std::vector<Script> const& all() {
  static std::vector<Script> const rows = build();
  return rows;
}

}  // namespace

std::string_view name(Kind kind) {
  constexpr std::string_view names[] = {"modem", "pad", "null-modem"};
  return names[static_cast<size_t>(kind)];
}

std::span<Script const> built_in_scripts() { return all(); }

Script const* find_built_in(std::string_view name) {
  for (auto const& script : all())
    if (script.name == name) return &script;
  return nullptr;
}

Result<std::string> dial_command(Script const& script, std::string_view number) {
  if (script.dial.empty())
    return error("device ", script.name, " cannot dial: its script has no dial command");
  size_t const at = script.dial.find(placeholder);
  if (at == std::string::npos) return Result<std::string>(boost::system::in_place_value, script.dial);
  if (number.empty() || number.size() > number_limit)
    return error("a number has 1 to ", std::to_string(number_limit), " characters");
  for (char const c : number)
    if (c < ' ' || c >= 0x7f) return error("a number has printable characters only: '", escaped(number), "'");
  std::string command = script.dial;
  command.replace(at, placeholder.size(), number);
  return Result<std::string>(boost::system::in_place_value, std::move(command));
}

}  // namespace offhook::at
