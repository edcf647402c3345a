#include "dialer/phonebook/entry.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>

#include "emulator/base/text.h"

namespace offhook::phonebook {
namespace {

constexpr std::array<std::string_view, 5> kind_names{"pre-connect switch", "modem", "X.25 PAD",
                                                     "post-connect switch", "other"};
constexpr size_t most_near = 5;
constexpr size_t near_enough = 3;  // edits

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

/// Levenshtein's distance.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      size_t const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// The nearest names, as a person would have meant them: a few letters wrong, or a part of the name.
std::vector<std::string_view> near(std::span<Entry const> entries, std::string_view name) {
  std::string const wanted = lower(name.substr(0, longest_name));
  std::vector<std::pair<size_t, std::string_view>> found;
  for (Entry const& entry : entries) {
    std::string const offered = lower(entry.name);
    bool const part = !wanted.empty() && offered.find(wanted) != offered.npos;
    size_t const lengths_apart =
        std::max(offered.size(), wanted.size()) - std::min(offered.size(), wanted.size());
    size_t const edits = part ? 0 : lengths_apart > near_enough ? near_enough + 1 : distance(wanted, offered);
    if (edits <= near_enough && edits < std::max<size_t>(wanted.size(), 1))
      found.emplace_back(edits, entry.name);
  }
  std::ranges::stable_sort(found, {}, [](auto const& near) { return near.first; });
  if (found.size() > most_near) found.resize(most_near);
  std::vector<std::string_view> names;
  names.reserve(found.size());
  for (auto const& [edits, text] : found) names.push_back(text);
  return names;
}

Failure no_entry(std::span<Entry const> entries, std::string_view name) {
  std::string message = "the phonebook has no entry '" + escaped(name.substr(0, longest_name)) + "'";
  if (entries.empty()) message += "; it is empty";
  std::string names;
  for (std::string_view const text : near(entries, name))
    names.append(names.empty() ? "; near are: " : ", ").append("'" + std::string(text) + "'");
  return {Ras::no_entry, message + names};
}

struct Text {
  std::string_view what;
  std::string const& value;
  size_t longest;
};

Result<void> check_text(Text const& text) {
  if (text.value.size() > text.longest)
    return error(text.what, ": at most ", std::to_string(text.longest), " bytes are accepted");
  if (text.value.find_first_of(std::string_view("\r\n\0", 3)) != text.value.npos)
    return error(text.what, ": line ends and zero bytes are not accepted");
  if (!text.value.empty() && (text.value.front() == ' ' || text.value.back() == ' '))
    return error(text.what, ": blanks at the ends are not accepted");
  return {};
}

Result<void> check_devices(std::vector<Device> const& devices) {
  using Kind = Device::Kind;
  bool const serial = std::ranges::none_of(devices, [](Device const& d) { return d.kind == Kind::other; });
  if (devices.size() > most_devices) return error("devices: at most 4 are accepted");
  for (size_t i = 1; serial && i < devices.size(); ++i)
    if (devices[i].kind <= devices[i - 1].kind)
      return error("devices: a ", name(devices[i].kind), " cannot follow a ", name(devices[i - 1].kind),
                   "; accepted, each at most once and in this order: pre-connect switch, modem, X.25 PAD, "
                   "post-connect switch");
  return {};
}

}  // namespace

void throw_exception_from_error(Failure const& failure, boost::source_location const&) {
  throw std::logic_error(failure.message);
}

std::string_view name(Device::Kind kind) { return kind_names[static_cast<size_t>(kind)]; }

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](char c) { return lower(c); }, [](char c) { return lower(c); });
}

std::vector<std::string> dial_list(Entry const& entry, bool prefix_suffix, std::string_view phone) {
  bool const wrapped = entry.use_prefix_suffix || prefix_suffix;
  auto const wrap = [&](std::string_view text) {
    return wrapped ? entry.prefix + std::string(text) + entry.suffix : std::string(text);
  };
  std::vector<std::string> list;
  if (!phone.empty()) return {wrap(phone)};
  for (Number const& number : entry.numbers) {
    if (!number.text.empty()) list.push_back(wrap(number.text));
    if (!list.empty() && !entry.try_alternates) break;
  }
  return list;
}

std::string_view script(Entry const& entry) {
  auto const at = std::ranges::find(entry.devices, Device::Kind::post_connect_switch, &Device::kind);
  return at == entry.devices.end() ? std::string_view() : std::string_view(at->name);
}

Outcome<Entry const*> find(std::span<Entry const> entries, std::string_view name) {
  Entry const* by_case = nullptr;
  size_t matches = 0;
  for (Entry const& entry : entries) {
    if (entry.name == name) return &entry;
    if (!equal_but_for_case(entry.name, name)) continue;
    by_case = &entry;
    ++matches;
  }
  if (matches == 1) return by_case;
  return no_entry(entries, name);
}

Result<void> check(Entry const& entry) {
  if (entry.name.empty()) return error("name: is missing");
  if (entry.numbers.size() > most_numbers) return error("numbers: at most 64 are accepted");
  if (entry.redial_attempts > most_attempts) return error("redial_attempts: 0 to 1000000 is accepted");
  for (uint32_t const seconds : {entry.redial_seconds, entry.idle_disconnect_seconds, entry.echo_seconds})
    if (seconds > most_seconds) return error("seconds: 0 to 2147483647 is accepted");
  std::vector<Text> texts{
      {"name", entry.name, longest_name},       {"port", entry.port, longest_text},
      {"device", entry.device, longest_text},   {"user", entry.user, longest_text},
      {"domain", entry.domain, longest_text},   {"callback", entry.callback, longest_number},
      {"prefix", entry.prefix, longest_number}, {"suffix", entry.suffix, longest_number}};
  for (Number const& number : entry.numbers) {
    texts.push_back({"number", number.text, longest_number});
    texts.push_back({"comment", number.comment, longest_text});
  }
  for (Device const& device : entry.devices)
    for (std::string const* value : {&device.type, &device.name, &device.pad_type, &device.address,
                                     &device.user_data, &device.facilities})
      texts.push_back({"device", *value, longest_text});
  for (Text const& text : texts)
    if (auto done = check_text(text); !done) return done;
  return check_devices(entry.devices);
}

}  // namespace offhook::phonebook
