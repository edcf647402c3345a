#include "dialer/phonebook/toml_book.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "emulator/base/text.h"
#include "emulator/toml/keys.h"

namespace offhook::phonebook {
namespace {

using keys::Complaint;
using keys::Node;
using keys::take_bool;
using keys::take_string;
using Kind = Device::Kind;
using Key = keys::Key<struct Draft>;

/// An entry as its keys say it, before the devices are put in their order.
struct Draft {
  Entry entry;
  bool modem = true;
  std::optional<bool> use_prefix_suffix;
  std::string before, after;  // scripts of the switches
  Device pad{Kind::x25_pad, "Pad", {}, {}, {}, {}, {}};
};

Complaint take_count(Node node, uint32_t most, uint32_t& target) {
  std::optional<uint64_t> count;
  auto complaint = keys::take_count(node, most, count);
  if (count) target = static_cast<uint32_t>(*count);
  return complaint;
}

Complaint take_numbers(Node node, Entry& entry) {
  toml::array const* const list = node.as_array();
  if (!list || list->empty() || list->size() > most_numbers)
    return "a list of 1 to 64 numbers is wanted, such as [\"5550100\", \"5550101\"]";
  for (Node each : *list)
    if (auto complaint = take_string(each, longest_number, entry.numbers.emplace_back().text))
      return complaint;
  return std::nullopt;
}

struct AuthRow {
  std::string_view name;
  uint32_t bit;
};
constexpr std::array<AuthRow, 4> auth_rows{
    {{"pap", auth::pap}, {"chap", auth::chap}, {"mschap", auth::ms_chap}, {"mschapv2", auth::ms_chap_v2}}};

Complaint take_authentication(Node node, uint32_t& bits) {
  toml::array const* const list = node.as_array();
  for (size_t i = 0; list && i < list->size(); ++i) {
    auto const word = list->get(i)->value<std::string_view>();
    auto const row = std::ranges::find(auth_rows, word.value_or(""), &AuthRow::name);
    if (row == auth_rows.end())
      bits = ~0u;
    else
      bits |= row->bit;
  }
  if (!list || list->empty() || (bits & ~auth::all) != 0)
    return "a list of pap, chap, mschap, mschapv2 is wanted, such as [\"chap\", \"mschapv2\"]";
  return std::nullopt;
}

constexpr std::array<std::string_view, 3> encryption_names{"off", "allow", "require"};
Complaint take_encryption(Node node, Encryption& target) {
  auto const at = std::ranges::find(encryption_names, node.value<std::string_view>().value_or(""));
  if (at == encryption_names.end()) return "\"off\", \"allow\" or \"require\" is wanted";
  target = static_cast<Encryption>(at - encryption_names.begin());
  return std::nullopt;
}
Complaint take_protocol(Node node, bool& ppp) {
  auto const word = node.value<std::string_view>().value_or("");
  if (word != "ppp" && word != "none") return "\"ppp\" or \"none\" is wanted";
  ppp = word == "ppp";
  return std::nullopt;
}

constexpr std::array entry_keys{
    Key{"name", [](Node n, Draft& d) { return take_string(n, longest_name, d.entry.name); }, true},
    Key{"numbers", [](Node n, Draft& d) { return take_numbers(n, d.entry); }},
    Key{"port", [](Node n, Draft& d) { return take_string(n, longest_text, d.entry.port); }},
    Key{"device", [](Node n, Draft& d) { return take_string(n, longest_text, d.entry.device); }},
    Key{"user", [](Node n, Draft& d) { return take_string(n, longest_text, d.entry.user); }},
    Key{"domain", [](Node n, Draft& d) { return take_string(n, longest_text, d.entry.domain); }},
    Key{"callback", [](Node n, Draft& d) { return take_string(n, longest_number, d.entry.callback); }},
    Key{"redial_attempts",
        [](Node n, Draft& d) { return take_count(n, most_attempts, d.entry.redial_attempts); }},
    Key{"redial_seconds",
        [](Node n, Draft& d) { return take_count(n, most_seconds, d.entry.redial_seconds); }},
    Key{"idle_disconnect_seconds",
        [](Node n, Draft& d) { return take_count(n, most_seconds, d.entry.idle_disconnect_seconds); }},
    Key{"prefix", [](Node n, Draft& d) { return take_string(n, longest_number, d.entry.prefix); }},
    Key{"suffix", [](Node n, Draft& d) { return take_string(n, longest_number, d.entry.suffix); }},
    Key{"use_prefix_suffix", [](Node n, Draft& d) { return take_bool(n, d.use_prefix_suffix.emplace()); }},
    Key{"try_alternates", [](Node n, Draft& d) { return take_bool(n, d.entry.try_alternates); }},
    Key{"protocol", [](Node n, Draft& d) { return take_protocol(n, d.entry.ppp); }},
    Key{"authentication", [](Node n, Draft& d) { return take_authentication(n, d.entry.authentication); }},
    Key{"encryption", [](Node n, Draft& d) { return take_encryption(n, d.entry.encryption); }},
    Key{"default_route", [](Node n, Draft& d) { return take_bool(n, d.entry.default_route); }},
    Key{"header_compression", [](Node n, Draft& d) { return take_bool(n, d.entry.header_compression); }},
    Key{"echo_seconds", [](Node n, Draft& d) { return take_count(n, most_seconds, d.entry.echo_seconds); }},
    Key{"modem", [](Node n, Draft& d) { return take_bool(n, d.modem); }},
    Key{"pre_script", [](Node n, Draft& d) { return take_string(n, longest_text, d.before); }},
    Key{"script", [](Node n, Draft& d) { return take_string(n, longest_text, d.after); }},
    Key{"x25_pad", [](Node n, Draft& d) { return take_string(n, longest_text, d.pad.pad_type); }},
    Key{"x25_address", [](Node n, Draft& d) { return take_string(n, longest_text, d.pad.address); }},
    Key{"x25_user_data", [](Node n, Draft& d) { return take_string(n, longest_text, d.pad.user_data); }},
    Key{"x25_facilities", [](Node n, Draft& d) { return take_string(n, longest_text, d.pad.facilities); }},
};

Device switch_of(Kind kind, std::string const& script) { return {kind, "Switch", script, {}, {}, {}, {}}; }

Device bare_pad() { return Draft{}.pad; }

Entry finished(Draft&& draft) {
  auto& devices = draft.entry.devices;
  if (!draft.before.empty()) devices.push_back(switch_of(Kind::pre_connect_switch, draft.before));
  if (draft.modem) devices.push_back({Kind::modem, "modem", {}, {}, {}, {}, {}});
  if (draft.pad != bare_pad()) devices.push_back(draft.pad);
  if (!draft.after.empty()) devices.push_back(switch_of(Kind::post_connect_switch, draft.after));
  bool const given = !draft.entry.prefix.empty() || !draft.entry.suffix.empty();
  draft.entry.use_prefix_suffix = draft.use_prefix_suffix.value_or(given);
  return std::move(draft.entry);
}

class Reader : keys::TomlFile {
 public:
  using TomlFile::TomlFile;

