// Calls that carry PPP: rasdial in a process of its own, and at the number it calls a link's driver in this
// one.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include "dialer/app/rasdial_fixture.h"
#include "rasd/net/link_driver.h"

namespace offhook::dialer {
namespace {

using ppp::ipv4;
using testing::ElementsAre;
using testing::HasSubstr;

/// Port 1 answers, asks for CHAP and knows anna. Behind it is this host's loopback.
class PppCall : public Rasdial {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    Rasdial::SetUp();
    alarm.emplace(*io);
    far = open(1);
    far.type("ATS0=1\r");
    ASSERT_TRUE(reads(far, "OK"));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    listener = io::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener.get(), 8), 0);
    ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
    port = std::to_string(ntohs(address.sin_port));
  }
  ~PppCall() override {
    peer.reset();
    alarm.reset();
  }

  void dial(std::string const& password, std::vector<std::string> const& command) {
    std::vector<std::string> words{"--number", "5550101", "--port", "ttyVM0", "--ppp", "anna", password};
    words.insert(words.end(), command.begin(), command.end());
    run(words);
    ASSERT_TRUE(reads(far, "CONNECT")) << complained;
    serve();
  }
  void serve() {
    net::LinkDriver::Handlers handlers;
    handlers.proof = [this](ppp::Proof const& proof) {
      peer->answer(
          proof.serial,
          ppp::check(proof, proof.user == "anna" ? std::optional<std::string_view>("right") : std::nullopt));
    };
    handlers.callback_asked = [this](ppp::CallbackAsked const&) { peer->grant_callback(grant); };
    handlers.callback_agreed = [this](ppp::CallbackAgreed const& agreed) { calls = agreed.number; };
    handlers.up = [this](net::Agreed const&) { up = true; };
    handlers.ended = [this](net::Ended const& how) { ended = how; };
    ppp::LinkConfig link;
    link.lcp.demand = {ppp::AuthMethod::chap_md5};
    link.lcp.grant_callback = calls.empty();
    link.ipcp.own = ipv4(10, 0, 2, 2);
    link.ipcp.peer = ipv4(10, 0, 2, 15);
    link.ipcp.dns = {ipv4(10, 0, 2, 3), 0};
    peer.emplace(*io, *alarm, io::Fd(::dup(far.fd.get())), "", link,
                 net::make_slirp(*io, {.host_loopback = true}), std::move(handlers));
    ASSERT_TRUE(peer->start());
  }
  /// Whoever comes to the listener is told this.
  void greet() {
    io::Fd const guest(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (guest) {
      EXPECT_GT(::write(guest.get(), "a page\n", 7), 0);
    }
  }
  std::string fetch() const { return "exec 3<>/dev/tcp/10.0.2.2/" + port + "; cat <&3"; }

  std::optional<io::Alarm> alarm;
  Program far;
  io::Fd listener;
  std::string port;
  std::optional<net::LinkDriver> peer;
  std::optional<net::Ended> ended;
  ppp::CallbackGrant grant;
  std::string calls;  // whom the far end calls back
  bool up = false;
};

TEST_F(PppCall, a_command_has_the_call_as_its_only_network) {
  dial("right", {"--", "bash", "-c", "cat /etc/resolv.conf; echo $RAS_ADDRESS; " + fetch()});
  ASSERT_TRUE(until([&] { return greet(), look(), status.has_value(); })) << complained;
  EXPECT_EQ(*status, 0) << complained;
  EXPECT_THAT(printed, HasSubstr("nameserver 10.0.2.3\n10.0.2.15\na page\n"));
  EXPECT_THAT(complained, HasSubstr("Negotiating with the far end ...\nAuthenticating as anna ...\n"
                                    "Registering on the network ...\nRegistered on the network as 10.0.2.15\n"
                                    "Connected to 5550101"));
  EXPECT_THAT(manager->states,
              ElementsAre("opening", "initialising", "dialling", "authenticating", "authenticating",
                          "projecting", "connected", "hanging_up", "hanging_up"));
  EXPECT_EQ(manager->last.user, "anna");
  EXPECT_EQ(manager->last.address, "10.0.2.15");
  EXPECT_TRUE(port_is_free());
  ASSERT_TRUE(until([&] { return ended.has_value(); }));
  EXPECT_THAT(ended->text, HasSubstr("the user hung up"));
}

TEST_F(PppCall, that_stands_tells_its_bytes) {
  dial("right", {"--", "sleep", "1000"});
  ASSERT_TRUE(until([&] { return look(), manager->last.bytes_in > 0 && manager->last.bytes_out > 0; }))
      << complained;
  EXPECT_EQ(manager->last.state, "connected");
  peer->close("enough");
  ASSERT_TRUE(until([&] { return look(), status.has_value(); })) << complained;
  EXPECT_TRUE(port_is_free());
}

