#include "emulator/app/dirs.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace offhook::app {
namespace fs = std::filesystem;

io::RunDir bank_dir(std::string const& option) { return io::run_dir("vmodem", "VMODEM_DIR", option); }

Error no_way_in(io::RunDir const& dir, std::string const& socket, boost::system::error_code code) {
  int const number = code.value();
  if (number == ENOENT || number == ECONNREFUSED || number == ENOTDIR)
    return error("no bank is running in ", dir.path, " (", dir.origin,
                 "): start one with 'vmodem up', or name its directory with --dir or VMODEM_DIR");
  return error("cannot connect to ", socket, ": ", code.message());
}

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
