// A station at a port of a real bank: what rasd and rasdial do all day.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "emulator/driver/bank_fixture.h"
#include "rasd/serial/relay.h"
#include "rasd/serial/station.h"

namespace offhook::serial {
namespace {

using at::Outcome;
using at::Task;
using v24::Circuit;

class StationTest : public driver::BankTest {
 protected:
  void SetUp() override {
    alarm.emplace(*io);
    banks.emplace(*io, *alarm);
    start();
  }
  struct Desk {
    std::optional<Station> station;
    std::optional<at::Ended> ended;
    std::vector<at::Heard> heard;
    std::string lost, trace;
    int rings = 0, readable = 0;
  };
  std::unique_ptr<Desk> desk(int port, std::string_view script = "v250") {
    auto made = std::make_unique<Desk>();
    Desk& d = *made;
    Station::Handlers handlers;
    handlers.heard = [&d](at::Heard const& heard) { d.heard.push_back(heard); };
    handlers.ended = [&d](at::Ended const& ended) { d.ended = ended; };
    handlers.lines = [](tty::Lines const&) {};
    handlers.readable = [&d] { ++d.readable; };
    handlers.lost = [&d](std::string const& why) { d.lost = why; };
    handlers.ring = [&d] { ++d.rings; };
    handlers.trace = [&d](bool to_device, std::string_view bytes) {
      d.trace.append(to_device ? ">" : "<").append(bytes);
    };
    StationConfig station_config{path(port), {}, *at::find_built_in(script)};
    station_config.script.attention_timeout = 300ms;
    d.station.emplace(*io, *alarm, *banks, std::move(station_config), std::move(handlers));
    return made;
  }
  std::unique_ptr<Desk> opened(int port) {
    auto made = desk(port, script_of(port));
    auto const done = made->station->open();
    EXPECT_TRUE(done) << done.error().text;
    EXPECT_TRUE(until([&] { return made->station->tty().generation() != 0 && status(port).open; }));
    return made;
  }
  Outcome does(Desk& desk, Task task, std::string_view number = {}) {
    desk.ended.reset();
    desk.station->talk(task, number);
    EXPECT_TRUE(until([&] { return desk.ended.has_value(); })) << at::name(task);
    return desk.ended ? desk.ended->outcome : Outcome::progress;
  }
  std::unique_ptr<Desk> initialised(int port) {
    auto made = opened(port);
    EXPECT_EQ(does(*made, Task::initialise), Outcome::ok) << made->trace;
    EXPECT_EQ(made->station->mode(), Mode::hushed);
    return made;
  }

  std::string_view script_of(int port) const {
    using Kind = driver::ModemConfig::Kind;
    Kind const kind = config.modems[static_cast<size_t>(port)].kind;
    return kind == Kind::pad ? "pad" : kind == Kind::null_modem ? "null-modem" : "v250";
  }

