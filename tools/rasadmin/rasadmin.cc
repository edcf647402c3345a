#include "tools/rasadmin/rasadmin.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "emulator/rpc/codec.h"
#include "tools/rasadmin/ask.h"
#include "tools/rasadmin/capture.h"
#include "tools/rasadmin/completion.h"
#include "tools/rasadmin/console.h"
#include "tools/rasadmin/lease_run.h"
#include "tools/rasadmin/options.h"

namespace offhook::rasadmin {
namespace {

int misused(std::string const& why, bool json) {
  complain(why + "\nTry 'rasadmin --help'.", json, static_cast<int>(rpc::Code::invalid_params));
  return bad_usage;
}

int show_help(Options const& options) {
  Verb const* const verb = options.help ? options.verb : find(options.text);
  if (!verb && !options.text.empty()) return misused("there is no verb '" + options.text + "'", options.json);
  print(verb ? help(*verb) : overview());
  return done;
}

int lease(Options const& options) {
  return run_lease({rasd_dir(options).path, options.port, options.rest, options.json});
}

int complete(Options const& options) {
  print_completion(options.rest);
  return done;
}

int act(std::vector<std::string> const& words) {
  auto const options = parse(words);
  if (!options) return misused(options.error().message, wants_json(words));
  if (options->version) return print("rasadmin " OFFHOOK_VERSION "\n"), done;
  if (options->help) return show_help(*options);
  switch (options->verb->does) {
    case Does::ask:
      return ask(*options);
    case Does::watch:
      return watch(*options);
    case Does::capture:
      return capture(*options);
    case Does::lease:
      return lease(*options);
    case Does::completion:
      return complete(*options);
    case Does::help:
      break;
  }
  return show_help(*options);
}

}  // namespace

int run(std::vector<std::string> const& words) {
  int const status = act(words);
  // What was said may not have got through: a full disk is a failure, whatever was done.
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  std::fprintf(stderr, "rasadmin: cannot write to standard output: %s\n", std::strerror(errno));
  return failed;
}

}  // namespace offhook::rasadmin
