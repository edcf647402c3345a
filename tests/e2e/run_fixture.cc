#include "tests/e2e/run_fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <thread>

namespace offhook::e2e {

Programs::Programs() {
  struct {
    char const* name;
    char const* from;
    mode_t mode = 0755;
    uid_t owner = 0;
  } const all[] = {{"vmodem", VMODEM_PROGRAM},
                   {"lines", RUN_LINES},
                   {"lines_static", RUN_LINES_STATIC},
                   {"lines_musl", RUN_LINES_MUSL},
                   {"lines_setuid", RUN_LINES, 06755, nobody},
                   {"lines_unreadable", RUN_LINES, 0711}};
  for (auto const& each : all) {
    std::string const path = folder_ / each.name;
    std::filesystem::copy_file(each.from, path);
    if (geteuid() == 0 && ::chown(path.c_str(), each.owner, each.owner) != 0) std::abort();
    if (::chmod(path.c_str(), each.mode) != 0) std::abort();
  }
}

Argv Run::under(Argv const& program, Argv const& options) const {
  Argv argv{programs / "vmodem", "run", "--dir", bank.dir()};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.push_back("--");
  argv.insert(argv.end(), program.begin(), program.end());
  return argv;
}

Argv Run::lines(Argv const& steps, std::string const& name) const {
  Argv program{programs / name, bank.port(0)};
  program.insert(program.end(), steps.begin(), steps.end());
  return under(program);
}

Spawn Run::as(uid_t uid) {
  Spawn spawn;
  if (geteuid() == 0 && uid != 0) spawn.uid = uid;
  return spawn;
}

testing::AssertionResult Run::comes(std::string const& text) const {
  std::string status;
  for (auto const until = Clock::now() + patience; Clock::now() < until; std::this_thread::sleep_for(20ms)) {
    status = bank.vmodem({"status", "ttyVM0", "--json"}).out;
    if (status.find(text) != std::string::npos) return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "never " << text << ": " << status;
}

pid_t Paused::supervisor() {
  std::string const front = std::to_string(terminal_.process().pid());
  return std::stoi(read_file("/proc/" + front + "/task/" + front + "/children"));
}

void Paused::kill_supervisor() { ::kill(supervisor(), SIGKILL); }

Watcher::Watcher(std::string const& socket) : fd_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy_n(socket.begin(), std::min(socket.size(), sizeof address.sun_path - 1), address.sun_path);
  if (::connect(fd_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    ADD_FAILURE() << socket << ": nobody to attach to";
  send({});  // attach, the first kind
}

bool Watcher::sees(v24::Circuit circuit, bool on) const {
  for (auto const until = Clock::now() + patience; Clock::now() < until;) {
    pollfd look{fd_, POLLIN, 0};
    v24::Packet packet;
    if (::poll(&look, 1, 100) <= 0 || ::recv(fd_, packet.data(), packet.size(), 0) <= 0) continue;
    auto const message = v24::decode(packet);
    if (message && message->kind == v24::Kind::state && message->circuits.on(circuit) == on) return true;
  }
  return false;
}

void Watcher::revoke() const {
  v24::Message message;
  message.kind = v24::Kind::revoke;
  send(message);
}

void Watcher::send(v24::Message message) const {
  message.port = "ttyVM0";
  auto const packet = v24::encode(message);
  EXPECT_GT(::send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL), 0);
}

}  // namespace offhook::e2e
