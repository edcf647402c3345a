#include "emulator/telnet/options.h"

#include <algorithm>

namespace offhook::telnet {
namespace {

/// Under which of the Options something holds.
enum class If : uint8_t { never, always, binary, echo, terminal, window, ask_terminal, com_port };

struct Policy {
  If agrees, asks;
};
struct Row {
  Option option;
  Policy client_us, client_him, server_us, server_him;

  Policy const& policy(Role role, Side side) const {
    if (role == Role::client) return side == Side::us ? client_us : client_him;
    return side == Side::us ? server_us : server_him;
  }
};

using enum If;
constexpr Policy refused{never, never};

constexpr Row rows[] = {
    // clang-format off
    // option                   client: us          client: him         server: us          server: him
    {Option::binary,            {binary, binary},   {binary, binary},   {binary, binary},   {binary, binary}},
    {Option::echo,              refused,            {always, never},    {echo, echo},       refused},
    {Option::suppress_go_ahead, {always, always},   {always, always},   {always, echo},     {always, echo}},
    {Option::terminal_type,     {terminal, never},  refused,            refused,            {always, ask_terminal}},
    {Option::window_size,       {window, never},    refused,            refused,            {always, ask_terminal}},
    {Option::com_port,          refused,            refused,            {com_port, never},  {com_port, com_port}},
    // clang-format on
};
static_assert(std::size(rows) == option_count && rows[binary_index].option == Option::binary);

bool holds(If condition, Options const& options) {
  switch (condition) {
    case never:
      return false;
    case always:
      return true;
    case binary:
      return options.binary;
    case echo:
      return options.echo;
    case terminal:
      return usable_terminal_type(options.terminal);
    case window:
      return options.window.has_value();
    case ask_terminal:
      return options.ask_terminal;
    case com_port:
      return options.com_port;
  }
  return false;
}

}  // namespace

bool usable_terminal_type(std::string const& name) {
  auto const graphic = [](char c) { return c > ' ' && c <= '~'; };
  return !name.empty() && name.size() <= terminal_type_limit && std::ranges::all_of(name, graphic);
}

std::optional<size_t> index_of(uint8_t code) {
  for (size_t i = 0; i < option_count; ++i)
    if (static_cast<uint8_t>(rows[i].option) == code) return i;
  return std::nullopt;
}

Option option_at(size_t index) { return rows[index].option; }

bool agrees(Options const& options, Role role, Side side, size_t index) {
  return holds(rows[index].policy(role, side).agrees, options);
}

bool asks(Options const& options, Role role, Side side, size_t index) {
  return holds(rows[index].policy(role, side).asks, options);
}

}  // namespace offhook::telnet
