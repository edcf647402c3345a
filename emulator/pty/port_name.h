// A port's name: a symbolic link to the pty of the moment, moved to the next one in a single step.
#pragma once

#include <string>

#include "emulator/base/result.h"

namespace offhook::pty {

/// Points `path` at `target` by an atomic rename: at every moment the name leads to one pty or the other.
Result<void> point(std::string const& path, std::string const& target);
/// Removes `path` if it still points at `target`.
void remove_if_ours(std::string const& path, std::string const& target);
/// Removes the links to ptys that a bank which was killed has left in `dir`: their numbers may be somebody
/// else's now.
void remove_leftovers(std::string const& dir);

}  // namespace offhook::pty
