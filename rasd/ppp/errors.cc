#include "rasd/ppp/errors.h"

namespace offhook::ppp::ras {

std::string_view text(unsigned error) {
  struct Row {
    unsigned error;
    std::string_view text;
  };
  static constexpr Row rows[] = {
      {none, "The link was closed"},
      {connection_lost, "The connection was lost"},
      {access_denied, "Access was denied: the user name or the password is not valid"},
      {timed_out, "The remote computer did not answer in time"},
      {ended_by_peer, "The remote computer ended the link"},
      {no_network_protocol, "No network protocol is left that both ends would use"},
      {no_response, "The remote computer does not speak PPP, or does not answer"},
      {not_converging, "The PPP negotiation does not converge"},
      {rejected_by_peer, "The remote computer does not offer this network protocol"},
      {lcp_terminated, "The remote computer ended the link while it was being established"},
      {address_rejected, "The remote computer will not have the address that this end must use"},
      {ncp_terminated, "The remote computer ended the network protocol"},
      {loopback, "The line is looped: our own packets come back"},
      {no_address, "The remote computer gave no address"},
      {peer_refused_authentication, "The remote computer refuses to authenticate itself"},
  };
  for (auto const& row : rows)
    if (row.error == error) return row.text;
  return {};
}

}  // namespace offhook::ppp::ras
