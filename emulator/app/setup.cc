// What stands before the bank: its configuration made whole, and the system's limits.
#include <grp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "emulator/app/phonebook.h"
#include "emulator/app/up.h"

namespace offhook::app {
namespace {

constexpr uint64_t other_descriptors =
    256;  // clients, sockets, the swap of a port, and what the libraries hold

Result<std::string> read_config(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return error("cannot read the configuration ", path, ": ", std::strerror(errno));
  std::string text(longest_config + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return error("cannot read the configuration ", path, ": ", std::strerror(errno));
  text.resize(static_cast<size_t>(file.gcount()));
  return {boost::system::in_place_value, std::move(text)};
}

Result<unsigned> group_id(std::string const& name) {
  if (auto const id = verbs::parse_count(name, 0xfffffffe)) return static_cast<unsigned>(*id);
  errno = 0;
  group const* const entry = getgrnam(name.c_str());
  if (!entry)
    return error("--group: there is no group '", name, "': an existing group's name or number is wanted");
  return static_cast<unsigned>(entry->gr_gid);
}

/// Mode and group of the ports: as asked, else 0600, and for root what a modem's real tty has on Debian.
Result<void> settle_access(verbs::Call const& call, Config const& config, driver::BankConfig& bank) {
  bool const root = geteuid() == 0;
  if (root) bank.mode = 0660;
  if (config.mode) bank.mode = *config.mode;
  if (auto const mode = call.count("mode")) bank.mode = static_cast<unsigned>(*mode);
  std::string const named = call.given("group") ? call.text("group") : config.group.value_or("");
  if (named.empty()) {
    if (group const* const dialout = root ? getgrnam("dialout") : nullptr) bank.group = dialout->gr_gid;
    return {};
  }
  auto const id = group_id(named);
  if (!id) return id.error();
  bank.group = *id;
  return {};
}

/// Each listener rings a number that there is, in the configuration or in the phonebook.
Result<void> check_listeners(Setup const& setup, std::string const& path) {
  auto const& bank = setup.bank;
  for (auto const& listener : bank.listeners) {
    auto const& number = listener.number;
    if (std::ranges::find(bank.modems, number, &driver::ModemConfig::number) != bank.modems.end() ||
        std::ranges::find(bank.groups, number, &exchange::HuntGroup::number) != bank.groups.end() ||
        std::ranges::find(bank.test_lines, number, [](auto const& l) { return l.first; }) !=
            bank.test_lines.end() ||
        bank.phonebook.by_number(number) != nullptr)
      continue;
    return error(path, ": [[listener]] number: ", number,
                 " belongs to no modem, hunt group, test line or entry of the phonebook ", setup.phonebook);
  }
  return {};
}

std::optional<uint64_t> kernel_number(char const* path) {
  std::ifstream file(path);
  uint64_t value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

}  // namespace

Result<Setup> make_setup(verbs::Call const& call) {
  std::string const path = call.text("config");
  std::string text;
  if (!path.empty()) {
    auto read = read_config(path);
    if (!read) return read.error();
    text = *std::move(read);
  }
  auto config = parse_config(text, path, call.count("modems"));
  if (!config) return config.error();

  Setup setup;
  setup.dir = bank_dir(call.given("dir") ? call.text("dir") : std::string());
  if (!call.given("dir") && config->dir)
    setup.dir = {bank_dir(*config->dir).path, "dir in " + path, setup.dir.variable};
  setup.bank = std::move(config->bank);
  setup.bank.dir = setup.dir.path;
  setup.phonebook = config->phonebook.value_or("");
  if (!setup.phonebook.empty()) {
    auto book = read_phonebook(setup.phonebook);
    if (!book) return book.error();
    setup.bank.phonebook = *std::move(book);
  }
  if (auto const known = check_listeners(setup, path); !known) return known.error();
  if (auto const access = settle_access(call, *config, setup.bank); !access) return access.error();
  if (call.given("pace"))
    setup.bank.pace = call.text("pace") == "realistic" ? hayes::Pace::realistic : hayes::Pace::instant;
  setup.seed_given = call.given("seed") || setup.bank.seed != driver::BankConfig{}.seed;
  if (auto const seed = call.count("seed")) setup.bank.seed = *seed;
  setup.log = call.given("log") ? call.text("log") : config->log.value_or(setup.log);
  return setup;
}

Result<void> make_room(size_t modems) {
  std::string const wanted = std::to_string(modems) + " modems need as many ";
  if (auto const most = kernel_number("/proc/sys/kernel/pty/max"); most && *most < modems)
    return error(wanted, "pseudo-terminals, but kernel.pty.max is ", std::to_string(*most),
                 ": raise it, as root, with 'sysctl -w kernel.pty.max=", std::to_string(2 * modems), "'");
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  rlim_t const needed = modems + other_descriptors;
  rlimit raised{limit.rlim_max, std::max(limit.rlim_max, needed)};
  raised.rlim_cur = std::max(limit.rlim_max, needed);  // root may raise the hard limit as well
  if (setrlimit(RLIMIT_NOFILE, &raised) != 0) {
    raised = {limit.rlim_max, limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &raised);
  }
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < needed)
    return error(wanted, "file descriptors and ", std::to_string(other_descriptors),
                 " more, but the limit is ", std::to_string(limit.rlim_cur), ": raise it with 'ulimit -Hn ",
                 std::to_string(needed), "', or in /etc/security/limits.conf (nofile)");
  return {};
}

}  // namespace offhook::app
