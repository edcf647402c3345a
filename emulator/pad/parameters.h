// The 22 PAD parameters of ITU-T X.3 as a table: what each is called and which values it takes; and the two
// standard profiles. Pure data: what a value does is the PAD's affair.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace offhook::pad {

/// By their references in X.3.
enum class Ref : uint8_t {
  recall = 1,
  echo,
  forwarding,
  idle_timer,
  device_control,
  service_signals,
  break_action,
  discard_output,
  cr_padding,
  line_folding,
  speed,
  flow_control,
  lf_insertion,
  lf_padding,
  editing,
  character_delete,
  line_delete,
  line_display,
  editing_signals,
  echo_mask,
  parity,
  page_wait,
};
inline constexpr char xon = 0x11, xoff = 0x13;  // DC1, DC3

inline constexpr unsigned first_ref = 1, last_ref = 22;
std::string_view name(Ref);
/// True where X.3 gives the parameter this value and this PAD offers it.
bool offered(Ref, unsigned value);

enum class Profile : uint8_t { simple = 90, transparent = 91 };  // X.28 table 1
std::optional<Profile> find_profile(unsigned identifier);

/// The value of each parameter. The speed (11) is the DTE's own and is no profile's.
class Parameters {
 public:
  explicit Parameters(Profile profile = Profile::simple);

  uint8_t operator[](Ref ref) const { return values_[static_cast<size_t>(ref)]; }
  /// False, and unchanged, where the value is not offered or the parameter is read only.
  [[nodiscard]] bool set(unsigned ref, unsigned value);
  void load(Profile profile);
  void set_speed(uint32_t bps);
  void copy_speed(Parameters const& other) { values_[static_cast<size_t>(Ref::speed)] = other[Ref::speed]; }
  void discard_output() { values_[static_cast<size_t>(Ref::discard_output)] = 1; }

  bool operator==(Parameters const&) const = default;

 private:
  std::array<uint8_t, last_ref + 1> values_{};  // [0] is not used
};

/// Parameter 3: true where this character makes the PAD forward what it has assembled.
bool forwards(Parameters const& parameters, char character);
/// Parameters 2 and 20: true where this character is echoed. Editing characters count by what they are here.
bool echoes(Parameters const& parameters, char character, bool edits);

}  // namespace offhook::pad
