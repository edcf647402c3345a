#include "tests/e2e/pppd_guest.h"

#include <memory>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

using Kind = GuestSetup::Kind;

/// Of a suite, by kind.
struct World {
  BankProcess bank{{"--mode", "0666", "--modems", "6"}};
  std::unique_ptr<Guest> guest;
};
std::map<Kind, World> worlds;

/// bob is for those who know another secret of his, or none.
GuestSetup setup_of(Kind kind, BankProcess const& bank, std::map<std::string, std::string> files) {
  for (char const* name : {"/etc/ppp/pap-secrets", "/etc/ppp/chap-secrets"})
    files[name] = "ann * xyzzy *\nbob * plugh *\n";
  return {.port = bank.port(0),
          .files = std::move(files),
          .kind = kind,
          .under = kind == Kind::qemu ? Argv{VMODEM_PROGRAM, "run", "--dir", bank.dir(), "--"} : Argv{}};
}

}  // namespace

void PppdGuest::TearDownTestSuite() { worlds.clear(); }

void PppdGuest::TearDown() {
  if (HasFailure()) worlds.clear();
}

void PppdGuest::begin(Kind kind) {
  lines_ = kind == Kind::qemu;
  // It waits for what comes no more as short as it can, a second at a time instead of three, and asks as
  // long.
  pppd_ = "pppd /dev/modem 115200 nodetach debug lcp-restart 1 lcp-max-configure 30 lcp-max-terminate 1 " +
          std::string(lines_ ? "modem crtscts " : "local ");
  World& world = worlds[kind];
  bank = &world.bank;
  ASSERT_TRUE(bank->up());
  bool const boots = !world.guest;
  if (boots) world.guest = std::make_unique<Guest>(setup_of(kind, world.bank, programs()));
  guest = world.guest.get();
  if (boots) {
    ASSERT_TRUE(guest->up());
  } else {
    guest->kill();
    drop();
    hung_up();
  }
}

void PppdGuest::hung_up() const {
  EXPECT_TRUE(eventually([&] {
    auto const status = bank->vmodem({"status", "--json"}).out;
    return status.find("\"call\":null") != status.npos && status.find("\"call\":{") == status.npos;
  }));
}

void PppdGuest::dial(std::string const& options, int port) {
  guest->begin(pppd_ + options +
               " noipdefault connect-delay 1 connect 'exec chat -s -v -t 60 \"\" ATZ OK ATS10=1DT" +
               BankProcess::number(port) + " CONNECT'");
}

/// Over a line without modem lines pppd is there before the call is: what the caller says first is heard.
void PppdGuest::answer(std::string const& options) {
  hung_up();
  guest->begin(pppd_ + options +
               " name server 10.9.0.1:10.9.0.2 connect 'exec chat -s -v -t 60 \"\" ATZ OK " +
               (lines_ ? "\"\" RING ATS10=1A CONNECT'" : "ATS10=1S0=1 OK' silent"));
  // Else it misses the first, and waits for another.
  EXPECT_TRUE(guest->says(lines_ ? "expect \\(RING\\)" : "Connect: ppp0"));
}

int PppdGuest::ends() {
  guest->tell("TERM");
  return guest->ended();
}

}  // namespace offhook::e2e
