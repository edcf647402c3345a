// Why a link ended, by RAS's numbers.
#pragma once

#include <string>
#include <string_view>

namespace offhook::ppp::ras {

inline constexpr unsigned none = 0, logon_hours = 646, account_disabled = 647, password_expired = 648,
                          no_dialin_permission = 649, connection_lost = 668, access_denied = 691,
                          bad_callback_number = 704, changing_password = 709, timed_out = 718,
                          ended_by_peer = 719, no_network_protocol = 720, no_response = 721, bad_packet = 722,
                          protocol_not_configured = 731, not_converging = 732, rejected_by_peer = 733,
                          lcp_terminated = 734, address_rejected = 735, ncp_terminated = 736, loopback = 737,
                          no_address = 738, no_encryption_here = 741, no_encryption_there = 742,
                          encryption_required = 743, callback_number_characters = 751,
                          peer_refused_authentication = 919;

/// One sentence for a person; empty for a number that this room does not give.
std::string_view text(unsigned error);

}  // namespace offhook::ppp::ras
