// The DTE's end of a port against a bank on real ptys, in one process and one event loop.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <boost/asio/io_context.hpp>

#include "emulator/base/text.h"
#include "emulator/driver/bank_fixture.h"
#include "emulator/tty/tty.h"

namespace offhook::tty {
namespace {

using v24::Circuit;

class TtyTest : public driver::BankTest {
 protected:
  void SetUp() override {
    alarm.emplace(*io);
    banks.emplace(*io, *alarm);
    start();
  }
  struct Terminal {
    std::optional<Tty> tty;
    std::vector<Lines> lines;
    std::string lost;
    int readable = 0;
    std::string text;
    void look() {
      std::array<std::byte, 4096> buffer;
      while (size_t const n = tty->read(buffer)) text += as_text(Bytes(buffer).first(n));
    }
  };
  std::unique_ptr<Terminal> terminal(std::string const& name) {
    auto made = std::make_unique<Terminal>();
    Terminal& t = *made;
    t.tty.emplace(
        *io, *alarm, *banks, name, Settings{},
        Tty::Handlers{[&t] { ++t.readable; }, [] {}, [&t](Lines const& lines) { t.lines.push_back(lines); },
                      [&t](std::string const& why) { t.lost = why; }});
    return made;
  }
  /// Open, and the bank has told which generation it is.
  std::unique_ptr<Terminal> opened(int port) {
    auto made = terminal(path(port));
    auto const done = made->tty->open();
    EXPECT_TRUE(done) << done.error().text;
    EXPECT_TRUE(until([&] { return made->tty->generation() != 0 && status(port).open; }));
    return made;
  }
  /// What became of a request.
  struct Answer {
    std::optional<Result<void>> result;
    Tty::Done take() {
      return [this](Result<void> done) { result = std::move(done); };
    }
  };
  bool succeeds(Answer& answer) {
    EXPECT_TRUE(until([&] { return answer.result.has_value(); }));
    return answer.result && answer.result->has_value();
  }

  std::optional<io::Alarm> alarm;
  std::optional<Banks> banks;
};

TEST_F(TtyTest, a_name_that_is_not_there_is_absent) {
  auto const t = terminal(config.dir + "/ttyVM9");
  auto const done = t->tty->open();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().trouble, Trouble::absent);
  EXPECT_NE(done.error().text.find("ttyVM9: No such file"), std::string::npos);
}

TEST_F(TtyTest, what_is_no_serial_line_is_not_opened) {
  auto const t = terminal("/dev/null");
  auto const done = t->tty->open();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().trouble, Trouble::other);
  EXPECT_FALSE(t->tty->is_open());
}

TEST_F(TtyTest, talks_to_the_modem_and_sees_its_circuits) {
  auto const t = opened(0);
  EXPECT_EQ(t->tty->source(), Source::side_channel);
  EXPECT_TRUE(t->tty->lines().circuits.on(Circuit::dsr));
  EXPECT_FALSE(t->tty->lines().circuits.on(Circuit::dcd));
  EXPECT_EQ(t->tty->write(as_bytes("AT\r")), 3u);
  t->tty->await_readable();
  EXPECT_TRUE(until([&] { return t->readable == 1; }));
  EXPECT_TRUE(until([&] {
    t->look();
    return t->text.find("OK") != std::string::npos;
  }));
}

TEST_F(TtyTest, rings_are_counted_by_their_edges) {
  auto const t = opened(0);
  t->tty->arm();
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  EXPECT_TRUE(until([&] { return t->tty->lines().rings == 1; }));
  EXPECT_FALSE(t->lines.empty());
  t->tty->arm();
  EXPECT_EQ(t->tty->lines().rings, 0u);
}

TEST_F(TtyTest, a_carrier_that_fell_and_came_again_is_seen_to_have_fallen) {
  auto const t = opened(0);
  t->tty->write(as_bytes("ATDT5550000\r"));
  EXPECT_TRUE(until([&] { return t->tty->lines().circuits.on(Circuit::dcd); }));
  t->tty->arm();
  EXPECT_FALSE(t->tty->lines().carrier_fell);
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_TRUE(until([&] { return !on(0, Circuit::dcd); }));
  EXPECT_TRUE(t->tty->lines().carrier_fell);
}

