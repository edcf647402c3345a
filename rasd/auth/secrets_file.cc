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

struct Contents {
  std::string text;
  struct stat status {};
};
Result<Contents> read_secrets(std::string const& path) {
  // A FIFO of that name must not keep us waiting.
  io::Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  Contents made;
  if (!file || ::fstat(file.get(), &made.status) != 0)
    return error("cannot read ", path, ": ", std::strerror(errno));
  if (auto const fine = check_privacy(path, made.status); !fine) return fine.error();
  std::array<char, 16384> buffer;
  while (made.text.size() <= most_secrets_bytes) {
    ssize_t const n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return error("cannot read ", path, ": ", std::strerror(errno));
    if (n == 0) break;
    made.text.append(buffer.data(), static_cast<size_t>(n));
  }
  return made;
}

/// Whoever reads meanwhile finds the one or the other, and never a part.
Result<void> replace(std::string const& path, struct stat const& like, std::string_view text) {
  std::string const fresh = path + ".new";
  auto const failed = [&](std::string_view what) {
    Error why = error(what, " ", fresh, ": ", std::strerror(errno));
    ::unlink(fresh.c_str());
    return why;
  };
  ::unlink(fresh.c_str());  // of one who was killed
  io::Fd const file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed("making");
  for (std::string_view left = text; !left.empty();) {
    ssize_t const n = ::write(file.get(), left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("writing");
    left.remove_prefix(static_cast<size_t>(n));
  }
  bool const ours = like.st_uid == ::geteuid();
  if (!ours && ::fchown(file.get(), like.st_uid, like.st_gid) != 0) return failed("giving away");
  if (::fchmod(file.get(), like.st_mode & 0700) != 0 || ::fsync(file.get()) != 0) return failed("writing");
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("renaming");
  return {};
}

}  // namespace

Result<Secrets> load_secrets(std::string const& path) {
  auto const read = read_secrets(path);
  if (!read) return read.error();
  return Secrets::parse(read->text, path);
}

Result<void> SecretsFile::change(Secret const& of, std::string_view secret, int32_t day) {
  auto const read = read_secrets(path_);
  if (!read) return read.error();
  auto const text = Secrets::change(read->text, path_, of, secret, day);
  if (!text) return text.error();
  if (auto const replaced = replace(path_, read->status, *text); !replaced) return replaced.error();
  return refresh();
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
