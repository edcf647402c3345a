// Many calls at once, each full both ways, and then no carrier at all: nothing is dropped before, nothing
// kept after.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "tests/e2e/ppp_dial.h"

namespace offhook::e2e {
namespace {

using testing::SizeIs;

constexpr int rate = 33600;  // bit/s each way; eight bits a byte between modems with error control (V.42)

/// Sends without end to whoever calls, and counts what each of them sends.
class Fountain {
 public:
  explicit Fountain(size_t callers) : callers_(callers), received_(callers) {
    thread_ = std::thread([this] { flow(); });
  }
  ~Fountain() {
    over_ = true;
    thread_.join();
  }
  Server const& server() const { return server_; }
  std::vector<uint64_t> received() const { return {received_.begin(), received_.end()}; }

 private:
  void flow() {
    std::string const block(4096, '=');
    std::vector<char> heard(65536);
    std::vector<pollfd> fds;
    while (!over_) {
      if (fds.size() < callers_)
        if (int const fd = server_.accept(0ms); fd >= 0) {
          fcntl(fd, F_SETFL, O_NONBLOCK);
          fds.push_back({fd, POLLIN | POLLOUT, 0});
        }
      poll(fds.data(), fds.size(), 20);
      for (size_t i = 0; i < fds.size(); ++i) {
        if (fds[i].revents & (POLLERR | POLLHUP)) fds[i].events = 0, fds[i].fd = ~fds[i].fd;
        if (fds[i].revents & POLLOUT) (void)!::write(fds[i].fd, block.data(), block.size());
        if (fds[i].revents & POLLIN)
          if (auto const n = ::read(fds[i].fd, heard.data(), heard.size()); n > 0)
            received_[i] += static_cast<uint64_t>(n);
      }
    }
    for (auto const& each : fds) ::close(each.fd < 0 ? ~each.fd : each.fd);
  }

