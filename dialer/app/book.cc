#include "dialer/app/book.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "dialer/phonebook/pbk.h"
#include "dialer/phonebook/toml_book.h"
#include "emulator/io/fd.h"

namespace offhook::dialer {
namespace {

using phonebook::Entry;
using phonebook::Failure;
using phonebook::Outcome;
using phonebook::Ras;

/// So long the far end is asked to wait before it calls back: our modem is ready by then.
constexpr std::chrono::seconds modem_reset{3};

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value ? value : "";
}

Failure failure(Ras ras, std::string message) { return {ras, std::move(message)}; }

Outcome<std::string> read_file(std::string const& path) {
  io::Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) return failure(Ras::cannot_open, "opening " + path + ": " + std::strerror(errno));
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    ssize_t const n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(Ras::cannot_open, "reading " + path + ": " + std::strerror(errno));
    if (n == 0) break;
    text.append(buffer, static_cast<size_t>(n));
    if (text.size() > phonebook::longest_file)
      return failure(Ras::cannot_load,
                     path + " is larger than " + std::to_string(phonebook::longest_file) + " bytes");
  }
  return Outcome<std::string>(boost::system::in_place_value, std::move(text));
}

Outcome<std::vector<Entry>> read_book(std::string const& path) {
  auto const text = read_file(path);
  if (!text) return text.error();
  if (path.ends_with(".toml")) return phonebook::parse_toml(*text, path);
  auto const book = phonebook::Pbk::parse(*text, path);
  if (!book) return book.error();
  return book->entries();
}

bool exists(std::string const& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 || errno != ENOENT;
}

std::string joined(std::vector<std::string> const& files) {
  std::string text;
  for (std::string const& file : files) text += (text.empty() ? "" : ", ") + file;
  return text;
}

call::Device::Kind kind_of(phonebook::Device::Kind kind) {
  using Ours = call::Device::Kind;
  using Theirs = phonebook::Device::Kind;
  switch (kind) {
    case Theirs::pre_connect_switch:
      return Ours::pre_switch;
    case Theirs::x25_pad:
      return Ours::pad;
    case Theirs::post_connect_switch:
      return Ours::post_switch;
    case Theirs::modem:
    case Theirs::other:
      break;  // a null-modem cable, ISDN ...: the manager knows what its port is
  }
  return Ours::modem;
}

/// The first modem or PAD is the port's own, whose script the manager has.
std::vector<call::Device> devices_of(Entry const& entry) {
  std::vector<call::Device> devices;
  bool own = false;
  for (phonebook::Device const& each : entry.devices) {
    call::Device device{.kind = kind_of(each.kind), .script = each.name};
    if (device.kind == call::Device::Kind::pad) {
      device.number = each.address;
      device.script = each.pad_type.empty() ? "pad" : each.pad_type;
    }
    if (call::dials(device.kind) && !std::exchange(own, true)) device.script.clear();
    devices.push_back(std::move(device));
  }
  return devices;
}

}  // namespace

Places phonebook_places(Options const& options) {
  if (!options.phonebook.empty()) return {{options.phonebook}, true};
  if (std::string const named = variable("RASDIAL_PHONEBOOK"); !named.empty()) return {{named}, true};
  Places places;
  std::string const home = variable("HOME"), config = variable("XDG_CONFIG_HOME");
  if (!config.empty() || !home.empty())
    places.files.push_back((config.empty() ? home + "/.config" : config) + "/offhook/phonebook.toml");
  if (!home.empty()) places.files.push_back(home + "/.rasphone.pbk");
  places.files.insert(places.files.end(), {"/etc/offhook/phonebook.toml", "/etc/offhook/rasphone.pbk"});
  return places;
}

Outcome<Entry> find_entry(Places const& places, std::string const& name) {
  std::optional<Failure> first;
  std::vector<std::string> read;
  for (std::string const& file : places.files) {
    if (!places.named && !exists(file)) continue;
    auto const book = read_book(file);
    if (!book) return book.error();  // an entry in it may be the one that is meant
    read.push_back(file);
    auto const found = phonebook::find(*book, name);
    if (found) return **found;
    if (!first) first = found.error();
  }
  if (read.empty())
    return failure(Ras::cannot_open, "there is no phonebook: write one (" + joined(places.files) +
                                         "), name one with --phonebook, or call a number with --number");
  first->message += " (looked for in " + joined(read) + ")";
  return *first;
}

std::vector<std::string> entry_names(Places const& places) {
  std::vector<std::string> names;
  for (std::string const& file : places.files) {
    auto const book = read_book(file);
    if (!book) continue;
    for (Entry const& entry : *book)
      if (std::ranges::find(names, entry.name) == names.end()) names.push_back(entry.name);
  }
  return names;
}

Outcome<call::Plan> make_plan(Options const& options, Entry const& entry) {
  call::Plan plan;
  plan.entry = entry.name;
  plan.port = options.port.empty() ? entry.port : options.port;
  plan.devices = devices_of(entry);
  if (!options.number.empty())
    plan.numbers = {options.number};
  else
    plan.numbers = phonebook::dial_list(entry, options.prefix_suffix, options.phone);
  if (plan.numbers.size() > call::most_numbers) plan.numbers.resize(call::most_numbers);
  bool const raw = options.use == Use::terminal || options.use == Use::stdio;
  if ((entry.ppp || options.ppp) && !raw) {
    std::string const& user = options.user.empty() ? entry.user : options.user;
    std::string const& domain = options.domain.empty() ? entry.domain : options.domain;
    plan.ppp = call::Ppp{domain.empty() || user.empty() ? user : domain + "\\" + user, options.password,
                         options.callback.empty() ? entry.callback : options.callback};
  }
  plan.redial_attempts = std::min<uint32_t>(entry.redial_attempts, call::most_redials);
  plan.redial_pause = std::chrono::seconds(std::min<uint32_t>(entry.redial_seconds, 86400));
  return plan;
}

PppUse ppp_of(Entry const& entry, call::Ppp const& credentials) {
  struct Row {
    uint32_t bit;
    ppp::AuthMethod method;
  };
  // Best first.
  static constexpr Row rows[] = {{phonebook::auth::ms_chap_v2, ppp::AuthMethod::ms_chap_v2},
                                 {phonebook::auth::ms_chap, ppp::AuthMethod::ms_chap_v1},
                                 {phonebook::auth::chap, ppp::AuthMethod::chap_md5},
                                 {phonebook::auth::pap, ppp::AuthMethod::pap}};
  PppUse use{.idle = std::chrono::seconds(entry.idle_disconnect_seconds),
             .default_route = entry.default_route};
  use.link.ipcp.ask_dns = true;
  if (entry.header_compression) use.link.ipcp.vj = ppp::VjMode{};
  use.link.echo.interval = std::chrono::seconds(entry.echo_seconds);
  use.link.encryption = static_cast<ppp::Encryption>(entry.encryption);
  if (!credentials.callback.empty()) {
    use.link.lcp.callback = ppp::callback_cbcp;
    use.link.callback = {.number = credentials.callback, .delay = modem_reset};
  }
  if (credentials.user.empty()) return use;
  use.link.credentials = ppp::Credentials{credentials.user, credentials.password};
  use.link.name = credentials.user;
  for (Row const& row : rows)
    if (entry.authentication == 0 || (entry.authentication & row.bit))
      use.link.lcp.prove.push_back(row.method);
  return use;
}

}  // namespace offhook::dialer
