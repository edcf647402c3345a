// A bank two of whose ports are served to remote clients (RFC 2217).
#pragma once

#include <string>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/driver/trunk_fixture.h"

namespace offhook::driver {

class RemoteTest : public TrunkTest {
 protected:
  /// Ports 0 and 1 are served.
  void serve_ports() {
    for (size_t port : {0u, 1u}) config.modems[port].rfc2217 = trunk::Address{"127.0.0.1", 0};
    start();
  }
  static std::string sb(std::string const& command) {
    std::string bytes = "\xff\xfa\x2c";
    for (char c : command) bytes.append(c == '\xff' ? 2 : 1, c);
    return bytes + "\xff\xf0";
  }
  Program connect(int port) {
    auto const address = status(port).rfc2217;
    return connect_to(static_cast<uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  }
  /// A client that has agreed on the option and on BINARY.
  Program client(int port) {
    using namespace std::string_literals;
    Program made = connect(port);
    made.type("\xff\xfb\x2c\xff\xfb\x00\xff\xfd\x00"s);
    EXPECT_TRUE(reads(made, sb("k"s + "\x30"s))) << escaped(made.seen);
    EXPECT_TRUE(until([&] { return !status(port).remote.empty(); }));
    made.seen.clear();
    return made;
  }
  static void set(Program const& client, int control) { client.type(sb({5, static_cast<char>(control)})); }
  bool shows(int port, v24::Circuit circuit, bool on) {
    return until([&] { return status(port).circuits.on(circuit) == on; });
  }
  /// The client dials port 1, another client's, which answers and is to be told of breaks.
  Program called_by(Program& caller) {
    using namespace std::string_literals;
    Program b = client(1);
    b.type("ATS0=1\r");
    EXPECT_TRUE(reads(b, "OK"));
    caller.type("ATDT5550101\r");
    EXPECT_TRUE(reads(caller, "CONNECT") && reads(b, "CONNECT 115200\r\n"));
    b.type(sb("\x0a\x10"s));
    EXPECT_TRUE(reads(b, sb("n\x10"s)));
    return b;
  }
  /// The client dials port 2, a program's, which answers.
  Program dial(Program& client) {
    Program far = open(2);
    far.type("ATS0=1\r");
    EXPECT_TRUE(reads(far, "OK"));
    client.type("ATDT5550102\r");
    EXPECT_TRUE(reads(client, "CONNECT 115200\r\n")) << escaped(client.seen);
    EXPECT_TRUE(reads(far, "CONNECT 115200\r\n"));
    client.seen.clear();
    far.seen.clear();
    return far;
  }
};

}  // namespace offhook::driver
