#include "dialer/app/rasdial.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dialer/app/background.h"
#include "dialer/app/book.h"
#include "dialer/app/caller.h"
#include "dialer/app/completion.h"
#include "dialer/app/console.h"
#include "dialer/app/control.h"
#include "dialer/app/options.h"
#include "dialer/app/raw_terminal.h"
#include "rasd/ppp/cbcp.h"
#include "rasd/ppp/errors.h"

namespace offhook::dialer {
namespace {

enum Status : int { done = 0, failed = 1, bad_usage = 2 };

/// Others can read a process's words; the process that holds the call has the same ones.
void wipe_password(int argc, char** argv, std::vector<std::string> const& words) {
  auto const at = password_word(words);
  if (at && static_cast<int>(*at) + 1 < argc) std::memset(argv[*at + 1], '*', std::strlen(argv[*at + 1]));
}

int told(ControlResult<void> const& result) {
  if (result) return done;
  Voice::failure(result.error().ras_error, result.error().text);
  return failed;
}

int complete(Options const& options) {
  if (options.shell == "bash") std::fputs(std::string(bash_completion()).c_str(), stdout);
  if (options.shell == "options")
    for (std::string const& name : option_names()) std::puts(name.c_str());
  if (options.shell == "entries")
    for (std::string const& name : entry_names(phonebook_places(options))) std::puts(name.c_str());
  return done;
}

/// The call's end, where the user sees it on this terminal.
Listener console_listener() {
  Voice const voice(STDERR_FILENO);
  return {.progress = [voice](std::string const& line) { voice.say(line); },
          .connected = [voice](std::string const& line) { voice.success(line); },
          .ended =
              [voice](call::Result const& result, Ending ending) {
                if (ending == Ending::in_order) return voice.say(result.text);
                Voice::failure(result.ras_error, result.text);
              }};
}

/// A mistake in a phonebook is the user's to mend, as one on the command line is.
int refused(phonebook::Failure const& why) {
  Voice::failure(static_cast<unsigned>(why.ras), why.message);
  return why.ras == phonebook::Ras::corrupt ? bad_usage : failed;
}

/// The exit status where nobody can be called back so.
std::optional<int> wrong_callback(Options const& options, call::Plan const& plan) {
  if (!options.callback.empty() && !plan.ppp)
    return Voice::complain("--callback is for a call that carries PPP: an entry of that kind, or --ppp"),
           bad_usage;
  constexpr unsigned wrong_characters = ppp::ras::callback_number_characters;
  if (!plan.ppp || plan.ppp->callback.empty() || ppp::is_callback_number(plan.ppp->callback))
    return std::nullopt;
  return Voice::failure(wrong_characters, std::string(ppp::ras::text(wrong_characters)) + "."), failed;
}

int dial(Options options) {
  phonebook::Entry entry;
  if (!options.entry.empty()) {
    auto found = find_entry(phonebook_places(options), options.entry);
    if (!found) return refused(found.error());
    entry = *std::move(found);
  }
  if (options.ask_password) {
    auto secret = ask_secret("Password of " + (options.user.empty() ? entry.user : options.user) + ": ");
    if (!secret) return Voice::complain(secret.error().message), failed;
    options.password = *std::move(secret);
  }
  auto plan = make_plan(options, entry);
  if (!plan) return Voice::failure(static_cast<unsigned>(plan.error().ras), plan.error().message), failed;
  if (auto const wrong = wrong_callback(options, *plan); wrong) return *wrong;
  io::RunDir const dir = rasd_dir(options);
  if (auto const ours = io::check_owner(dir); !ours) return Voice::complain(ours.error().message), failed;
  std::error_code ignored;
  SessionConfig config{.dir = std::filesystem::absolute(dir.path, ignored).string(),
                       .purpose = "rasdial " + (entry.name.empty() ? options.number : entry.name),
                       .plan = *std::move(plan)};
  LineUseConfig use{.use = options.use, .linger = options.linger_time, .command = options.command};
  if (config.plan.ppp) use.ppp = ppp_of(entry, *config.plan.ppp);
  if (use.ppp) use.ppp->may_ask = options.use == Use::command;
  if (options.use == Use::background) return dial_in_background(std::move(config), std::move(use));
  if (options.use == Use::terminal && ::isatty(STDIN_FILENO) == 0)
    return Voice::complain("--terminal: standard input is no terminal; --stdio is for what is none"),
           bad_usage;
  return run_call(std::move(config), std::move(use), console_listener());
}

}  // namespace

int run(int argc, char** argv) {
  std::vector<std::string> const words(argv + (argc > 0 ? 1 : 0), argv + argc);
  auto options = parse_options(words);
  wipe_password(argc, argv, words);
  if (!options) return Voice::complain(options.error().message + "\nTry 'rasdial --help'."), bad_usage;
  switch (options->verb) {
    case Verb::help:
      return std::fputs(help().c_str(), stdout), done;
    case Verb::version:
      return std::puts("rasdial " OFFHOOK_VERSION), done;
    case Verb::completion:
      return complete(*options);
    case Verb::list:
      return told(list_connections(*options));
    case Verb::disconnect:
      return told(disconnect(*options));
    case Verb::dial:
      break;
  }
  return dial(*std::move(options));
}

}  // namespace offhook::dialer
