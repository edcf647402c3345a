// Events and actions as short texts.
#include <string>

#include "rasd/port/events.h"
#include "rasd/port/laws.h"

namespace offhook::port {
namespace {

constexpr std::string_view event_names[] = {
    "ownership",       "touched",         "opened",         "open_failed",    "lost",
    "device_appeared", "device_gone",     "sampled",        "ring",           "caller_id",
    "carrier_up",      "carrier_lost",    "readable",       "dialogue_ended", "revoked",
    "not_revoked",     "service_started", "service_failed", "service_ended",  "authentication_begun",
    "authenticated",   "traffic",         "client_gone",    "lease",          "hang_up",
    "reset",           "enable",          "disable",        "remove"};
static_assert(std::size(event_names) == std::variant_size_v<Event>);

constexpr std::string_view action_names[] = {
    "ask_ownership", "open",   "close",     "lock",     "unlock", "set_dtr",       "arm",
    "sample",        "read",   "talk",      "hush_up",  "revoke", "start_service", "stop_service",
    "grant",         "refuse", "end_lease", "finished", "note",   "change"};
static_assert(std::size(action_names) == std::variant_size_v<Action>);

constexpr std::string_view replies[] = {"ok",      "connect", "no_carrier", "refused",
                                        "garbage", "echo",    "silent"};
constexpr std::string_view troubles[] = {"absent", "busy", "denied", "other"};
constexpr std::string_view dialogues[] = {"attention", "escape", "initialise", "answer"};
constexpr std::string_view levels[] = {"off", "on", "unknown"};

struct EventDetail {
  std::string operator()(Ownership const& e) const { return e.holder.empty() ? "nobody" : e.holder; }
  std::string operator()(OpenFailed const& e) const {
    return std::string(troubles[static_cast<size_t>(e.trouble)]);
  }
  std::string operator()(Sampled const& e) const {
    std::string text = "carrier=";
    text.append(levels[static_cast<size_t>(e.carrier)]).append(e.ring ? " ring" : "");
    if (e.bell == Level::off) text.append(" bell=off");
    return e.device_ready == Level::off ? text + " not_ready" : text;
  }
  std::string operator()(CallerId const& e) const { return e.number; }
  std::string operator()(DialogueEnded const& e) const {
    return std::string(replies[static_cast<size_t>(e.reply)]);
  }
  std::string operator()(NotRevoked const& e) const { return e.holder; }
  std::string operator()(ServiceEnded const& e) const { return std::string(name(e.why)); }
  std::string operator()(Authenticated const& e) const { return e.user; }
  std::string operator()(ClientGone const& e) const { return std::to_string(e.client); }
  std::string operator()(Lease const& e) const { return std::to_string(e.client); }
  template <class E>
  std::string operator()(E const&) const {
    return {};
  }
};

struct ActionDetail {
  std::string operator()(SetDtr const& a) const { return a.on ? "on" : "off"; }
  std::string operator()(Talk const& a) const {
    return std::string(dialogues[static_cast<size_t>(a.dialogue)]);
  }
  std::string operator()(StopService const& a) const {
    return a.at_once ? "at_once" : a.line_over ? "line_over" : "";
  }
  std::string operator()(Grant const& a) const { return std::to_string(a.client); }
  std::string operator()(Refuse const& a) const {
    return std::to_string(a.client) + " " + std::to_string(a.ras_error);
  }
  std::string operator()(EndLease const& a) const {
    return std::to_string(a.client) + " " + std::string(name(a.why));
  }
  std::string operator()(Note const& a) const { return a.text; }
  std::string operator()(Change const& a) const {
    std::string text(name(a.kind));
    if (a.kind == Change::Kind::state) text.append(" ").append(name(a.state));
    if (a.why != Why::none) text.append(" ").append(name(a.why));
    if (a.failure != Failure::none) text.append(" ").append(row(a.failure).name);
    return text;
  }
  template <class A>
  std::string operator()(A const&) const {
    return {};
  }
};

std::string joined(std::string_view word, std::string detail) {
  std::string text(word);
  if (!detail.empty()) text.append(" ").append(detail);
  return text;
}

}  // namespace

std::string text(Event const& event) {
  return joined(event_names[event.index()], std::visit(EventDetail{}, event));
}
std::string text(Action const& action) {
  return joined(action_names[action.index()], std::visit(ActionDetail{}, action));
}

}  // namespace offhook::port
