// A modem pool: hunt groups in both orders, no answer and busied-out lines passed over; and numbers that
// change while the bank is up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

constexpr char ok[] = "\r\nOK\r\n", ring[] = "RING\r\n", no_carrier[] = "NO CARRIER\r\n";

class Pool : public testing::Test {
 protected:
  /// Modems 1 to 3 behind number 100, which a listener rings too; modems 0 and 4 call.
  void open_pool(std::string const& how) {
    bank.emplace(
        "[bank]\nmodems = 5\n[[hunt_group]]\nnumber = \"100\"\n"
        "members = [\"ttyVM1\", \"ttyVM2\", \"ttyVM3\"]\n" +
        how + "\n[[listener]]\naddress = \"127.0.0.1:0\"\nnumber = \"100\"\n");
    ASSERT_TRUE((*bank)->up());
    for (int i = 0; i < 5; ++i) ports.emplace_back(std::make_unique<PortFile>((*bank)->port(i)));
    for (auto& port : ports) ASSERT_TRUE(port->command("AT"));
  }
  PortFile& port(size_t i) { return *ports[i]; }
  /// `from` calls the group and member `to` answers.
  void call(size_t from, size_t to) {
    ASSERT_TRUE(port(from).type("ATDT100\r"));
    ASSERT_TRUE(port(to).expect(ring)) << "member " << to;
    ASSERT_TRUE(port(to).type("ATA\r"));
    ASSERT_TRUE(port(from).expect("\nCONNECT 115200\r\n"));
    ASSERT_TRUE(port(to).expect("\nCONNECT 115200\r\n"));
  }
  /// Ends a call by the modem that is closed and opened again.
  void hang_up(size_t from, size_t to) {
    port(from).close();
    ASSERT_TRUE(port(to).expect(no_carrier));
    ports[from] = std::make_unique<PortFile>((*bank)->port(static_cast<int>(from)));
    ASSERT_TRUE(port(from).command("AT"));
  }
  std::optional<ConfiguredBank> bank;
  std::vector<std::unique_ptr<PortFile>> ports;
};

TEST_F(Pool, of_linear_order_rings_the_first_that_is_free) {
  open_pool("order = \"linear\"");
  call(0, 1);
  call(4, 2);
  hang_up(0, 1);
  call(0, 1);
}

TEST_F(Pool, of_round_robin_order_rings_the_one_after_the_last) {
  open_pool("order = \"round_robin\"");
  for (size_t member : {1u, 2u, 3u, 1u}) {
    call(0, member);
    hang_up(0, member);
  }
}

TEST_F(Pool, rings_the_next_one_where_nobody_answers) {
  open_pool("no_answer = 1");
  ASSERT_TRUE(port(0).type("ATDT100\r"));
  ASSERT_TRUE(port(1).expect(ring));
  ASSERT_TRUE(port(2).expect(ring));
  ASSERT_TRUE(port(3).expect(ring));
  ASSERT_TRUE(port(3).type("ATA\r"));
  ASSERT_TRUE(port(0).expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(port(3).expect("\nCONNECT 115200\r\n"));
  EXPECT_EQ(port(1).listen(100ms).find("RING"), std::string::npos) << "it rang for one burst";
}

TEST_F(Pool, passes_over_a_line_that_is_busied_out) {
  open_pool("");
  ASSERT_TRUE(port(1).command("ATH1"));
  call(0, 2);
  ASSERT_TRUE(port(1).command("ATH0"));
  call(4, 1);
}

TEST_F(Pool, is_busy_when_all_its_lines_are) {
  open_pool("");
  for (size_t member : {1u, 2u, 3u}) ASSERT_TRUE(port(member).command("ATH1"));
  ASSERT_TRUE(port(0).type("ATDT100\r"));
  EXPECT_TRUE(port(0).expect("\r\nBUSY\r\n"));
  Peer caller(Peer::connect_to(bank->listener()));
  EXPECT_TRUE(caller.expect("BUSY\r\n"));
  EXPECT_TRUE(caller.expect_end());
}

TEST_F(Pool, takes_callers_from_the_network_line_by_line) {
  open_pool("");
  for (size_t member : {1u, 2u, 3u}) ASSERT_TRUE(port(member).command("ATS0=1"));
  std::vector<std::unique_ptr<Peer>> callers;
  for (size_t member : {1u, 2u, 3u}) {
    callers.push_back(std::make_unique<Peer>(Peer::connect_to(bank->listener())));
    ASSERT_TRUE(port(member).expect("\nCONNECT 115200\r\n")) << member;
    ASSERT_TRUE(callers.back()->type("hello"));
    EXPECT_TRUE(port(member).expect("hello"));
  }
  Peer one_more(Peer::connect_to(bank->listener()));
  EXPECT_TRUE(one_more.expect("BUSY\r\n"));
  callers[1]->close();
  ASSERT_TRUE(port(2).expect(no_carrier));
  Peer again(Peer::connect_to(bank->listener()));
  EXPECT_TRUE(port(2).expect("\nCONNECT 115200\r\n"));
}

// ---- the phonebook

std::string entry(std::string const& number, Server const& server) {
  return "[[entry]]\nnumber = \"" + number + "\"\ntarget = \"" + server.address() + "\"\n";
}
bool reaches(PortFile& port, std::string const& number) {
  EXPECT_TRUE(port.type("ATDT" + number + "\r"));
  return port.expect_one_of({"\nCONNECT", no_carrier}) == "\nCONNECT";
}

TEST(Phonebook, that_is_replaced_is_read_again) {
  Server server;
  ConfiguredBank bank("[bank]\nphonebook = \"BOOK\"\n");
  ASSERT_TRUE(bank->up());
  PortFile port(bank->port(0));
  ASSERT_FALSE(reaches(port, "5551234"));
  write_file(bank.book() + ".new", entry("5551234", server));
  std::filesystem::rename(bank.book() + ".new", bank.book());
  EXPECT_TRUE(eventually([&] { return reaches(port, "5551234"); }));
}

TEST(Phonebook, is_read_again_at_sighup_and_a_wrong_one_changes_nothing) {
  Server server;
  TemporaryFolder elsewhere;  // where changes are not watched
  std::string const real = elsewhere / "numbers.toml";
  write_file(real, entry("5550001234", server));
  TemporaryFolder folder;
  std::filesystem::create_symlink(real, folder / "book.toml");
  write_file(folder / "bank.toml", "[bank]\nphonebook = \"" + (folder / "book.toml") + "\"\n");
  BankProcess bank({"--config", folder / "bank.toml"});
  ASSERT_TRUE(bank.up());
  PortFile port(bank.port(0)), other(bank.port(1));
  ASSERT_TRUE(reaches(port, "5550001234"));

  write_file(real, "[[entry]]\nnumber = \"nonsense\"\n");
  bank.process().signal(SIGHUP);
  other.listen(200ms);
  ASSERT_TRUE(reaches(other, "5550001234")) << "the old one stays";
  other.close();

  write_file(real, entry("5559999", server));
  PortFile third(bank.port(2));
  ASSERT_FALSE(reaches(third, "5559999")) << "not before the signal";
  bank.process().signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return reaches(third, "5559999"); }));
  ASSERT_TRUE(port.type("still connected"));
  Peer first(server.accept());
  EXPECT_TRUE(first.expect("still connected")) << "calls under way go on";
}

}  // namespace
}  // namespace offhook::e2e
