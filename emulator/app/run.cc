#include "emulator/app/run.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "emulator/app/dirs.h"
#include "emulator/io/fd.h"
#include "emulator/supervise/run.h"

namespace offhook::app {
namespace {

/// A bank listens at DIR/v24.sock, and to us.
Result<void> check_bank(io::RunDir const& dir, std::string const& socket) {
  if (auto const ours = io::check_owner(dir); !ours) return ours.error();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path)
    return error("the path ", socket, " is too long for a socket");
  std::memcpy(address.sun_path, socket.data(), socket.size());
  io::Fd const fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (fd && ::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0) return {};
  if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
    return error("no bank is running in ", dir.path, " (", dir.origin,
                 "): start one with 'vmodem up', or name its directory with --dir or VMODEM_DIR");
  if (errno == EACCES)
    return error("the circuits of the bank in ", dir.path, " are open to the ports' group only: ", socket);
  return error("cannot connect to ", socket, ": ", std::strerror(errno));
}

}  // namespace

int run_program(verbs::Call const& call) {
  io::RunDir const dir = bank_dir(call.text("dir"));
  std::error_code ec;
  std::string path = std::filesystem::canonical(dir.path, ec);
  if (ec) path = dir.path;
  if (auto const bank = check_bank(dir, path + "/v24.sock"); !bank) {
    std::fprintf(stderr, "vmodem: %s\n", bank.error().message.c_str());
    return 1;
  }
  return supervise::run({path, call.flag("wait-carrier")}, call.rest());
}

}  // namespace offhook::app
