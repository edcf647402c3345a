// The access server's end of RFC 2217: a telnet session between a remote client, which is the DTE, and the
// port that it has there, with its lines.
//
// Pure: bytes in, bytes out; no sockets, ports or time. The network's bytes may be cut anywhere. It keeps at
// most what telnet::Session keeps; a command whose answer has no room waits unread. It does not know what a
// modem does with a circuit: the port's driver carries its requests out.
//
// What is asked for is granted, and the answer says what is in force (section 2): a rate above rate_limit, an
// unknown value and DTR flow control leave what was. Where the client has stopped us (section 5) nothing is
// sent, unless its own commands would otherwise find no room for their answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/rfc2217/protocol.h"
#include "emulator/telnet/session.h"
#include "emulator/v24/circuits.h"

namespace offhook::rfc2217 {

using v24::Format;

struct SetRate {
  uint32_t bps;
  bool operator==(SetRate const&) const = default;
};
struct SetFormat {
  Format format;
  bool operator==(SetFormat const&) const = default;
};
/// 105 or 108.
struct SetCircuit {
  v24::Circuit circuit;
  bool on;
  bool operator==(SetCircuit const&) const = default;
};
/// The client's break began.
struct SendBreak {
  bool operator==(SendBreak const&) const = default;
};
/// Throw away what waits: from the port for the client, from the client for the port.
struct Purge {
  bool received, sent;
  bool operator==(Purge const&) const = default;
};
/// A character of flow control for the DCE.
struct SendToPort {
  std::byte character;
  bool operator==(SendToPort const&) const = default;
};
/// What is to be done at the port.
using Request = std::variant<SetRate, SetFormat, SetCircuit, SendBreak, Purge, SendToPort>;

class Server {
 public:
  static constexpr uint32_t rate_limit = 4000000;
  static constexpr size_t signature_limit = 32;

  /// `circuits`: as the port presents them, 105 and 108 ON as an open sets them. A signature is cut at
  /// signature_limit.
  Server(std::string_view signature, uint32_t rate_bps, v24::Circuits circuits);

  /// Asks for the option, BINARY, ECHO and SGA. The first call of all.
  void start();

  // ---- the network
  struct Got {
    size_t taken = 0;
    Bytes data;                      // for the port
    std::optional<Request> request;  // comes behind `data`
  };
  /// As telnet::Session::receive: in place, again with the rest until all are taken; where nothing is taken,
  /// encode() must be given room first.
  [[nodiscard]] Got receive(std::span<std::byte> bytes);
  /// As telnet::Session::encode. While the client has stopped us it takes and writes nothing.
  [[nodiscard]] telnet::Session::Sent encode(Bytes data, std::span<std::byte> out);
  /// True where encode() has something to write even without data.
  bool pending() const { return session_.pending() && !stopped(); }
  /// The client takes no data now.
  bool stopped() const { return client_ == Flow::stopped && !session_.clogged(); }
  bool agreed() const;
  bool settled() const { return session_.settled(); }

  // ---- the port
  /// Bytes from the port, in place: what is left of them is for encode().
  [[nodiscard]] Bytes from_port(std::span<std::byte> bytes);
  /// The client's flow control lets bytes go to the port.
  bool port_takes() const;
  void on_circuits(v24::Circuits circuits);
  /// A break from the far end. True where the client is told of it; else it is to read what a UART makes of a
  /// break, a NUL.
  bool on_break();
  /// What comes from the client finds no room, or finds it again: the client is asked to stop, or to go on.
  void on_port_full(bool full);
  /// The client does not read, or reads again: what its inbound flow control does at the port.
  std::optional<Request> on_client_slow(bool slow);

  uint32_t rate_bps() const { return rate_bps_; }
  Format const& format() const { return format_; }

  bool operator==(Server const&) const = default;

 private:
  enum class Flow : uint8_t { going, stopped };
  using Value = std::string_view;
  struct CommandRow;
  struct ControlRow;

  std::optional<Request> on_event(telnet::Event const& event);
  std::optional<Request> on_command(Value command);
  std::optional<Request> signature(Value value);
  std::optional<Request> baudrate(Value value);
  std::optional<Request> datasize(Value value);
  std::optional<Request> parity(Value value);
  std::optional<Request> stopsize(Value value);
  std::optional<Request> control(Value value);
  std::optional<Request> poll_linestate(Value value);
  std::optional<Request> poll_modemstate(Value value);
  std::optional<Request> suspend(Value value);
  std::optional<Request> resume(Value value);
  std::optional<Request> linestate_mask(Value value);
  std::optional<Request> modemstate_mask(Value value);
  std::optional<Request> purge(Value value);

  std::optional<Request> set_outbound(uint8_t value);
  std::optional<Request> set_inbound(uint8_t value);
  std::optional<Request> set_break(uint8_t value);
  std::optional<Request> set_dtr(uint8_t value);
  std::optional<Request> set_rts(uint8_t value);

  bool answer(Command command, Value value);
  bool answer(Command command, uint8_t value);
  uint8_t levels() const;
  void tell();
  bool rts() const;

  telnet::Session session_;
  std::string signature_;
  uint32_t rate_bps_;
  Format format_;
  Outbound outbound_ = Outbound::none;
  Inbound inbound_ = Inbound::none;
  bool break_ = false, dtr_ = true, rts_ = true;  // as the client set them
  bool slow_ = false;                             // the client does not read
  Flow port_ = Flow::going;                       // by an XOFF of the DCE's, under Outbound::xon_xoff
  Flow client_ = Flow::going;                     // by FLOWCONTROL-SUSPEND
  v24::Circuits circuits_;
  uint8_t modem_mask_ = 255, line_mask_ = 0;  // section 3: how they begin
  // What the client has not been told yet.
  bool modem_state_due_ = true, line_state_due_ = false;
  uint8_t changes_ = 0;  // of the modem state's low half
  std::optional<Flow> flow_due_;
  Flow flow_told_ = Flow::going;
};

}  // namespace offhook::rfc2217
