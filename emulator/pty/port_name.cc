#include "emulator/pty/port_name.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

namespace offhook::pty {
namespace fs = std::filesystem;

Result<void> point(std::string const& path, std::string const& target) {
  // Only a link to a pty is ours to replace: a name may be a mistake, and a file somebody's.
  std::error_code ec;
  bool const taken = fs::exists(fs::symlink_status(path, ec));
  if (taken && !fs::read_symlink(path, ec).string().starts_with("/dev/pts/"))
    return error(path,
                 " is there already and is no port's name: move it away, or choose another name or --dir");
  std::string const fresh = path + ".new";
  ::unlink(fresh.c_str());
  if (::symlink(target.c_str(), fresh.c_str()) != 0)
    return error("making ", fresh, ": ", std::strerror(errno));
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    int const code = errno;
    ::unlink(fresh.c_str());
    return error("naming ", path, ": ", std::strerror(code));
  }
  return {};
}

void remove_if_ours(std::string const& path, std::string const& target) {
  std::error_code ec;
  if (fs::read_symlink(path, ec) == target) ::unlink(path.c_str());
}

void remove_leftovers(std::string const& dir) {
  std::error_code ec;
  std::vector<fs::path> links;
  for (auto const& entry : fs::directory_iterator(dir, ec))
    if (entry.is_symlink(ec) && fs::read_symlink(entry.path(), ec).string().starts_with("/dev/pts/"))
      links.push_back(entry.path());
  for (auto const& link : links) ::unlink(link.c_str());
}

}  // namespace offhook::pty
