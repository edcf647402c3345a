// A remote client of a port, as a bank serves it (RFC 2217).
#include <sys/ioctl.h>

#include "emulator/driver/remote_fixture.h"

namespace offhook::driver {
namespace {

using testing::HasSubstr;
using v24::Circuit;
using namespace std::string_literals;

class RemoteDteTest : public RemoteTest {};

TEST_F(RemoteDteTest, a_remote_client_is_the_dte_and_its_end_is_the_end_of_dtr) {
  serve_ports();
  EXPECT_EQ(status(2).rfc2217, "");
  Program a = client(0);
  EXPECT_TRUE(on(0, Circuit::dtr) && on(0, Circuit::rts));
  EXPECT_THAT(status(0).remote, HasSubstr("127.0.0.1:"));
  a.type("ATI\r");
  EXPECT_TRUE(reads(a, "OK\r\n"));
  Program far = dial(a);
  far.type("to the client");
  EXPECT_TRUE(reads(a, "to the client"));
  a.type("last words");
  a.fd = io::Fd();
  EXPECT_TRUE(reads(far, "NO CARRIER"));
  EXPECT_THAT(far.seen, HasSubstr("last words"));
  EXPECT_TRUE(shows(0, Circuit::dtr, false));
  EXPECT_TRUE(idle(0));
  EXPECT_FALSE(status(0).open);
  EXPECT_EQ(status(0).remote, "");

  Program program = open(0);
  program.type("AT\r");
  EXPECT_TRUE(reads(program, "OK")) << "the port is a program's again";
}

TEST_F(RemoteDteTest, settings_and_circuits_are_carried_out_at_the_port) {
  serve_ports();
  Program a = client(0);
  a.type(sb("\x01\0\0\x09\x60"s));
  EXPECT_TRUE(reads(a, sb("e\0\0\x09\x60"s)));
  EXPECT_EQ(status(0).dte_rate_bps, 2400u);
  set(a, 12);
  EXPECT_TRUE(shows(0, Circuit::rts, false));
  set(a, 11);
  EXPECT_TRUE(shows(0, Circuit::rts, true));
  set(a, 9);
  EXPECT_TRUE(shows(0, Circuit::dtr, false));
  EXPECT_TRUE(status(0).open) << "DTR off is not a close";
  set(a, 8);
  EXPECT_TRUE(shows(0, Circuit::dtr, true));
}

TEST_F(RemoteDteTest, dtr_falls_behind_the_bytes_that_went_before) {
  serve_ports();
  Program a = client(0);
  Program far = dial(a);
  a.type("all of this" + sb("\x05\x09"s));
  EXPECT_TRUE(reads(far, "NO CARRIER"));
  EXPECT_THAT(far.seen, HasSubstr("all of this"));
}

TEST_F(RemoteDteTest, ring_and_carrier_are_told_each_before_the_bytes_that_follow_it) {
  serve_ports();
  Program a = client(0);
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  EXPECT_TRUE(reads(a, sb("k\x70"s))) << "RI on";
  EXPECT_TRUE(reads(a, sb("k\x34"s))) << "and off";
  EXPECT_TRUE(reads(a, "RING"));
  EXPECT_LT(a.seen.find(sb("k\x70"s)), a.seen.find("RING"));
  a.type("ATA\r");
  EXPECT_TRUE(reads(a, "CONNECT"));
  EXPECT_TRUE(reads(a, sb("k\xb8"s))) << escaped(a.seen);
  a.seen.clear();
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_TRUE(reads(a, sb("k\x38"s)));
  EXPECT_TRUE(reads(a, "NO CARRIER"));
}

TEST_F(RemoteDteTest, seven_bits_with_parity_are_what_the_modem_and_the_far_end_get) {
  serve_ports();
  Program a = client(0);
  a.type(sb("\x02\x07") + sb("\x03\x03"));
  EXPECT_TRUE(reads(a, sb("g\x03"s)));
  Program far = dial(a);
  a.type("AC");
  EXPECT_TRUE(reads(far, "A\xc3")) << escaped(far.seen);
  far.type("B\xc2.");
  EXPECT_TRUE(reads(a, "BB.")) << escaped(a.seen);
  a.fd = io::Fd();
  EXPECT_TRUE(idle(0));
  Program program = open(0);
  program.type("ATDT5550000\r");
  EXPECT_TRUE(reads(program, "CONNECT"));
  program.type("\xc2");
  EXPECT_TRUE(reads(program, "\xc2")) << "the next DTE has eight";
}

TEST_F(RemoteDteTest, breaks_go_both_ways) {
  serve_ports();
  Program a = client(0);
  Program b = called_by(a);
  b.seen.clear();
  set(a, 5);
  EXPECT_TRUE(reads(b, sb("j\x10"s)));
  set(a, 6);
  a.seen.clear();
  b.type("\xff\xf3");
  EXPECT_TRUE(reads(a, "\0"s)) << "without the mask, as a UART reads it";
}

TEST_F(RemoteDteTest, one_client_a_port_and_the_next_is_told_who_has_it) {
  serve_ports();
  Program a = client(0);
  Program second = connect(0);
  EXPECT_TRUE(ends(second));
  EXPECT_THAT(second.seen, HasSubstr("port ttyVM0 is in use by 127.0.0.1:"));
  a.type("AT\r");
  EXPECT_TRUE(reads(a, "OK")) << "the first one is not disturbed";
  a.fd = io::Fd();
  EXPECT_TRUE(until([&] { return !status(0).open; }));
  Program third = client(0);
  third.type("AT\r");
  EXPECT_TRUE(reads(third, "OK"));
}

TEST_F(RemoteDteTest, a_program_that_has_the_port_keeps_it) {
  serve_ports();
  Program program = open(0);
  Program late = connect(0);
  EXPECT_TRUE(ends(late));
  EXPECT_THAT(late.seen, HasSubstr("port ttyVM0 is in use by a program\r\n"));
  program.type("AT\r");
  EXPECT_TRUE(reads(program, "OK"));
}

TEST_F(RemoteDteTest, a_program_beside_a_client_is_refused_or_hung_up) {
  serve_ports();
  Program a = client(0);
  Program program;
  program.fd = io::Fd(::open(path(0).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK));
  if (program.fd) {  // root, whom no TIOCEXCL stops
    EXPECT_TRUE(ends(program));
  } else {
    EXPECT_EQ(errno, EBUSY);
  }
  a.type("ATI\r");
  EXPECT_TRUE(reads(a, "OK\r\n")) << "no byte of the client's was another's";
  EXPECT_EQ(program.seen, "");
}

TEST_F(RemoteDteTest, a_port_that_is_pulled_out_ends_its_client_and_refuses_the_next) {
  serve_ports();
  Program a = client(0);
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_TRUE(ends(a));
  Program late = connect(0);
  EXPECT_TRUE(ends(late));
  EXPECT_THAT(late.seen, HasSubstr("port ttyVM0 is removed"));
  ASSERT_TRUE(bank->plug(0).has_value());
  Program again = client(0);
  again.type("AT\r");
  EXPECT_TRUE(reads(again, "OK"));
}

TEST_F(RemoteDteTest, a_client_that_suspends_gets_nothing_until_it_resumes_and_then_all) {
  serve_ports();
  Program a = client(0);
  set(a, 16);  // RTS stops the modem meanwhile
  Program far = dial(a);
  a.type(sb("\x08"));
  EXPECT_TRUE(shows(0, Circuit::rts, false));
  std::string const text(200000, 'x');
  size_t written = 0;
  for (int i = 0; i < 100 && written < text.size(); ++i) {
    ssize_t const n = ::write(far.fd.get(), text.data(), text.size() - written);
    if (n > 0) written += static_cast<size_t>(n);
    turn(1ms);
  }
  EXPECT_LT(written, text.size()) << "the far end has been stopped";
  a.look();
  EXPECT_EQ(a.seen.find('x'), std::string::npos);
  a.type(sb("\x09"));
  EXPECT_TRUE(shows(0, Circuit::rts, true));
  EXPECT_TRUE(until([&] {
    a.look();
    return static_cast<size_t>(std::count(a.seen.begin(), a.seen.end(), 'x')) == written;
  }));
}

TEST_F(RemoteDteTest, a_client_that_sends_too_much_is_asked_to_stop_and_a_command_still_gets_through) {
  serve_ports();
  Program a = client(0);
  Program far = dial(a);
  auto const suspend = sb("l"), resume = sb("m");
  std::string const text(4096, 'y');
  size_t sent = 0;
  ASSERT_TRUE(until([&] {
    if (sent < 2000000) {
      ssize_t const n = ::write(a.fd.get(), text.data(), text.size());
      if (n > 0) sent += static_cast<size_t>(n);
    }
    a.look();
    return a.seen.find(suspend) != std::string::npos;
  }));
  a.type(sb("\x05\x0c"s));
  EXPECT_TRUE(shows(0, Circuit::rts, false));
  set(a, 11);
  EXPECT_TRUE(until([&] {
    far.look();
    return far.seen.size() == sent;
  })) << far.seen.size()
      << " of " << sent;
  EXPECT_TRUE(reads(a, resume));
}

TEST_F(RemoteDteTest, a_client_that_does_not_read_slows_nobody_but_its_caller) {
  serve_ports();
  Program a = client(0);
  a.type("ATDT5550005\r");  // a pattern without end
  EXPECT_TRUE(until([&] { return status(0).bytes.to_dte > 100000; }));
  Program b = client(1);
  Program far = dial(b);
  auto const bytes = all_pairs();
  EXPECT_EQ(carry(b, far, std::string(1000, 'z')), std::string(1000, 'z'));
  EXPECT_LT(status(0).bytes.to_dte, 64u << 20);
}

TEST_F(RemoteDteTest, every_pair_of_bytes_passes_both_ways) {
  serve_ports();
  Program a = client(0);
  a.type("AT&K0E0S2=255\r");
  EXPECT_TRUE(reads(a, "OK"));
  Program far = dial(a);
  auto const bytes = all_pairs();
  std::string doubled;
  for (char c : bytes) doubled.append(c == '\xff' ? 2 : 1, c);
  size_t written = 0;
  ASSERT_TRUE(until([&] {
    if (written < doubled.size()) {
      ssize_t const n = ::write(a.fd.get(), doubled.data() + written, doubled.size() - written);
      if (n > 0) written += static_cast<size_t>(n);
    }
    far.look();
    return far.seen.size() >= bytes.size();
  }));
  EXPECT_TRUE(far.seen == bytes);
  a.look();
  a.seen.clear();
  written = 0;
  ASSERT_TRUE(until([&] {
    if (written < bytes.size()) {
      ssize_t const n = ::write(far.fd.get(), bytes.data() + written, bytes.size() - written);
      if (n > 0) written += static_cast<size_t>(n);
    }
    a.look();
    return a.seen.size() >= doubled.size();
  })) << a.seen.size();
  EXPECT_TRUE(a.seen == doubled);
}

TEST_F(RemoteDteTest, clients_that_come_and_go_leave_nothing) {
  serve_ports();
  { Program first = client(0); }
  EXPECT_TRUE(until([&] { return !status(0).open; }));
  run_for(200ms);
  auto const before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    Program a = client(0);
    if (i % 2 == 0) reset_of(a);
    a.fd = io::Fd();
    EXPECT_TRUE(until([&] { return !status(0).open; }));
  }
  EXPECT_TRUE(until([&] { return open_descriptors() <= before; })) << open_descriptors() << " of " << before;
}

TEST_F(RemoteDteTest, an_address_that_is_taken_is_said_with_its_port) {
  Server const taken = serve();
  config.modems[0].rfc2217 = trunk::Address{"127.0.0.1", taken.port};
  bank.emplace(*io, config);
  auto const started = bank->start();
  ASSERT_TRUE(started.has_error());
  EXPECT_THAT(started.error().message, HasSubstr("port ttyVM0: rfc2217: "));
  bank->stop();
}

}  // namespace
}  // namespace offhook::driver
