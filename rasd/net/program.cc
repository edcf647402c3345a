// A program as a network: it has one end of a socket, and ends with us.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "emulator/base/check.h"
#include "rasd/net/packets.h"

namespace offhook::net {
namespace {

class Program : public Network {
 public:
  Program(boost::asio::io_context& context, ProgramConfig config)
      : config_(std::move(config)), packets_(context) {
    OFFHOOK_CHECK(!config_.command.empty());
  }
  ~Program() override { stop(); }

  Result<void> up(Agreed const& agreed, Handlers handlers) override {
    stop();
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return error("a pair of sockets: ", std::strerror(errno));
    io::Fd ours(ends[0]);
    io::Fd const theirs(ends[1]);
    pid_ = ::fork();
    if (pid_ < 0) return error("a process for ", config_.command.front(), ": ", std::strerror(errno));
    if (pid_ == 0) run(agreed, theirs.get());
    return packets_.start(std::move(ours), std::nullopt, std::move(handlers));
  }
  void down() override { stop(); }
  bool carries_ipv6() const override { return true; }
  void from_peer(uint16_t protocol, Bytes packet) override { packets_.from_peer(protocol, packet); }
  void set_ready(bool ready) override { packets_.set_ready(ready); }
  Counters counters() const override { return packets_.counters(); }
  std::string describe() const override { return "program " + config_.command.front(); }

 private:
  [[noreturn]] void run(Agreed const& agreed, int socket) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(socket, STDIN_FILENO);
    ::dup2(socket, STDOUT_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0u, 0);
    ::fcntl(STDIN_FILENO, F_SETFL, 0);  // programs expect to wait for what they read
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    auto const text = [](Ipv4 address) { return address == 0 ? std::string() : ppp::ipv4_text(address); };
    auto variables = config_.environment;
    variables.insert(variables.end(), {{"PPP_LOCAL", text(agreed.own)},
                                       {"PPP_REMOTE", text(agreed.peer)},
                                       {"PPP_DNS1", text(agreed.dns[0])},
                                       {"PPP_DNS2", text(agreed.dns[1])},
                                       {"PPP_MTU", std::to_string(agreed.mtu)}});
    for (auto const& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
    auto words = config_.command;
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments.front(), arguments.data());
    std::fprintf(stderr, "cannot run %s: %s\n", arguments.front(), std::strerror(errno));
    ::_exit(127);
  }
  void stop() {
    packets_.stop();
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
  }

  ProgramConfig config_;
  Packets packets_;
  pid_t pid_ = -1;
};

}  // namespace

std::unique_ptr<Network> make_program(boost::asio::io_context& context, ProgramConfig const& config) {
  return std::make_unique<Program>(context, config);
}

}  // namespace offhook::net
