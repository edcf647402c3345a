#include "rasd/auth/secrets_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "emulator/io/fd.h"

namespace offhook::auth {
namespace {

std::string octal(mode_t mode) {
  std::string digits = "0";
  for (int shift = 6; shift >= 0; shift -= 3) digits += static_cast<char>('0' + (mode >> shift & 7));
  return digits;
}

Result<void> check_privacy(std::string const& path, struct stat const& found) {
  if (!S_ISREG(found.st_mode)) return error(path, " is no regular file: secrets are not read from it");
  if (found.st_uid != 0 && found.st_uid != ::geteuid())
    return error(path, " belongs to user ", std::to_string(found.st_uid),
                 ": a file of secrets must be root's or our own (user ", std::to_string(::geteuid()), ")");
  if ((found.st_mode & 077) != 0)
    return error(path, " can be read by others (mode ", octal(found.st_mode & 0777), "): chmod 600 ", path);
  return {};
}

}  // namespace

Result<Secrets> load_secrets(std::string const& path) {
  // A FIFO of that name must not keep us waiting.
  io::Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat found {};
  if (!file || ::fstat(file.get(), &found) != 0)
    return error("cannot read ", path, ": ", std::strerror(errno));
  if (auto const fine = check_privacy(path, found); !fine) return fine.error();
  std::string text;
  std::array<char, 16384> buffer;
  while (text.size() <= most_secrets_bytes) {
    ssize_t const n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return error("cannot read ", path, ": ", std::strerror(errno));
    if (n == 0) break;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  return Secrets::parse(text, path);
}

Result<void> SecretsFile::refresh() {
  struct stat now {};
  Mark mark{};
  if (::stat(path_.c_str(), &now) == 0)
    mark = {now.st_dev, now.st_ino, now.st_size, now.st_ctim.tv_sec, now.st_ctim.tv_nsec};
  if (mark == mark_ && mark != Mark{}) return {};
  mark_ = mark;
  auto read = load_secrets(path_);
  if (!read) return read.error();
  secrets_ = *std::move(read);
  return {};
}

}  // namespace offhook::auth
