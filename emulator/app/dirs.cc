#include "emulator/app/dirs.h"

#include <unistd.h>

#include <filesystem>

namespace offhook::app {
namespace fs = std::filesystem;

io::RunDir bank_dir(std::string const& option) { return io::run_dir("vmodem", "VMODEM_DIR", option); }

void remove_leftovers(std::string const& dir) {
  std::error_code ec;
  for (char const* const name : {"/control.sock", "/v24.sock"}) unlink((dir + name).c_str());
  for (auto const& entry : fs::directory_iterator(dir, ec)) {
    std::error_code ignored;
    if (entry.is_symlink(ignored) &&
        fs::read_symlink(entry.path(), ignored).string().starts_with("/dev/pts/"))
      fs::remove(entry.path(), ignored);
  }
}

}  // namespace offhook::app
