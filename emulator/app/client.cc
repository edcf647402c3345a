#include "emulator/app/client.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>

#include "emulator/app/dirs.h"
#include "emulator/app/render.h"
#include "emulator/app/report.h"
#include "emulator/rpc/client.h"

namespace offhook::app {
namespace {

constexpr auto patience = std::chrono::seconds(10);  // a bank that is alive answers long before
constexpr auto completion_patience = std::chrono::milliseconds(500);

rpc::Client::Deadline in(Duration time) {
  return rpc::Client::Clock::now() + std::chrono::duration_cast<rpc::Client::Clock::duration>(time);
}

bool wants_colour() {
  char const* const no_colour = std::getenv("NO_COLOR");
  char const* const term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && (!no_colour || *no_colour == '\0') && term &&
         std::string_view(term) != "dumb";
}

/// How wide the terminal is; nothing bounds what goes elsewhere.
size_t terminal_columns() {
  winsize size{};
  bool const known = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col != 0 ? size.ws_col : SIZE_MAX;
}

Result<rpc::Client> connect(io::RunDir const& dir) {
  if (auto const ours = io::check_owner(dir); !ours) return ours.error();
  std::string const path = io::control_socket(dir.path);
  auto client = rpc::Client::connect(path);
  if (client) return std::move(*client);
  if (client.error() == boost::system::errc::permission_denied)
    return error("the bank in ", dir.path,
                 " belongs to another user: only that user and root may control it");
  return no_way_in(dir, path, client.error());
}

/// One verb's dialogue with the bank.
class Dialogue {
 public:
  /// `code` becomes that of the bank's refusal.
  Dialogue(verbs::Call const& call, rpc::Client client, std::string where, int& code)
      : call_(call),
        client_(std::move(client)),
        where_(std::move(where)),
        code_(code),
        colour_(wants_colour()) {}

  Result<void> run() {
    if (auto const sent =
            client_.send({"1", std::string(call_.verb()->name), call_.parameters()}, in(patience));
        !sent)
      return lost(sent.error());
    // Only a wait takes long; its end may come before the answer of a later request, but there is none.
    auto const answered = await_answer(call_.flag("wait") ? rpc::Client::Deadline() : in(patience));
    if (!answered) return answered.error();
    return call_.verb()->streams ? follow() : Result<void>();
  }

 private:
  Error lost(Error const& why) const { return error("the bank in ", where_, ": ", why.message); }

  Result<void> await_answer(rpc::Client::Deadline deadline) {
    auto const message = client_.receive(deadline);
    if (!message) return lost(message.error());
    if (!*message) return error("the bank in ", where_, " does not answer");
    if ((*message)->refused) {
      code_ = (*message)->code;
      return Error{(*message)->complaint};
    }
    if (call_.verb()->streams) return {};
    return show_result((*message)->body);
  }

  Result<void> show_result(std::string const& body) {
    if (call_.flag("json")) {
      std::puts(body.c_str());
      return {};
    }
    bool const status = call_.verb()->name == "status";
    auto const text = status ? render_status(body, colour_, terminal_columns())
                             : render_done(call_.verb()->name, body, colour_);
    if (!text) return text.error();
    std::fputs(text->c_str(), stdout);
    if (!status) std::fputc('\n', stdout);
    return {};
  }

  Result<void> follow() {
    rpc::Client::Deadline deadline;
    if (auto const* const time = call_.get<Duration>("for")) deadline = in(*time);
    for (;;) {
      auto const message = client_.receive(deadline);
      if (!message) return lost(message.error());
      if (!*message) return {};
      if (auto const shown = show_notification(**message); !shown) return shown.error();
      if (std::fflush(stdout) != 0) return {};  // main says what became of it
    }
  }

  Result<void> show_notification(rpc::Message const& message) {
    if (call_.flag("json")) {
      if (message.method == "dropped")
        std::printf("{\"dropped\":%s}\n", message.body.c_str());
      else
        std::puts(message.body.c_str());
      return {};
    }
    auto const line = render_notification(message.method, message.body, colour_);
    if (!line) return line.error();
    std::puts(line->c_str());
    return {};
  }

  verbs::Call const& call_;
  rpc::Client client_;
  std::string where_;
  int& code_;
  bool colour_;
};

}  // namespace

int run_on_bank(verbs::Call const& call) {
  io::RunDir const dir = bank_dir(call.text("dir"));
  auto client = connect(dir);
  int code = static_cast<int>(rpc::Code::failed);
  Result<void> const done =
      client ? Dialogue(call, std::move(*client), dir.path, code).run() : client.error();
  if (done) return 0;
  std::string const& message = done.error().message;
  if (call.flag("json"))
    std::printf("{\"error\":{\"code\":%d,\"message\":%s}}\n", code, json_string(message).c_str());
  std::fprintf(stderr, "vmodem: %s\n", message.c_str());
  return 1;
}

std::vector<std::string> port_names(std::string const& dir_option) {
  std::vector<std::string> names;
  auto const deadline = in(completion_patience);
  auto client = connect(bank_dir(dir_option));
  if (!client || !client->send({"1", "status", {}}, deadline)) return names;
  auto const message = client->receive(deadline);
  if (!message || !*message) return names;
  boost::system::error_code ec;
  auto const body = boost::json::parse((*message)->body, ec);
  if (ec || !body.is_object()) return names;
  auto const* const modems = body.get_object().if_contains("modems");
  if (!modems || !modems->is_array()) return names;
  for (auto const& modem : modems->get_array()) {
    auto const* const port = modem.is_object() ? modem.get_object().if_contains("port") : nullptr;
    if (port && port->is_string()) names.emplace_back(port->get_string().c_str());
  }
  return names;
}

}  // namespace offhook::app
