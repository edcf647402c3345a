// Stored profiles, a small file a port, replaced in one step.
#pragma once

#include <string>

#include "emulator/base/result.h"

namespace offhook::driver {

class ProfileStore {
 public:
  explicit ProfileStore(std::string folder) : folder_(std::move(folder)) {}

  /// What was saved for the port; empty where there is nothing. At most 64 KiB are read.
  std::string load(std::string const& port) const;
  /// Written beside and renamed: readers and a killed bank find the old text or the new one. Not synced: a
  /// disk's flush would stall every port of the bank.
  Result<void> save(std::string const& port, std::string const& text) const;

 private:
  std::string folder_;
};

}  // namespace offhook::driver
