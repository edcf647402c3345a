#include "rasd/app/sample.h"

namespace offhook::rasd {

std::string_view sample_config() {
  return R"(# Every key of rasd's configuration. A value is the default, unless the comment says otherwise.
# 'rasd --config FILE --check' names mistakes by line and column; SIGHUP has a running rasd read it again.

[rasd]
dir = "/run/rasd"                # of its sockets, unless --dir or RASD_DIR says otherwise
log = "/var/log/rasd.jsonl"      # the event log, a JSON object a line; default: none
group = "dialout"                # may ask for ports and calls; default: rasd's own user alone
lock_dir = "/var/lock"           # of lock files, LCK..NAME
level = "info"                   # trace, debug, info, warn, error, critical, off

[[port]]
name = "ttyVM0"                  # no default
path = "/run/vmodem/ttyVM0"      # no default; a real serial port as well
use = "both"                     # dial-in, dial-out, both
service = "net"                  # of [service.NAME], for dial-in; no default
device = "v250"                  # hayes2400, rockwell, usr, pad, null-modem, or of [device.NAME]
init = ["ATM0"]                  # commands after the device's own; default: none
rate = 115200                    # bit/s between port and program
flow = "rts-cts"                 # or none
rings = 1                        # bursts before the answer
s25 = "50ms"                     # DTR is off for longer than this, and than the device's own s25
idle_limit = "0s"                # no data either way for so long ends a call; 0: never
session_limit = "0s"             # the longest call; 0: none
enabled = true

# What an answered call gets: a program, or a TCP connection, or PPP.
[service.board]
command = ["/bin/sh", "-c", "echo Welcome, $RAS_CALLER; exec cat"]
#   its environment has RAS_PORT, RAS_CALL, RAS_CALLER, RAS_CALLER_NAME and RAS_SPEED (bit/s of the line)
user = "nobody"                  # default: rasd's own
terminal = "cooked"              # with echo and editing of lines; or raw
direct = false                   # the program has the port itself, in place of a terminal of its own

[service.elsewhere]
relay = "127.0.0.1:23"

# With a command or a relay in [service.net] too: PPP where LCP is heard, in any spelling, else the other.
[service.net.ppp]
authentication = ["ms-chap-v2", "chap", "pap"]
#   best first, and ms-chap; "none" lets everybody in; default: what there are secrets for
chap_secrets = "/etc/ppp/chap-secrets"  # as pppd has them, mode 0600; default: none
pap_secrets = "/etc/ppp/pap-secrets"
name = "office"                  # what we call ourselves, and the secrets' server; default: the host's name
retries = 0                      # MS-CHAP: so often a wrong password may be put right in the call
change_passwords = false         # MS-CHAP: an expired one may be changed, in the file
network = "slirp"                # NAT without root; tun (CAP_NET_ADMIN), program, none
host_loopback = false            # slirp: callers reach this host's 127.0.0.1 at our address
address = "10.64.64.1"           # our own
pool = "10.64.64.2-10.64.64.254" # the callers'; also 10.64.64.0/24
dns = ["10.0.2.3"]               # one or two, for callers that ask; default: none, but slirp's own
wins = ["10.64.64.9"]            # likewise; default: none
encryption = "off"               # MPPE: off, allow, require (MS-CHAP alone has its keys)
header_compression = false       # of TCP/IP (RFC 1144)
idle = "0s"                      # no packet either way for so long ends a call; 0: never
echo = "20s"                     # LCP asks whether anybody is there; four questions without an answer end the call
mtu = 1500                       # what callers may send us, 128 to 1500
accm = 0                         # control characters that callers must escape: 0x000a0000 is XON and XOFF
silence = "5s"                   # beside a command: so long the caller may say nothing
after_silence = "ppp"            # then LCP is begun by us; or program

[service.tunnel.ppp]
authentication = "none"
network = "program"              # it gets the packets on descriptor 0, one a message, and sends others
program = ["/usr/local/bin/packets"]

# Accounts: who may call. Names are those of the secrets; "*" is everybody without a section. Where a caller
# says DOMAIN\anna, that is looked for whole, and then anna.
[user.anna]
dial_in = true
disabled = false
password_until = 2026-12-31      # then it has expired, but for one changed since; default: never
hours = ["mon-fri 08:00-18:00", "sat,sun", "22:00-06:00"]  # of rasd's own clock; default: always
calls = 2                        # at a time; default: as many as she likes
callback = "none"                # caller: at a number of hers; "5550199": at that one alone
address = "10.64.64.7"           # hers, and nobody else's; default: the secret's, else one of the pool
ports = ["ttyVM*"]               # where she may call; default: everywhere

# Devices of your own, each like a built-in one but for these keys. Times are in seconds.
[device.courier]
like = "usr"
kind = "modem"                   # pad, null-modem
init = ["AT&F1"]                 # each is to be answered by OK
requests = ["AT+VCID=1"]         # what it need not be able to do
attention = "AT"
dial = "ATDT{number}"
answer = "ATA"                   # "": it answers by itself
answer_connects = false          # data follows the answer at once
hangup = "ATH"                   # "": by DTR alone
escape = "+++"
guard = 1.1                      # of silence around it: longer than S12
s25 = 0.05                       # how long it looks away when DTR falls
terminator = "\r"
prompts = []                     # what may stand before an answer and says nothing
connect_names_line = true        # CONNECT reports the line's rate, not the port's
attention_timeout = 1
command_timeout = 5
dial_timeout = 75                # longer than S7
answer_timeout = 35
[[device.courier.response]]
prefix = "CONNECT FAX"           # or one of these:
means = "incompatible"
[[device.courier.response]]
suffix = "LINE BUSY"
means = "busy"
[[device.courier.response]]
anywhere = "PLEASE WAIT"         # whether lines end or not
means = "progress"
[[device.courier.response]]
line = "20"
means = "connect"                # ok, ring, progress, busy, voice, no_answer, no_carrier, no_dialtone, refused ...
rate = 57600                     # where the text does not say it
)";
}

}  // namespace offhook::rasd