TEST_F(PppCall, that_is_called_back_is_the_commands_network_when_the_far_end_has_called) {
  grant.kind = ppp::CallbackKind::by_caller;
  dial("right", {"--callback", "5550100", "--", "bash", "-c", "echo $RAS_ADDRESS; " + fetch()});
  ASSERT_TRUE(complains("Waiting to be called back ...")) << complained;
  ASSERT_TRUE(until([&] { return ended.has_value(); }));
  EXPECT_EQ(ended->error, 0u);
  EXPECT_EQ(calls, "5550100");
  peer.reset();
  ASSERT_TRUE(until([&] { return !status_of(1).call; }));
  EXPECT_TRUE(manager->held());
  far.seen.clear();
  far.type("ATDT5550100\r");
  ASSERT_TRUE(reads(far, "CONNECT 115200\r\n")) << complained;
  serve();
  ASSERT_TRUE(until([&] { return greet(), look(), status.has_value(); })) << complained;
  EXPECT_EQ(*status, 0) << complained;
  EXPECT_EQ(printed, "10.0.2.15\na page\n");
  EXPECT_THAT(complained,
              HasSubstr("Authenticating as anna ...\nThe far end will call back at 5550100: hanging "
                        "up ...\nInitialising the modem ...\nWaiting to be called back ...\nIt "
                        "rings: answering ...\nCalled back"));
  EXPECT_EQ(manager->requests, 1u);
  EXPECT_TRUE(port_is_free());
}

TEST_F(PppCall, cannot_be_called_back_at_what_is_no_number_nor_without_ppp) {
  run({"--number", "5550101", "--ppp", "/CALLBACK:home", "--", "true"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("Error 751: The callback number may have digits"));
  complained.clear();
  status.reset();
  run({"--number", "5550101", "--callback", "5550100"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 2);
  EXPECT_THAT(complained, HasSubstr("--callback is for a call that carries PPP"));
}

TEST_F(PppCall, a_wrong_password_is_error_691) {
  dial("wrong", {"--", "true"});
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 1);
  EXPECT_THAT(complained, HasSubstr("Error 691: Access denied"));
  EXPECT_FALSE(up);
  EXPECT_TRUE(port_is_free());
}

TEST_F(PppCall, a_line_that_echoes_is_error_737) {
  run({"--number", "5550000", "--ppp", "--", "true"});
  ASSERT_TRUE(ends());
  EXPECT_THAT(complained, HasSubstr("Error 737: The line is looped"));
  EXPECT_TRUE(port_is_free());
}

TEST_F(PppCall, a_lost_carrier_hangs_the_command_up_and_frees_the_port) {
  dial("right", {"--", "sh", "-c", "echo running; sleep 1000"});
  ASSERT_TRUE(prints("running")) << complained;
  ASSERT_TRUE(bank->drop(0, driver::Bank::DropRequest{}));
  ASSERT_TRUE(ends());
  EXPECT_EQ(*status, 128 + SIGHUP);
  EXPECT_TRUE(port_is_free());
}

TEST_F(PppCall, a_killed_rasdial_leaves_neither_program_nor_lease) {
  dial("right", {"--", "sh", "-c", "echo running; setsid sleep 1000"});
  ASSERT_TRUE(prints("running")) << complained;
  ::kill(pid, SIGKILL);
  ASSERT_TRUE(ends());
  std::array<char, 8> rest;
  EXPECT_TRUE(until([&] { return ::read(out.get(), rest.data(), rest.size()) == 0; }))
      << "a program still runs";
  EXPECT_TRUE(port_is_free());
}

/// In the background the call is an interface of the host: here, of a network namespace made for the test.
class PppInterface : public PppCall {
 protected:
  void in_child() override {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(99);
  }
};

TEST_F(PppInterface, in_the_background_the_call_is_an_interface_of_the_host) {
  if (::geteuid() != 0) GTEST_SKIP() << "wants CAP_NET_ADMIN";
  dial("right", {});
  ASSERT_TRUE(ends()) << complained;
  EXPECT_EQ(*status, 0) << complained;
  EXPECT_THAT(printed, HasSubstr(" as 10.0.2.15\n"));
  EXPECT_TRUE(up);
  EXPECT_TRUE(manager->held());
  manager->end("admin_reset", "hung up by root");
  EXPECT_TRUE(port_is_free());
}

}  // namespace
}  // namespace offhook::dialer
