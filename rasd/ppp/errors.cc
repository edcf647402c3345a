#include "rasd/ppp/errors.h"

namespace offhook::ppp::ras {

std::string_view text(unsigned error) {
  struct Row {
    unsigned error;
    std::string_view text;
  };
  static constexpr Row rows[] = {
      {none, "The link was closed"},
      {logon_hours, "The account may not dial in at this hour"},
      {account_disabled, "The account is disabled"},
      {password_expired, "The password has expired"},
      {no_dialin_permission, "The account may not dial in"},
      {connection_lost, "The connection was lost"},
      {access_denied, "Access was denied: the user name or the password is not valid"},
      {bad_callback_number, "The two computers did not agree on a number to call back"},
      {changing_password, "The password could not be changed"},
      {timed_out, "The remote computer did not answer in time"},
      {ended_by_peer, "The remote computer ended the link"},
      {no_network_protocol, "No network protocol is left that both ends would use"},
      {no_response, "The remote computer does not speak PPP, or does not answer"},
      {bad_packet, "The remote computer sent a PPP packet that cannot be"},
      {protocol_not_configured, "The network protocol is not configured"},
      {not_converging, "The PPP negotiation does not converge"},
      {rejected_by_peer, "The remote computer does not offer this network protocol"},
      {lcp_terminated, "The remote computer ended the link while it was being established"},
      {address_rejected, "The remote computer will not have the address that this end must use"},
      {ncp_terminated, "The remote computer ended the network protocol"},
      {loopback, "The line is looped: our own packets come back"},
      {no_address, "The remote computer gave no address"},
      {no_encryption_here, "This computer cannot encrypt as the remote one demands"},
      {no_encryption_there, "The remote computer cannot encrypt as this one demands"},
      {encryption_required, "The remote computer demands encryption, and this one was not to use it"},
      {callback_number_characters,
       "The callback number may have digits, T, P, W, parentheses, '-', '@' and spaces alone"},
      {peer_refused_authentication, "The remote computer refuses to authenticate itself"},
  };
  for (auto const& row : rows)
    if (row.error == error) return row.text;
  return {};
}

}  // namespace offhook::ppp::ras
