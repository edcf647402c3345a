// The phonebook's file and the addresses in it, and addresses as a modem is told to dial them: values within
// their limits that say the same when they are written again, or an error that names the file.
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/app/phonebook.h"
#include "emulator/base/check.h"

namespace {

using namespace offhook;

void check_address(trunk::Address const& address) {
  OFFHOOK_CHECK(!address.host.empty() && address.host.size() <= trunk::longest_host);
  for (char const c : address.host) OFFHOOK_CHECK(c > ' ' && c <= '~' && c != '[' && c != ']');
  OFFHOOK_CHECK(trunk::parse_address(trunk::text(address), true).value() == address);
}

void dial(std::string_view text) {
  auto const to = trunk::parse_address(text);
  if (!to) return;
  OFFHOOK_CHECK(to->port != 0);
  check_address(*to);
}

void check_entry(trunk::Entry const& entry) {
  OFFHOOK_CHECK(entry.target.has_value() == entry.program.empty());
  OFFHOOK_CHECK(entry.name.size() <= trunk::longest_name && entry.program.size() <= trunk::longest_program);
  OFFHOOK_CHECK(entry.lines <= trunk::most_lines && entry.restart <= trunk::longest_restart);
  OFFHOOK_CHECK(entry.restart >= Duration::zero() && (entry.restart == Duration::zero() || entry.lines != 0));
  if (entry.target) check_address(*entry.target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  dial(text);
  for (std::string_view rest = text; !rest.empty();) {
    dial(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(
        std::min(rest.size(), rest.find('\n') == rest.npos ? rest.size() : rest.find('\n') + 1));
  }
  auto const book = app::parse_phonebook(text, "fuzz.toml");
  if (!book) {
    OFFHOOK_CHECK(book.error().message.starts_with("fuzz.toml"));
    return 0;
  }
  for (auto const& number : book->numbers()) {
    trunk::Entry const* const entry = book->by_number(number);
    OFFHOOK_CHECK(entry != nullptr && entry->number == number);
    OFFHOOK_CHECK(entry->name.empty() || book->by_name(entry->name) == entry);
    check_entry(*entry);
  }
  return 0;
}