  std::optional<io::Alarm> alarm;
  std::optional<tty::Banks> banks;
};

/// Ports 0 and 1 are PADs.
class PadStationTest : public StationTest {
 protected:
  PadStationTest() {
    for (size_t i : {0, 1}) config.modems[i].kind = driver::ModemConfig::Kind::pad;
  }
};
/// Ports 0 and 1 are the ends of a cable.
class CableStationTest : public StationTest {
 protected:
  CableStationTest() {
    for (size_t i : {0, 1}) {
      config.modems[i].kind = driver::ModemConfig::Kind::null_modem;
      config.modems[i].cable.peer = config.modems[1 - i].number;
    }
  }
};

TEST_F(StationTest, initialises_the_modem_and_is_hushed) {
  auto const d = initialised(0);
  EXPECT_EQ(d->trace.substr(0, 10), ">ATE0Q0V1\r");
}

TEST_F(StationTest, dials_and_the_data_comes_back) {
  auto const d = initialised(0);
  ASSERT_EQ(does(*d, Task::dial, "5550000"), Outcome::connect);
  EXPECT_EQ(d->station->mode(), Mode::online);
  EXPECT_EQ(d->ended->connection.text.substr(0, 7), "CONNECT");
  auto data = d->station->take_data();
  ASSERT_TRUE(data) << data.error().message;
  std::string const said = "ping\xff\x7f\r\n";
  ASSERT_EQ(::write(data->fd.get(), said.data(), said.size()), static_cast<ssize_t>(said.size()));
  std::string got = data->early;
  EXPECT_TRUE(until([&] {
    char buffer[64];
    if (ssize_t const n = ::read(data->fd.get(), buffer, sizeof buffer); n > 0)
      got.append(buffer, static_cast<size_t>(n));
    return got == said;
  }));
  EXPECT_EQ(d->readable, 0);
  data->fd = io::Fd();
  d->station->take_back();
  EXPECT_EQ(d->station->mode(), Mode::hushed);
}

TEST_F(StationTest, hangs_up_by_dtr_and_the_modem_answers_again) {
  auto const d = initialised(0);
  ASSERT_EQ(does(*d, Task::dial, "5550000"), Outcome::connect);
  bool off = false, on_again = false;
  d->station->tty().set_dtr(false, [&](Result<void> done) { off = done.has_value(); });
  EXPECT_TRUE(until([&] { return off && !status(0).call && status(0).state == "command"; }));
  d->station->tty().set_dtr(true, [&](Result<void> done) { on_again = done.has_value(); });
  EXPECT_TRUE(until([&] { return on_again; }));
  EXPECT_EQ(does(*d, Task::initialise), Outcome::ok) << d->trace;
}

TEST_F(StationTest, hangs_up_by_escape) {
  auto const d = initialised(0);
  ASSERT_EQ(does(*d, Task::dial, "5550000"), Outcome::connect);
  EXPECT_EQ(does(*d, Task::hang_up), Outcome::ok) << d->trace;
  EXPECT_EQ(status(0).state, "command");
}

TEST_F(StationTest, a_ring_is_heard_unread_and_the_call_is_answered) {
  auto const d = initialised(0);
  d->station->arm();
  d->station->await_readable();
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  EXPECT_TRUE(until([&] { return d->rings == 1 && d->readable == 1; }));
  EXPECT_EQ(d->station->sample().rings, 1u);
  EXPECT_TRUE(d->heard.empty());
  d->station->read();
  EXPECT_TRUE(until([&] { return !d->heard.empty(); }));
  EXPECT_EQ(d->heard[0].what, at::Heard::What::ring);
  EXPECT_EQ(d->rings, 1);
  EXPECT_EQ(d->station->sample().rings, 1u);
  EXPECT_EQ(does(*d, Task::answer), Outcome::connect);
  EXPECT_TRUE(on(0, Circuit::dcd));
}

TEST_F(StationTest, calls_that_fail_say_how) {
  auto const d = initialised(0);
  EXPECT_EQ(does(*d, Task::dial, "5550001"), Outcome::busy);
  EXPECT_EQ(does(*d, Task::dial, "5550007"), Outcome::no_carrier);
  EXPECT_EQ(d->ended->text, "NO CARRIER");
  EXPECT_EQ(does(*d, Task::dial, "5550000"), Outcome::connect);
}

TEST_F(StationTest, a_carrier_that_is_lost_is_read_as_no_carrier) {
  auto const d = initialised(0);
  ASSERT_EQ(does(*d, Task::dial, "5550000"), Outcome::connect);
  d->station->take_back();
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  d->station->await_readable();
  EXPECT_TRUE(until([&] { return d->readable == 1; }));
  d->station->read();
  EXPECT_TRUE(until([&] { return !d->heard.empty(); }));
  EXPECT_EQ(d->heard[0].what, at::Heard::What::no_carrier);
  EXPECT_TRUE(d->station->sample().lines.carrier_fell);
}

TEST_F(StationTest, a_wedged_modem_is_silent) {
  auto const d = initialised(0);
  ASSERT_TRUE(bank->wedge(0).has_value());
  EXPECT_EQ(does(*d, Task::attention), Outcome::silent);
  ASSERT_TRUE(bank->reset(0).has_value());
  d->station->forget_dialogue();
  EXPECT_EQ(does(*d, Task::initialise), Outcome::ok) << d->trace;
}

TEST_F(StationTest, a_lent_port_is_the_clients_and_comes_back) {
  auto const d = initialised(0);
  auto lent = d->station->lend();
  ASSERT_TRUE(lent) << lent.error().text;
  EXPECT_EQ(d->station->mode(), Mode::lent);
  auto const client = desk(0);
  auto const adopted = client->station->adopt(std::move(*lent));
  ASSERT_TRUE(adopted) << adopted.error().text;
  EXPECT_TRUE(until([&] { return client->station->tty().generation() != 0; }));
  EXPECT_EQ(does(*client, Task::dial, "5550000"), Outcome::connect) << client->trace;
  EXPECT_EQ(d->readable, 0);
  client->station->close();
  d->station->take_back();
  EXPECT_EQ(d->station->mode(), Mode::hushed);
  EXPECT_TRUE(d->station->tty().lines().circuits.on(Circuit::dcd));
}

TEST_F(StationTest, a_task_that_is_hushed_ends_without_a_word) {
  auto const d = initialised(0);
  ASSERT_TRUE(bank->wedge(0).has_value());
  d->ended.reset();
  d->station->talk(Task::attention);
  d->station->hush();
  EXPECT_EQ(d->station->mode(), Mode::hushed);
  ASSERT_TRUE(bank->reset(0).has_value());
  d->station->talk(Task::initialise);
  EXPECT_TRUE(until([&] { return d->ended.has_value(); }));
  EXPECT_EQ(d->ended->task, Task::initialise);
}

TEST_F(StationTest, a_port_that_is_pulled_out_is_lost_and_opens_again_by_name) {
  auto const d = initialised(0);
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_TRUE(until([&] { return !d->lost.empty(); }));
  EXPECT_EQ(d->station->mode(), Mode::closed);
  ASSERT_TRUE(bank->plug(0).has_value());
  ASSERT_TRUE(d->station->open());
  EXPECT_EQ(does(*d, Task::initialise), Outcome::ok);
}

TEST_F(PadStationTest, a_pads_call_is_up_before_it_is_answered_and_its_data_is_kept) {
  auto const a = initialised(0), b = initialised(1);
  b->station->await_readable();
  EXPECT_EQ(does(*a, Task::dial, "5550101"), Outcome::connect) << a->trace;
  auto data = a->station->take_data();
  ASSERT_TRUE(data);
  ASSERT_EQ(::write(data->fd.get(), "hello\r", 6), 6);
  EXPECT_TRUE(until([&] { return b->readable != 0; }));
  b->station->read();
  EXPECT_TRUE(until([&] { return !b->heard.empty(); }));
  EXPECT_EQ(b->heard.back().what, at::Heard::What::connect);
  EXPECT_EQ(does(*b, Task::answer), Outcome::connect);
  auto far = b->station->take_data();
  ASSERT_TRUE(far);
  std::string got = far->early;
  EXPECT_TRUE(until([&] {
    char buffer[64];
    if (ssize_t const n = ::read(far->fd.get(), buffer, sizeof buffer); n > 0)
      got.append(buffer, static_cast<size_t>(n));
    return got == "hello\r";
  })) << got;
}

TEST_F(PadStationTest, a_pads_causes_are_told) {
  auto const a = initialised(0);
  EXPECT_EQ(does(*a, Task::dial, "5550001"), Outcome::busy);
  EXPECT_EQ(does(*a, Task::dial, "5550007"), Outcome::unobtainable);
}

TEST_F(CableStationTest, a_cable_needs_two_words_and_no_number) {
  auto const a = initialised(0), b = initialised(1);
  EXPECT_TRUE(until([&] { return on(0, Circuit::dcd) && on(1, Circuit::dcd); }));
  b->station->await_readable();
  a->ended.reset();
  a->station->talk(Task::dial);
  EXPECT_TRUE(until([&] {
    if (b->readable != 0) b->station->read();
    return b->rings != 0;
  }));
  EXPECT_EQ(does(*b, Task::answer), Outcome::connect);
  EXPECT_TRUE(until([&] { return a->ended.has_value(); }));
  EXPECT_EQ(a->ended->outcome, Outcome::connect);
}

TEST_F(StationTest, a_relay_carries_a_call_between_two_stations) {
  auto const a = initialised(0), b = initialised(1);
  b->station->arm();
  a->ended.reset();
  a->station->talk(Task::dial, "5550101");
  EXPECT_TRUE(until([&] { return b->rings == 1; }));
  EXPECT_EQ(does(*b, Task::answer), Outcome::connect);
  EXPECT_TRUE(until([&] { return a->ended.has_value(); }));
  ASSERT_EQ(a->ended->outcome, Outcome::connect);
  auto near = a->station->take_data();
  auto far = b->station->take_data();
  ASSERT_TRUE(near && far);
  // The answering side's data go back to it.
  std::optional<Relay::Report> report;
  int pipe_fds[2];
  ASSERT_EQ(::pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC), 0);
  Relay relay(*io, Party{std::move(far->fd), {}}, Party{io::Fd(pipe_fds[0]), io::Fd(pipe_fds[1])}, far->early,
              [&](Relay::Report const& r) { report = r; });
  ASSERT_TRUE(relay.start());
  std::string const said(50'000, 'z');
  std::string got;
  size_t written = 0;
  EXPECT_TRUE(until([&] {
    if (ssize_t const n = ::write(near->fd.get(), said.data() + written, said.size() - written); n > 0)
      written += static_cast<size_t>(n);
    char buffer[4096];
    while (ssize_t const n = ::read(near->fd.get(), buffer, sizeof buffer)) {
      if (n < 0) break;
      got.append(buffer, static_cast<size_t>(n));
    }
    return got == said;
  }));
  EXPECT_EQ(relay.counts(), (Relay::Counts{said.size(), said.size()}));
}

}  // namespace
}  // namespace offhook::serial
