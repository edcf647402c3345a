// [user.NAME] tables.
#include <chrono>

#include "emulator/toml/keys.h"
#include "rasd/auth/users.h"

namespace offhook::auth {
namespace {

using namespace keys;

constexpr size_t most_bytes = 4 * 1024 * 1024;
constexpr size_t most_in_a_list = 100;
constexpr size_t longest_pattern = 32;

/// A list of strings, each taken by `take_one`, which returns a complaint.
Complaint take_list(Node node, auto&& take_one) {
  toml::array const* const list = node.as_array();
  if (!list || list->empty() || list->size() > most_in_a_list) return "a list of 1 to 100 strings is wanted";
  for (Node each : *list) {
    auto const text = each.value_exact<std::string>();
    if (!text) return "a list of 1 to 100 strings is wanted";
    if (auto complaint = take_one(*text)) return complaint;
  }
  return std::nullopt;
}

Complaint take_hours(Node node, User& user) {
  user.hours.clear();
  return take_list(node, [&](std::string const& text) -> Complaint {
    auto const hours = Hours::parse(text);
    if (!hours) return hours.error().message;
    user.hours.push_back(*hours);
    return std::nullopt;
  });
}

Complaint take_ports(Node node, User& user) {
  user.ports.clear();
  return take_list(node, [&](std::string const& text) -> Complaint {
    bool const fits = !text.empty() && text.size() <= longest_pattern && text.find('*') >= text.size() - 1;
    if (!fits) return "names of ports are wanted, those with a '*' at their end meaning all that begin so";
    user.ports.push_back(text);
    return std::nullopt;
  });
}

Complaint take_address(Node node, User& user) {
  auto const text = node.value_exact<std::string>();
  auto const address = text ? parse_address(*text) : std::nullopt;
  if (!address || *address == 0) return "an address is wanted: \"10.0.0.7\"";
  user.address = *address;
  return std::nullopt;
}

/// "none", "caller", or a number.
Complaint take_callback(Node node, User& user) {
  auto const text = node.value_exact<std::string>();
  if (text == "none" || text == "caller") {
    user.callback = text == "none" ? Callback::none : Callback::by_caller;
    return std::nullopt;
  }
  bool const number = text && !text->empty() && text->size() <= 40 &&
                      text->find_first_not_of("0123456789*#+ABCDabcd-() ,W") == std::string::npos;
  if (!number) return "accepted: \"none\", \"caller\", or the number that is called back";
  user.callback = Callback::preset;
  user.number = *text;
  return std::nullopt;
}

Complaint take_calls(Node node, User& user) {
  auto const number = node.value_exact<int64_t>();
  if (!number || *number < 1 || *number > 20000) return "a whole number from 1 to 20000 is wanted";
  user.calls = static_cast<uint32_t>(*number);
  return std::nullopt;
}

Complaint take_date(Node node, User& user) {
  auto const date = node.value_exact<toml::date>();
  if (!date) return "a date is wanted, without quotes: 2026-12-31";
  std::chrono::year_month_day const day(std::chrono::year(date->year), std::chrono::month(date->month),
                                        std::chrono::day(date->day));
  user.password_until = static_cast<int32_t>(std::chrono::sys_days(day).time_since_epoch().count());
  return std::nullopt;
}

constexpr std::array user_keys{
    Key<User>{"dial_in", [](Node n, User& u) { return take_bool(n, u.dial_in); }},
    Key<User>{"disabled", [](Node n, User& u) { return take_bool(n, u.disabled); }},
    Key<User>{"password_until", take_date},
    Key<User>{"hours", take_hours},
    Key<User>{"calls", take_calls},
    Key<User>{"callback", take_callback},
    Key<User>{"address", take_address},
    Key<User>{"ports", take_ports},
};

class Reader : TomlFile {
 public:
  using TomlFile::TomlFile;

  Result<Users> read(std::string_view text) {
    if (text.size() > most_bytes) return error(file_, ": a configuration has at most 4 MiB");
    toml::parse_result const parsed = toml::parse(text, file_);
    if (!parsed) return at(parsed.error().source(), parsed.error().description());
    std::vector<User> users;
    toml::node const* const node = parsed.table().get("user");
    if (!node) return Users();
    if (!node->is_table()) return at(node->source(), "[user.NAME] is a table of tables");
    if (node->as_table()->size() > most_users) return at(node->source(), "at most 10000 users are accepted");
    for (auto&& [name, each] : *node->as_table()) {
      std::string const section = "[user." + escaped(name.str().substr(0, 60)) + "]";
      if (!each.is_table()) return at(each.source(), section + " is a table: write it in brackets");
      if (name.str().empty() || name.str().size() > longest_name)
        return at(name.source(), section + ": a name has 1 to 255 bytes");
      User user;
      user.name = name.str();
      if (auto done = read_keys(section, *each.as_table(), user_keys, user); !done) return done.error();
      users.push_back(std::move(user));
    }
    return Users(std::move(users));
  }
};

}  // namespace

Result<Users> parse_users(std::string_view text, std::string_view file) { return Reader(file).read(text); }

}  // namespace offhook::auth
