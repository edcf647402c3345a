#include "tests/e2e/ras_lease.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "rasd/lease/packets.h"
#include "tests/e2e/network.h"

namespace offhook::e2e {

Child::Child(Act const& act, std::optional<uid_t> uid) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  pid_t const pid = fork();
  if (pid == 0) {
    Spawn spawn;
    if (geteuid() == 0) spawn.uid = uid;
    become_child(spawn);
    dup2(ends[1], 3);
    closefrom(4);  // a port of the test's that stayed open here would never be closed
    act();
    _exit(0);
  }
  ::close(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  said_ = std::make_unique<Talk>(ends[0]);
  process_ = Process(pid);
}

void say(std::string_view word) {
  std::string const line = std::string(word) + "\n";
  if (write(3, line.data(), line.size()) < 0) _exit(1);
}

char const* name(Phase phase) {
  constexpr char const* names[] = {"asked", "granted", "dialling", "connected"};
  return names[static_cast<size_t>(phase)];
}

namespace {

/// The next word of the manager; says how it ended where that is the end.
std::optional<lease::FromManager> await(lease::Client& client) {
  for (;;) {
    auto message = client.receive();
    if (!message) {
      say("gone");
      return std::nullopt;
    }
    if (*message) return std::move(**message);
    pollfd fd{client.fd(), POLLIN, 0};
    poll(&fd, 1, -1);
  }
}

/// Until the manager ends it.
void rest(lease::Client& client) {
  while (auto message = await(client)) {
    if (auto const* const ended = std::get_if<lease::Ended>(&message->message)) say("ended " + ended->why);
    if (std::holds_alternative<lease::Released>(message->message)) say("released");
  }
}

void write_without_end(int fd) {
  char const line[] = "of the old holder ";
  for (;;)
    if (write(fd, line, sizeof line - 1) < 0 && errno != EAGAIN && errno != EINTR) return say("write failed");
}

/// Dials again as long as it is busy: the far end may still be clearing away a call that was given up.
bool connects(Talk& line, std::string const& number) {
  for (auto const until = Clock::now() + patience;; pause_a_little()) {
    std::string const result = line.expect_one_of({"CONNECT", "BUSY\r\n"});
    if (result == "CONNECT") return true;
    if (result.empty() || Clock::now() > until || !line.type("ATDT" + number + "\r")) return false;
  }
}

void dial(LeaseWish const& wish, lease::Client& client, int fd) {
  Talk line(dup(fd));
  fcntl(line.fd(), F_SETFL, fcntl(line.fd(), F_GETFL) | O_NONBLOCK);
  if (!line.type("ATE0\r") || !line.expect("OK")) return say("no OK");
  if (auto sent = client.send(lease::Progress{"dialling", "test", wish.number, 0, {}, {}}); !sent) return;
  if (!line.type("ATDT" + wish.number + "\r")) return say("not dialled");
  say("dialling");
  if (wish.phase != Phase::connected) return rest(client);
  if (!connects(line, wish.number)) return say("no CONNECT");
  if (auto sent = client.send(lease::Progress{"connected", "test", wish.number, 0, {}, {}}); !sent) return;
  say("connected");
  if (wish.then == Then::writes_without_end) write_without_end(line.fd());
  rest(client);
}

}  // namespace

Child::Act hold_lease(LeaseWish wish) {
  return [wish = std::move(wish)] {
    auto client = lease::Client::connect(wish.dir);
    if (!client) return say("not connected: " + client.error().message);
    if (auto sent = client->send(lease::Request{wish.port, "test"}); !sent) return say(sent.error().message);
    say("asked");
    if (wish.phase == Phase::asked)
      for (;;) pause();
    auto const answer = await(*client);
    if (!answer) return;
    if (auto const* const refused = std::get_if<lease::Refused>(&answer->message))
      return say("refused " + std::to_string(refused->ras_error) + " " + refused->text);
    if (!std::holds_alternative<lease::Granted>(answer->message)) return say("a strange answer");
    say("granted");
    if (wish.phase == Phase::granted && wish.then == Then::writes_without_end)
      write_without_end(answer->descriptor.get());
    if (wish.phase == Phase::granted) return rest(*client);
    dial(wish, *client, answer->descriptor.get());
  };
}

Child::Act like_pppd(std::string path, std::string lock) {
  return [path = std::move(path), lock = std::move(lock)] {
    char line[16];
    std::snprintf(line, sizeof line, "%10d\n", getpid());
    write_file(lock, line);
    int const fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || ioctl(fd, TIOCEXCL) != 0) return say("not taken");
    say("taken");
    for (;;) pause();
  };
}

testing::AssertionResult dials(PortFile& caller, std::string const& number, std::string const& greeting,
                               Clock::duration limit) {
  if (!caller.is_open()) return testing::AssertionFailure() << "the caller's port is not open";
  if (auto typed = caller.type("ATDT" + number + "\r"); !typed) return typed;
  std::string const result = caller.expect_one_of(
      {"\nCONNECT", "NO CARRIER\r\n", "BUSY\r\n", "NO ANSWER\r\n", "NO DIALTONE\r\n", "ERROR\r\n"}, limit);
  if (result != "\nCONNECT")
    return testing::AssertionFailure()
           << "the call to " << number << " was not connected: " << result << caller.unseen();
  return caller.expect(greeting, limit);
}

testing::AssertionResult dials_when_free(PortFile& caller, std::string const& number,
                                         std::string const& greeting) {
  for (auto const until = Clock::now() + patience;; pause_a_little()) {
    auto const greeted = dials(caller, number, greeting);
    if (greeted || Clock::now() > until) return greeted;
    if (std::string_view(greeted.message()).find("BUSY") == std::string_view::npos) return greeted;
  }
}

}  // namespace offhook::e2e
