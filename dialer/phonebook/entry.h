// An entry of the phonebook: whom to call, through what, and as whom.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"

namespace offhook::phonebook {

/// RAS errors 621 to 625 by cause.
enum class Ras : uint16_t {
  cannot_open = 621,
  cannot_load = 622,
  no_entry = 623,
  cannot_write = 624,
  corrupt = 625
};

struct Failure {
  Ras ras = Ras::corrupt;
  std::string message;  // names file, line and what is accepted
  bool operator==(Failure const&) const = default;
};
[[noreturn]] void throw_exception_from_error(Failure const& failure, boost::source_location const&);

template <class T>
using Outcome = boost::system::result<T, Failure>;

inline constexpr size_t longest_file = 1024 * 1024;
inline constexpr size_t longest_line = 64 * 1024;
inline constexpr size_t longest_name = 256;    // RAS_MaxEntryName
inline constexpr size_t longest_number = 128;  // RAS_MaxPhoneNumber
inline constexpr size_t longest_text = 1024;   // any other value that we use
inline constexpr size_t most_entries = 10'000;
inline constexpr size_t most_numbers = 64;
inline constexpr size_t most_devices = 4;  // of a serial entry: MS-RRASM 2.2.2.2.100
inline constexpr uint32_t most_attempts = 1'000'000;
inline constexpr uint32_t most_seconds = 0x7fffffff;

struct Number {
  std::string text;
  std::string comment;
  bool operator==(Number const&) const = default;
};

/// One of the devices that a serial call goes through, in this order (MS-RRASM 2.2.2.2.100).
struct Device {
  enum class Kind : uint8_t { pre_connect_switch, modem, x25_pad, post_connect_switch, other };
  Kind kind = Kind::modem;
  std::string type;        // as the file has it: "modem"
  std::string name;        // a switch: its device script
  std::string pad_type;    // X.25 PAD: its device script
  std::string address;     // X.25 PAD
  std::string user_data;   // X.25 PAD
  std::string facilities;  // X.25 PAD
  bool operator==(Device const&) const = default;
};

/// By what this end may prove itself, in the bits of AuthRestrictions (MS-RRASM 2.2.2.2).
namespace auth {
inline constexpr uint32_t pap = 0x8, chap = 0x20, ms_chap = 0x40, ms_chap_v2 = 0x200;
inline constexpr uint32_t all = pap | chap | ms_chap | ms_chap_v2;
}  // namespace auth

enum class Encryption : uint8_t { off, allow, require };

struct Entry {
  std::string name;
  std::vector<Number> numbers;  // the primary one, then the alternates
  std::vector<Device> devices;
  std::string port, device;  // preferred; empty: any
  std::string user, domain;
  std::string callback;  // the number to be called back at; empty: none is asked for
  uint32_t redial_attempts = 0;
  uint32_t redial_seconds = 60;
  uint32_t idle_disconnect_seconds = 0;  // 0: never
  bool use_prefix_suffix = false;
  std::string prefix, suffix;
  bool try_alternates = true;
  bool ppp = false;             // the call carries PPP; otherwise it is the user's bytes
  uint32_t authentication = 0;  // bits of auth; 0: any
  Encryption encryption = Encryption::allow;
  bool default_route = false;       // of this host, through the call
  bool header_compression = false;  // of TCP/IP (RFC 1144), where the far end does it too
  uint32_t echo_seconds = 20;       // between LCP's questions whether the far end is there; 0: none
  bool operator==(Entry const&) const = default;
};

/// What is dialled, in order: the primary number, then the alternates, each with prefix and suffix where the
/// entry or `prefix_suffix` (/PREFIXSUFFIX) asks for them. `phone` (/PHONE:) takes the place of all of them.
std::vector<std::string> dial_list(Entry const& entry, bool prefix_suffix = false,
                                   std::string_view phone = {});

/// The script that is run once the call is up: the post-connect switch's name. Empty: none.
std::string_view script(Entry const& entry);

/// The entry of that name exactly, or else the only one that differs by ASCII case; otherwise 623 with the
/// names that are near.
Outcome<Entry const*> find(std::span<Entry const> entries, std::string_view name);

/// What no form of the phonebook can hold: over the limits, line ends in values, devices out of order.
Result<void> check(Entry const& entry);

std::string_view name(Device::Kind kind);
bool equal_but_for_case(std::string_view a, std::string_view b);

}  // namespace offhook::phonebook