  Outcome<std::vector<Entry>> read(std::string_view text) {
    if (text.size() > longest_file)
      return Failure{Ras::cannot_load, file_ + ": a phonebook has at most 1 MiB"};
    toml::parse_result const parsed = toml::parse(text, file_);
    if (!parsed) {
      std::string const what(parsed.error().description());
      return Failure{Ras::cannot_load, at(parsed.error().source(), what).message};
    }
    static constexpr std::array<std::string_view, 1> sections{"entry"};
    auto done = check_sections(parsed.table(), sections, "[[entry]]");
    if (done)
      done = read_list<Draft>(parsed.table(), "entry", entry_keys, Draft{},
                              [&](Draft& draft) { return keep(finished(std::move(draft))); });
    if (!done) return Failure{Ras::corrupt, done.error().message};
    return std::move(entries_);
  }

 private:
  Complaint keep(Entry&& entry) {
    if (auto const sound = check(entry); !sound) return sound.error().message;
    if (entries_.size() >= most_entries) return "a phonebook has at most 10000 entries";
    if (!names_.insert(entry.name).second) return "name: '" + escaped(entry.name) + "' stands twice";
    entries_.push_back(std::move(entry));
    return std::nullopt;
  }

  std::vector<Entry> entries_;
  std::set<std::string> names_;
};

// ---- writing ----

std::string quoted(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append("\\").push_back(c);
    else if (byte < 0x20 || byte == 0x7f)
      out.append("\\u00").append({hex[byte >> 4], hex[byte & 15]});
    else
      out.push_back(c);
  }
  return out + "\"";
}

class Writer {
 public:
  std::string write(Entry const& e) {
    text("name", e.name);
    std::string numbers;
    for (Number const& number : e.numbers)
      numbers.append(numbers.empty() ? "" : ", ").append(quoted(number.text));
    if (!numbers.empty()) row("numbers", "[" + numbers + "]");
    text("port", e.port), text("device", e.device), text("user", e.user), text("domain", e.domain);
    text("callback", e.callback);
    Entry const usual;
    count("redial_attempts", e.redial_attempts, usual.redial_attempts);
    count("redial_seconds", e.redial_seconds, usual.redial_seconds);
    count("idle_disconnect_seconds", e.idle_disconnect_seconds, usual.idle_disconnect_seconds);
    text("prefix", e.prefix), text("suffix", e.suffix);
    flag("use_prefix_suffix", e.use_prefix_suffix, !e.prefix.empty() || !e.suffix.empty());
    flag("try_alternates", e.try_alternates, true);
    if (e.ppp) text("protocol", "ppp");
    std::string methods;
    for (AuthRow const& each : auth_rows)
      if (e.authentication & each.bit) methods.append(methods.empty() ? "" : ", ").append(quoted(each.name));
    if (!methods.empty()) row("authentication", "[" + methods + "]");
    if (e.encryption != usual.encryption)
      text("encryption", std::string(encryption_names[static_cast<size_t>(e.encryption)]));
    flag("default_route", e.default_route, false);
    flag("header_compression", e.header_compression, false);
    count("echo_seconds", e.echo_seconds, usual.echo_seconds);
    flag("modem", std::ranges::count(e.devices, Kind::modem, &Device::kind) != 0, true);
    for (Device const& device : e.devices) write(device);
    return "[[entry]]\n" + std::move(out_);
  }

