#include "tools/rasadmin/capture.h"

#include <boost/json.hpp>
#include <chrono>
#include <optional>

#include "rasd/ppp/capture.h"
#include "tools/rasadmin/fields.h"

namespace offhook::rasadmin {
namespace json = boost::json;
namespace {

constexpr uint64_t latest_second = 9'000'000'000;  // in 2255: 64 bits of nanoseconds end in 2262

Error not_understood() { return error("what rasd sends is not understood: is it another version's?"); }

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<ppp::Buffer> bytes_of(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  ppp::Buffer bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    auto const high = digit(hex[i]), low = digit(hex[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(*high << 4 | *low));
  }
  return bytes;
}

std::string text(ppp::Buffer const& bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<Capture::Step> Capture::on_message(rpc::Message const& message) {
  if (message.method.empty() || message.method == "link") return on_link(message.body);
  if (message.method == "frame") return on_frame(message.body);
  if (message.method == "dropped")
    return error("the capture ends after ", std::to_string(frames_),
                 " frames: what writes it is too slow, and the next ones are lost");
  return Step{};  // a newer rasd's
}

Result<Capture::Step> Capture::on_link(std::string const& body) {
  json::value const value = read_json(body);
  if (!value.is_object()) return not_understood();
  bool const link = flag_at(value.get_object(), "link");
  Step step;
  if (!std::exchange(begun_, true)) step.bytes = text(ppp::capture_head(port_));
  step.words = (link ? "capturing the call on " : "waiting for a call on ") + port_;
  return step;
}

Result<Capture::Step> Capture::on_frame(std::string const& body) {
  json::value const value = read_json(body);
  if (!begun_ || !value.is_object()) return not_understood();
  json::object const& frame = value.get_object();
  auto bytes = bytes_of(text_at(frame, "bytes"));
  if (!bytes) return not_understood();
  uint64_t const seconds = count_at(frame, "s"), nanoseconds = count_at(frame, "ns");
  if (seconds > latest_second || nanoseconds >= 1'000'000'000) return not_understood();
  bool const sent = text_at(frame, "direction") == "sent";
  auto const at = std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds);
  ppp::Passed const passed{sent ? ppp::Direction::sent : ppp::Direction::received, *std::move(bytes)};
  ++frames_;
  return Step{text(ppp::capture_block(std::chrono::duration_cast<Duration>(at), passed)), ""};
}

}  // namespace offhook::rasadmin
