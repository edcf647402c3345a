#include "tools/rasadmin/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "tools/rasadmin/fields.h"

namespace offhook::rasadmin {
namespace json = boost::json;
namespace {

Error not_understood() { return error("rasd's answer is not understood: is it another version's?"); }

struct StateLook {
  std::string_view state;
  Tint tint;
};
constexpr StateLook looks[] = {
    {"listening", Tint::plain},      {"connected", Tint::green}, {"leased", Tint::green},
    {"authenticating", Tint::green}, {"failed", Tint::red},      {"absent", Tint::red},
    {"foreign", Tint::red},          {"disabled", Tint::dim},
};
Tint tint_of(std::string_view state) {
  auto const* const found = std::ranges::find(looks, state, &StateLook::state);
  return found == std::end(looks) ? Tint::yellow : found->tint;
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }
Tint dim_dash(std::string const& text) { return text == "-" ? Tint::dim : Tint::plain; }
std::string rate_words(uint64_t rate) { return rate == 0 ? "-" : std::to_string(rate); }

/// Who is there: the user, the number, the name, whatever is known.
std::string caller_words(json::object const& port) {
  std::string words;
  for (char const* const key : {"user", "number", "name"})
    if (std::string const each = text_at(port, key); !each.empty())
      words.append(words.empty() ? "" : " ").append(each);
  return words;
}

uint64_t all_bytes(json::object const& port, char const* way) {
  return count_at(object_at(port, "bytes"), way) + count_at(object_at(port, "bytes_total"), way);
}

/// ": connected, entry office, number 5550199", as far as its holder told.
std::string lease_words(json::object const& lease) {
  constexpr struct {
    std::string_view key, said;
  } told[] = {
      {"state", ""}, {"entry", "entry "}, {"number", "number "}, {"user", "user "}, {"address", "address "}};
  std::string words;
  for (auto const& each : told)
    if (std::string const text = text_at(lease, each.key); !text.empty())
      words.append(words.empty() ? ": " : ", ").append(each.said).append(text);
  return words;
}

constexpr struct {
  std::string_view state, words;
} idle_words[] = {{"absent", "the device is not there"}, {"disabled", "taken out of service"}};

/// What a person must know beside the conditions, in sentences.
std::vector<Row::Note> troubles(json::object const& port) {
  std::vector<Row::Note> notes;
  std::string const state = text_at(port, "state"), client = text_at(port, "client");
  json::object const& failure = object_at(port, "failure");
  for (auto const& row : idle_words)
    if (row.state == state) notes.push_back({-1, std::string(row.words)});
  if (!failure.empty()) {
    std::string text = text_at(failure, "text");
    if (text.empty()) text = text_at(failure, "kind");
    if (auto const code = count_at(failure, "error"); code != 0) text += fmt::format(" (error {})", code);
    notes.push_back({-1, text, Tint::red});
  }
  if (!client.empty()) notes.push_back({-1, "leased to " + client + lease_words(object_at(port, "lease"))});
  if (std::string const who = text_at(port, "holder"); !who.empty())
    notes.push_back({-1, "held by " + who, Tint::red});
  if (auto const errors = all_bytes(port, "errors"); errors != 0)
    notes.push_back({-1, fmt::format("{} errors on the line", errors), Tint::yellow});
  return notes;
}

enum Of : int { port_, line_, hardware_, caller_, dte_, dce_, since_, bytes_, state_, calls_, device_ };
constexpr Column ports_columns[] = {
    {"PORT"},
    {"LINE", false, 90},
    {"HARDWARE", false, 40},
    {"CALLER", false, 50},
    {"DTE", true, 60},
    {"DCE", true, 80},
    {"SINCE", true, 75},
    {"BYTES IN/OUT", true, 55},
    {"STATE", false, 30},
    {"CALLS", true, 20},
    {"DEVICE", false, 10},
};

Row ports_row(std::string const& name, json::object const& port) {
  std::string const state = text_at(port, "state"), hardware = text_at(port, "hardware");
  std::string const caller = or_dash(caller_words(port)), device = or_dash(text_at(port, "device"));
  std::string const dte = rate_words(count_at(port, "dte_rate_bps")),
                    dce = rate_words(count_at(port, "line_rate_bps"));
  uint64_t const in = all_bytes(port, "in"), out = all_bytes(port, "out");
  Row row;
  row.cells = {{name, Tint::bold},
               {text_at(port, "line"), tint_of(state)},
               {hardware, hardware == "operational" ? Tint::dim : Tint::red},
               {caller, dim_dash(caller)},
               {dte, dim_dash(dte)},
               {dce, dim_dash(dce)},
               {span_words(number_at(port, "since_s"))},
               {amount_words(in) + "/" + amount_words(out)},
               {spaced(state), tint_of(state)},
               {std::to_string(count_at(port, "calls"))},
               {device, dim_dash(device)}};
  if (caller != "-") row.notes.push_back({caller_, "caller " + caller});
  if (hardware != "operational" && !hardware.empty())
    row.notes.push_back({hardware_, "hardware: " + hardware, Tint::red});
  if (in + out != 0)
    row.notes.push_back({bytes_, fmt::format("{} bytes in, {} out", amount_words(in), amount_words(out))});
  for (Row::Note& each : troubles(port)) row.notes.push_back(std::move(each));
  return row;
}

Result<std::string> words(std::string text) { return {boost::system::in_place_value, std::move(text)}; }

Result<std::string> ports(json::object const& body, Look look) {
  json::array const* const all = array_at(body, "ports");
  if (!all) return not_understood();
  if (all->empty()) return words("rasd has no ports: its configuration names none\n");
  std::vector<Row> rows;
  for (json::value const& each : *all)
    if (each.is_object()) rows.push_back(ports_row(text_at(each.get_object(), "port"), each.get_object()));
  return words(table(ports_columns, rows, look));
}

// ---- one port, a fact a line

using Fact = std::string (*)(json::object const&, std::string_view);

std::string traffic_fact(json::object const& port, std::string_view key) {
  json::object const& c = object_at(port, key);
  if (count_at(c, "in") + count_at(c, "out") + count_at(c, "errors") == 0) return "none";
  return fmt::format("{} bytes in, {} out, {} errors", count_at(c, "in"), count_at(c, "out"),
                     count_at(c, "errors"));
}
std::string rate_fact(json::object const& port, std::string_view key) {
  uint64_t const rate = count_at(port, key);
  return rate == 0 ? std::string() : fmt::format("{} bit/s", rate);
}
std::string since_fact(json::object const& port, std::string_view key) {
  return fmt::format("{} ({})", text_at(port, key), span_words(number_at(port, "since_s")));
}
std::string client_fact(json::object const& port, std::string_view key) {
  std::string const client = text_at(port, key);
  return client.empty() ? client : client + lease_words(object_at(port, "lease"));
}
std::string failure_fact(json::object const& port, std::string_view key) {
  json::object const& failure = object_at(port, key);
  if (failure.empty()) return {};
  return fmt::format("{}: {} (error {})", text_at(failure, "kind"), text_at(failure, "text"),
                     count_at(failure, "error"));
}
std::string use_fact(json::object const& port, std::string_view key) {
  std::string const use = text_at(port, key);
  return use == "both" ? "dial-in and dial-out" : use;
}
std::string state_fact(json::object const& port, std::string_view key) { return spaced(text_at(port, key)); }
std::string count_fact(json::object const& port, std::string_view key) {
  return std::to_string(count_at(port, key));
}
std::string call_fact(json::object const& port, std::string_view key) {
  uint64_t const call = count_at(port, key);
  return call == 0 ? std::string() : std::to_string(call);
}
std::string duration_fact(json::object const& port, std::string_view key) {
  return port.contains(std::string(key)) ? span_words(number_at(port, key)) : std::string();
}

/// What has nothing to say is left out.
constexpr struct {
  std::string_view label, key;
  Fact fact;
} facts[] = {
    {"port", "port", text_at},
    {"path", "path", text_at},
    {"used for", "use", use_fact},
    {"device", "device", text_at},
    {"service", "service", text_at},
    {"state", "state", state_fact},
    {"since", "since", since_fact},
    {"line condition", "line", text_at},
    {"hardware condition", "hardware", text_at},
    {"failure", "failure", failure_fact},
    {"held by", "holder", text_at},
    {"leased to", "client", client_fact},
    {"call", "call", call_fact},
    {"call's duration", "duration_s", duration_fact},
    {"protocol", "protocol", text_at},
    {"PPP phase", "phase", text_at},
    {"user", "user", text_at},
    {"caller's address", "address", text_at},
    {"name servers", "dns", text_at},
    {"network", "network", text_at},
    {"compression", "compression", text_at},
    {"caller's number", "number", text_at},
    {"caller's name", "name", text_at},
    {"DCE speed", "line_rate_bps", rate_fact},
    {"DTE speed", "dte_rate_bps", rate_fact},
    {"bytes of this call", "bytes", traffic_fact},
    {"bytes of calls ended", "bytes_total", traffic_fact},
    {"calls", "calls", count_fact},
    {"leases", "leases", count_fact},
    {"last call ended by", "last_end", state_fact},
};

Result<json::object> only_port(json::object const& body) {
  json::array const* const all = array_at(body, "ports");
  if (!all || all->empty() || !(*all)[0].is_object()) return not_understood();
  return (*all)[0].get_object();
}

Result<std::string> port(json::object const& body, Look look) {
  auto const shown = only_port(body);
  if (!shown) return shown.error();
  std::string out;
  for (auto const& row : facts) {
    std::string const fact = row.fact(*shown, row.key);
    if (fact.empty()) continue;
    out += tinted(fmt::format("{:<21}", row.label), Tint::dim, look.colour) + fact + "\n";
  }
  return words(std::move(out));
}

/// After an order: how the port stands now. It goes on from there.
Result<std::string> done(json::object const& body, Look look) {
  auto const shown = only_port(body);
  if (!shown) return shown.error();
  std::string const state = text_at(*shown, "state"), hardware = text_at(*shown, "hardware");
  return words(tinted(text_at(*shown, "port"), Tint::bold, look.colour) + ": " +
               tinted(spaced(state), tint_of(state), look.colour) +
               (hardware == "operational" || hardware.empty() ? "" : "; hardware: " + hardware) + "\n");
}

// ---- who, connections

Result<std::string> who(json::object const& body, Look look) {
  json::array const* const holders = array_at(body, "holders");
  if (!holders) return not_understood();
  std::string const name = text_at(body, "port");
  std::string out = tinted(name, Tint::bold, look.colour) + " is " + spaced(text_at(body, "state")) + ".\n";
  if (uint64_t const call = count_at(body, "call"); call != 0) {
    std::string const caller = caller_words(body);
    out += fmt::format("Call {}, from {}.\n", call, caller.empty() ? "a caller who is not known" : caller);
  }
  if (std::string const client = text_at(body, "client"); !client.empty())
    out += "Leased to " + client + ".\n";
  for (json::value const& each : *holders) {
    if (!each.is_object()) continue;
    bool const ours = flag_at(each.get_object(), "by_leave");
    out += wrapped(text_at(each.get_object(), "text") + (ours ? ", by our leave" : ", without our leave"), 2,
                   look.columns, ours ? Tint::plain : Tint::red, look.colour);
  }
  if (holders->empty()) out += "No other program holds it.\n";
  if (uint64_t const hidden = count_at(body, "unreadable"); hidden != 0)
    out += fmt::format("{} processes of other users could not be looked at: that takes root.\n", hidden);
  return words(std::move(out));
}

constexpr Column connections_columns[] = {
    {"PORT"},
    {"WAY", false, 70},
    {"STATE", false, 80},
    {"NUMBER", false, 60},
    {"USER", false, 50},
    {"DCE", true, 65},
    {"SINCE", true, 75},
    {"BYTES IN/OUT", true, 40},
    {"ENTRY", false, 45},
    {"ADDRESS", false, 30},
};
enum ConnectionOf : int { c_number = 3, c_user = 4, c_bytes = 7, c_entry = 8, c_address = 9 };

Row connection_row(json::object const& call) {
  std::string const state = text_at(call, "state");
  bool const in = text_at(call, "direction") == "in";
  std::string const dce = rate_words(count_at(call, "line_rate_bps"));
  Row row;
  row.cells = {
      {text_at(call, "port"), Tint::bold},
      {text_at(call, "direction"), in ? Tint::cyan : Tint::plain},
      {spaced(state), tint_of(state)},
      {or_dash(text_at(call, "number"))},
      {or_dash(text_at(call, "user"))},
      {dce},
      {span_words(number_at(call, call.contains("duration_s") ? "duration_s" : "since_s"))},
      {in ? amount_words(count_at(call, "bytes_in")) + "/" + amount_words(count_at(call, "bytes_out")) : "-"},
      {or_dash(text_at(call, "entry"))},
      {or_dash(text_at(call, "address"))}};
  constexpr struct {
    int column;
    std::string_view key, said;
  } notes[] = {{c_number, "number", "number "},    {c_user, "user", "user "}, {c_entry, "entry", "entry "},
               {c_address, "address", "address "}, {-1, "name", "caller "},   {-1, "holder", "held by "},
               {-1, "purpose", "purpose: "}};
  for (auto const& each : notes)
    if (std::string const text = text_at(call, each.key); !text.empty())
      row.notes.push_back({each.column, std::string(each.said) + text});
  for (Cell& cell : row.cells)
    if (cell.text == "-") cell.tint = Tint::dim;
  return row;
}

Result<std::string> connections(json::object const& body, Look look) {
  json::array const* const all = array_at(body, "connections");
  if (!all) return not_understood();
  if (all->empty()) return words("no calls\n");
  std::vector<Row> rows;
  for (json::value const& each : *all)
    if (each.is_object()) rows.push_back(connection_row(each.get_object()));
  return words(table(connections_columns, rows, look));
}

constexpr struct {
  std::string_view method;
  Result<std::string> (*render)(json::object const&, Look);
} renderers[] = {{"ports", ports}, {"port", port}, {"who", who}, {"connections", connections}};

}  // namespace

Result<std::string> render_answer(std::string_view method, std::string_view body, Look look) {
  json::value const value = read_json(body);
  if (!value.is_object()) return not_understood();
  for (auto const& each : renderers)
    if (each.method == method) return each.render(value.get_object(), look);
  return done(value.get_object(), look);
}

Result<std::string> render_picture(std::string_view body, Look look) {
  json::value const value = read_json(body);
  if (!value.is_object()) return not_understood();
  std::vector<Row> rows;
  for (auto const& [name, port] : object_at(value.get_object(), "ports"))
    if (port.is_object()) rows.push_back(ports_row(std::string(name.data(), name.size()), port.get_object()));
  return words(table(std::span(ports_columns).first(device_), rows, look));
}

}  // namespace offhook::rasadmin
