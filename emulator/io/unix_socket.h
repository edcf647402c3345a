// A Unix socket's address, and the way in to who listens there.
#pragma once

#include <sys/un.h>

#include <string>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace offhook::io {

/// The error says how long a path may be: 107 bytes (unix(7)).
Result<sockaddr_un> unix_address(std::string const& path);

/// Connects a socket of this type (SOCK_STREAM ..., with its flags; SOCK_CLOEXEC is added). The error is
/// errno's: ENOENT, ENOTDIR and ECONNREFUSED mean that nobody listens there, ENAMETOOLONG that nobody could.
boost::system::result<Fd> connect_unix(std::string const& path, int type);

}  // namespace offhook::io