 private:
  void write(Device const& device) {
    if (device.kind == Kind::pre_connect_switch) text("pre_script", device.name);
    if (device.kind == Kind::post_connect_switch) text("script", device.name);
    if (device.kind != Kind::x25_pad) return;
    text("x25_pad", device.pad_type), text("x25_address", device.address);
    text("x25_user_data", device.user_data), text("x25_facilities", device.facilities);
  }

  void row(std::string_view key, std::string const& value) {
    out_.append(key).append(" = ").append(value).append("\n");
  }
  void text(std::string_view key, std::string const& value) {
    if (!value.empty()) row(key, quoted(value));
  }
  void count(std::string_view key, uint32_t value, uint32_t usual) {
    if (value != usual) row(key, std::to_string(value));
  }
  void flag(std::string_view key, bool value, bool usual) {
    if (value != usual) row(key, value ? "true" : "false");
  }

  std::string out_;
};

/// What the TOML form says of an entry: the spellings of rasphone.pbk and comments of numbers are not in it.
Entry as_toml_has_it(Entry entry) {
  Entry const fresh = finished(Draft{});
  if (entry.devices.empty()) entry.devices = fresh.devices;
  for (Device& device : entry.devices) {
    if (device.kind == Kind::modem) device.type = "modem";
    if (device.kind == Kind::x25_pad) device.type = "Pad";
    if (device.kind == Kind::pre_connect_switch || device.kind == Kind::post_connect_switch)
      device.type = "Switch";
  }
  for (Number& number : entry.numbers) number.comment.clear();
  return entry;
}

}  // namespace

Outcome<std::vector<Entry>> parse_toml(std::string_view text, std::string_view file_name) {
  return Reader(file_name.empty() ? "(no file)" : file_name).read(text);
}

Outcome<std::string> write_toml(std::span<Entry const> entries) {
  std::string all;
  for (Entry const& entry : entries) {
    std::string const text = Writer().write(entry);
    auto const reread = parse_toml(text, "phonebook");
    if (!reread || reread->size() != 1 || reread->front() != as_toml_has_it(entry))
      return Failure{Ras::cannot_write, "'" + escaped(entry.name.substr(0, longest_name)) +
                                            "': the TOML form cannot hold it" +
                                            (reread ? "" : ": " + reread.error().message)};
    all.append(all.empty() ? "" : "\n").append(text);
  }
  return Outcome<std::string>{boost::system::in_place_value, std::move(all)};
}

}  // namespace offhook::phonebook
