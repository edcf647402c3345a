#include "rasd/app/report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <utility>

namespace offhook::rasd {
namespace json = boost::json;
namespace {

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

double seconds_since(Instant at) { return std::chrono::duration<double>(io::now() - at).count(); }

/// To the millisecond, UTC.
std::string timestamp(Instant at) {
  auto const wall = wall_time(at);
  auto const whole = std::chrono::floor<std::chrono::seconds>(wall);
  auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(wall - whole).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     ms);
}

void put(json::object& object, char const* name, std::string_view text) {
  if (!text.empty()) object[name] = view(text);
}

json::object counters(port::Counters const& c) {
  return {{"in", c.bytes_in}, {"out", c.bytes_out}, {"errors", c.errors}};
}

constexpr std::string_view uses[] = {"dial-in", "dial-out", "both"};

/// Writes many objects into one text, each in the memory that the one before it had: at 1,000 ports their
/// memory would cost more than their text.
class Writer {
 public:
  explicit Writer(std::string text) : text_(std::move(text)) {}

  /// Empty; what it holds is gone at the next call.
  json::object& fresh() {
    object_.emplace(json::storage_ptr());
    memory_.release();
    object_.emplace(&memory_).reserve(members);
    return *object_;
  }
  /// With a comma before it, but for the first; `key`, where there is one, is quoted and stands before it.
  void put(json::object const& object, std::string_view key = {}) {
    if (!std::exchange(first_, false)) text_ += ',';
    if (!key.empty()) text_ += json::serialize(json::value(view(key))) + ':';
    serializer_.reset(&object);
    while (!serializer_.done()) {
      auto const part = serializer_.read(part_.data(), part_.size());
      text_.append(part.data(), part.size());
    }
  }
  std::string text(std::string_view end) && { return std::move(text_.append(end)); }

 private:
  static constexpr size_t members = 32;  // as many as a port has, about

  std::string text_;
  bool first_ = true;
  std::array<unsigned char, 8192> room_;
  json::monotonic_resource memory_{room_.data(), room_.size()};
  std::optional<json::object> object_;
  json::serializer serializer_;
  std::array<char, 4096> part_;
};

void put_snapshot(json::object& object, port::Snapshot const& s) {
  object["state"] = view(port::name(s.state));
  object["since"] = timestamp(s.since);
  object["since_s"] = std::round(seconds_since(s.since) * 1000) / 1000;
  object["line"] = view(port::name(port::line_condition(s)));
  object["hardware"] = view(port::name(port::hardware_condition(s)));
  if (s.failure != port::Failure::none) {
    auto const& row = port::row(s.failure);
    object["failure"] = {{"kind", view(row.name)}, {"error", row.ras_error}, {"text", s.failure_text}};
  }
  put(object, "holder", s.holder);
  if (s.call != 0) object["call"] = s.call;
  put(object, "user", s.user);
  put(object, "number", s.number);
  put(object, "name", s.name);
  object["dte_rate_bps"] = s.dte_rate_bps;
  object["line_rate_bps"] = s.line_rate_bps;
  put(object, "client", s.client_text);
  if (s.last_why != port::Why::none) object["last_end"] = view(port::name(s.last_why));
  object["calls"] = s.calls_total;
  object["leases"] = s.leases_total;
  object["bytes"] = counters(s.now);
  object["bytes_total"] = counters(s.total);
}

/// What a call's service knows of it.
void put_service(json::object& object, PortDriver const& port) {
  auto const call = port.call();
  if (!call) return;
  CallDetails const& d = call->details;
  object["duration_s"] = std::round(seconds_since(call->since));
  for (auto const& [key, text] : {std::pair("protocol", &d.service),
                                  {"phase", &d.phase},
                                  {"address", &d.address},
                                  {"dns", &d.dns},
                                  {"network", &d.network},
                                  {"compression", &d.compression}})
    put(object, key, *text);
}

/// What the holder of a lease told of its call.
void put_call(json::object& object, LeaseStatus const& lease) {
  if (lease.progress.line_rate_bps != 0) object["line_rate_bps"] = lease.progress.line_rate_bps;
  json::object told;
  put(told, "state", lease.progress.state);
  put(told, "entry", lease.progress.entry);
  put(told, "number", lease.progress.number);
  put(told, "user", lease.progress.user);
  put(told, "address", lease.progress.address);
  put(told, "purpose", lease.purpose);
  object["lease"] = std::move(told);
}

}  // namespace

std::chrono::system_clock::time_point wall_time(Instant at) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(at - io::now());
}

std::string ports_json(Manager const& manager, std::string const& only) {
  Writer all(R"({"ports":[)");
  for (auto const& [name, port] : manager.ports()) {
    if (!only.empty() && name != only) continue;
    port::Snapshot shown = port->machine().shown();
    shown.now = port->counters();
    port::Counters const base = manager.cleared(name);
    shown.total.bytes_in -= base.bytes_in;
    shown.total.bytes_out -= base.bytes_out;
    shown.total.errors -= base.errors;
    json::object& object = all.fresh();
    object["port"] = name;
    object["path"] = port->config().path;
    object["use"] = view(uses[static_cast<size_t>(port->config().use)]);
    object["device"] = port->config().device;
    object["service"] = port->config().service;
    put_snapshot(object, shown);
    put_service(object, *port);
    if (auto const lease = manager.leases().find(shown.client); lease != manager.leases().end())
      put_call(object, lease->second);
    all.put(object);
  }
  return std::move(all).text("]}");
}

