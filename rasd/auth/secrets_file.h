// A file of secrets on disk: read only where nobody else can read it, and again when it has changed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <tuple>

#include "rasd/auth/secrets.h"

namespace offhook::auth {

/// The error names the file: who else can read it, whose it is, or what in it is wrong and where.
Result<Secrets> load_secrets(std::string const& path);

/// Keeps what was right last.
class SecretsFile {
 public:
  explicit SecretsFile(std::string path) : path_(std::move(path)) {}

  /// Reads it where it is not what it was. An error leaves the secrets as they were, and is told once.
  Result<void> refresh();
  /// The owner of a secret has made another: the file is replaced as a whole, with its owner and mode.
  Result<void> change(Secret const& of, std::string_view secret, int32_t day);
  Secrets const& secrets() const { return secrets_; }
  std::string const& path() const { return path_; }

 private:
  /// Device, inode, size, changed at (s, ns): another file, or another text.
  using Mark = std::tuple<dev_t, ino_t, off_t, int64_t, int64_t>;
  std::string path_;
  Mark mark_{};
  Secrets secrets_;
};

}  // namespace offhook::auth
