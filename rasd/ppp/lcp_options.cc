#include "rasd/ppp/lcp_options.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "rasd/ppp/hex.h"

namespace offhook::ppp {
namespace {

using Asked = std::optional<Buffer>;
constexpr uint8_t mru_type = 1, accm_type = 2, auth_type = 3, magic_type = 5, pfc_type = 7, acfc_type = 8,
                  callback_type = 13;

Buffer number16(unsigned value) {
  Buffer out;
  put16(out, value);
  return out;
}
Buffer number32(uint32_t value) {
  Buffer out;
  put32(out, value);
  return out;
}
template <uint8_t type>
void drop(LcpOptions& options) {
  options.drop(type);
}

// Maximum-Receive-Unit, RFC 1661 6.1
constexpr OptionRow<LcpOptions> mru_row{
    .type = mru_type,
    .name = "MRU",
    .shortest = 2,
    .longest = 2,
    .ask = [](LcpOptions const& o) -> Asked {
      if (!o.asks(mru_type) || o.mru == default_mru) return std::nullopt;
      return number16(o.mru);
    },
    .judge = [](LcpOptions&,
                Bytes data) { return get16(data) >= smallest_mru ? acked() : naked(number16(smallest_mru)); },
    .naked =
        [](LcpOptions& o, Bytes data) {
          o.mru = std::clamp(get16(data), smallest_mru, std::max(default_mru, o.config.mru));
        },
    .rejected = drop<mru_type>,
    .ours = [](LcpOptions& o, Bytes data) { o.ours.mru = get16(data); },
    .peer = [](LcpOptions& o, Bytes data) { o.peer.mru = get16(data); }};

// Async-Control-Character-Map, RFC 1662 7.1
constexpr OptionRow<LcpOptions> accm_row{
    .type = accm_type,
    .name = "ACCM",
    .shortest = 4,
    .longest = 4,
    .ask = [](LcpOptions const& o) -> Asked {
      if (!o.asks(accm_type) || o.accm == accm_all) return std::nullopt;
      return number32(o.accm);
    },
    .judge = [](LcpOptions&, Bytes) { return acked(); },
    .naked = [](LcpOptions& o, Bytes data) { o.accm |= get32(data); },
    .rejected = drop<accm_type>,
    .ours = [](LcpOptions& o, Bytes data) { o.ours.accm = get32(data); },
    .peer = [](LcpOptions& o, Bytes data) { o.peer.accm = get32(data); }};

/// A method for a person to read, also one that is not spoken here: EAP, or CHAP of another algorithm.
std::string words_of(std::optional<AuthMethod> method, Bytes data) {
  if (method) return std::string(name(*method));
  constexpr uint16_t eap = 0xc227;  // RFC 3748
  return get16(data) == eap ? "EAP" : "protocol " + hex(data);
}

// Authentication-Protocol, RFC 1661 6.2
constexpr OptionRow<LcpOptions> auth_row{
    .type = auth_type,
    .name = "Authentication",
    .shortest = 2,
    .longest = 32,
    .ask = [](LcpOptions const& o) -> Asked {
      if (o.left.empty()) return std::nullopt;
      return option_of(o.left.front());
    },
    .judge =
        [](LcpOptions& o, Bytes data) {
          auto const& prove = o.config.prove;
          auto const method = method_of(data);
          bool const known = method && std::find(prove.begin(), prove.end(), *method) != prove.end();
          o.unmet = known ? std::string() : words_of(method, data);
          if (known) return acked();
          return prove.empty() ? rejected() : naked(option_of(prove.front()));
        },
    .naked =
        [](LcpOptions& o, Bytes data) {
          // What was asked for is refused; what the peer would rather have goes first, if we take it. The
          // last demand stands: no request without one may ever be acked.
          if (o.left.size() == 1) {
            o.auth_refused = true;
            return;
          }
          o.left.erase(o.left.begin());
          if (auto const method = method_of(data))
            if (auto at = std::find(o.left.begin(), o.left.end(), *method); at != o.left.end())
              std::rotate(o.left.begin(), at, at + 1);
        },
    .rejected = [](LcpOptions& o) { o.auth_refused = true; },
    .ours = [](LcpOptions& o, Bytes data) { o.ours.auth = method_of(data); },
    .peer = [](LcpOptions& o, Bytes data) { o.peer.auth = method_of(data); }};

// Magic-Number, RFC 1661 6.4
constexpr OptionRow<LcpOptions> magic_row{
    .type = magic_type,
    .name = "Magic-Number",
    .shortest = 4,
    .longest = 4,
    .ask = [](LcpOptions const& o) -> Asked {
      if (!o.asks(magic_type) || o.magic == 0) return std::nullopt;
      return number32(o.magic);
    },
    .judge =
        [](LcpOptions& o, Bytes data) {
          auto const magic = get32(data);
          if (magic != 0 && magic != o.magic) {
            o.own_magic_seen = 0;
            return acked();
          }
          o.own_magic_seen += magic != 0;
          return naked(number32(o.chance.next_number()));
        },
    .naked = [](LcpOptions& o, Bytes) { o.magic = o.chance.next_number(); },
    .rejected = drop<magic_type>,
    .ours = [](LcpOptions& o, Bytes data) { o.ours.magic = get32(data); },
    .peer = [](LcpOptions& o, Bytes data) { o.peer.magic = get32(data); }};

template <uint8_t type>
Asked ask_compression(LcpOptions const& o) {
  if (!o.config.compression || !o.asks(type)) return std::nullopt;
  return Buffer{};
}
Verdict judge_compression(LcpOptions& o, Bytes) { return o.config.compression ? acked() : rejected(); }

// Protocol-Field-Compression, RFC 1661 6.5
constexpr OptionRow<LcpOptions> pfc_row{.type = pfc_type,
                                        .name = "PFC",
                                        .shortest = 0,
                                        .longest = 0,
                                        .ask = ask_compression<pfc_type>,
                                        .judge = judge_compression,
                                        .naked = nullptr,
                                        .rejected = drop<pfc_type>,
                                        .ours = [](LcpOptions& o, Bytes) { o.ours.pfc = true; },
                                        .peer = [](LcpOptions& o, Bytes) { o.peer.pfc = true; }};

// Address-and-Control-Field-Compression, RFC 1661 6.6
constexpr OptionRow<LcpOptions> acfc_row{.type = acfc_type,
                                         .name = "ACFC",
                                         .shortest = 0,
                                         .longest = 0,
                                         .ask = ask_compression<acfc_type>,
                                         .judge = judge_compression,
                                         .naked = nullptr,
                                         .rejected = drop<acfc_type>,
                                         .ours = [](LcpOptions& o, Bytes) { o.ours.acfc = true; },
                                         .peer = [](LcpOptions& o, Bytes) { o.peer.acfc = true; }};

// Callback, RFC 1570 2.3: an operation and a message. Of the operations that send a number, those whose
// number can be dialled are known: 1 and 3. Behind CBCP's there is none ([MS-CBCP] 2.2.1).
constexpr bool names_number(uint8_t operation) {
  return operation == callback_dialled || operation == callback_e164;
}
std::string number_of(Bytes data) {
  return names_number(static_cast<uint8_t>(data[0])) ? std::string(as_text(data.subspan(1))) : std::string();
}
constexpr OptionRow<LcpOptions> callback_row{
    .type = callback_type,
    .name = "Callback",
    .shortest = 1,
    .longest = 253,
    .ask = [](LcpOptions const& o) -> Asked {
      if (!o.asks(callback_type) || !o.callback) return std::nullopt;
      auto data = bytes_of({*o.callback});
      if (names_number(*o.callback)) put(data, as_bytes(o.config.callback_number));
      return data;
    },
    .judge =
        [](LcpOptions& o, Bytes data) {
          if (!o.config.grant_callback) return rejected();
          auto const operation = static_cast<uint8_t>(data[0]);
          bool const known = operation == callback_cbcp || operation == callback_by_user ||
                             (names_number(operation) && data.size() > 1);
          return known ? acked() : naked(bytes_of({callback_cbcp}));
        },
    .naked =
        [](LcpOptions& o, Bytes data) {
          auto const operation = static_cast<uint8_t>(data[0]);
          bool const other = operation == callback_cbcp && o.callback != callback_cbcp;
          if (!other) return o.drop(callback_type);
          o.callback = operation;
        },
    .rejected = drop<callback_type>,
    .ours = [](LcpOptions& o, Bytes data) { o.ours.callback = static_cast<uint8_t>(data[0]); },
    .peer =
        [](LcpOptions& o, Bytes data) {
          o.peer.callback = static_cast<uint8_t>(data[0]);
          o.peer.callback_number = number_of(data);
        }};

constexpr OptionRow<LcpOptions> all_rows[] = {mru_row, accm_row, auth_row,    magic_row,
                                              pfc_row, acfc_row, callback_row};

}  // namespace

std::span<OptionRow<LcpOptions> const> LcpOptions::rows() { return all_rows; }

void LcpOptions::restart() {
  dropped = 0;
  mru = config.mru;
  accm = config.accm;
  left = config.demand;
  auth_refused = false;
  unmet.clear();
  callback = config.callback;
  magic = config.magic ? chance.next_number() : 0;
}

}  // namespace offhook::ppp
