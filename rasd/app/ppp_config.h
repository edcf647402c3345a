// What a service of kind PPP is: who may come in and by which proof, where his packets go, and what the link
// is like.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "emulator/base/time.h"
#include "rasd/ppp/auth_method.h"
#include "rasd/ppp/hdlc.h"
#include "rasd/ppp/ipcp.h"
#include "rasd/ppp/lcp_options.h"
#include "rasd/ppp/link.h"

namespace offhook::rasd {

enum class NetworkKind : uint8_t { slirp, tun, program, none };
/// What a caller gets who says nothing.
enum class AfterSilence : uint8_t { ppp, program };

struct PppConfig {
  std::vector<ppp::AuthMethod> authentication;  // best first; none: nobody is asked who he is
  std::string pap_secrets, chap_secrets;        // files in pppd's format
  uint32_t retries = 0;           // MS-CHAP: so often a wrong password may be put right in the call
  bool change_passwords = false;  // and an expired one be changed, in the file
  std::string name;               // what we call ourselves; empty: the host's name
  NetworkKind network = NetworkKind::slirp;
  std::vector<std::string> program;  // of that network; the first word is a path, or looked for in PATH
  ppp::Ipv4 address = ppp::ipv4(10, 64, 64, 1);  // our own
  std::string pool = "10.64.64.2-10.64.64.254";  // the callers'
  std::array<ppp::Ipv4, 2> dns = {}, wins = {};  // for callers that ask; 0: none
  bool host_loopback = false;                    // slirp: our address is this host's 127.0.0.1
  ppp::Encryption encryption = ppp::Encryption::off;
  bool header_compression = false;  // of TCP/IP (RFC 1144), where the caller does it too
  Duration idle{0};                 // no packet either way for so long ends the call; 0: never
  Duration echo = 20s;              // between LCP's questions whether anybody is there; 0: none
  uint16_t mtu = ppp::default_mru;  // what the caller may send us at most
  ppp::Accm accm = 0;               // what he must escape
  Duration silence = 5s;            // beside a program: until LCP is begun by us
  AfterSilence after_silence = AfterSilence::ppp;
  bool operator==(PppConfig const&) const = default;
};

}  // namespace offhook::rasd
