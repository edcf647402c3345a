#include "rasd/ppp/ipcp.h"

#include <algorithm>

namespace offhook::ppp {
namespace {

constexpr size_t address = 0, dns1 = 1, dns2 = 2, wins1 = 3, wins2 = 4;  // in IpcpOptions::wanted

Buffer bytes_of_address(Ipv4 value) {
  Buffer out;
  put32(out, value);
  return out;
}

template <size_t which>
std::optional<Buffer> ask(IpcpOptions const& o) {
  if (!o.wanted[which]) return std::nullopt;
  return bytes_of_address(*o.wanted[which]);
}
template <size_t which>
void drop(IpcpOptions& o) {
  o.wanted[which].reset();
}

// IP-Address, RFC 1332 3.3
constexpr OptionRow<IpcpOptions> address_row{
    .type = 3,
    .name = "IP-Address",
    .shortest = 4,
    .longest = 4,
    .ask = ask<address>,
    .judge =
        [](IpcpOptions& o, Bytes data) {
          auto const asked = get32(data);
          auto const ours = o.wanted[address].value_or(0);
          bool const free = asked != 0 && asked != ours && (o.config.peer == 0 || asked == o.config.peer);
          if (free) return acked();
          return o.config.peer != 0 ? naked(bytes_of_address(o.config.peer)) : rejected();
        },
    .naked =
        [](IpcpOptions& o, Bytes data) {
          auto const told = get32(data);
          if (o.config.own == 0 && told != 0)
            o.wanted[address] = told;
          else
            o.address_refused = true;
        },
    .rejected =
        [](IpcpOptions& o) {  // a peer that does without the option may still take our packets
          o.address_refused = o.config.own == 0;
          drop<address>(o);
        },
    .ours = [](IpcpOptions& o, Bytes data) { o.agreed.own = get32(data); },
    .peer = [](IpcpOptions& o, Bytes data) { o.agreed.peer = get32(data); },
    .missing = [](IpcpOptions const& o) -> std::optional<Buffer> {
      if (o.config.peer == 0) return std::nullopt;
      return bytes_of_address(o.config.peer);
    }};

Buffer bytes_of_vj(VjMode mode) {
  Buffer out;
  put16(out, protocol::vj_compressed);
  put8(out, mode.max_slot);
  put8(out, mode.compress_slot);
  return out;
}
/// Nothing for another compression protocol.
std::optional<VjMode> vj_of(Bytes data) {
  if (get16(data) != protocol::vj_compressed || data.size() != 4) return std::nullopt;
  return VjMode{static_cast<uint8_t>(data[2]), data[3] != std::byte{0}};
}
VjMode less_of(VjMode a, VjMode b) {
  return {std::min(a.max_slot, b.max_slot), a.compress_slot && b.compress_slot};
}

// IP-Compression-Protocol, RFC 1332 3.2 and 4.1: what the one who asks can take.
constexpr OptionRow<IpcpOptions> compression_row{
    .type = 2,
    .name = "IP-Compression-Protocol",
    .shortest = 4,
    .longest = 4,
    .ask = [](IpcpOptions const& o) -> std::optional<Buffer> {
      if (!o.vj) return std::nullopt;
      return bytes_of_vj(*o.vj);
    },
    .judge =
        [](IpcpOptions& o, Bytes data) {
          if (!o.config.vj) return rejected();
          return vj_of(data) ? acked() : naked(bytes_of_vj(*o.config.vj));
        },
    .naked =
        [](IpcpOptions& o, Bytes data) {
          auto const told = vj_of(data);
          o.vj = told ? std::optional(less_of(*told, *o.config.vj)) : std::nullopt;
        },
    .rejected = [](IpcpOptions& o) { o.vj.reset(); },
    .ours = [](IpcpOptions& o, Bytes data) { o.agreed.vj_receive = vj_of(data); },
    .peer =
        [](IpcpOptions& o, Bytes data) {
          if (auto const asked = vj_of(data)) o.agreed.vj_send = less_of(*asked, *o.config.vj);
        }};

/// A name server, RFC 1877 1.1-1.4: `servers` is what we give, `told` what we get.
template <size_t which, auto servers, auto told, size_t index>
constexpr OptionRow<IpcpOptions> server_row(uint8_t type, std::string_view name) {
  return {.type = type,
          .name = name,
          .shortest = 4,
          .longest = 4,
          .ask = ask<which>,
          .judge =
              [](IpcpOptions& o, Bytes data) {
                auto const ours = (o.config.*servers)[index];
                if (ours == 0)
                  return rejected();  // never a Nak with 0.0.0.0: some peers take it for an address
                return get32(data) == ours ? acked() : naked(bytes_of_address(ours));
              },
          .naked =
              [](IpcpOptions& o, Bytes data) {
                if (auto const server = get32(data))
                  o.wanted[which] = server;
                else
                  drop<which>(o);
              },
          .rejected = drop<which>,
          .ours = [](IpcpOptions& o, Bytes data) { (o.agreed.*told)[index] = get32(data); },
          .right = [](IpcpOptions const& o) -> std::optional<Buffer> {
            auto const ours = (o.config.*servers)[index];
            if (ours == 0) return std::nullopt;
            return bytes_of_address(ours);
          }};
}

constexpr OptionRow<IpcpOptions> all_rows[] = {
    address_row,
    compression_row,
    server_row<dns1, &IpcpConfig::dns, &IpcpAgreed::dns, 0>(129, "Primary-DNS"),
    server_row<wins1, &IpcpConfig::wins, &IpcpAgreed::wins, 0>(130, "Primary-NBNS"),
    server_row<dns2, &IpcpConfig::dns, &IpcpAgreed::dns, 1>(131, "Secondary-DNS"),
    server_row<wins2, &IpcpConfig::wins, &IpcpAgreed::wins, 1>(132, "Secondary-NBNS"),
};

}  // namespace

std::string ipv4_text(Ipv4 value) {
  std::string out;
  for (int shift : {24, 16, 8, 0}) (out += out.empty() ? "" : ".") += std::to_string(value >> shift & 0xff);
  return out;
}

std::span<OptionRow<IpcpOptions> const> IpcpOptions::rows() { return all_rows; }

void IpcpOptions::restart() {
  wanted = {};
  wanted[address] = config.own;
  if (config.ask_dns) wanted[dns1] = wanted[dns2] = 0;
  if (config.ask_wins) wanted[wins1] = wanted[wins2] = 0;
  vj = config.vj;
  address_refused = false;
}

void IpcpOptions::clear_ours() {
  auto const before = agreed;
  agreed = {.own = config.own, .peer = before.peer, .vj_send = before.vj_send};
}

void IpcpOptions::clear_peer() {
  agreed.peer = config.peer;
  agreed.vj_send.reset();
}

}  // namespace offhook::ppp
