// A file of secrets, and the accounts of a configuration: whatever stands in them is read, or refused with
// its place and without a word of what may be a secret.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "rasd/auth/secrets.h"
#include "rasd/auth/users.h"

using namespace offhook;
using namespace offhook::auth;

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

/// What a secret says, written so that it reads the same.
std::string written(std::string_view word) {
  std::string text = "\"";
  for (char const c : word) {
    static constexpr char digits[] = "01234567";
    auto const value = static_cast<unsigned char>(c);
    text += '\\';
    for (int shift : {6, 3, 0}) text += digits[value >> shift & 7];
  }
  return text + "\"";
}

void check_secrets(std::string_view text) {
  auto const read = Secrets::parse(text, "f");
  if (!read) {
    demand(read.error().message.starts_with("f:") && read.error().message.size() < 200);
    return;
  }
  demand(read->size() <= most_secrets);
  for (std::string_view const client : {"a", "b", "*", ""}) {
    Secret const* const found = read->find(client, "s");
    if (!found) continue;
    demand(!found->secret.empty() && found->secret.size() <= longest_secret);
    demand(found->client == client || found->client == "*");
    demand(found->server == "s" || found->server == "*");
    demand(found->addresses.size() <= most_addresses);
    if (auto const address = found->address()) demand(found->accepts(*address));
    auto const again = Secrets::parse(
        written(found->client) + " " + written(found->server) + " " + written(found->secret), "f");
    demand(again.has_value());
    Secret const* const same = again->find(client, "s");
    demand(same && same->secret == found->secret);
  }
}

void check_users(std::string_view text) {
  auto const read = parse_users(text, "f");
  if (!read) return demand(read.error().message.starts_with("f:"));
  for (std::string_view const name : {"a", "D\\a", "*", ""})
    for (uint8_t weekday = 0; weekday < 7; ++weekday) {
      Decision const decision = decide(read->find(name), {"P1", {weekday, 600, 20000}, 1});
      demand(decision.error == 0 || (decision.error >= 646 && decision.error <= 649));
      demand((decision.error == 0) == decision.text.empty());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  if (text.starts_with("[user"))
    check_users(text);
  else
    check_secrets(text);
  return 0;
}
