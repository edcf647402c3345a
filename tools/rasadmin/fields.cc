#include "tools/rasadmin/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace offhook::rasadmin {
namespace json = boost::json;
namespace {

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

/// C0, DEL, and C1 as UTF-8 has them (C2 80 to C2 9F).
std::string clean(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto const c = static_cast<unsigned char>(text[i]);
    auto const next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (c < 0x20 || c == 0x7f) text[i] = '?';
    if (c == 0xc2 && next >= 0x80 && next < 0xa0) text.replace(i, 2, "?");
  }
  return text;
}

}  // namespace

json::value read_json(std::string_view text) {
  boost::system::error_code ec;
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // paths are bytes
  json::value value = json::parse(view(text), ec, {}, options);
  return ec ? json::value() : value;
}

std::string json_string(std::string_view text) { return json::serialize(json::string(view(text))); }

std::string text_at(json::object const& object, std::string_view key) {
  json::value const* const value = object.if_contains(view(key));
  json::string const* const text = value ? value->if_string() : nullptr;
  return text ? clean(std::string(text->data(), text->size())) : std::string();
}

double number_at(json::object const& object, std::string_view key) {
  json::value const* const value = object.if_contains(view(key));
  if (!value || !value->is_number()) return 0;
  return value->is_double()  ? value->get_double()
         : value->is_int64() ? static_cast<double>(value->get_int64())
                             : static_cast<double>(value->get_uint64());
}

uint64_t count_at(json::object const& object, std::string_view key) {
  return static_cast<uint64_t>(std::clamp(number_at(object, key), 0.0, 9e15));
}

bool flag_at(json::object const& object, std::string_view key) {
  json::value const* const value = object.if_contains(view(key));
  return value && value->is_bool() && value->get_bool();
}

json::object const& object_at(json::object const& object, std::string_view key) {
  static json::object const none;
  json::value const* const value = object.if_contains(view(key));
  return value && value->is_object() ? value->get_object() : none;
}

json::array const* array_at(json::object const& object, std::string_view key) {
  json::value const* const value = object.if_contains(view(key));
  return value ? value->if_array() : nullptr;
}

std::string span_words(double seconds) {
  auto const s = static_cast<uint64_t>(std::clamp(seconds, 0.0, 9e9));
  if (s >= 86400) return fmt::format("{}d {:02}:{:02}", s / 86400, s / 3600 % 24, s / 60 % 60);
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string amount_words(uint64_t bytes) {
  if (bytes < 100'000) return std::to_string(bytes);
  if (bytes < 100'000'000) return std::to_string(bytes / 1000) + "k";
  return std::to_string(bytes / 1000'000) + "M";
}

std::string spaced(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

}  // namespace offhook::rasadmin
