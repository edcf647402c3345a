// rasphone.pbk and its TOML form: whatever is read is written back to the byte; an entry that is put is the
// entry that is read.
#include <cstdint>
#include <string_view>

#include "dialer/phonebook/pbk.h"
#include "dialer/phonebook/toml_book.h"
#include "emulator/base/check.h"

namespace {

using namespace offhook;
using phonebook::Entry;
using phonebook::Pbk;

void edit(Pbk book) {
  for (Entry entry : std::vector(book.entries())) {
    entry.redial_seconds ^= 1;
    entry.user = "u";
    if (entry.numbers.size() > 1)
      entry.numbers.pop_back();
    else
      entry.numbers.push_back({"5550100", "added"});
    if (!book.put(entry)) continue;
    auto const again = Pbk::parse(book.text(), "fuzz.pbk");
    OFFHOOK_CHECK(again && again->entries() == book.entries());
  }
}

void write_as_toml(std::span<Entry const> entries) {
  for (Entry const& entry : entries)
    if (auto const text = phonebook::write_toml(std::span(&entry, 1)))
      OFFHOOK_CHECK(phonebook::parse_toml(*text, "fuzz.toml"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const book = Pbk::parse(text, "fuzz.pbk");
  if (book) {
    OFFHOOK_CHECK(book->text() == text);
    if (book->entries().size() <= 8) edit(*book);
    write_as_toml(book->entries());
    (void)phonebook::find(book->entries(), text.substr(0, 40));
  } else {
    OFFHOOK_CHECK(book.error().message.starts_with("fuzz.pbk:"));
  }
  auto const entries = phonebook::parse_toml(text, "fuzz.toml");
  if (!entries) {
    OFFHOOK_CHECK(entries.error().message.starts_with("fuzz.toml"));
    return 0;
  }
  Pbk fresh;
  for (Entry const& entry : *entries)  // one without devices gets a modem in that form
    if (fresh.put(entry) && !entry.devices.empty()) OFFHOOK_CHECK(fresh.entries().back() == entry);
  return 0;
}
