// Why a call was cleared, in the words of X.28's clear indication, and where those come from. Pure data.
#pragma once

#include <cstdint>
#include <string_view>

#include "emulator/loop/loop.h"

namespace offhook::pad {

/// X.28 3.5.19, after X.96's call progress signals. Not all of them can come about here.
enum class Clearing : uint8_t {
  confirmed,         // CONF: the DTE asked for it
  occupied,          // OCC: number busy
  congestion,        // NC: network congestion, or a temporary fault
  invalid_facility,  // INV
  access_barred,     // NA
  local_error,       // ERR: local procedure error
  remote_error,      // RPE: remote procedure error
  not_obtainable,    // NP: no such number
  out_of_order,      // DER
  dte,               // DTE: the far end cleared
  incompatible,      // ID: incompatible destination
};
std::string_view code(Clearing);
std::string_view words(Clearing);

Clearing clearing_of(loop::Cause);

}  // namespace offhook::pad
