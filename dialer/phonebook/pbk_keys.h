// The keys of rasphone.pbk that we use, as tables. Keys are told apart by case: "Device" is a port's device,
// "DEVICE" begins a subsection.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "dialer/phonebook/entry.h"

namespace offhook::phonebook {

/// A key with a value of its own: what is accepted where it cannot be taken, and the text that stands for it.
template <class T>
struct PbkKey {
  std::string_view name;
  std::optional<std::string> (*take)(std::string_view value, T& target);
  std::string (*give)(T const& source);
};

/// Keys of the entry. User, Domain, CallbackNumber, Prefix and Suffix are ours: NT keeps those elsewhere.
std::array<PbkKey<Entry>, 15> const& general_keys();
/// Keys of the MEDIA subsection.
std::array<PbkKey<Entry>, 2> const& medium_keys();
/// Keys of the DEVICE subsections that say something of the entry.
std::array<PbkKey<Entry>, 1> const& dialling_keys();
/// Keys of one DEVICE subsection.
std::array<PbkKey<Device>, 5> const& device_keys();
std::array<PbkKey<Number>, 2> const& number_keys();

/// MS-RRASM 2.2.2.2.108: the only keys that a PhoneNumber subsection has.
bool belongs_to_number(std::string_view key);

}  // namespace offhook::phonebook
