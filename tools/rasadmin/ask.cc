#include "tools/rasadmin/ask.h"

#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "emulator/rpc/client.h"
#include "tools/rasadmin/fields.h"
#include "tools/rasadmin/render.h"
#include "tools/rasadmin/watch.h"

namespace offhook::rasadmin {
namespace {

constexpr auto patience = std::chrono::seconds(10);  // a rasd that is alive answers long before
constexpr auto completion_patience = std::chrono::milliseconds(500);
constexpr int failed_code = static_cast<int>(rpc::Code::failed);

rpc::Client::Deadline in(Duration time) {
  return rpc::Client::Clock::now() + std::chrono::duration_cast<rpc::Client::Clock::duration>(time);
}

rpc::Request request_of(Options const& options) {
  rpc::Request request{"1", std::string(options.verb->name), {}};
  if (!options.port.empty()) request.parameters.emplace_back("port", options.port);
  if (options.verb->takes == Takes::port_and_text) request.parameters.emplace_back("text", options.text);
  return request;
}

/// The answer's body; `code` becomes that of a refusal.
Result<std::string> answer(rpc::Client& client, rpc::Request const& request, Duration time, int& code) {
  auto const deadline = in(time);
  if (auto const sent = client.send(request, deadline); !sent) return error("rasd: ", sent.error().message);
  auto const message = client.receive(deadline);
  if (!message) return error("rasd: ", message.error().message);
  if (!*message) return error("rasd does not answer");
  if ((*message)->refused) {
    code = (*message)->code;
    return Error{(*message)->complaint};
  }
  return {boost::system::in_place_value, (*message)->body};
}

Result<void> run_ask(Options const& options, int& code) {
  auto client = connect(rasd_dir(options));
  if (!client) return client.error();
  auto const body = answer(*client, request_of(options), patience, code);
  if (!body) return body.error();
  if (options.json) return print(*body + "\n"), Result<void>();
  auto const text = render_answer(options.verb->name, *body, look_of_output());
  if (!text) return text.error();
  print(*text);
  return {};
}

/// All that was printed is flushed already.
extern "C" void end_watch(int) { ::_exit(0); }

Result<void> run_watch(Options const& options, int& code) {
  auto client = connect(rasd_dir(options));
  if (!client) return client.error();
  rpc::Client::Deadline const end = options.length ? in(*options.length) : rpc::Client::Deadline();
  std::signal(SIGINT, end_watch);
  Watch watch(options.json, look_of_output());
  for (;;) {
    if (watch.asks())
      if (auto const sent = client->send({"1", "watch", {}}, in(patience)); !sent)
        return error("rasd: ", sent.error().message);
    auto const message = client->receive(end);
    if (!message) return error("rasd: ", message.error().message);
    if (!*message) return {};
    if ((*message)->refused) {
      code = (*message)->code;
      return Error{(*message)->complaint};
    }
    auto const text = watch.on_message(**message);
    if (!text) return text.error();
    print(*text);
    if (std::fflush(stdout) != 0) return {};  // main says what became of it
  }
}

Status report(Result<void> const& result, Options const& options, int code) {
  if (result) return done;
  complain(result.error().message, options.json, code);
  return failed;
}

}  // namespace

Result<rpc::Client> connect(io::RunDir const& dir) {
  if (auto const ours = io::check_owner(dir); !ours) return ours.error();
  std::string const path = io::control_socket(dir.path);
  auto client = rpc::Client::connect(path);
  if (client) return std::move(*client);
  int const code = client.error().value();
  if (code == ENOENT || code == ECONNREFUSED || code == ENOTDIR)
    return error("no rasd runs in ", dir.path, " (", dir.origin,
                 "): start one with 'rasd --config FILE', or name its directory with --dir or RASD_DIR");
  if (code == EACCES)
    return error("the rasd in ", dir.path, " does not let you in: its user and root may ask");
  return error("cannot connect to ", path, ": ", client.error().message());
}

io::RunDir rasd_dir(Options const& options) { return io::run_dir("rasd", "RASD_DIR", options.dir); }

Status ask(Options const& options) {
  int code = failed_code;
  auto const result = run_ask(options, code);
  return report(result, options, code);
}

Status watch(Options const& options) {
  int code = failed_code;
  auto const result = run_watch(options, code);
  return report(result, options, code);
}

std::vector<std::string> port_names(std::string const& dir) {
  namespace json = boost::json;
  std::vector<std::string> names;
  int code = 0;
  auto client = connect(io::run_dir("rasd", "RASD_DIR", dir));
  if (!client) return names;
  auto const body = answer(*client, {"1", "ports", {}}, completion_patience, code);
  json::value const value = body ? read_json(*body) : json::value();
  json::array const* const all = value.is_object() ? array_at(value.get_object(), "ports") : nullptr;
  if (!all) return names;
  for (json::value const& each : *all)
    if (each.is_object()) names.push_back(text_at(each.get_object(), "port"));
  return names;
}

}  // namespace offhook::rasadmin
