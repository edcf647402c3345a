#include "dialer/app/control.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "dialer/app/console.h"
#include "emulator/base/text.h"
#include "emulator/rpc/client.h"

namespace offhook::dialer {
namespace json = boost::json;
namespace {

constexpr auto quick = std::chrono::seconds(5);
constexpr auto until_listening = std::chrono::seconds(30);

constexpr unsigned no_manager = 711, not_connected = 606;

Result<rpc::Client> connect(io::RunDir const& dir) {
  if (auto const ours = io::check_owner(dir); !ours) return ours.error();
  std::string const path = io::control_socket(dir.path);
  auto client = rpc::Client::connect(path);
  if (client) return *std::move(client);
  int const code = client.error().value();
  if (code == ENOENT || code == ECONNREFUSED || code == ENOTDIR)
    return error("no rasd serves ", dir.path, " (", dir.origin,
                 "): start one with 'rasd --config FILE', or name its directory with --dir or RASD_DIR");
  if (code == EACCES) return error("the rasd in ", dir.path, " belongs to another user");
  return error("connecting to ", path, ": ", client.error().message());
}

/// One question and its answer's JSON text.
ControlResult<std::string> ask(Options const& options, rpc::Request const& request,
                               std::chrono::seconds patience) {
  io::RunDir const dir = rasd_dir(options);
  auto client = connect(dir);
  if (!client) return ControlError{no_manager, client.error().message};
  auto const deadline = rpc::Client::Clock::now() + patience;
  if (auto const sent = client->send(request, deadline); !sent)
    return ControlError{no_manager, sent.error().message};
  auto const message = client->receive(deadline);
  if (!message) return ControlError{no_manager, message.error().message};
  if (!*message)
    return ControlError{no_manager, "The rasd in " + dir.path + " did not answer within " +
                                        std::to_string(patience.count()) + " s: see its log."};
  if ((*message)->refused) return ControlError{not_connected, (*message)->complaint};
  return ControlResult<std::string>(boost::system::in_place_value, (*message)->body);
}

std::string text_of(json::object const& object, std::string_view key) {
  json::value const* const found = object.if_contains(json::string_view(key.data(), key.size()));
  if (!found || found->is_null()) return {};
  if (auto const* const text = found->if_string())
    return escaped(std::string_view(text->data(), text->size()));
  return json::serialize(*found);
}

std::string span_of(json::object const& object, std::string_view key) {
  json::value const* const found = object.if_contains(json::string_view(key.data(), key.size()));
  if (!found || !found->is_number()) return {};
  auto const s = static_cast<long long>(std::clamp(found->to_number<double>(), 0.0, 1e9));
  std::array<char, 48> text;
  if (s >= 86400)
    std::snprintf(text.data(), text.size(), "%lldd %02lld:%02lld", s / 86400, s / 3600 % 24, s / 60 % 60);
  else
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  return text.data();
}

std::string rate_of(json::object const& object, std::string_view key) {
  std::string const rate = text_of(object, key);
  return rate == "0" ? std::string() : rate;
}

struct Column {
  std::string_view title, key;
  std::string (*text)(json::object const&, std::string_view);
  bool always, right;
};
constexpr Column columns[] = {
    {"ENTRY", "entry", text_of, true, false},       {"NUMBER", "number", text_of, false, false},
    {"PORT", "port", text_of, true, false},         {"STATE", "state", text_of, true, false},
    {"SINCE", "since_s", span_of, true, true},      {"BPS", "line_rate_bps", rate_of, false, true},
    {"USER", "user", text_of, false, false},        {"ADDRESS", "address", text_of, false, false},
    {"BYTES IN", "bytes_in", text_of, false, true}, {"BYTES OUT", "bytes_out", text_of, false, true},
    {"PID", "pid", text_of, false, true},
};

/// Calls that came in are rasadmin's to show.
std::vector<json::object const*> outgoing(json::array const& all) {
  std::vector<json::object const*> rows;
  for (json::value const& each : all)
    if (auto const* const object = each.if_object(); object && text_of(*object, "direction") != "in")
      rows.push_back(object);
  return rows;
}

void add_column(std::vector<std::string>& lines, Column const& column,
                std::vector<json::object const*> const& rows, bool colour) {
  std::vector<std::string> cells{std::string(column.title)};
  for (json::object const* row : rows) cells.push_back(column.text(*row, column.key));
  if (!column.always && std::all_of(cells.begin() + 1, cells.end(), [](auto const& c) { return c.empty(); }))
    return;
  size_t width = 0;
  for (std::string const& cell : cells) width = std::max(width, cell.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    std::string const pad(width - cells[i].size(), ' ');
    std::string cell = column.right ? pad + cells[i] : cells[i] + pad;
    if (colour && i == 0) cell = "\x1b[1m" + cell + "\x1b[0m";
    lines[i] += (lines[i].empty() ? "" : "  ") + cell;
  }
}

}  // namespace

io::RunDir rasd_dir(Options const& options) { return io::run_dir("rasd", "RASD_DIR", options.dir); }

Result<std::string> connections_table(std::string_view body, bool colour) {
  boost::system::error_code ec;
  json::value const value = json::parse(json::string_view(body.data(), body.size()), ec);
  json::object const* const object = ec ? nullptr : value.if_object();
  json::value const* const named = object ? object->if_contains("connections") : &value;
  json::array const* const all = ec || !named ? nullptr : named->if_array();
  if (!all) return error("the port manager's answer is no list of connections");
  auto const rows = outgoing(*all);
  if (rows.empty()) return Result<std::string>(boost::system::in_place_value, "No connections\n");
  std::vector<std::string> lines(rows.size() + 1);
  for (Column const& column : columns) add_column(lines, column, rows, colour);
  std::string text;
  for (std::string& line : lines) {
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return Result<std::string>(boost::system::in_place_value, std::move(text));
}

[[noreturn]] void throw_exception_from_error(ControlError const& error, boost::source_location const&) {
  throw std::logic_error(error.text);
}

ControlResult<void> list_connections(Options const& options) {
  auto const body = ask(options, {"1", "connections", {}}, quick);
  if (!body) return body.error();
  if (options.json) {
    std::puts(body->c_str());
    return {};
  }
  auto const table = connections_table(*body, wants_colour(STDOUT_FILENO));
  if (!table) return ControlError{no_manager, table.error().message};
  std::fputs(table->c_str(), stdout);
  return {};
}

ControlResult<void> disconnect(Options const& options) {
  rpc::Request request{"1", "disconnect", {}};
  std::string const& name = options.entry.empty() ? options.number : options.entry;
  if (!name.empty()) request.parameters.emplace_back("entry", name);
  auto const done = ask(options, request, until_listening);
  if (!done) return done.error();
  std::printf(
      "%s\n",
      name.empty()
          ? "Disconnected; the ports listen again."
          : ("Disconnected " + escaped(std::string_view(name)) + "; its port listens again.").c_str());
  return {};
}

}  // namespace offhook::dialer
