#include "emulator/app/run.h"

#include <sys/socket.h>

#include <cstdio>
#include <filesystem>

#include "emulator/app/dirs.h"
#include "emulator/io/unix_socket.h"
#include "emulator/supervise/run.h"

namespace offhook::app {
namespace {

/// A bank listens at DIR/v24.sock, and to us.
Result<void> check_bank(io::RunDir const& dir, std::string const& socket) {
  if (auto const ours = io::check_owner(dir); !ours) return ours.error();
  auto const connected = io::connect_unix(socket, SOCK_SEQPACKET);
  if (connected) return {};
  if (connected.error() == boost::system::errc::permission_denied)
    return error("the circuits of the bank in ", dir.path, " are open to the ports' group only: ", socket);
  return no_way_in(dir, socket, connected.error());
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
