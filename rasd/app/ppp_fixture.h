// Callers who speak PPP to a manager's ports, in one process: the other end is the same driver of links, as
// rasdial has it.
#pragma once

#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rasd/app/rasd_fixture.h"
#include "rasd/net/link_driver.h"

namespace offhook::rasd {

/// A caller who speaks PPP.
struct Caller {
  std::unique_ptr<net::LinkDriver> link;
  std::optional<net::Agreed> up;
  std::optional<net::Ended> ended;
  std::vector<ppp::AuthOutcome> told;
};

class PppServiceTest : public RasdTest {
 protected:
  void SetUp() override {
    RasdTest::SetUp();
    std::signal(SIGPIPE, SIG_IGN);
    write_secrets("anna * tulip\nbob * rose 10.9.0.77\n");
  }
  std::string secrets() const { return dir + "/chap-secrets"; }
  void write_secrets(std::string_view text, mode_t mode = 0600) const {
    std::ofstream(secrets()) << text;
    ::chmod(secrets().c_str(), mode);
  }
  std::string ppp_keys(std::string const& more = {}) const {
    return "[service.s.ppp]\nchap_secrets = '" + secrets() +
           "'\nnetwork = 'none'\naddress = '10.9.0.1'\npool = '10.9.0.2'\ndns = ['10.9.0.53']\n" + more +
           "\n";
  }
  void serve(std::string const& text) {
    run(text + port(1, "service = 's'"));
    ASSERT_TRUE(listens(1));
  }

  Program connects() {
    Program caller = dials(1);
    EXPECT_TRUE(reads(caller, "CONNECT 115200\r\n"));
    caller.seen.erase(0, caller.seen.find("CONNECT 115200\r\n") + 16);
    return caller;
  }
  void speak(Caller& peer, Program& caller, std::string const& user, std::string const& password,
             std::optional<ppp::CallbackWish> const& callback = {}) {
    ppp::LinkConfig wish;
    if (callback) {
      wish.lcp.callback = ppp::callback_cbcp;
      wish.callback = *callback;
    }
    wish.lcp.prove = {ppp::AuthMethod::ms_chap_v2, ppp::AuthMethod::chap_md5};
    wish.credentials = ppp::Credentials{user, password};
    wish.ipcp.ask_dns = true;
    net::LinkDriver::Handlers handlers;
    handlers.up = [&](net::Agreed const& agreed) { peer.up = agreed; };
    handlers.authenticated = [&](ppp::Authenticated const& what) { peer.told.push_back(what.outcome); };
    handlers.ended = [&](net::Ended const& how) { peer.ended = how; };
    peer.link = std::make_unique<net::LinkDriver>(*io, *alarm, std::move(caller.fd), caller.seen, wish,
                                                  net::make_none(), std::move(handlers));
    ASSERT_TRUE(peer.link->start());
  }
  void call(Caller& peer, std::string const& user, std::string const& password) {
    Program caller = connects();
    speak(peer, caller, user, password);
  }
  bool comes_up(Caller& peer) {
    return until([&] { return peer.up || peer.ended; }) && peer.up;
  }
  port::Why call_ends() {
    size_t const from = seen;
    auto const end = [&]() -> port::Entry const* {
      for (size_t i = from; i < entries.size(); ++i)
        if (entries[i].change.kind == port::Change::Kind::call_ended) return &entries[seen = i];
      return nullptr;
    };
    return until([&] { return end() != nullptr; }) ? end()->change.why : port::Why::none;
  }
  size_t seen = 0;
};

}  // namespace offhook::rasd
