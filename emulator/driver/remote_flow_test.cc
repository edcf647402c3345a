// A remote client of a port: what waits on its way, in order, held by flow control, purged, or told as an
// event (RFC 2217).
#include <algorithm>
#include <vector>

#include "emulator/driver/remote_fixture.h"

namespace offhook::driver {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using v24::Circuit;
using namespace std::string_literals;

constexpr char suspend[] = "\x08", resume[] = "\x09";

class RemoteFlowTest : public RemoteTest {
 protected:
  RemoteFlowTest() {
    config.closing_wait = 1500ms;
    serve_ports();
    a = client(0);
  }
  /// The server has taken all that the client said before: this is carried out at the port in its turn, and
  /// needs no answer, which a client that has stopped us would not get.
  bool has_taken(uint16_t mark_bps) {
    std::string const rate{'\0', '\0', static_cast<char>(mark_bps >> 8), static_cast<char>(mark_bps)};
    a.type(sb("\x01" + rate));
    return until([&] { return status(0).dte_rate_bps == mark_bps; });
  }
  /// The port has so many bytes more for the client, and the server has had no turn to read them.
  bool wrote(uint64_t bytes, auto act) {
    uint64_t const before = status(0).bytes.to_dte;
    act();
    return until([&] { return status(0).bytes.to_dte >= before + bytes; });
  }