  Server server_{256};
  size_t const callers_;
  std::vector<std::atomic<uint64_t>> received_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

/// What part of its line's rate each of them had, in percent: the least, and the middle.
struct Shares {
  Shares(std::vector<uint64_t> bytes, double seconds) {
    std::sort(bytes.begin(), bytes.end());
    auto const share = [&](uint64_t n) {
      return static_cast<int>(800.0 * static_cast<double>(n) / rate / seconds);
    };
    least = share(bytes.front()), middle = share(bytes[bytes.size() / 2]);
  }
  int least, middle;
};
std::ostream& operator<<(std::ostream& out, Shares const& shares) {
  return out << shares.least << "% of the line's rate at least, " << shares.middle << "% in the middle";
}

constexpr double a_day = 86400;

/// Of the day: "2026-01-31T12:34:56.789Z".
double seconds_of(std::string_view time) {
  auto const part = [&](size_t at, size_t n) { return std::stod(std::string(time.substr(at, n))); };
  return part(11, 2) * 3600 + part(14, 2) * 60 + part(17, 6);
}

class PppMany : public PppDial {
 protected:
  std::vector<uint64_t> fetched() const {
    std::vector<uint64_t> sizes;
    for (int i = 0; i < links_; ++i) {
      std::error_code none;
      auto const size = std::filesystem::file_size(folder / ("got" + std::to_string(i)), none);
      sizes.push_back(none ? 0 : size);
    }
    return sizes;
  }
  /// All carriers are dropped: from the first that rasd missed to the last port that listened, by the event
  /// log. To ask 400 ports again and again would be most of rasd's work.
  std::optional<double> seconds_to_listen() const {
    std::string const log = rasd->file("events");
    auto const before = read_file(log).size();
    drop_all();
    for (auto const until = Clock::now() + long_enough; Clock::now() < until;) {
      std::this_thread::sleep_for(200ms);
      std::istringstream events(read_file(log).substr(before));
      std::optional<double> first, last;
      std::set<std::string> listening;
      for (std::string line; std::getline(events, line) && !events.eof();) {  // whole lines
        auto const event = boost::json::parse(line).as_object();
        double const at = seconds_of(event.at("at").as_string());
        auto const* state = event.if_contains("state");
        if (!state) continue;  // traffic goes on to the last
        if (!first) first = at;
        if (state->as_string() == "listening") last = at, listening.emplace(event.at("port").as_string());
      }
      if (listening.size() == static_cast<size_t>(links_) * 2)
        return *last - *first + (*last < *first ? a_day : 0);
    }
    return std::nullopt;
  }
  void drop_all() const {
    auto client = rpc::Client::connect(bank->dir() + "/control.sock");
    ASSERT_TRUE(client);
    auto const deadline = Clock::now() + patience;
    for (int i = 0; i < links_; ++i)
      ASSERT_TRUE(client->send({std::to_string(i), "drop", {{"port", BankProcess::name(i)}}}, deadline));
    for (int i = 0; i < links_; ++i) ASSERT_TRUE(client->receive(deadline));
  }
};

std::vector<uint64_t> grown(std::vector<uint64_t> const& from, std::vector<uint64_t> to) {
  for (size_t i = 0; i < to.size(); ++i) to[i] -= from[i];
  return to;
}

TEST_F(PppMany, full_links_are_all_kept_and_all_are_given_back_when_the_carriers_go) {
  int const links = turns(10, 200);
  OFFHOOK_BEGIN(links, "pool = \"10.64.64.11-10.64.64." + std::to_string(10 + links) + "\"\n");
  for (int i = 0; i < links; ++i)
    ASSERT_EQ(bank->vmodem({"line", BankProcess::name(i), "rate=" + std::to_string(rate)}).status, 0);
  Fountain fountain(static_cast<size_t>(links));
  std::string const port = std::to_string(fountain.server().port());
  std::vector<Dialling> calls;
  calls.reserve(static_cast<size_t>(links));
  for (int i = 0; i < links; ++i)
    calls.push_back(dials(i, "exec bash -c 'exec 3<>/dev/tcp/10.64.64.1/" + port + "; cat <&3 >got" +
                                 std::to_string(i) + " & exec cat /dev/zero >&3'"));
  auto const all_move = [&](auto const& received, auto const& before) {
    return std::ranges::all_of(grown(received, fountain.received()), [](auto n) { return n > 0; }) &&
           std::ranges::all_of(grown(before, fetched()), [](auto n) { return n > 0; });
  };
  std::vector<uint64_t> const none(static_cast<size_t>(links));
  auto const unmoved = [&] {
    std::string text;
    auto const sizes = fetched();
    for (size_t i = 0; i < sizes.size(); ++i)
      if (sizes[i] == 0) text += "link " + std::to_string(i) + ": " + calls[i].complained() + "\n";
    return text;
  };
  ASSERT_TRUE(eventually([&] { return all_move(none, none); }, long_enough)) << unmoved() << rasd->log();
  auto const began = Clock::now();
  auto const up = fountain.received(), down = fetched();
  for (int slice = 0; slice < turns(1, 4); ++slice) {
    auto const received = fountain.received(), before = fetched();
    std::this_thread::sleep_for(15s);
    EXPECT_TRUE(all_move(received, before)) << "a link that stands still for 15 s, in slice " << slice;
  }
  double const seconds = std::chrono::duration<double>(Clock::now() - began).count();
  Shares const to_rasd(grown(up, fountain.received()), seconds), from_rasd(grown(down, fetched()), seconds);
  std::cout << links << " links: to rasd " << to_rasd << "\nfrom rasd " << from_rasd << "\n";
  // Nine tenths on a machine with time; where TCP sends all twice, at most half to one side
  // (rasd/net/README.md).
  EXPECT_GT(to_rasd.middle, 55);
  EXPECT_GT(from_rasd.middle, 55);
  for (auto& each : calls) ASSERT_TRUE(each.process.running()) << each.complained();

  auto const took = seconds_to_listen();
  ASSERT_TRUE(took) << rasd->log();
  std::cout << 2 * links << " ports listened in " << *took << " s\n";
  EXPECT_LT(*took, 30) << "2 s is the goal, on a quiet machine";
  for (auto& each : calls) EXPECT_EQ(each.process.wait(long_enough), 128 + SIGHUP) << each.complained();
  EXPECT_TRUE(all_are_gone());

  // The pool has as many addresses as there are links: one that was kept would be missed now.
  std::vector<Dialling> again;
  again.reserve(static_cast<size_t>(links));
  for (int i = 0; i < links; ++i) again.push_back(dials(i, "echo address=$RAS_ADDRESS; exec sleep 1000"));
  std::set<std::string> addresses;
  for (auto const& each : again) {
    ASSERT_TRUE(says(each, "\n"));
    addresses.insert(each.said());
  }
  EXPECT_THAT(addresses, SizeIs(links));
}

}  // namespace
}  // namespace offhook::e2e
