#include "rasd/ppp/ccp.h"

namespace offhook::ppp {
namespace {

constexpr uint8_t mppe_type = 18, reset_request = 14, reset_ack = 15;  // RFC 3078 2, RFC 1962 3.1
constexpr Duration reset_interval = 1s;                                // ours: RFC 1962 gives none

// The option's bits, RFC 3078 2: H, M, S and L. D and C (compression) are never agreed to.
constexpr uint32_t stateless_bit = 0x01000000;
struct StrengthRow {
  MppeStrength strength;
  uint32_t bit;
  bool CcpConfig::*may;
};
constexpr StrengthRow strongest_first[] = {{MppeStrength::bits128, 0x40, &CcpConfig::bits128},
                                           {MppeStrength::bits56, 0x80, &CcpConfig::bits56},
                                           {MppeStrength::bits40, 0x20, &CcpConfig::bits40}};

uint32_t supported(CcpConfig const& config) {
  uint32_t bits = 0;
  for (auto const& row : strongest_first)
    if (config.*row.may) bits |= row.bit;
  return bits;
}

/// The strongest of `bits` (RFC 3078 2.1); 0 where there is none.
uint32_t strongest(uint32_t bits) {
  for (auto const& row : strongest_first)
    if (bits & row.bit) return row.bit;
  return 0;
}

std::optional<MppeMode> mode_of(Bytes data) {
  auto const bits = get32(data);
  for (auto const& row : strongest_first)
    if (bits & row.bit) return MppeMode{row.strength, (bits & stateless_bit) != 0};
  return std::nullopt;
}

Buffer bytes_of_bits(uint32_t bits) {
  Buffer out;
  put32(out, bits);
  return out;
}

/// One strength of those that both have, with the mode that is allowed to it; 0: they have none in common.
uint32_t choice(CcpOptions const& o, uint32_t asked) {
  auto const strength = strongest(asked & supported(o.config));
  if (strength == 0) return 0;
  return strength | (o.config.stateful ? asked & stateless_bit : stateless_bit);
}

/// What a peer had best ask for.
std::optional<Buffer> best(CcpOptions const& o) {
  auto const strength = strongest(supported(o.config));
  if (strength == 0) return std::nullopt;
  return bytes_of_bits(strength | (o.config.stateful ? 0 : stateless_bit));
}

// MPPE, RFC 3078 2
constexpr OptionRow<CcpOptions> mppe_row{
    .type = mppe_type,
    .name = "MPPE",
    .shortest = 4,
    .longest = 4,
    .ask = [](CcpOptions const& o) -> std::optional<Buffer> {
      if (o.wanted == 0) return std::nullopt;
      return bytes_of_bits(o.wanted);
    },
    .judge =
        [](CcpOptions& o, Bytes data) {
          auto const chosen = choice(o, get32(data));
          o.refused |= chosen == 0;
          if (chosen == 0) return rejected();
          return chosen == get32(data) ? acked() : naked(bytes_of_bits(chosen));
        },
    .naked =
        [](CcpOptions& o, Bytes data) {
          o.wanted = choice(o, get32(data));
          o.refused |= o.wanted == 0;
        },
    .rejected =
        [](CcpOptions& o) {
          o.wanted = 0;
          o.refused = true;
        },
    .ours = [](CcpOptions& o, Bytes data) { o.agreed.receive = mode_of(data); },
    .peer = [](CcpOptions& o, Bytes data) { o.agreed.send = mode_of(data); },
    .missing = [](CcpOptions const& o) { return o.config.insist ? best(o) : std::nullopt; },
    .right = best};

constexpr OptionRow<CcpOptions> all_rows[] = {mppe_row};

}  // namespace

std::span<OptionRow<CcpOptions> const> CcpOptions::rows() { return all_rows; }

void CcpOptions::restart() {
  wanted = supported(config);
  if (wanted != 0 && !config.stateful) wanted |= stateless_bit;
  refused = false;
}

bool asks_for_mppe(Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet || packet->code != static_cast<uint8_t>(Code::configure_request)) return false;
  auto const options = parse_options(packet->data);
  if (!options) return false;
  for (auto const& option : *options)
    if (option.type == mppe_type && option.data.size() == 4 && strongest(get32(option.data)) != 0)
      return true;
  return false;
}

void Ccp::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet) return;
  if (packet->code != reset_request && packet->code != reset_ack) return control_.on_packet(now, bytes);
  if (state() != State::opened) return;  // RFC 1962 3.1
  if (packet->code == reset_ack) return asked_.reset();
  // MPPE does without the Ack (RFC 3078 8.2), and Linux does not.
  out_.emplace_back(make_packet(reset_ack, packet->id, {}));
  out_.emplace_back(ResetAsked{});
}

void Ccp::ask_for_reset(Instant now) {
  if (state() != State::opened || (asked_ && now < *asked_ + reset_interval)) return;
  asked_ = now;
  out_.emplace_back(make_packet(reset_request, control_.next_id(), {}));
}

std::optional<CcpAction> Ccp::poll_action() {
  if (auto action = take_front(out_)) return action;
  auto action = control_.poll_action();
  if (!action) return std::nullopt;
  if (auto* packet = std::get_if<Buffer>(&*action)) return CcpAction(std::move(*packet));
  return CcpAction(std::get<Layer>(*action));
}

}  // namespace offhook::ppp
