#include "tests/e2e/pppd_guest.h"

#include "tests/e2e/network.h"

namespace offhook::e2e {

void PppdGuest::begin(GuestSetup::Kind kind) {
  bool const lines = kind == GuestSetup::Kind::qemu;  // the modem's, which only a 16550 has
  ASSERT_TRUE(bank.up());
  guest.emplace(GuestSetup{
      .port = bank.port(0),
      .files = {{"/etc/ppp/pap-secrets", "ann * xyzzy *\n"}, {"/etc/ppp/chap-secrets", "ann * xyzzy *\n"}},
      .kind = kind,
      .under = lines ? Argv{VMODEM_PROGRAM, "run", "--dir", bank.dir(), "--"} : Argv{}});
  ASSERT_TRUE(guest->up());
  pppd_ = "pppd /dev/modem 115200 nodetach debug " + std::string(lines ? "modem crtscts " : "local ");
}

void PppdGuest::hung_up() const {
  EXPECT_TRUE(eventually([&] {
    auto const status = bank.vmodem({"status", "--json"}).out;
    return status.find("\"call\":null") != status.npos && status.find("\"call\":{") == status.npos;
  }));
}

void PppdGuest::dial(std::string const& options, int port) {
  guest->begin("ppp", pppd_ + options + " noipdefault connect 'chat -s -v -t 60 \"\" ATZ OK ATDT" +
                          BankProcess::number(port) + " CONNECT'");
}

void PppdGuest::answer(std::string const& options) {
  hung_up();
  guest->begin("ppp",
               pppd_ + options +
                   " name server 10.9.0.1:10.9.0.2 connect 'chat -s -v -t 60 \"\" ATZ OK \"\" RING ATA "
                   "CONNECT'");
  EXPECT_TRUE(guest->says("ppp", "expect \\(RING\\)"));  // else it misses the first, and waits for another
}

int PppdGuest::ends() {
  guest->sh("kill -TERM $(pidof pppd)");
  return guest->ended("ppp");
}

}  // namespace offhook::e2e
