// vmodem: a bank of virtual modems, and the verbs that show and disturb it.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "emulator/app/client.h"
#include "emulator/app/completion.h"
#include "emulator/app/run.h"
#include "emulator/app/up.h"
#include "emulator/verbs/call.h"
#include "emulator/verbs/help.h"

namespace {

using namespace offhook;

enum Status : int { done = 0, failed = 1, bad_usage = 2 };

int complain(Error const& why, Status status) {
  std::fprintf(stderr, "vmodem: %s\n", why.message.c_str());
  return status;
}

int up(verbs::Call const& call) {
  auto const setup = app::make_setup(call);
  if (!setup) return complain(setup.error(), bad_usage);
  auto const run = app::run_bank(*setup);
  return run ? done : complain(run.error(), failed);
}

int completion(verbs::Call const& call) {
  app::print_completion(call);
  return done;
}

int help(verbs::Call const& call) {
  verbs::Verb const* const verb = verbs::find(call.text("verb"));
  if (!verb && call.given("verb"))
    return complain(error("there is no verb '", call.text("verb"), "'; see vmodem --help"), bad_usage);
  std::fputs((verb ? verbs::help(*verb) : verbs::overview()).c_str(), stdout);
  return done;
}

int run_program(verbs::Call const& call) {
  if (call.rest().empty()) return complain(error("run: PROGRAM is wanted after '--'"), bad_usage);
  return app::run_program(call);
}

constexpr struct {
  std::string_view verb;
  int (*run)(verbs::Call const&);
} local_verbs[] = {{"up", up}, {"run", run_program}, {"completion", completion}, {"help", help}};

int run(std::vector<std::string> const& words) {
  auto const call = verbs::parse(words);
  if (!call) return complain(error(call.error().message, "\nTry 'vmodem --help'."), bad_usage);
  if (call->flag("version")) return std::puts("vmodem " OFFHOOK_VERSION), done;
  if (call->flag("help")) {
    std::fputs((call->verb() ? verbs::help(*call->verb()) : verbs::overview()).c_str(), stdout);
    return done;
  }
  for (auto const& local : local_verbs)
    if (local.verb == call->verb()->name) return local.run(*call);
  return app::run_on_bank(*call);
}

}  // namespace

int main(int argc, char** argv) {
  int const status = run({argv + (argc > 0 ? 1 : 0), argv + argc});
  // What was said may not have got through: a full disk is a failure, whatever was done.
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  return complain(error("cannot write to standard output: ", std::strerror(errno)), failed);
}
