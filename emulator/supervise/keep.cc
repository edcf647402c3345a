#include "emulator/supervise/keep.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace offhook::supervise {

void keep_only(std::vector<int> kept) {
  int const nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int const fd : {0, 1, 2}) ::dup2(nothing, fd);
  std::ranges::sort(kept);
  unsigned first = 3;
  for (int const fd : kept) {
    auto const own = static_cast<unsigned>(fd);
    if (own < first) continue;
    if (own > first) ::close_range(first, own - 1, 0);
    first = own + 1;
  }
  ::close_range(first, ~0U, 0);
}

}  // namespace offhook::supervise
