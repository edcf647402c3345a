#include "rasd/ppp/ipv6cp.h"

#include <charconv>

namespace offhook::ppp {
namespace {

/// A drawn identifier is local: the bit that says 'universal' is nought (RFC 5072 4.1).
constexpr InterfaceId universal = InterfaceId{1} << 57;

Buffer bytes_of_id(InterfaceId id) {
  Buffer out;
  put32(out, static_cast<uint32_t>(id >> 32));
  put32(out, static_cast<uint32_t>(id & 0xffffffff));
  return out;
}
InterfaceId id_of(Bytes data) { return InterfaceId{get32(data)} << 32 | get32(data.subspan(4)); }

// Interface-Identifier, RFC 5072 4.1
constexpr OptionRow<Ipv6cpOptions> identifier_row{
    .type = 1,
    .name = "Interface-Identifier",
    .shortest = 8,
    .longest = 8,
    .ask = [](Ipv6cpOptions const& o) -> std::optional<Buffer> {
      if (!o.asks) return std::nullopt;
      return bytes_of_id(o.wanted);
    },
    .judge =
        [](Ipv6cpOptions& o, Bytes data) {
          auto const asked = id_of(data);
          if (asked != 0 && asked != o.wanted) return acked();
          return naked(bytes_of_id(o.spare));
        },
    .naked =
        [](Ipv6cpOptions& o, Bytes data) {
          // What comes back is our own suggestion where both ends draw the same numbers: then neither may
          // have it.
          auto const told = id_of(data);
          o.wanted = told == 0 || told == o.spare ? o.draw() : told;
          if (o.wanted == o.spare) o.spare = o.draw();
        },
    .rejected = [](Ipv6cpOptions& o) { o.asks = false; },  // the address is then no business of the peer's
    .ours = [](Ipv6cpOptions& o, Bytes data) { o.agreed.own = id_of(data); },
    .peer = [](Ipv6cpOptions& o, Bytes data) { o.agreed.peer = id_of(data); },
    .missing = [](Ipv6cpOptions const& o) -> std::optional<Buffer> { return bytes_of_id(o.spare); }};

constexpr OptionRow<Ipv6cpOptions> all_rows[] = {identifier_row};

}  // namespace

std::string link_local_text(InterfaceId id) {
  std::string out = "fe80:";
  for (int shift : {48, 32, 16, 0}) {
    char digits[4];
    auto const end = std::to_chars(digits, digits + sizeof digits, id >> shift & 0xffff, 16).ptr;
    (out += ':').append(digits, end);
  }
  return out;
}

std::span<OptionRow<Ipv6cpOptions> const> Ipv6cpOptions::rows() { return all_rows; }

InterfaceId Ipv6cpOptions::draw() {
  for (;;) {
    auto const drawn = id_of(chance.next()) & ~universal;
    if (drawn != 0 && drawn != wanted && drawn != spare) return drawn;
  }
}

void Ipv6cpOptions::restart() {
  wanted = config.own != 0 ? config.own : draw();
  spare = draw();
  asks = true;
}

}  // namespace offhook::ppp
