#include "tools/rasadmin/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tools/rasadmin/fields.h"

namespace offhook::rasadmin {

Look look_of_output() {
  if (!::isatty(STDOUT_FILENO)) return {};
  char const* const no_colour = std::getenv("NO_COLOR");
  char const* const term = std::getenv("TERM");
  Look look;
  look.colour = (!no_colour || *no_colour == '\0') && term && std::string_view(term) != "dumb";
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) look.columns = size.ws_col;
  return look;
}

void complain(std::string_view what, bool json, int code) {
  if (json) {
    std::printf("{\"error\":{\"code\":%d,\"message\":%s}}\n", code, json_string(what).c_str());
    std::fflush(stdout);
  }
  std::fprintf(stderr, "rasadmin: %.*s\n", static_cast<int>(what.size()), what.data());
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace offhook::rasadmin