  Program a;
};

TEST_F(RemoteFlowTest, a_break_comes_behind_the_bytes_that_went_before) {
  Program b = called_by(a);
  a.type("before" + sb("\x05\x05") + "after");
  EXPECT_TRUE(reads(b, "after"));
  EXPECT_THAT(b.seen, HasSubstr("before" + sb("j\x10"s) + "after"));
}

TEST_F(RemoteFlowTest, carrier_falls_behind_the_bytes_that_came_before) {
  Server const server = serve();
  a.type("ATDT" + server.address() + "\r");
  Program peer = accept(server);
  EXPECT_TRUE(reads(a, "CONNECT 115200\r\n"));
  peer.type("words");
  peer.fd = io::Fd();  // both are there before the bank looks
  EXPECT_TRUE(reads(a, sb("k\x38"s)));
  EXPECT_LT(a.seen.find("words"), a.seen.find(sb("k\x38"s))) << escaped(a.seen);
}

TEST_F(RemoteFlowTest, one_that_ended_has_the_port_for_so_long_and_leaves_no_full_line) {
  a.type("ATS38=0\r");
  EXPECT_TRUE(reads(a, "OK"));
  Program far = dial(a);
  line::Parameters slow;
  slow.rate_bps = 1200;
  for (size_t port : {0u, 2u}) ASSERT_TRUE(bank->set_line(port, slow).has_value());
  std::string const text(200'000, 'f');  // half an hour of the line's
  size_t written = 0;
  ASSERT_TRUE(until([&] {
    ssize_t const n = ::write(a.fd.get(), text.data() + written, text.size() - written);
    if (n > 0) written += static_cast<size_t>(n);
    return written == text.size() && !on(0, Circuit::cts);
  }));
  a.fd = io::Fd();
  EXPECT_TRUE(idle(0));
  Program next = open(0);
  EXPECT_TRUE(on(0, Circuit::cts));
}

TEST_F(RemoteFlowTest, what_it_sends_is_held_from_xoff_to_xon) {
  set(a, 2);
  Program far = dial(a);
  far.type("\x13x");
  EXPECT_TRUE(reads(a, "x"));
  a.type("held");
  EXPECT_TRUE(has_taken(2400));
  run_for(20ms);
  far.look();
  EXPECT_EQ(far.seen, "");
  far.type("\x11");
  EXPECT_TRUE(reads(far, "held"));
  EXPECT_THAT(a.seen, Not(HasSubstr("\x11"))) << "it is no data";
}

TEST_F(RemoteFlowTest, what_waits_for_the_port_can_be_purged_and_it_may_send_again) {
  set(a, 2);
  Program far = dial(a);
  far.type("\x13x");
  EXPECT_TRUE(reads(a, "x"));
  a.type(std::string(5000, 'l'));
  EXPECT_TRUE(reads(a, sb("l"))) << "more than it likes to hold";
  a.type(sb("\x0c\x02"));
  EXPECT_TRUE(reads(a, sb("p\x02")));
  EXPECT_TRUE(reads(a, sb("m")));
  far.type("\x11");
  a.type("kept");
  EXPECT_TRUE(reads(far, "kept"));
  EXPECT_EQ(far.seen, "kept");
}

TEST_F(RemoteFlowTest, what_waits_for_the_client_stays_or_can_be_purged) {
  Program far = dial(a);
  a.type(sb(suspend));
  EXPECT_TRUE(has_taken(1200));
  EXPECT_TRUE(wrote(4, [&] { far.type("kept"); }));
  run_for(20ms);
  a.type(sb(resume));
  EXPECT_TRUE(reads(a, "kept"));
  a.type(sb(suspend));
  EXPECT_TRUE(has_taken(2400));
  EXPECT_TRUE(wrote(4, [&] { far.type("lost"); }));
  a.type(sb("\x0c\x01"));
  EXPECT_TRUE(has_taken(4800));
  EXPECT_TRUE(wrote(4, [&] { far.type("next"); }));
  a.type(sb(resume));
  EXPECT_TRUE(reads(a, "next"));
  EXPECT_THAT(a.seen, Not(HasSubstr("lost")));
}

TEST_F(RemoteFlowTest, a_client_that_suspends_stops_the_modem_by_xoff_where_it_asked_for_that) {
  a.type("AT&K4E0\r");
  EXPECT_TRUE(reads(a, "OK"));
  set(a, 15);
  Program far = dial(a);
  a.type(sb(suspend));
  EXPECT_TRUE(has_taken(1200));
  uint64_t const before = status(0).bytes.to_dte;
  far.type("waits in the modem");
  EXPECT_TRUE(until([&] { return status(2).bytes.to_line >= 18; }));
  run_for(20ms);
  EXPECT_EQ(status(0).bytes.to_dte, before);
  a.type(sb(resume));
  EXPECT_TRUE(reads(a, "waits in the modem"));
}

TEST_F(RemoteFlowTest, a_client_that_reads_again_lets_the_modem_go_on) {
  set(a, 16);
  a.type(sb(suspend));
  EXPECT_TRUE(shows(0, Circuit::rts, false));
  a.type(sb(resume));
  EXPECT_TRUE(shows(0, Circuit::rts, true));
}

TEST_F(RemoteFlowTest, a_rate_and_a_format_are_told_as_events_and_a_rate_once) {
  std::vector<std::string> told;
  auto const watch = bank->watch([&](Event const& event) {
    if (event.kind == "dte_rate" || event.kind == "dte_format") told.push_back(event.kind + " " + event.text);
  });
  EXPECT_TRUE(has_taken(2400));
  a.type(sb("\x01\0\0\x09\x60"s) + sb("\x02\x07") + sb("\x03\x03"));
  EXPECT_TRUE(reads(a, sb("g\x03"s)));
  EXPECT_THAT(told, ElementsAre("dte_rate 2400 bit/s", "dte_format 7N1", "dte_format 7E1"));
  bank->forget(watch);
}

TEST_F(RemoteFlowTest, what_it_wrote_before_its_end_arrives_however_much) {
  Program far = dial(a);
  std::string const text(150'000, 'w');
  size_t written = 0;
  ASSERT_TRUE(until([&] {
    ssize_t const n = ::write(a.fd.get(), text.data() + written, text.size() - written);
    if (n > 0) written += static_cast<size_t>(n);
    return written == text.size();
  }));
  a.fd = io::Fd();
  EXPECT_TRUE(reads(far, "NO CARRIER"));
  EXPECT_EQ(std::ranges::count(far.seen, 'w'), 150'000);
}

}  // namespace
}  // namespace offhook::driver
