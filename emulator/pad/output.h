// The way to the DTE: what X.3's parameters 9, 10, 13, 14, 21 and 22 put between the characters, and where on
// the page the DTE stands. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/pad/parameters.h"

namespace offhook::pad {

/// Where a character for the DTE comes from.
enum class Source : uint8_t { line, echo, signal };

class Output {
 public:
  /// Appends the character to `out` with what must stand around it.
  void put(Parameters const& parameters, Source source, char character, std::string& out);
  void put(Parameters const& parameters, Source source, std::string_view text, std::string& out) {
    for (char c : text) put(parameters, source, c, out);
  }

  /// Parameter 22: true once as many lines as a page holds went out; then nothing of the line's does.
  bool page_full(Parameters const& parameters) const;
  void new_page() { lines_ = 0; }

  /// True where these parameters leave received data as it is.
  static bool plain(Parameters const& parameters);

  bool operator==(Output const&) const = default;

 private:
  void emit(Parameters const& parameters, Source source, char character, std::string& out);

  uint8_t column_ = 0;  // graphic characters on this line, for folding
  uint8_t lines_ = 0;   // line feeds on this page
};

/// A character with even parity in bit 8.
char with_parity(char character);

}  // namespace offhook::pad