std::string connections_json(Manager const& manager) {
  json::array all;
  for (auto const& [client, lease] : manager.leases()) {
    if (lease.phase != LeaseStatus::Phase::holding) continue;
    json::object object{{"port", lease.port},
                        {"direction", "out"},
                        {"state", lease.progress.state.empty() ? "leased" : lease.progress.state},
                        {"since_s", std::round(seconds_since(lease.since))},
                        {"line_rate_bps", lease.progress.line_rate_bps},
                        {"pid", lease.peer.process.pid},
                        {"holder", lease.peer.words()}};
    put(object, "entry", lease.progress.entry);
    put(object, "number", lease.progress.number);
    put(object, "user", lease.progress.user);
    put(object, "address", lease.progress.address);
    if (lease.progress.bytes_in + lease.progress.bytes_out != 0) {
      object["bytes_in"] = lease.progress.bytes_in;
      object["bytes_out"] = lease.progress.bytes_out;
    }
    put(object, "purpose", lease.purpose);
    all.push_back(std::move(object));
  }
  for (auto const& [name, port] : manager.ports()) {
    port::Snapshot const& shown = port->machine().shown();
    if (shown.call == 0) continue;
    port::Counters const bytes = port->counters();
    json::object object{{"port", name},
                        {"direction", "in"},
                        {"state", view(port::name(shown.state))},
                        {"since_s", std::round(seconds_since(shown.since))},
                        {"line_rate_bps", shown.line_rate_bps},
                        {"call", shown.call},
                        {"bytes_in", bytes.bytes_in},
                        {"bytes_out", bytes.bytes_out}};
    put(object, "number", shown.number);
    put(object, "name", shown.name);
    put(object, "user", shown.user);
    put_service(object, *port);
    all.push_back(std::move(object));
  }
  return json::serialize(json::object{{"connections", std::move(all)}});
}

std::string holders_json(PortDriver const& port, holder::Findings const& found) {
  json::array holders;
  for (holder::Claim const& claim : found.claims)
    holders.push_back({{"pid", claim.by.pid},
                       {"program", claim.by.program},
                       {"user", claim.by.user},
                       {"evidence", claim.evidence},
                       {"by_leave", claim.by.pid > 0 && port.by_our_leave(claim.by.pid)},
                       {"text", holder::sentence(claim)}});
  json::object answer{{"port", port.name()}, {"holders", std::move(holders)}};
  if (found.unreadable > 0) answer["unreadable"] = found.unreadable;
  port::Snapshot const& shown = port.machine().shown();
  answer["state"] = view(port::name(shown.state));
  put(answer, "client", shown.client_text);
  if (shown.call != 0) {
    answer["call"] = shown.call;
    answer["number"] = shown.number;
    answer["name"] = shown.name;
    answer["user"] = shown.user;
  }
  return json::serialize(answer);
}

std::string entry_json(port::Entry const& entry) {
  port::Change const& c = entry.change;
  json::object object{{"seq", entry.seq}, {"at", timestamp(entry.at)}, {"port", entry.port}};
  object["kind"] = view(port::name(c.kind));
  if (c.kind == port::Change::Kind::state) object["state"] = view(port::name(c.state));
  if (c.why != port::Why::none) {
    object["why"] = view(port::name(c.why));
    object["terminate_cause"] = port::radius_cause(c.why);
  }
  if (c.failure != port::Failure::none) object["failure"] = view(port::row(c.failure).name);
  if (c.call != 0) object["call"] = c.call;
  if (c.client != 0) object["client"] = c.client;
  if (c.rate_bps != 0) object["rate_bps"] = c.rate_bps;
  if (c.counters != port::Counters{}) object["bytes"] = counters(c.counters);
  put(object, "text", c.text);
  put(object, "number", c.number);
  put(object, "name", c.name);
  return json::serialize(object);
}

std::string frame_json(ppp::Passed const& passed) {
  using namespace std::chrono;
  auto const now = duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * passed.frame.size());
  for (std::byte const each : passed.frame) {
    hex += digits[std::to_integer<unsigned>(each) >> 4];
    hex += digits[std::to_integer<unsigned>(each) & 0xf];
  }
  bool const sent = passed.direction == ppp::Direction::sent;
  return fmt::format(R"({{"s":{},"ns":{},"direction":"{}","bytes":"{}"}})", now / 1'000'000'000,
                     now % 1'000'000'000, sent ? "sent" : "received", hex);
}

std::string link_json(bool link) { return link ? R"({"link":true})" : R"({"link":false})"; }

std::string picture_json(port::Picture const& picture) {
  Writer ports(fmt::format(R"({{"epoch":{},"seq":{},"ports":{{)", picture.place.epoch, picture.place.seq));
  for (auto const& [name, shown] : picture.ports) {
    json::object& object = ports.fresh();
    put_snapshot(object, shown);
    ports.put(object, name);
  }
  return std::move(ports).text("}}");
}

}  // namespace offhook::rasd
