#include "rasd/app/config.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>
#include <sstream>

#include "emulator/io/fd.h"
#include "emulator/toml/keys.h"
#include "emulator/verbs/values.h"
#include "rasd/app/ppp_keys.h"

namespace offhook::rasd {
namespace {

using namespace keys;

constexpr size_t longest_config = 4 * 1024 * 1024;

constexpr std::array<std::pair<std::string_view, Use>, 3> uses{
    {{"dial-in", Use::dial_in}, {"dial-out", Use::dial_out}, {"both", Use::both}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> flows{{{"rts-cts", true}, {"none", false}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> terminals{{{"cooked", false}, {"raw", true}}};
constexpr std::array<std::string_view, 7> levels{"trace", "debug",    "info", "warn",
                                                 "error", "critical", "off"};

Complaint take_level(Node node, std::string& target) {
  auto const text = node.value_exact<std::string>();
  if (!text || std::ranges::find(levels, *text) == levels.end())
    return "accepted: trace, debug, info, warn, error, critical, off";
  target = *text;
  return std::nullopt;
}

Complaint take_whole(Node node, uint32_t least, uint32_t most, uint32_t& target) {
  auto const number = node.value_exact<int64_t>();
  if (!number || *number < least || *number > most)
    return "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " is wanted";
  target = static_cast<uint32_t>(*number);
  return std::nullopt;
}

Complaint take_relay(Node node, std::string& target) {
  std::string text;
  if (auto complaint = take_string(node, 270, text)) return complaint;
  auto const colon = text.rfind(':');
  auto const port =
      colon == text.npos ? Result<uint64_t>(error("")) : verbs::parse_count(text.substr(colon + 1), 65535);
  if (!port || *port == 0 || colon == 0)
    return "an address and a port are wanted: \"127.0.0.1:23\", \"[::1]:23\"";
  target = std::move(text);
  return std::nullopt;
}

constexpr std::array manager_keys{
    Key<Config>{"dir", [](Node n, Config& c) { return take_path(n, c.dir); }},
    Key<Config>{"log", [](Node n, Config& c) { return take_path(n, c.log); }},
    Key<Config>{"group", [](Node n, Config& c) { return take_string(n, 64, c.group); }},
    Key<Config>{"lock_dir", [](Node n, Config& c) { return take_path(n, c.lock_dir); }},
    Key<Config>{"level", [](Node n, Config& c) { return take_level(n, c.level); }},
};
constexpr std::array service_keys{
    Key<ServiceConfig>{"command", [](Node n, ServiceConfig& s) { return take_strings(n, s.command); }},
    Key<ServiceConfig>{"relay", [](Node n, ServiceConfig& s) { return take_relay(n, s.relay); }},
    Key<ServiceConfig>{"user", [](Node n, ServiceConfig& s) { return take_string(n, 64, s.user); }},
    Key<ServiceConfig>{"terminal",
                       [](Node n, ServiceConfig& s) { return take_word<bool>(n, terminals, s.raw); }},
    Key<ServiceConfig>{"direct", [](Node n, ServiceConfig& s) { return take_bool(n, s.direct); }},
    Key<ServiceConfig>{"ppp", [](Node, ServiceConfig&) { return Complaint(); }},  // read_ppp()
};
constexpr std::array port_keys{
    Key<PortConfig>{"name", [](Node n, PortConfig& p) { return take_text(n, verbs::parse_port, p.name); },
                    true},
    Key<PortConfig>{"path", [](Node n, PortConfig& p) { return take_path(n, p.path); }, true},
    Key<PortConfig>{"use", [](Node n, PortConfig& p) { return take_word<Use>(n, uses, p.use); }},
    Key<PortConfig>{"device", [](Node n, PortConfig& p) { return take_string(n, 64, p.device); }},
    Key<PortConfig>{"init", [](Node n, PortConfig& p) { return take_strings(n, p.init); }},
    Key<PortConfig>{"rate", [](Node n, PortConfig& p) { return take_whole(n, 50, 4000000, p.rate_bps); }},
    Key<PortConfig>{"flow", [](Node n, PortConfig& p) { return take_word<bool>(n, flows, p.rts_cts); }},
    Key<PortConfig>{"rings", [](Node n, PortConfig& p) { return take_whole(n, 1, 100, p.rings); }},
    Key<PortConfig>{"service", [](Node n, PortConfig& p) { return take_string(n, 64, p.service); }},
    Key<PortConfig>{"s25", [](Node n, PortConfig& p) { return take_text(n, verbs::parse_duration, p.s25); }},
    Key<PortConfig>{"idle_limit",
                    [](Node n, PortConfig& p) { return take_text(n, verbs::parse_duration, p.idle_limit); }},
    Key<PortConfig>{
        "session_limit",
        [](Node n, PortConfig& p) { return take_text(n, verbs::parse_duration, p.session_limit); }},
    Key<PortConfig>{"enabled", [](Node n, PortConfig& p) { return take_bool(n, p.enabled); }},
};

class Reader : TomlFile {
 public:
  explicit Reader(std::string_view file_name) : TomlFile(file_name) {}

  Result<Config> read(std::string_view text) {
    if (text.size() > longest_config) return error(file_, ": a configuration has at most 4 MiB");
    toml::parse_result parsed = toml::parse(text, file_);
    if (!parsed) return at(parsed.error().source(), parsed.error().description());
    for (auto step :
         {&Reader::check_all, &Reader::read_manager, &Reader::read_services, &Reader::keep_devices})
      if (auto done = (this->*step)(parsed.table()); !done) return done.error();
    auto scripts = at::parse_scripts(text, file_, at::Rest::ignored);
    if (!scripts) return scripts.error();
    config_.devices = *std::move(scripts);
    auto users = auth::parse_users(text, file_);
    if (!users) return users.error();
    config_.users = *std::move(users);
    if (auto done = read_ports(parsed.table()); !done) return done.error();
    return std::move(config_);
  }

 private:
  Result<void> check_all(Table root) {
    static constexpr std::array<std::string_view, 5> sections{"rasd", "service", "device", "user", "port"};
    return check_sections(root, sections, "[rasd], [service.NAME], [device.NAME], [user.NAME], [[port]]");
  }

  Result<void> read_manager(Table root) { return read_section(root, "rasd", manager_keys, config_); }

  Result<void> read_services(Table root) {
    toml::node const* const node = root.get("service");
    if (!node) return {};
    if (!node->is_table()) return at(node->source(), "[service.NAME] is a table of tables");
    for (auto&& [name, each] : *node->as_table()) {
      std::string const section = "[service." + std::string(name.str()) + "]";
      if (!each.is_table()) return at(each.source(), section + " is a table: write it in brackets");
      ServiceConfig service;
      service.name = name.str();
      if (auto done = read_keys(section, *each.as_table(), service_keys, service); !done) return done;
      if (auto done = read_ppp(section, *each.as_table(), service); !done) return done;
      bool const program = !service.command.empty();
      if (program ? !service.relay.empty() : service.relay.empty() && !service.ppp)
        return at(each.source(),
                  section + ": exactly one of command and relay is wanted, or ppp, or ppp too");
      if (service.direct && (!program || service.ppp))
        return at(each.source(), section + " direct: is for a command alone");
      config_.services.push_back(std::move(service));
    }
    return {};
  }

  Result<void> read_ppp(std::string const& service, Table table, ServiceConfig& target) {
    std::string const section = service.substr(0, service.size() - 1) + ".ppp]";
    toml::node const* const node = table.get("ppp");
    if (!node) return {};
    if (!node->is_table()) return at(node->source(), section + " is a table: write it in brackets");
    PppConfig& ppp = target.ppp.emplace();
    if (auto done = read_keys(section, *node->as_table(), ppp_keys(), ppp); !done) return done;
    if (auto const complaint = complete(ppp)) return at(node->source(), section + " " + *complaint);
    return {};
  }

  Result<void> keep_devices(Table root) {
    toml::node const* const devices = root.get("device");
    if (!devices || !devices->is_table()) return {};
    for (auto&& [name, each] : *devices->as_table()) {
      toml::table alone;
      alone.insert("device", toml::table{});
      alone["device"].as_table()->insert(name.str(), each);
      std::ostringstream text;
      text << toml::toml_formatter(alone);
      config_.device_texts.emplace(name.str(), text.str());
    }
    return {};
  }

  Result<void> read_ports(Table root) {
    std::set<std::string> names, paths;
    return read_list(root, "port", port_keys, PortConfig{}, [&](PortConfig& port) -> Complaint {
      if (config_.ports.size() >= most_ports)
        return "more than " + std::to_string(most_ports) + " are listed";
      if (!names.insert(port.name).second) return "name: " + port.name + " stands twice";
      if (!paths.insert(port.path).second)
        return "path: " + port.path + " stands twice: one port, one device";
      if (!config_.device(port.device)) return "device: " + accepted_devices(port.device);
      if (!port.service.empty() && !config_.service(port.service))
        return "service: there is no [service." + port.service + "]";
      if (port.service.empty() && port.use != Use::dial_out)
        return "service: is missing; a port that answers calls needs one (or use = \"dial-out\")";
      config_.ports.push_back(std::move(port));
      return std::nullopt;
    });
  }

  std::string accepted_devices(std::string const& wrong) const {
    std::string names;
    for (auto const& list : {std::span<at::Script const>(config_.devices), at::built_in_scripts()})
      for (at::Script const& each : list) names.append(names.empty() ? "" : ", ").append(each.name);
    return "there is no device '" + escaped(wrong) + "'; accepted: " + names;
  }

  Config config_;
};

}  // namespace

ServiceConfig const* Config::service(std::string_view name) const {
  auto const found = std::ranges::find(services, name, &ServiceConfig::name);
  return found == services.end() ? nullptr : &*found;
}

at::Script const* Config::device(std::string_view name) const {
  auto const found = std::ranges::find(devices, name, &at::Script::name);
  return found == devices.end() ? at::find_built_in(name) : &*found;
}

Result<Config> parse_config(std::string_view text, std::string_view file_name) {
  return Reader(file_name).read(text);
}

Result<Config> load_config(std::string const& path) {
  io::Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return error("cannot read ", path, ": ", std::strerror(errno));
  std::string text;
  std::array<char, 16384> buffer;
  while (text.size() <= longest_config) {
    ssize_t const n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return error("cannot read ", path, ": ", std::strerror(errno));
    if (n == 0) break;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  return parse_config(text, path);
}

}  // namespace offhook::rasd
