// Why a link ended, by RAS's numbers.
#pragma once

#include <string>
#include <string_view>

namespace offhook::ppp::ras {

inline constexpr unsigned none = 0, connection_lost = 668, access_denied = 691, timed_out = 718,
                          ended_by_peer = 719, no_network_protocol = 720, no_response = 721,
                          not_converging = 732, rejected_by_peer = 733, lcp_terminated = 734,
                          address_rejected = 735, ncp_terminated = 736, loopback = 737, no_address = 738,
                          peer_refused_authentication = 919;

/// One sentence for a person; empty for a number that this room does not give.
std::string_view text(unsigned error);

}  // namespace offhook::ppp::ras
