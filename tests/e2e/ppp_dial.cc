#include "tests/e2e/ppp_dial.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>

namespace offhook::e2e {
namespace {

constexpr uid_t nobody = 65534;

std::optional<uid_t> ordinary() { return geteuid() == 0 ? std::optional(nobody) : std::nullopt; }

}  // namespace

Dialling dialled(Argv const& argv, Spawn how, std::string const& at) {
  Dialling made{{}, at + ".out", at + ".err"};
  how.out = open(made.said_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  how.err = open(made.complained_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  made.process = Process(argv, how);
  close(how.out);
  close(how.err);
  return made;
}

testing::AssertionResult says(Dialling const& dialling, std::string const& text) {
  if (eventually([&] { return dialling.said().find(text) != std::string::npos; }, long_enough))
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << dialling.said() << dialling.complained();
}

std::set<pid_t> processes_with(std::string const& variable) {
  std::set<pid_t> found;
  for (auto const& each : std::filesystem::directory_iterator("/proc")) {
    std::string const name = each.path().filename();
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid > 0 && read_file(each.path() / "environ").find(variable) != std::string::npos) found.insert(pid);
  }
  return found;
}

void PppDial::begin(int links, std::string const& keys, std::string const& port_keys) {
  ::signal(SIGPIPE, SIG_IGN);  // a call that is dropped takes our server's callers with it
  links_ = links;
  bank.emplace(Argv{"--mode", "0660", "--group", std::to_string(ordinary() ? nobody : getegid()), "--modems",
                    std::to_string(2 * links)});
  ASSERT_TRUE(bank->up());
  std::filesystem::copy_file(RASDIAL_PROGRAM, folder / "rasdial");
  write_file(folder / "chap-secrets", "anna * tulip\nbob * rose\n");
  chmod((folder / "chap-secrets").c_str(), 0600);
  for (std::string const& each : {folder / "chap-secrets", folder.path()})
    ASSERT_TRUE(!ordinary() || chown(each.c_str(), nobody, nobody) == 0);
  bool const slirp = keys.find("network =") == keys.npos;
  std::string config = "[service.net.ppp]\n" + std::string(slirp ? "host_loopback = true\n" : "") +
                       "chap_secrets = \"" + (folder / "chap-secrets") + "\"\n" + keys;
  for (int i = 0; i < 2 * links; ++i)
    config +=
        "[[port]]\nname = \"" + BankProcess::name(i) + "\"\npath = \"" + bank->port(i) +
        (i < links ? "\"\nuse = \"dial-in\"\nservice = \"net\"\n" + port_keys : "\"\nuse = \"dial-out\"\n");
  rasd.emplace(config, ordinary());
  ASSERT_TRUE(rasd->up());
  ASSERT_TRUE(all_listen());
  probe();
}

void PppDial::TearDown() {
  for (pid_t const pid : processes()) ::kill(pid, SIGKILL);
}

void PppDial::probe() {
  Outcome const outcome = run(call(0, "true"), long_enough, spawn());
  if (outcome.status != 0 && outcome.err.find("forbids it") != std::string::npos) GTEST_SKIP() << outcome.err;
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  ASSERT_TRUE(all_listen());
}

Argv PppDial::call(int link, std::string const& command, Wish const& wish) const {
  Argv argv{folder / "rasdial",
            "--number",
            BankProcess::number(link),
            "--port",
            BankProcess::name(links_ + link),
            "--dir",
            rasd->dir(),
            "--ppp",
            wish.user,
            wish.password};
  argv.insert(argv.end(), wish.options.begin(), wish.options.end());
  argv.insert(argv.end(), {"--", "sh", "-c", command});
  return argv;
}

Spawn PppDial::spawn() const {
  Spawn made;
  made.uid = ordinary();
  made.directory = folder.path();
  made.environment = {{"HOME", folder.path()}, {"OFFHOOK_TEST", folder.path()}};
  return made;
}

Dialling PppDial::dials(int link, std::string const& command, Wish const& wish) {
  return dialled(call(link, command, wish), spawn(), folder / ("call" + std::to_string(++calls_)));
}

testing::AssertionResult PppDial::all_listen() const {
  std::string others;
  bool const all = eventually(
      [&] {
        others.clear();
        for (auto const& port : rasd->ports())
          if (port.state != "listening") others += port.name + " is " + port.state + "\n";
        return others.empty();
      },
      long_enough);
  if (all) return testing::AssertionSuccess();
  return testing::AssertionFailure() << others << rasd->log();
}

std::set<pid_t> PppDial::processes() const { return processes_with("OFFHOOK_TEST=" + folder.path()); }

bool PppDial::all_are_gone() const {
  return eventually([&] { return processes().empty(); }, long_enough);
}

std::string PppDial::page(Server const& server) const {
  return "http://10.64.64.1:" + std::to_string(server.port()) + "/page";
}

}  // namespace offhook::e2e
