#include "tests/e2e/zmodem.h"

namespace offhook::e2e {

std::string sha256(std::string const& path) { return run({"sha256sum", path}).out.substr(0, 64); }

void send_by_zmodem(PortFile& from, PortFile& to, size_t size, Clock::duration limit) {
  TemporaryFolder outbox, inbox;
  write_file(outbox / "random.bin", random_bytes(size, 42));
  from.make_blocking();
  to.make_blocking();
  Spawn receiving, sending;
  receiving.in = receiving.out = to.fd();
  receiving.directory = inbox.path();
  sending.in = sending.out = from.fd();
  Process receiver({"rz", "-q", "-b", "-y"}, receiving);
  Process sender({"sz", "-q", "-b", outbox / "random.bin"}, sending);
  EXPECT_EQ(sender.wait(limit), 0);
  // sz writes its last word, "OO", and at once flushes both ways (TCIOFLUSH): on any pty what was not read by
  // then is gone, and rz waits 30 s for it. A UART would have sent it. So it is said again, when rz still
  // waits.
  if (!receiver.wait(500ms)) {
    EXPECT_TRUE(from.type("OO"));
  }
  EXPECT_EQ(receiver.wait(limit), 0);
  EXPECT_EQ(sha256(outbox / "random.bin"), sha256(inbox / "random.bin"));
  from.listen(100ms);  // what either said after the other had left is not the next transfer's
  to.listen(100ms);
}

}  // namespace offhook::e2e
