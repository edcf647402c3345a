// What rasdial says to a person: progress, results, errors. Colour only on a terminal.
#pragma once

#include <string>

namespace offhook::dialer {

class Voice {
 public:
  /// `descriptor`: 1 or 2.
  explicit Voice(int descriptor);
  void say(std::string const& line) const;
  void success(std::string const& line) const;
  /// "Error 676: ..." on standard error.
  static void failure(unsigned ras_error, std::string const& text);
  /// "rasdial: ..." on standard error.
  static void complain(std::string const& text);
  /// A terminal in raw mode needs its own line ends.
  void raw(bool on) { end_ = on ? "\r\n" : "\n"; }

 private:
  int descriptor_;
  bool colour_;
  char const* end_ = "\n";
};

bool wants_colour(int descriptor);

}  // namespace offhook::dialer
