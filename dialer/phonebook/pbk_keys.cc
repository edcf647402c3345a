#include "dialer/phonebook/pbk_keys.h"

#include <algorithm>
#include <charconv>

namespace offhook::phonebook {
namespace {

using Wrong = std::optional<std::string>;

Wrong take_number(std::string_view value, uint32_t most, uint32_t& target) {
  if (value.empty()) return std::nullopt;  // the default (2.2.2.2)
  uint32_t number = 0;
  auto const [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size() || number > most)
    return "a whole number from 0 to " + std::to_string(most) + " is accepted";
  target = number;
  return std::nullopt;
}

Wrong take_bool(std::string_view value, bool& target) {
  if (value != "0" && value != "1" && !value.empty()) return "0 or 1 is accepted";
  if (!value.empty()) target = value == "1";
  return std::nullopt;
}

Wrong take_idle(std::string_view value, Entry& entry) {
  // Two ways to say never: RASIDS_Disabled as a signed and as an unsigned number.
  if (value == "-1" || value == "4294967295") value = "0";
  return take_number(value, most_seconds, entry.idle_disconnect_seconds);
}

// 0 none, 8 if the far end can, 256 or 512 at any price.
Wrong take_encryption(std::string_view value, Entry& entry) {
  uint32_t number = 8;
  auto wrong = take_number(value, most_seconds, number);
  entry.encryption = number == 0 ? Encryption::off : number < 256 ? Encryption::allow : Encryption::require;
  return wrong;
}
std::string give_encryption(Entry const& entry) {
  constexpr std::array<std::string_view, 3> numbers{"0", "", "256"};  // 8 is the default
  return std::string(numbers[static_cast<size_t>(entry.encryption)]);
}

template <class T, std::string T::*member, size_t longest = longest_text>
constexpr PbkKey<T> text(std::string_view name) {
  return {name,
          [](std::string_view value, T& target) -> Wrong {
            if (value.size() > longest) return "at most " + std::to_string(longest) + " bytes are accepted";
            target.*member = value;
            return std::nullopt;
          },
          [](T const& source) { return source.*member; }};
}

template <bool Entry::*member>
constexpr PbkKey<Entry> flag(std::string_view name) {
  return {name, [](std::string_view value, Entry& e) { return take_bool(value, e.*member); },
          [](Entry const& e) { return std::string(e.*member ? "1" : "0"); }};
}

}  // namespace

std::array<PbkKey<Entry>, 15> const& general_keys() {
  static constexpr std::array<PbkKey<Entry>, 15> keys{{
      {"RedialAttempts",
       [](std::string_view v, Entry& e) { return take_number(v, most_attempts, e.redial_attempts); },
       [](Entry const& e) { return std::to_string(e.redial_attempts); }},
      {"RedialSeconds",
       [](std::string_view v, Entry& e) { return take_number(v, most_seconds, e.redial_seconds); },
       [](Entry const& e) { return std::to_string(e.redial_seconds); }},
      {"IdleDisconnectSeconds", take_idle,
       [](Entry const& e) { return std::to_string(e.idle_disconnect_seconds); }},
      flag<&Entry::use_prefix_suffix>("UsePrefixSuffix"),
      text<Entry, &Entry::user>("User"),
      text<Entry, &Entry::domain>("Domain"),
      text<Entry, &Entry::callback, longest_number>("CallbackNumber"),
      text<Entry, &Entry::prefix, longest_number>("Prefix"),
      text<Entry, &Entry::suffix, longest_number>("Suffix"),
      // 1 is PPP; SLIP and the others carry nothing that we know.
      {"BaseProtocol",
       [](std::string_view v, Entry& e) {
         uint32_t protocol = 0;
         auto wrong = take_number(v, most_seconds, protocol);
         e.ppp = protocol == 1;
         return wrong;
       },
       [](Entry const& e) { return std::string(e.ppp ? "1" : ""); }},
      {"AuthRestrictions",
       [](std::string_view v, Entry& e) {
         auto wrong = take_number(v, most_seconds, e.authentication);
         e.authentication &= auth::all;  // EAP and what else we do not speak
         return wrong;
       },
       [](Entry const& e) {
         return e.authentication == 0 ? std::string() : std::to_string(e.authentication);
       }},
      {"DataEncryption", take_encryption, give_encryption},
      {"IpPrioritizeRemote", [](std::string_view v, Entry& e) { return take_bool(v, e.default_route); },
       [](Entry const& e) { return std::string(e.default_route ? "1" : ""); }},
      {"IpHeaderCompression", [](std::string_view v, Entry& e) { return take_bool(v, e.header_compression); },
       [](Entry const& e) { return std::string(e.header_compression ? "1" : ""); }},
      {"EchoSeconds",
       [](std::string_view v, Entry& e) { return take_number(v, most_seconds, e.echo_seconds); },
       [](Entry const& e) {
         return e.echo_seconds == Entry{}.echo_seconds ? "" : std::to_string(e.echo_seconds);
       }},
  }};
  return keys;
}

std::array<PbkKey<Entry>, 2> const& medium_keys() {
  static constexpr std::array<PbkKey<Entry>, 2> keys{
      {text<Entry, &Entry::port>("Port"), text<Entry, &Entry::device>("Device")}};
  return keys;
}

std::array<PbkKey<Entry>, 1> const& dialling_keys() {
  static constexpr std::array<PbkKey<Entry>, 1> keys{
      {flag<&Entry::try_alternates>("TryNextAlternateOnFail")}};
  return keys;
}

std::array<PbkKey<Device>, 5> const& device_keys() {
  static constexpr std::array<PbkKey<Device>, 5> keys{
      {text<Device, &Device::name>("Name"), text<Device, &Device::pad_type>("X25Pad"),
       text<Device, &Device::address>("X25Address"), text<Device, &Device::user_data>("UserData"),
       text<Device, &Device::facilities>("Facilities")}};
  return keys;
}

std::array<PbkKey<Number>, 2> const& number_keys() {
  static constexpr std::array<PbkKey<Number>, 2> keys{
      {text<Number, &Number::text, longest_number>("PhoneNumber"),
       text<Number, &Number::comment>("Comment")}};
  return keys;
}

bool belongs_to_number(std::string_view key) {
  static constexpr std::array<std::string_view, 6> keys{"AreaCode",        "CountryCode", "CountryID",
                                                        "UseDialingRules", "Comment",     "FriendlyName"};
  return std::ranges::find(keys, key) != keys.end();
}

}  // namespace offhook::phonebook
