#include "emulator/trunk/address.h"

#include <algorithm>
#include <charconv>

namespace offhook::trunk {
namespace {

constexpr std::string_view accepted = "host:port or [address]:port is wanted, with a port from 1 to 65535";

bool usable_host(std::string_view host) {
  if (host.empty() || host.size() > longest_host || host.front() == '-') return false;
  return std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-_:%").find(c) != std::string_view::npos;
  });
}

Result<uint16_t> parse_port(std::string_view digits, bool zero_port) {
  uint16_t port = 0;
  auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  bool const whole = ec == std::errc() && end == digits.data() + digits.size();
  if (!whole || (port == 0 && !zero_port)) return error(accepted);
  return port;
}

}  // namespace

Result<Address> parse_address(std::string_view text, bool zero_port) {
  std::string_view host = text, port;
  bool given = false;
  if (text.starts_with('[')) {
    auto const end = text.find(']');
    if (end == std::string_view::npos) return error(accepted);
    host = text.substr(1, end - 1);
    auto const rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return error(accepted);
    given = !rest.empty();
    if (given) port = rest.substr(1);
  } else if (std::ranges::count(text, ':') == 1) {  // more are a v6 address without a port
    given = true;
    host = text.substr(0, text.find(':'));
    port = text.substr(text.find(':') + 1);
  }
  if (!usable_host(host)) return error(accepted);
  Address address{std::string(host), default_port};
  if (!given) return address;
  auto const number = parse_port(port, zero_port);
  if (!number) return number.error();
  address.port = *number;
  return address;
}

std::string text(Address const& address) {
  bool const v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace offhook::trunk
