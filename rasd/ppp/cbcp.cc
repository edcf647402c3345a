#include "rasd/ppp/cbcp.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "rasd/ppp/errors.h"

namespace offhook::ppp {
namespace {

constexpr uint8_t request_code = 1, response_code = 2, acknowledgment_code = 3;  // [MS-CBCP] 2.2.4
constexpr uint8_t pstn = 1;                                                      // 2.2.2: PSTN or ISDN
constexpr size_t longest_number = 128;  // RAS_MaxCallbackNumber of the public header ras.h

constexpr uint8_t type_of(CallbackKind kind) { return static_cast<uint8_t>(static_cast<unsigned>(kind) + 1); }
constexpr unsigned bit(CallbackKind kind) { return 1u << static_cast<unsigned>(kind); }

/// What an answerer offers for each grant: bits of kinds.
constexpr unsigned offers[] = {
    bit(CallbackKind::none),
    bit(CallbackKind::none) | bit(CallbackKind::by_caller),
    bit(CallbackKind::preset),
};
constexpr CallbackKind kinds[] = {CallbackKind::none, CallbackKind::by_caller, CallbackKind::preset};

/// One option as it goes over the line (2.2.3): no callback has neither delay nor number, a preset one no
/// number.
Buffer option_of(CallbackChoice const& choice) {
  Buffer data;
  if (choice.kind != CallbackKind::none) put8(data, static_cast<unsigned>(choice.delay.count()) & 0xff);
  if (choice.kind == CallbackKind::by_caller) {
    put8(data, pstn);
    put(data, as_bytes(choice.number));
    put8(data, 0);
  }
  return make_options({{type_of(choice.kind), data}});
}

/// Nothing where an option is not of the form that its type has. The number ends at its first nought, or, as
/// some callers have it, with the option.
std::optional<CallbackChoice> read_option(Option const& option) {
  auto const kind = std::ranges::find(kinds, option.type, type_of);
  if (kind == std::end(kinds)) return std::nullopt;
  CallbackChoice choice{.kind = *kind};
  if (choice.kind == CallbackKind::none) return choice;
  if (option.data.empty()) return std::nullopt;
  choice.delay = std::chrono::seconds(static_cast<unsigned>(option.data[0]));
  if (choice.kind == CallbackKind::preset) return choice;
  if (option.data.size() < 2 || option.data[1] != std::byte{pstn}) return std::nullopt;
  auto const number = as_text(Bytes(option.data).subspan(2));
  choice.number = number.substr(0, number.find('\0'));
  return choice;
}

}  // namespace

std::string_view name(CallbackKind kind) {
  static constexpr std::string_view rows[] = {"none", "by caller", "preset"};
  return rows[static_cast<size_t>(kind)];
}

bool is_callback_number(std::string_view number) {
  constexpr std::string_view allowed = "0123456789TPWtpw()-@ ";
  return !number.empty() && number.size() <= longest_number &&
         number.find_first_not_of(allowed) == std::string_view::npos;
}

CbcpAnswerer::CbcpAnswerer(CallbackGrant grant, AuthLimits limits)
    : grant_(std::move(grant)), limits_(limits) {}

/// Each Request has an identifier of its own (2.2.4.1), so that what answers an older one is known.
void CbcpAnswerer::send_request(Instant now) {
  Buffer options;
  for (auto const kind : kinds)
    if (offers[static_cast<size_t>(grant_.kind)] & bit(kind)) put(options, option_of({.kind = kind}));
  ++sent_;
  out_.emplace_back(make_packet(request_code, ++id_, options));
  timer_ = now + limits_.restart;
}

/// 3.2.5.3. A Response that cannot be taken gets the Request again, so often at most as silence would.
void CbcpAnswerer::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!packet || packet->code != response_code || packet->id != id_) return;
  if (!acked_.empty()) {
    if (std::ranges::equal(acked_, packet->data))
      out_.emplace_back(make_packet(acknowledgment_code, id_, acked_));
    return;
  }
  if (!timer_) return;
  auto choice = chosen(packet->data);
  if (!choice && sent_ < limits_.attempts) return send_request(now);
  timer_.reset();
  if (!choice) return (void)out_.emplace_back(CallbackFailed{ras::bad_callback_number});
  acked_.assign(packet->data.begin(), packet->data.end());
  out_.emplace_back(make_packet(acknowledgment_code, id_, acked_));
  if (choice->kind == CallbackKind::preset) choice->number = grant_.number;
  out_.emplace_back(*std::move(choice));
}

std::optional<CallbackChoice> CbcpAnswerer::chosen(Bytes data) const {
  auto const options = parse_options(data);
  if (!options || options->size() != 1) return std::nullopt;
  auto choice = read_option(options->front());
  if (!choice || !(offers[static_cast<size_t>(grant_.kind)] & bit(choice->kind))) return std::nullopt;
  if (choice->kind == CallbackKind::by_caller && !is_callback_number(choice->number)) return std::nullopt;
  return choice;
}

void CbcpAnswerer::on_timeout(Instant now) {
  if (!timer_ || *timer_ > now) return;
  timer_.reset();
  if (sent_ < limits_.attempts) return send_request(now);
  out_.emplace_back(CallbackFailed{ras::timed_out});
}

CbcpCaller::CbcpCaller(CallbackWish wish, AuthLimits limits) : wish_(std::move(wish)), limits_(limits) {
  wish_.delay = std::clamp<std::chrono::seconds>(wish_.delay, 0s, 255s);
}

void CbcpCaller::on_packet(Instant now, Bytes bytes) {
  auto const packet = parse_packet(bytes);
  if (!timer_ || !packet) return;
  if (packet->code == request_code) return on_request(now, *packet);
  // 3.1.5: an Acknowledgment of anything but what was chosen is none.
  bool const ours = packet->code == acknowledgment_code && !response_.empty() && packet->id == id_ &&
                    std::ranges::equal(packet->data, response_);
  if (!ours) return;
  timer_.reset();
  out_.emplace_back(choice_);
}

/// 3.1.5.3. What is malformed is dropped; what is not known here is left out of the choice.
void CbcpCaller::on_request(Instant now, Packet const& packet) {
  auto const options = parse_options(packet.data);
  if (!options || options->empty()) return;
  unsigned offered = 0;
  for (auto const& option : *options)
    for (auto const kind : kinds)
      if (option.type == type_of(kind)) offered |= bit(kind);
  bool const named = !wish_.number.empty();
  if (named && !is_callback_number(wish_.number)) return fail(ras::callback_number_characters);
  if (named && offered & bit(CallbackKind::by_caller))
    choice_ = {CallbackKind::by_caller, wish_.number, wish_.delay};
  else if (offered & bit(CallbackKind::preset))
    choice_ = {CallbackKind::preset, {}, wish_.delay};
  else if (!wish_.required && offered & bit(CallbackKind::none))
    choice_ = {};
  else
    return fail(ras::bad_callback_number);
  id_ = packet.id;
  response_ = option_of(choice_);
  send_response(now);
}

void CbcpCaller::send_response(Instant now) {
  out_.emplace_back(make_packet(response_code, id_, response_));
  wait(now);
}

void CbcpCaller::fail(unsigned error) {
  timer_.reset();
  out_.emplace_back(CallbackFailed{error});
}

void CbcpCaller::on_timeout(Instant now) {
  if (!timer_ || *timer_ > now) return;
  if (++waits_ >= limits_.attempts) return fail(ras::timed_out);
  if (response_.empty()) return wait(now);
  send_response(now);
}

}  // namespace offhook::ppp
