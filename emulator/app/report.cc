#include "emulator/app/report.h"

#include <boost/json.hpp>
#include <cmath>

#include "emulator/base/text.h"

namespace offhook::app {
namespace json = boost::json;
namespace {

json::string text(std::string_view s) { return json::string(s.data(), s.size()); }

json::value text_or_null(std::string_view s) {
  return s.empty() ? json::value(nullptr) : json::value(text(s));
}

/// Seconds, to the microsecond.
double seconds(double s) { return std::round(s * 1e6) / 1e6; }

json::object circuits(v24::Circuits on) {
  json::object out;
  for (v24::Circuit const circuit : v24::all_circuits)
    out[json::string_view(v24::name(circuit).data(), v24::name(circuit).size())] = on.on(circuit);
  return out;
}

double milliseconds(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// Rate and training, and what is not as on a perfect line, by the keys of `vmodem line`.
json::object line(line::Parameters const& p) {
  json::value rate = nullptr;  // unlimited
  if (p.rate_bps != 0) rate = p.rate_bps;
  json::object out{{"rate_bps", rate}, {"training", p.realistic_training ? "realistic" : "instant"}};
  if (p.delay != Duration::zero()) out["delay_ms"] = milliseconds(p.delay);
  if (p.jitter != Duration::zero()) out["jitter_ms"] = milliseconds(p.jitter);
  if (p.bit_error_rate != 0) out["errors"] = p.bit_error_rate;
  if (p.bursts.mean_gap_bits != 0)
    out["bursts"] = json::object{{"gap_bits", p.bursts.mean_gap_bits},
                                 {"length_bits", p.bursts.mean_burst_bits},
                                 {"density", p.bursts.density}};
  if (p.byte_loss_rate != 0) out["loss"] = p.byte_loss_rate;
  if (p.byte_duplication_rate != 0) out["duplication"] = p.byte_duplication_rate;
  if (p.flow_stuck) out["flow"] = "stuck";
  if (p.seed != 0) out["seed"] = p.seed;
  // All of it as `vmodem line` takes it.
  if (auto const words = line::describe(p); !words.empty()) out["text"] = text(words);
  return out;
}

json::object tally(line::Tally const& tally) {
  return {{"damaged", tally.damaged},
          {"lost", tally.dropped},
          {"duplicated", tally.duplicated},
          {"frames_resent", tally.resent}};
}

json::value call(std::optional<driver::CallStatus> const& status) {
  if (!status) return nullptr;
  json::object out{{"id", status->id},
                   {"state", text(status->state)},
                   {"peer", text(status->peer)},
                   {"originated", status->originated},
                   {"seconds", seconds(status->seconds)},
                   {"rate_bps", status->rate_bps},
                   {"modulation", text(status->modulation)},
                   {"error_control", text(status->error_control)},
                   {"compression", text(status->compression)},
                   {"seed", status->seed},
                   {"line", line(status->line)}};
  if (status->sent != line::Tally{}) out["sent"] = tally(status->sent);
  if (status->received != line::Tally{}) out["received"] = tally(status->received);
  return out;
}

json::array faults(std::vector<std::string> const& names) {
  json::array out;
  for (auto const& name : names) out.emplace_back(text(name));
  return out;
}

}  // namespace

std::string modem_json(driver::PortStatus const& status) {
  auto const& bytes = status.bytes;
  return json::serialize(json::object{{"port", text(status.port)},
                                      {"path", text(status.path)},
                                      {"number", text(status.number)},
                                      {"family", text(status.family)},
                                      {"state", text(status.state)},
                                      {"open", status.open},
                                      {"remote", text_or_null(status.remote)},
                                      {"rfc2217", text_or_null(status.rfc2217)},
                                      {"generation", status.generation},
                                      {"dte_rate_bps", status.dte_rate_bps},
                                      {"circuits", circuits(status.circuits)},
                                      {"loop", text(status.loop)},
                                      {"call", call(status.call)},
                                      {"line", line(status.line)},
                                      {"faults", faults(status.faults)},
                                      {"bytes", json::object{{"from_dte", bytes.from_dte},
                                                             {"to_dte", bytes.to_dte},
                                                             {"to_line", bytes.to_line},
                                                             {"from_line", bytes.from_line},
                                                             {"lost_to_dte", bytes.lost_to_dte},
                                                             {"lost_from_dte", bytes.lost_from_dte}}}});
}

std::string event_json(driver::Event const& event) {
  return json::serialize(json::object{{"seq", event.seq},
                                      {"at", seconds(event.at)},
                                      {"port", text(event.port)},
                                      {"kind", text(event.kind)},
                                      {"text", text(event.text)}});
}

std::string trace_json(driver::TraceChunk const& chunk) {
  return json::serialize(json::object{{"at", seconds(chunk.at)},
                                      {"port", text(chunk.port)},
                                      {"to_dte", chunk.to_dte},
                                      {"size", chunk.bytes.size()},
                                      {"bytes", text(escaped(chunk.bytes))}});
}

std::string json_string(std::string_view s) { return json::serialize(json::value(text(s))); }

}  // namespace offhook::app
