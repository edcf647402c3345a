// Who may come in: so many calls at once from one address, and a pause between them. Against bots that take
// every line.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "emulator/base/time.h"

namespace offhook::trunk {

struct AdmissionLimits {
  size_t per_address = 4;  // calls at once; 0: no limit
  Duration rest{0};        // between the beginnings of two calls from one address
  size_t in_all = 1024;    // calls at once from everywhere
  bool operator==(AdmissionLimits const&) const = default;
};

class Admission {
 public:
  /// Addresses remembered for their rest alone; beyond it the one that has rested longest is forgotten.
  static constexpr size_t most_resting = 4096;

  explicit Admission(AdmissionLimits limits) : limits_(limits) {}

  enum class Verdict : uint8_t { admitted, too_many, too_soon, full };
  /// Each admitted() is followed by one left(). A caller that is refused for coming too soon does not begin
  /// its rest anew: a person who tries again gets through.
  Verdict arrive(Instant now, std::string_view address);
  void left(Instant now, std::string_view address);

  size_t calls() const { return calls_; }
  size_t remembered() const { return callers_.size(); }

  bool operator==(Admission const&) const = default;

 private:
  struct Caller {
    size_t calls = 0;
    Instant last;
    bool operator==(Caller const&) const = default;
  };
  void forget_rested(Instant now);

  AdmissionLimits limits_;
  std::map<std::string, Caller, std::less<>> callers_;
  size_t calls_ = 0;
};

}  // namespace offhook::trunk