TEST_F(TtyTest, the_circuit_is_known_before_the_byte_that_follows_it) {
  auto const t = opened(0);
  t->tty->write(as_bytes("ATDT5550004\r"));  // answers, then loses its carrier
  EXPECT_TRUE(until([&] {
    t->look();
    return t->text.find("NO CARRIER") != std::string::npos;
  }));
  ASSERT_FALSE(t->lines.empty());
  EXPECT_FALSE(t->lines.back().circuits.on(Circuit::dcd));
  EXPECT_TRUE(t->lines.back().carrier_fell);
}

TEST_F(TtyTest, dtr_falls_and_rises_as_told) {
  auto const t = opened(0);
  EXPECT_TRUE(on(0, Circuit::dtr));
  for (bool const wanted : {false, true}) {
    Answer answer;
    t->tty->set_dtr(wanted, answer.take());
    ASSERT_TRUE(succeeds(answer));
    EXPECT_EQ(on(0, Circuit::dtr), wanted);
  }
}

TEST_F(TtyTest, dtr_may_be_set_before_the_bank_has_said_a_word) {
  auto const t = terminal(path(0));
  ASSERT_TRUE(t->tty->open());
  Answer answer;
  t->tty->set_dtr(false, answer.take());
  ASSERT_TRUE(succeeds(answer));
  EXPECT_FALSE(on(0, Circuit::dtr));
}

TEST_F(TtyTest, revocation_takes_the_port_from_every_holder) {
  auto const t = opened(0);
  auto second = t->tty->second_open();
  ASSERT_TRUE(second) << second.error().text;
  Answer answer;
  t->tty->revoke(answer.take());
  ASSERT_TRUE(succeeds(answer));
  EXPECT_EQ(status(0).generation, 2u);
  EXPECT_TRUE(until([&] { return !t->lost.empty(); }));
  pollfd p{second->get(), POLLIN, 0};
  EXPECT_EQ(::poll(&p, 1, 0), 1);
  EXPECT_TRUE((p.revents & POLLHUP) != 0);
  ASSERT_TRUE(t->tty->open());
  EXPECT_TRUE(until([&] { return t->tty->generation() == 2; }));
}

TEST_F(TtyTest, who_was_stopped_while_the_port_got_a_fresh_pty_cannot_act_on_it) {
  auto const stopped = opened(0);
  auto const other = opened(0);
  Answer revoked;
  other->tty->revoke(revoked.take());
  ASSERT_TRUE(succeeds(revoked));
  ASSERT_TRUE(other->tty->open());
  EXPECT_TRUE(until([&] { return other->tty->generation() == 2 && status(0).open; }));
  Answer dtr, again;
  stopped->tty->set_dtr(false, dtr.take());
  EXPECT_FALSE(succeeds(dtr));
  stopped->tty->revoke(again.take());
  EXPECT_FALSE(succeeds(again));
  EXPECT_TRUE(on(0, Circuit::dtr));
  EXPECT_EQ(status(0).generation, 2u);
  EXPECT_EQ(other->lost, "");
}

TEST_F(TtyTest, a_cable_that_is_pulled_out_loses_the_descriptor_unasked) {
  auto const t = opened(0);
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_TRUE(until([&] { return !t->lost.empty(); }));
  EXPECT_EQ(t->tty->open().error().trouble, Trouble::absent);
}

TEST_F(TtyTest, a_parked_tty_is_woken_by_hang_ups_alone) {
  auto const t = opened(0);
  t->tty->await_readable();
  t->tty->park();
  t->tty->write(as_bytes("AT\r"));
  auto const reader = t->tty->second_open();
  ASSERT_TRUE(reader);
  pollfd p{reader->get(), POLLIN, 0};
  EXPECT_TRUE(until([&] { return ::poll(&p, 1, 0) == 1; }));
  EXPECT_EQ(t->readable, 0);
  t->tty->unpark();
  t->tty->await_readable();
  EXPECT_TRUE(until([&] { return t->readable == 1; }));
  t->tty->park();
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_TRUE(until([&] { return !t->lost.empty(); }));
}

TEST_F(TtyTest, an_exclusive_port_is_still_opened_once_more_for_a_lease) {
  auto const t = opened(0);
  ASSERT_TRUE(t->tty->exclusive(true));
  ASSERT_TRUE(t->tty->second_open());
  int exclusive = 0;
  ASSERT_EQ(::ioctl(t->tty->fd(), TIOCGEXCL, &exclusive), 0);
  EXPECT_EQ(exclusive, 1);
  if (::geteuid() == 0) GTEST_SKIP() << "root is not kept out by TIOCEXCL";
  auto const other = terminal(path(0));
  EXPECT_EQ(other->tty->open().error().trouble, Trouble::busy);
}

