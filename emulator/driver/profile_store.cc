#include "emulator/driver/profile_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "emulator/io/fd.h"

namespace offhook::driver {
namespace {
constexpr std::streamsize file_limit = 64 * 1024;
}

std::string ProfileStore::load(std::string const& port) const {
  std::ifstream file(folder_ + "/" + port, std::ios::binary);
  std::string text(file_limit, '\0');
  file.read(text.data(), file_limit);
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

Result<void> ProfileStore::save(std::string const& port, std::string const& text) const {
  std::error_code ec;
  std::filesystem::create_directories(folder_, ec);
  std::string const path = folder_ + "/" + port, fresh = path + ".new";
  auto const failed = [&](char const* what) { return error(what, " ", fresh, ": ", std::strerror(errno)); };
  io::Fd const file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed("making");
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return failed("writing");
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return failed("replacing with");
  return {};
}

}  // namespace offhook::driver
