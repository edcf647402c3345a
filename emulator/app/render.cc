#include "emulator/app/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <vector>

#include "emulator/v24/circuits.h"

namespace offhook::app {
namespace json = boost::json;
namespace {

enum class Tint : uint8_t { plain, dim, bold, red, green, yellow, cyan };
constexpr std::array<std::string_view, 7> codes{"", "2", "1", "31", "32", "33", "36"};

std::string tinted(std::string_view text, Tint tint, bool colour) {
  if (!colour || tint == Tint::plain || text.empty()) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", codes[static_cast<size_t>(tint)], text);
}

std::optional<json::object> read(std::string_view text) {
  boost::system::error_code ec;
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // paths are bytes
  json::value value = json::parse(json::string_view(text.data(), text.size()), ec, {}, options);
  if (ec || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

// What is missing or of another kind reads as nothing: a newer bank may say things in another way.
std::string text_at(json::object const& object, json::string_view key) {
  json::value const* const value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string().c_str(), value->get_string().size())
                                     : "";
}
double number_at(json::object const& object, json::string_view key) {
  json::value const* const value = object.if_contains(key);
  if (!value || !value->is_number()) return 0;
  return value->is_double()  ? value->get_double()
         : value->is_int64() ? static_cast<double>(value->get_int64())
                             : static_cast<double>(value->get_uint64());
}
uint64_t count_at(json::object const& object, json::string_view key) {
  return static_cast<uint64_t>(std::clamp(number_at(object, key), 0.0, 9e15));
}
bool is_set(json::object const& object, json::string_view key) {
  json::value const* const value = object.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}
json::object const& object_at(json::object const& object, json::string_view key) {
  static json::object const none;
  json::value const* const value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : none;
}

/// What of a line is left to chance.
constexpr std::array<json::string_view, 5> chances{"jitter_ms", "errors", "bursts", "loss", "duplication"};

/// Control characters never reach a terminal.
std::string clean(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

struct Cell {
  std::string text;
  Tint tint = Tint::plain;
};
using Row = std::vector<Cell>;

/// Characters, not bytes, as a terminal counts them (UTF-8, none of them wide).
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string table(std::vector<Row> const& rows, bool colour) {
  std::vector<size_t> widths;
  for (Row const& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i].text));
  }
  std::string out;
  for (Row const& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += tinted(row[i].text, row[i].tint, colour);
      if (i + 1 < row.size()) out.append(widths[i] - width(row[i].text) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

std::string circuits(json::object const& on) {
  std::string out;
  for (v24::Circuit const circuit : v24::all_circuits) {
    std::string name(v24::name(circuit));
    bool const set = is_set(on, json::string_view(name.data(), name.size()));
    for (char& c : name) c = set ? static_cast<char>(c - 'a' + 'A') : '-';
    out.append(out.empty() ? "" : " ").append(name);
  }
  return out;
}

std::string duration(double seconds) {
  auto const s = static_cast<uint64_t>(std::clamp(seconds, 0.0, 9e9));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

bool is_chancy(json::object const& line) {
  return std::ranges::any_of(chances, [&](auto const key) { return line.contains(key); });
}

std::string call(json::object const& modem) {
  json::object const& call = object_at(modem, "call");
  if (call.empty()) return "-";
  std::string const peer = text_at(call, "peer"), state = text_at(call, "state");
  std::string out = (is_set(call, "originated") ? "to " : "from ") + (peer.empty() ? "withheld" : peer);
  if (state != "connected" && !state.empty()) return clean(out + ", " + state);
  if (count_at(call, "rate_bps") != 0)
    out += fmt::format(", {} {}", text_at(call, "modulation"), count_at(call, "rate_bps"));
  out += ", " + duration(number_at(call, "seconds"));
  if (is_chancy(object_at(call, "line"))) out += fmt::format(", seed {}", count_at(call, "seed"));
  return clean(out);
}

/// The call's line while there is a call, else the port's own: the rate, and what is wrong with it by the
/// keys of `vmodem line`.
std::string line(json::object const& modem) {
  json::object const& call = object_at(modem, "call");
  json::object const& line = object_at(object_at(call, "line").contains("text") ? call : modem, "line");
  uint64_t const rate = count_at(line, "rate_bps");
  std::string const shown = rate == 0 ? "unlimited" : std::to_string(rate);
  std::string words = text_at(line, "text");
  if (auto const named = words.find("rate="); named == 0)
    words.erase(0, std::min(words.find(' '), words.size()));
  if (auto const seed = words.rfind("seed="); seed != words.npos && &line != &object_at(modem, "line"))
    words.erase(seed == 0 ? 0 : seed - 1);  // it stands with the call
  if (words.empty()) return shown;
  return clean(shown + (words.starts_with(' ') ? "" : " ") + words);
}

std::string faults(json::object const& modem) {
  std::string out;
  json::value const* const list = modem.if_contains("faults");
  if (list && list->is_array())
    for (json::value const& fault : list->get_array())
      if (fault.is_string()) out.append(out.empty() ? "" : ", ").append(fault.get_string().c_str());
  return out.empty() ? "-" : clean(out);
}

std::string amount(uint64_t bytes) {
  if (bytes < 100'000) return std::to_string(bytes);
  if (bytes < 100'000'000) return std::to_string(bytes / 1000) + "k";
  return std::to_string(bytes / 1000'000) + "M";
}

Tint state_tint(std::string_view state) {
  if (state.starts_with("online")) return Tint::green;
  if (state == "unplugged" || state == "wedged") return Tint::red;
  return state == "command" ? Tint::plain : Tint::yellow;
}

constexpr std::array<std::string_view, 9> titles{"PORT", "NUMBER", "OPEN",         "STATE", "CIRCUITS",
                                                 "CALL", "LINE",   "BYTES OUT/IN", "FAULTS"};
constexpr size_t least_columns = 2;  // port and number
// Below a row that is too long for the terminal: how what did not fit is labelled, and what is not worth it.
constexpr std::array<std::string_view, 9> labels{"",      "",      "open: ", "",        "",
                                                 "call ", "line ", "bytes ", "faults: "};
constexpr std::array<std::string_view, 9> usual{"",  "",          "no",  "", "--- --- --- --- --- --",
                                                "-", "unlimited", "0/0", "-"};

Row modem_row(json::object const& modem) {
  json::object const& bytes = object_at(modem, "bytes");
  std::string const state = clean(text_at(modem, "state"));
  std::string const calls = call(modem), broken = faults(modem);
  return {{clean(text_at(modem, "port")), Tint::bold},
          {clean(text_at(modem, "number"))},
          {is_set(modem, "open") ? "yes" : "no", is_set(modem, "open") ? Tint::plain : Tint::dim},
          {state, state_tint(state)},
          {circuits(object_at(modem, "circuits"))},
          {calls, calls == "-" ? Tint::dim : Tint::plain},
          {line(modem)},
          {amount(count_at(bytes, "from_dte")) + "/" + amount(count_at(bytes, "to_dte"))},
          {broken, broken == "-" ? Tint::dim : Tint::red}};
}

Error not_understood() { return error("the bank's answer is not understood: is it another version's?"); }

struct KindTint {
  std::string_view kind;
  Tint tint;
};
constexpr std::array kind_tints{KindTint{"ring", Tint::yellow}, KindTint{"call", Tint::green},
                                KindTint{"fault", Tint::red},   KindTint{"hung_up", Tint::red},
                                KindTint{"state", Tint::cyan},  KindTint{"note", Tint::dim}};

Tint kind_tint(std::string_view kind) {
  auto const* const found = std::ranges::find(kind_tints, kind, &KindTint::kind);
  return found == kind_tints.end() ? Tint::plain : found->tint;
}

std::string event_line(json::object const& event, bool colour) {
  std::string const kind = clean(text_at(event, "kind"));
  return tinted(fmt::format("{:10.3f}", number_at(event, "at")), Tint::dim, colour) + "  " +
         tinted(fmt::format("{:<8}", clean(text_at(event, "port"))), Tint::bold, colour) + "  " +
         tinted(fmt::format("{:<9}", kind), kind_tint(kind), colour) + "  " + clean(text_at(event, "text"));
}

std::string trace_line(json::object const& chunk, bool colour) {
  bool const to_dte = is_set(chunk, "to_dte");
  return tinted(fmt::format("{:10.3f}", number_at(chunk, "at")), Tint::dim, colour) + "  " +
         tinted(fmt::format("{:<8}", clean(text_at(chunk, "port"))), Tint::bold, colour) + "  " +
         tinted(to_dte ? "<--" : "-->", to_dte ? Tint::green : Tint::cyan, colour) + "  \"" +
         clean(text_at(chunk, "bytes")) + "\"";
}

/// The first `kept` columns as a table; of each row what else is worth a word follows it, within `columns`.
std::string narrow(std::vector<Row> const& rows, size_t kept, size_t columns, bool colour) {
  std::vector<Row> heads;
  for (Row const& row : rows) heads.emplace_back(row.begin(), row.begin() + static_cast<ptrdiff_t>(kept));
  std::string const head = table(heads, colour);
  constexpr size_t indent = 4;
  std::string out;
  size_t at = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    size_t const end = head.find('\n', at) + 1;
    out += head.substr(at, end - at);
    at = end;
    size_t column = 0;
    for (size_t c = kept; i > 0 && c < rows[i].size(); ++c) {
      Cell const& cell = rows[i][c];
      if (cell.text == usual[c]) continue;
      std::string const text = std::string(labels[c]) + cell.text;
      bool const fits = column != 0 && column + 2 + width(text) <= columns;
      out += column == 0 ? std::string(indent, ' ') : fits ? "; " : "\n" + std::string(indent, ' ');
      column = (fits ? column + 2 : indent) + width(text);
      out += tinted(text, cell.tint, colour);
    }
    if (column != 0) out += '\n';
  }
  return out;
}

/// As many columns side by side as there is room for.
std::string fitted(std::vector<Row> const& rows, size_t columns, bool colour) {
  auto const widest = [](std::string const& text) {
    size_t most = 0;
    for (size_t at = 0; at < text.size();) {
      size_t const end = std::min(text.find('\n', at), text.size());
      most = std::max(most, width(std::string_view(text).substr(at, end - at)));
      at = end + 1;
    }
    return most;
  };
  std::vector<Row> heads = rows;
  for (size_t kept = titles.size(); kept > least_columns; --kept) {
    for (Row& row : heads) row.resize(kept);
    if (widest(table(heads, false)) <= columns)
      return kept == titles.size() ? table(rows, colour) : narrow(rows, kept, columns, colour);
  }
  return narrow(rows, least_columns, columns, colour);
}

}  // namespace

Result<std::string> render_status(std::string_view result, bool colour, size_t columns) {
  auto const object = read(result);
  json::value const* const modems = object ? object->if_contains("modems") : nullptr;
  if (!modems || !modems->is_array()) return not_understood();
  std::vector<Row> rows(1);
  for (auto const title : titles) rows[0].push_back({std::string(title), Tint::dim});
  for (json::value const& modem : modems->get_array())
    if (modem.is_object()) rows.push_back(modem_row(modem.get_object()));
  return {boost::system::in_place_value, fitted(rows, columns, colour)};
}

Result<std::string> render_notification(std::string_view method, std::string_view params, bool colour) {
  auto const object = read(params);
  if (!object) return not_understood();
  std::string out;
  if (method == "trace") {
    out = trace_line(*object, colour);
  } else if (method == "dropped") {
    out = tinted(fmt::format("({} lines were dropped: this reader is too slow)", count_at(*object, "count")),
                 Tint::red, colour);
  } else {
    out = event_line(*object, colour);
  }
  return {boost::system::in_place_value, std::move(out)};
}

Result<std::string> render_done(std::string_view verb, std::string_view result, bool colour) {
  auto const object = read(result);
  if (!object) return not_understood();
  std::string out;
  if (verb == "ring") {
    out = fmt::format("call {}: {}", count_at(*object, "call"), clean(text_at(*object, "outcome")));
  } else {
    json::object const& modem = object_at(*object, "modem");
    std::string const state = clean(text_at(modem, "state")), broken = faults(modem);
    out = tinted(clean(text_at(modem, "port")), Tint::bold, colour) + ": " +
          tinted(state, state_tint(state), colour) + "; line " + line(modem) + "; faults: " + broken;
  }
  return {boost::system::in_place_value, std::move(out)};
}

}  // namespace offhook::app
