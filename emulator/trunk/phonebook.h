// The phonebook: numbers and names that lead out of the bank, and how each is to be spoken to.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"
#include "emulator/trunk/address.h"

namespace offhook::trunk {

enum class Protocol : uint8_t { raw, telnet };

inline constexpr size_t longest_name = 64;
inline constexpr size_t longest_program = 4096;
inline constexpr size_t most_entries = 10000;
inline constexpr size_t most_lines = 1000;
inline constexpr Duration longest_restart = 1h;

/// Exactly one of `target` and `program` is set; at least one of `number` and `name`.
struct Entry {
  std::string number;  // digits; empty: dialled by name alone
  std::string name;    // as in ATD"home"; empty: none
  std::optional<Address> target;
  Protocol protocol = Protocol::raw;
  std::string program;  // a command line for the shell
  size_t lines = 0;     // of a program: callers at once, and one more finds it busy; 0: no limit
  Duration restart{0};  // of a program: how long a line stays busy once its program has ended
  bool operator==(Entry const&) const = default;
};

class Phonebook {
 public:
  /// Takes an entry, or says what is wrong with it: a number or name that stands twice, both kinds of end.
  /// One that restarts and says nothing of lines has one.
  Result<void> add(Entry entry);
  Entry const* by_number(std::string_view number) const;
  /// Case makes no difference: a modem's command line may be typed in either.
  Entry const* by_name(std::string_view name) const;
  std::vector<std::string> numbers() const;
  size_t size() const { return entries_.size(); }

  bool operator==(Phonebook const&) const = default;

 private:
  std::vector<Entry> entries_;
  std::map<std::string, size_t, std::less<>> numbers_, names_;
};

}  // namespace offhook::trunk
