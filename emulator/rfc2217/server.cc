#include "emulator/rfc2217/server.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "emulator/base/text.h"

namespace offhook::rfc2217 {
namespace {

using telnet::Side;
using v24::Circuit;

constexpr std::byte dc1{0x11}, dc3{0x13};  // XON, XOFF

telnet::Options options() {
  telnet::Options options;
  options.com_port = true;
  return options;
}

/// A modem state's bit of a circuit, and the one that says that it changed.
struct StateBit {
  Circuit circuit;
  uint8_t level, change;
};
constexpr StateBit state_bits[] = {
    {Circuit::dcd, modem_state::dcd, modem_state::dcd_changed},
    {Circuit::ri, modem_state::ri, modem_state::ri_fell},
    {Circuit::dsr, modem_state::dsr, modem_state::dsr_changed},
    {Circuit::cts, modem_state::cts, modem_state::cts_changed},
};

}  // namespace

Server::Server(std::string_view signature, uint32_t rate_bps, v24::Circuits circuits)
    : session_(telnet::Role::server, options()),
      signature_(signature.substr(0, signature_limit)),
      rate_bps_(rate_bps),
      circuits_(circuits) {}

void Server::start() { session_.start(); }

bool Server::agreed() const {
  return session_.agreed(Side::him, telnet::Option::com_port) ||
         session_.agreed(Side::us, telnet::Option::com_port);
}

// ---- the network

Server::Got Server::receive(std::span<std::byte> bytes) {
  auto const got = session_.receive(bytes);
  Got made{got.taken, got.data, std::nullopt};
  if (got.event) made.request = on_event(*got.event);
  tell();
  return made;
}

std::optional<Request> Server::on_event(telnet::Event const& event) {
  if (auto const* command = std::get_if<telnet::ComPort>(&event)) return on_command(command->command);
  if (std::holds_alternative<telnet::Break>(event)) return SendBreak{};
  return std::nullopt;
}

telnet::Session::Sent Server::encode(Bytes data, std::span<std::byte> out) {
  if (stopped()) return {};
  auto sent = session_.encode({}, out);
  tell();  // there may be room for it now
  auto const rest = session_.encode(session_.pending() ? Bytes() : data, out.subspan(sent.written));
  return {rest.taken, sent.written + rest.written};
}

struct Server::CommandRow {
  Command command;
  size_t value_size;  // octets; any_size: as it comes
  std::optional<Request> (Server::*run)(Value);
};

/// Section 2 and 3. What is no command, or has another value than one, says nothing to us.
std::optional<Request> Server::on_command(Value command) {
  if (command.empty()) return std::nullopt;  // agreed just now: tell() says what is due
  static constexpr size_t any_size = 255;
  static constexpr CommandRow rows[] = {
      {Command::signature, any_size, &Server::signature},
      {Command::set_baudrate, 4, &Server::baudrate},
      {Command::set_datasize, 1, &Server::datasize},
      {Command::set_parity, 1, &Server::parity},
      {Command::set_stopsize, 1, &Server::stopsize},
      {Command::set_control, 1, &Server::control},
      {Command::notify_linestate, any_size, &Server::poll_linestate},
      {Command::notify_modemstate, any_size, &Server::poll_modemstate},
      {Command::flowcontrol_suspend, 0, &Server::suspend},
      {Command::flowcontrol_resume, 0, &Server::resume},
      {Command::set_linestate_mask, 1, &Server::linestate_mask},
      {Command::set_modemstate_mask, 1, &Server::modemstate_mask},
      {Command::purge_data, 1, &Server::purge},
  };
  auto const* const row = std::ranges::find(rows, static_cast<Command>(command[0]), &CommandRow::command);
  Value const value = command.substr(1);
  if (row == std::end(rows) || (row->value_size != any_size && row->value_size != value.size()))
    return std::nullopt;
  return (this->*row->run)(value);
}

/// A text is the client telling its own.
std::optional<Request> Server::signature(Value value) {
  if (value.empty()) answer(Command::signature, signature_);
  return std::nullopt;
}

std::optional<Request> Server::baudrate(Value value) {
  uint32_t asked = 0;
  for (char c : value) asked = asked << 8 | static_cast<uint8_t>(c);
  bool const set = asked != 0 && asked <= rate_limit;
  if (set) rate_bps_ = asked;
  std::string in_force;
  for (int shift = 24; shift >= 0; shift -= 8) in_force += static_cast<char>(rate_bps_ >> shift & 0xff);
  answer(Command::set_baudrate, in_force);
  return set ? std::optional<Request>(SetRate{rate_bps_}) : std::nullopt;
}

std::optional<Request> Server::datasize(Value value) {
  auto const asked = static_cast<uint8_t>(value[0]);
  bool const set = asked >= 5 && asked <= 8;
  if (set) format_.data_bits = asked;
  answer(Command::set_datasize, format_.data_bits);
  return set ? std::optional<Request>(SetFormat{format_}) : std::nullopt;
}

std::optional<Request> Server::parity(Value value) {
  auto const asked = static_cast<Parity>(value[0]);
  bool const set = asked >= Parity::none && asked <= Parity::space;
  if (set) format_.parity = asked;
  answer(Command::set_parity, static_cast<uint8_t>(format_.parity));
  return set ? std::optional<Request>(SetFormat{format_}) : std::nullopt;
}

std::optional<Request> Server::stopsize(Value value) {
  auto const asked = static_cast<StopBits>(value[0]);
  bool const set = asked >= StopBits::one && asked <= StopBits::one_and_a_half;
  if (set) format_.stop_bits = asked;
  answer(Command::set_stopsize, static_cast<uint8_t>(format_.stop_bits));
  return set ? std::optional<Request>(SetFormat{format_}) : std::nullopt;
}

struct Server::ControlRow {
  uint8_t first, last;
  std::optional<Request> (Server::*run)(uint8_t);
};

std::optional<Request> Server::control(Value value) {
  static constexpr ControlRow rows[] = {
      {0, 3, &Server::set_outbound},  {4, 6, &Server::set_break},      {7, 9, &Server::set_dtr},
      {10, 12, &Server::set_rts},     {13, 16, &Server::set_inbound},  {17, 17, &Server::set_outbound},
      {18, 18, &Server::set_inbound}, {19, 19, &Server::set_outbound},
  };
  auto const asked = static_cast<uint8_t>(value[0]);
  auto const* const row =
      std::ranges::find_if(rows, [&](ControlRow const& r) { return asked >= r.first && asked <= r.last; });
  return row == std::end(rows) ? std::nullopt : (this->*row->run)(asked);
}

/// 'Outbound/both': what both ends can do both ways holds inbound too, until the client says otherwise.
std::optional<Request> Server::set_outbound(uint8_t value) {
  bool const rts_before = rts();
  if (value != 0) outbound_ = static_cast<Outbound>(value);
  if (outbound_ != Outbound::xon_xoff) port_ = Flow::going;
  if (value >= 1 && value <= 3) inbound_ = static_cast<Inbound>(value + 13);
  answer(Command::set_control, static_cast<uint8_t>(outbound_));
  return rts() != rts_before ? std::optional<Request>(SetCircuit{Circuit::rts, rts()}) : std::nullopt;
}

std::optional<Request> Server::set_inbound(uint8_t value) {
  bool const rts_before = rts();
  if (value >= static_cast<uint8_t>(Inbound::none) && value <= static_cast<uint8_t>(Inbound::hardware))
    inbound_ = static_cast<Inbound>(value);
  answer(Command::set_control, static_cast<uint8_t>(inbound_));
  return rts() != rts_before ? std::optional<Request>(SetCircuit{Circuit::rts, rts()}) : std::nullopt;
}

std::optional<Request> Server::set_break(uint8_t value) {
  bool const was = value == 4 ? break_ : std::exchange(break_, value == 5);
  answer(Command::set_control, break_ ? uint8_t{5} : uint8_t{6});
  return break_ && !was ? std::optional<Request>(SendBreak{}) : std::nullopt;
}

std::optional<Request> Server::set_dtr(uint8_t value) {
  if (value != 7) dtr_ = value == 8;
  answer(Command::set_control, dtr_ ? uint8_t{8} : uint8_t{9});
  return value != 7 ? std::optional<Request>(SetCircuit{Circuit::dtr, dtr_}) : std::nullopt;
}

std::optional<Request> Server::set_rts(uint8_t value) {
  if (value != 10) rts_ = value == 11;
  answer(Command::set_control, rts_ ? uint8_t{11} : uint8_t{12});
  return value != 10 ? std::optional<Request>(SetCircuit{Circuit::rts, rts()}) : std::nullopt;
}

std::optional<Request> Server::poll_linestate(Value) {
  answer(Command::notify_linestate, uint8_t{0});
  return std::nullopt;
}

std::optional<Request> Server::poll_modemstate(Value) {
  modem_state_due_ = true;
  return std::nullopt;
}

std::optional<Request> Server::suspend(Value) {
  client_ = Flow::stopped;
  return std::nullopt;
}

std::optional<Request> Server::resume(Value) {
  client_ = Flow::going;
  return std::nullopt;
}

std::optional<Request> Server::linestate_mask(Value value) {
  line_mask_ = static_cast<uint8_t>(value[0]);
  answer(Command::set_linestate_mask, line_mask_);
  return std::nullopt;
}

std::optional<Request> Server::modemstate_mask(Value value) {
  modem_mask_ = static_cast<uint8_t>(value[0]);
  answer(Command::set_modemstate_mask, modem_mask_);
  return std::nullopt;
}

std::optional<Request> Server::purge(Value value) {
  auto const asked = static_cast<uint8_t>(value[0]);
  if (asked < 1 || asked > 3) return std::nullopt;
  answer(Command::purge_data, asked);
  return Purge{(asked & 1) != 0, (asked & 2) != 0};
}

bool Server::answer(Command command, Value value) {
  std::string bytes(1, static_cast<char>(static_cast<uint8_t>(command) + from_server));
  return session_.send_com_port(bytes.append(value));
}

bool Server::answer(Command command, uint8_t value) {
  char const octet = static_cast<char>(value);
  return answer(command, Value(&octet, 1));
}

// ---- the port

Bytes Server::from_port(std::span<std::byte> bytes) {
  size_t kept = bytes.size();
  if (outbound_ == Outbound::xon_xoff) {  // as a driver's IXON: the characters are no data
    kept = 0;
    for (std::byte const b : bytes) {
      if (b == dc1 || b == dc3)
        port_ = b == dc3 ? Flow::stopped : Flow::going;
      else
        bytes[kept++] = b;
    }
  }
  return bytes.first(kept);
}

bool Server::port_takes() const {
  switch (outbound_) {
    case Outbound::none:
      return true;
    case Outbound::xon_xoff:
      return port_ == Flow::going;
    case Outbound::hardware:
      return circuits_.on(Circuit::cts);
    case Outbound::dcd:
      return circuits_.on(Circuit::dcd);
    case Outbound::dsr:
      return circuits_.on(Circuit::dsr);
  }
  return true;
}

/// Where a client does not read, several changes become one state: its low half has them all.
void Server::on_circuits(v24::Circuits circuits) {
  for (auto const& bit : state_bits) {
    bool const before = circuits_.on(bit.circuit), now = circuits.on(bit.circuit);
    if (before == now) continue;
    if (bit.circuit != Circuit::ri || !now) changes_ |= bit.change;
    // Section 3: what is told is the AND, where it is not zero. A level alone that goes off would never be.
    if ((modem_mask_ & (bit.level | bit.change)) != 0) modem_state_due_ = true;
  }
  circuits_ = circuits;
  tell();
}

bool Server::on_break() {
  if (!agreed() || (line_mask_ & line_state::break_detected) == 0) return false;
  line_state_due_ = true;
  tell();
  return true;
}

void Server::on_port_full(bool full) {
  auto const wanted = full ? Flow::stopped : Flow::going;
  flow_due_ = wanted == flow_told_ ? std::nullopt : std::optional(wanted);
  tell();
}

std::optional<Request> Server::on_client_slow(bool slow) {
  bool const before = rts();
  if (std::exchange(slow_, slow) == slow) return std::nullopt;
  if (inbound_ == Inbound::xon_xoff) return SendToPort{slow ? dc3 : dc1};
  return rts() != before ? std::optional<Request>(SetCircuit{Circuit::rts, rts()}) : std::nullopt;
}

bool Server::rts() const { return rts_ && !(slow_ && inbound_ == Inbound::hardware); }

uint8_t Server::levels() const {
  uint8_t state = 0;
  for (auto const& bit : state_bits)
    if (circuits_.on(bit.circuit)) state |= bit.level;
  return state;
}

/// Says what is due, as far as there is room.
void Server::tell() {
  if (!agreed() || client_ == Flow::stopped || session_.clogged()) return;
  if (modem_state_due_) {
    auto const state = static_cast<uint8_t>((levels() | changes_) & modem_mask_);
    if (answer(Command::notify_modemstate, state)) {
      modem_state_due_ = false;
      changes_ = 0;
    }
  }
  if (line_state_due_ && !session_.clogged())
    line_state_due_ = !answer(Command::notify_linestate, line_state::break_detected);
  if (flow_due_ && !session_.clogged() &&
      answer(*flow_due_ == Flow::stopped ? Command::flowcontrol_suspend : Command::flowcontrol_resume,
             Value())) {
    flow_told_ = *std::exchange(flow_due_, std::nullopt);
  }
}

}  // namespace offhook::rfc2217