TEST_F(TtyTest, a_bank_that_comes_back_is_found_again) {
  auto const t = opened(0);
  auto const other = opened(1);
  bank.reset();
  EXPECT_TRUE(until([&] { return !t->lost.empty(); }));
  Answer answer;
  other->tty->set_dtr(false, answer.take());
  EXPECT_FALSE(succeeds(answer));
  t->tty->close();
  start();
  ASSERT_TRUE(t->tty->open());
  EXPECT_TRUE(until([&] { return t->tty->generation() != 0 && status(0).open; }));
  Answer dtr;
  t->tty->set_dtr(false, dtr.take());
  EXPECT_TRUE(succeeds(dtr));
  EXPECT_FALSE(on(0, Circuit::dtr));
}

TEST_F(TtyTest, what_the_bank_does_not_know_is_refused_in_words) {
  SideChannel channel(*io, *alarm, config.dir + "/v24.sock");
  uint64_t const attachment = channel.attach("ttyVM0", [](PortState const*) {});
  Answer unknown, not_ours;
  channel.revoke("ttyVM9", 0, unknown.take());
  EXPECT_FALSE(succeeds(unknown));
  EXPECT_EQ(unknown.result->error().message, "ttyVM9: unknown port");
  v24::Circuits dcd;
  dcd.set(Circuit::dcd, true);
  channel.set("ttyVM0", 0, dcd, dcd, not_ours.take());
  EXPECT_FALSE(succeeds(not_ours));
  channel.detach(attachment);
}

TEST_F(TtyTest, without_a_bank_every_request_is_answered_that_there_is_none) {
  SideChannel channel(*io, *alarm, config.dir + "/nobody.sock");
  uint64_t const attachment = channel.attach("ttyVM0", [](PortState const*) { FAIL(); });
  Answer answer;
  channel.revoke("ttyVM0", 0, answer.take());
  EXPECT_FALSE(answer.result);
  EXPECT_FALSE(succeeds(answer));
  EXPECT_NE(answer.result->error().message.find("there is no bank"), std::string::npos);
  channel.detach(attachment);
}

TEST_F(TtyTest, dtr_that_was_set_outlives_what_was_not_read) {
  auto const t = opened(0);
  Answer answer;
  t->tty->set_dtr(false, answer.take());
  ASSERT_TRUE(succeeds(answer));
  // 2,000 changes nobody reads make the bank's socket run over, and it owes the state: the last one counts.
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(bank->unplug(0, false).has_value());
    ASSERT_TRUE(bank->plug(0).has_value());
  }
  EXPECT_TRUE(until([&] { return t->tty->lines().circuits.on(Circuit::dsr); }));
  EXPECT_FALSE(on(0, Circuit::dtr));
}

TEST_F(TtyTest, one_connection_serves_all_ports_of_a_bank) {
  auto const a = opened(0), b = opened(1);
  auto const channel = banks->of(path(0));
  ASSERT_TRUE(channel);
  EXPECT_EQ(channel, banks->of(path(1)));
  EXPECT_EQ(banks->of("/dev/null"), nullptr);
  EXPECT_EQ(banks->of(config.dir + "/ttyVM9"), nullptr);
}

TEST_F(TtyTest, a_pty_of_no_banks_has_no_circuits_and_says_so) {
  int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(master, 0);
  io::Fd const keeper(master);
  ASSERT_EQ(::grantpt(master), 0);
  ASSERT_EQ(::unlockpt(master), 0);
  auto const t = terminal(::ptsname(master));
  ASSERT_TRUE(t->tty->open());
  EXPECT_EQ(t->tty->source(), Source::none);
  EXPECT_TRUE(t->tty->lines().circuits.on(Circuit::dsr));
  Answer answer;
  t->tty->set_dtr(false, answer.take());
  EXPECT_FALSE(succeeds(answer));
  EXPECT_NE(answer.result->error().message.find("108/DTR"), std::string::npos);
}

TEST_F(TtyTest, bad_speeds_are_refused_by_name) {
  Tty tty(*io, *alarm, *banks, path(0), Settings{12345, true}, {});
  auto const done = tty.open();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().text.find("12345"), std::string::npos);
}

}  // namespace
}  // namespace offhook::tty
