#include "tests/bench/ip.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <optional>
#include <thread>

#include "rasd/net/interface.h"
#include "tests/bench/measure.h"
#include "tests/e2e/ras_process.h"

namespace offhook::bench {
namespace {

using namespace e2e;
using Seconds = std::chrono::duration<double>;

constexpr auto limit = 120s;

/// Modems 0 and 1 are for bytes alone; 2 and 3 for rasd's two networks, 4 calls them.
constexpr int modems = 5, slirp_port = 2, tun_port = 3, calling_port = 4;

std::string port_section(BankProcess const& bank, int i, std::string const& use) {
  return "[[port]]\nname = \"" + BankProcess::name(i) + "\"\npath = \"" + bank.port(i) + "\"\nuse = " + use +
         "\n";
}

std::string rasd_config(BankProcess const& bank, bool tun) {
  std::string text = "[service.slirp]\nppp = { authentication = \"none\", host_loopback = true }\n" +
                     port_section(bank, slirp_port, "\"dial-in\"\nservice = \"slirp\"") +
                     port_section(bank, calling_port, "\"dial-out\"");
  if (tun)
    text +=
        "[service.tun]\nppp = { authentication = \"none\", network = \"tun\", address = \"10.65.65.1\", "
        "pool = \"10.65.65.2\" }\n" +
        port_section(bank, tun_port, "\"dial-in\"\nservice = \"tun\"");
  return text;
}

/// As root our whole run has a network of its own: rasd's tun device is seen by nobody else.
bool own_network() {
  if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) return false;
  return static_cast<bool>(net::bring_up_loopback());
}

class Rig {
 public:
  Rig(int rate, size_t bytes, bool tun)
      : bytes_(bytes),
        page_(random_bytes(bytes, 5)),
        server_(4, tun ? Server::Reach::everywhere : Server::Reach::loopback) {
    write_file(folder_ / "bank.toml", rate == 0 ? "" : "[line]\nrate = " + std::to_string(rate) + "\n");
    bank_.emplace(Argv{"--config", folder_ / "bank.toml", "--modems", std::to_string(modems)});
    rasd_.emplace(rasd_config(*bank_, tun));
    near_.emplace(bank_->port(0));
    far_.emplace(bank_->port(1));
  }
  std::string obstacle() {
    if (auto const up = bank_->up(); !up) return up.message();
    if (auto const up = rasd_->up(); !up) return up.message();
    if (!connect(*near_, *far_, BankProcess::number(1))) return "two modems did not connect";
    Outcome const tried = run(call(slirp_port, {"true"}), limit);
    return tried.status == 0 ? std::string() : tried.err;
  }
  double bytes_alone() {
    auto const began = Clock::now();
    std::thread writer([this] { (void)near_->type(page_, limit); });
    bool const all = far_->take(bytes_, limit).size() == bytes_;
    double const took = Seconds(Clock::now() - began).count();
    writer.join();
    return all ? mb_per_s(took) : 0;
  }
  /// As curl counts: from its connection's begin to the last byte.
  double fetched(int port, std::string const& host) {
    if (!rasd_->reaches(BankProcess::name(port), "listening", limit) ||
        !rasd_->reaches(BankProcess::name(calling_port), "listening", limit))
      return 0;
    auto served = serves(server_, page_);
    Outcome const outcome =
        run(call(port, {"curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "took=%{time_total}\\n",
                        "--max-time", "100", "http://" + host + ":" + std::to_string(server_.port()) + "/"}),
            limit);
    if (outcome.status != 0) ::close(Peer::connect_to(server_.port()));  // so that nobody waits for a caller
    bool const all = served.get();
    double took = 0;
    if (auto const at = outcome.out.find("took="); at != std::string::npos)
      std::from_chars(outcome.out.data() + at + 5, outcome.out.data() + outcome.out.size(), took);
    return all && took > 0 ? mb_per_s(took) : 0;
  }

 private:
  Argv call(int port, Argv const& command) const {
    Argv argv{RASDIAL_PROGRAM,
              "--number",
              BankProcess::number(port),
              "--port",
              BankProcess::name(calling_port),
              "--dir",
              rasd_->dir(),
              "--ppp",
              "--"};
    argv.insert(argv.end(), command.begin(), command.end());
    return argv;
  }
  double mb_per_s(double took) const { return static_cast<double>(bytes_) / took / 1e6; }

  size_t bytes_;
  std::string page_;
  Server server_;
  TemporaryFolder folder_;
  std::optional<BankProcess> bank_;
  std::optional<RasdProcess> rasd_;
  std::optional<PortFile> near_, far_;
};

IpFigures measured(int rate, size_t bytes, int rounds) {
  ::signal(SIGPIPE, SIG_IGN);
  bool const tun = own_network();
  IpFigures figures;
  Rig rig(rate, bytes, tun);
  figures.obstacle = rig.obstacle();
  if (!figures.obstacle.empty()) return figures;
  std::vector<double> alone, slirp, tunnel;
  for (int round = 0; round < rounds; ++round) {
    alone.push_back(rig.bytes_alone());
    slirp.push_back(rig.fetched(slirp_port, "10.64.64.1"));
    if (alone.back() <= 0 || slirp.back() <= 0) {
      figures.obstacle = "a transfer failed";
      return figures;
    }
    figures.slirp.ratios.push_back(slirp.back() / alone.back());
    if (!tun) continue;
    tunnel.push_back(rig.fetched(tun_port, "10.65.65.1"));
    figures.tun.ratios.push_back(tunnel.back() / alone.back());
  }
  figures.bytes_mb_per_s = median(alone);
  figures.slirp.mb_per_s = median(slirp);
  if (tun) figures.tun.mb_per_s = median(tunnel);
  return figures;
}

}  // namespace

IpFigures measure_ip(int rate, size_t bytes, int rounds) {
  IpFigures figures;
  std::thread([&] { figures = measured(rate, bytes, rounds); }).join();  // a network is a thread's
  return figures;
}

}  // namespace offhook::bench
