#include "dialer/app/console.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace offhook::dialer {
namespace {

constexpr char const *green = "\x1b[32m", *red = "\x1b[31m", *plain = "\x1b[0m";

void put(int descriptor, std::string const& text) {
  size_t done = 0;
  while (done < text.size()) {
    ssize_t const n = ::write(descriptor, text.data() + done, text.size() - done);
    if (n <= 0) return;  // nobody reads any more
    done += static_cast<size_t>(n);
  }
}

}  // namespace

bool wants_colour(int descriptor) {
  char const* const no_colour = std::getenv("NO_COLOR");
  char const* const term = std::getenv("TERM");
  return ::isatty(descriptor) != 0 && (!no_colour || *no_colour == '\0') && term &&
         std::string_view(term) != "dumb";
}

Voice::Voice(int descriptor) : descriptor_(descriptor), colour_(wants_colour(descriptor)) {}
void Voice::say(std::string const& line) const { put(descriptor_, line + end_); }
void Voice::success(std::string const& line) const {
  put(descriptor_, (colour_ ? green + line + plain : line) + end_);
}
void Voice::failure(unsigned ras_error, std::string const& text) {
  bool const colour = wants_colour(STDERR_FILENO);
  put(STDERR_FILENO, std::string(colour ? red : "") + "Error " + std::to_string(ras_error) + ":" +
                         (colour ? plain : "") + " " + text + "\n");
}
void Voice::complain(std::string const& text) { put(STDERR_FILENO, "rasdial: " + text + "\n"); }

}  // namespace offhook::dialer
