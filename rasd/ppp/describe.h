// One packet in words, for logs and for who watches a link: "LCP Configure-Request 1: MRU 1400, PFC". No
// secret is in it: of PAP and CHAP the user and the message alone.
#pragma once

#include <string>

#include "rasd/ppp/packet.h"

namespace offhook::ppp {

/// `frame` is a protocol in two bytes and its information, as Passed has it.
std::string describe(Bytes frame);

}  // namespace offhook::ppp
