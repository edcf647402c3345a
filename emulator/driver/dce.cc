#include "emulator/driver/dce.h"

#include <utility>

#include "emulator/hayes/family.h"

namespace offhook::driver {

Result<Dce> Dce::make(ModemConfig const& config, hayes::Pace pace, std::string_view stored) {
  switch (config.kind) {
    case ModemConfig::Kind::pad:
      return Dce(pad::Pad(config.pad));
    case ModemConfig::Kind::null_modem: {
      pad::CableOptions cable = config.cable;
      cable.number = config.number;
      return Dce(pad::NullModem(std::move(cable)));
    }
    case ModemConfig::Kind::modem:
      break;
  }
  auto const* family = hayes::find_family(config.family);
  if (family == nullptr) return error("family '", config.family, "' is not known");
  hayes::Options options = config.options;
  options.pace = pace;
  return Dce(hayes::Modem(*family, std::move(options), stored));
}

v24::Split Dce::on_dte_bytes(Instant now, Bytes bytes) {
  return std::visit([&](auto& dce) { return dce.on_dte_bytes(now, bytes); }, engine_);
}
void Dce::on_dte_backlog(Instant now) {
  std::visit([&](auto& dce) { dce.on_dte_backlog(now); }, engine_);
}
void Dce::on_line_full(Instant now, bool full) {
  std::visit([&](auto& dce) { dce.on_line_full(now, full); }, engine_);
}
void Dce::on_dte_rate(Instant now, uint32_t bps) {
  std::visit([&](auto& dce) { dce.on_dte_rate(now, bps); }, engine_);
}
/// A PAD has a parameter of its own for parity (X.3, 21), and a cable has no opinion.
void Dce::on_dte_format(v24::Format const& format) {
  if (auto* const modem = std::get_if<hayes::Modem>(&engine_)) modem->on_dte_format(format);
}
void Dce::on_circuit(Instant now, v24::Circuit circuit, bool on) {
  std::visit([&](auto& dce) { dce.on_circuit(now, circuit, on); }, engine_);
}
void Dce::on_break(Instant now) {
  std::visit([&](auto& dce) { dce.on_break(now); }, engine_);
}
void Dce::on_line(Instant now, loop::Event const& event) {
  std::visit([&](auto& dce) { dce.on_line(now, event); }, engine_);
}
bool Dce::accepts_line_data() const {
  return std::visit([](auto const& dce) { return dce.accepts_line_data(); }, engine_);
}
void Dce::on_line_bytes(Instant now, size_t n) {
  std::visit([&](auto& dce) { dce.on_line_bytes(now, n); }, engine_);
}
size_t Dce::on_line_data(Instant now, Bytes bytes) {
  return std::visit([&](auto& dce) { return dce.on_line_data(now, bytes); }, engine_);
}
void Dce::on_timeout(Instant now) {
  std::visit([&](auto& dce) { dce.on_timeout(now); }, engine_);
}
std::optional<Instant> Dce::next_timeout() const {
  return std::visit([](auto const& dce) { return dce.next_timeout(); }, engine_);
}
std::optional<Dce::Action> Dce::poll_action() {
  return std::visit([](auto& dce) { return dce.poll_action(); }, engine_);
}
void Dce::power_cycle(Instant now) {
  std::visit([&](auto& dce) { dce.power_cycle(now); }, engine_);
}
std::string_view Dce::state() const {
  return std::visit([](auto const& dce) { return name(dce.state()); }, engine_);
}
bool Dce::hanging_up() const {
  return std::visit([](auto const& dce) { return dce.hanging_up(); }, engine_);
}
bool Dce::passes_break() const {
  return std::visit([](auto const& dce) { return dce.passes_break(); }, engine_);
}
v24::Circuits Dce::circuits() const {
  return std::visit([](auto const& dce) { return dce.circuits(); }, engine_);
}
std::string Dce::stored() const {
  return std::visit([](auto const& dce) { return dce.stored(); }, engine_);
}

}  // namespace offhook::driver
