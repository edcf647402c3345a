#include "rasd/auth/users.h"

#include <algorithm>
#include <utility>

#include "rasd/ppp/errors.h"

namespace offhook::auth {
namespace {

bool names(std::string const& pattern, std::string_view port) {
  if (!pattern.ends_with('*')) return pattern == port;
  return port.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
}

/// One reason to refuse, in the order in which they are looked at.
struct Rule {
  unsigned error;
  std::string_view text;
  bool (*refuses)(User const&, Circumstances const&);
};
constexpr Rule rules[] = {
    {ppp::ras::account_disabled, "The account is disabled",
     [](User const& u, Circumstances const&) { return u.disabled; }},
    {ppp::ras::no_dialin_permission, "The account has no permission to dial in",
     [](User const& u, Circumstances const&) { return !u.dial_in; }},
    {ppp::ras::no_dialin_permission, "The account has no permission to dial in on this port",
     [](User const& u, Circumstances const& of) {
       return !u.ports.empty() &&
              std::ranges::none_of(u.ports, [&](std::string const& each) { return names(each, of.port); });
     }},
    {ppp::ras::password_expired, "The password has expired",
     [](User const& u, Circumstances const& of) {
       bool const made_since = u.password_until && of.changed && *of.changed > *u.password_until;
       return u.password_until && of.now.date > *u.password_until && !made_since;
     }},
    {ppp::ras::logon_hours, "The account is not permitted to log on at this time of day",
     [](User const& u, Circumstances const& of) { return !contains(u.hours, of.now); }},
    {ppp::ras::no_dialin_permission, "The account has as many calls as it may have",
     [](User const& u, Circumstances const& of) { return u.calls != 0 && of.calls >= u.calls; }},
};

}  // namespace

Decision decide(User const& user, Circumstances const& of) {
  for (Rule const& rule : rules)
    if (rule.refuses(user, of)) return {rule.error, std::string(rule.text)};
  return {};
}

std::string_view without_domain(std::string_view name) {
  auto const slash = name.rfind('\\');
  return slash == name.npos ? name : name.substr(slash + 1);
}

Users::Users(std::vector<User> all) : all_(std::move(all)) { std::ranges::sort(all_, {}, &User::name); }

User const& Users::find(std::string_view name) const {
  static User const permitted{};
  for (std::string_view const each : {name, without_domain(name), std::string_view("*")}) {
    auto const found = std::ranges::lower_bound(all_, each, {}, &User::name);
    if (found != all_.end() && found->name == each) return *found;
  }
  return permitted;
}

}  // namespace offhook::auth
