#include "emulator/io/unix_socket.h"

#include <sys/socket.h>

#include <cerrno>

namespace offhook::io {

Result<sockaddr_un> unix_address(std::string const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return error("the path ", path, " is too long for a socket: at most ",
                 std::to_string(sizeof address.sun_path - 1), " bytes");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

boost::system::result<Fd> connect_unix(std::string const& path, int type) {
  auto const failure = [](int code) {
    return boost::system::error_code(code, boost::system::system_category());
  };
  auto const address = unix_address(path);
  if (!address) return failure(ENAMETOOLONG);
  Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!fd) return failure(errno);
  if (::connect(fd.get(), reinterpret_cast<sockaddr const*>(&*address), sizeof *address) != 0)
    return failure(errno);
  return fd;
}

}  // namespace offhook::io
