#include "emulator/app/report.h"

#include <boost/json.hpp>
#include <cmath>

#include "emulator/base/text.h"

namespace offhook::app {
namespace json = boost::json;
namespace {

json::string text(std::string_view s) { return json::string(s.data(), s.size()); }

/// Seconds, to the microsecond.
double seconds(double s) { return std::round(s * 1e6) / 1e6; }

json::object circuits(v24::Circuits on) {
  json::object out;
  for (v24::Circuit const circuit : v24::all_circuits)
    out[json::string_view(v24::name(circuit).data(), v24::name(circuit).size())] = on.on(circuit);
  return out;
}

json::value call(std::optional<driver::CallStatus> const& status) {
  if (!status) return nullptr;
  return json::object{{"id", status->id},
                      {"peer", text(status->peer)},
                      {"originated", status->originated},
                      {"seconds", seconds(status->seconds)},
                      {"rate_bps", status->rate_bps},
                      {"modulation", text(status->modulation)},
                      {"error_control", text(status->error_control)},
                      {"compression", text(status->compression)}};
}

json::object line(line::Parameters const& parameters) {
  json::value rate = nullptr;  // unlimited
  if (parameters.rate_bps != 0) rate = parameters.rate_bps;
  return {{"rate_bps", rate}, {"training", parameters.realistic_training ? "realistic" : "instant"}};
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
