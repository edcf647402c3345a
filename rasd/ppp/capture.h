// A capture of a link, for Wireshark: pcapng (draft-ietf-opsawg-pcapng), with the direction of every frame
// and time in nanoseconds. Bytes for a file that somebody else writes: first capture_head(), then a block a
// frame.
#pragma once

#include <string_view>

#include "rasd/ppp/link.h"

namespace offhook::ppp {

/// The Section Header Block and the Interface Description Block of one link on `port`.
Buffer capture_head(std::string_view port);
/// One Enhanced Packet Block. `since_epoch` is the time since 1970-01-01 UTC, not before it.
Buffer capture_block(Duration since_epoch, Passed const& passed);

}  // namespace offhook::ppp
