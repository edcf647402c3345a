// Members of a JSON object as a person reads them. What is missing or of another kind reads as nothing: a
// newer rasd may say things in another way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace boost::json {
class object;
class array;
class value;
}  // namespace boost::json

namespace offhook::rasadmin {

/// Throws nothing: null where the text is no JSON.
boost::json::value read_json(std::string_view text);
std::string json_string(std::string_view text);

/// Control characters are '?': they never reach a terminal.
std::string text_at(boost::json::object const& object, std::string_view key);
double number_at(boost::json::object const& object, std::string_view key);
uint64_t count_at(boost::json::object const& object, std::string_view key);
bool flag_at(boost::json::object const& object, std::string_view key);
boost::json::object const& object_at(boost::json::object const& object, std::string_view key);
/// Null: there is no such array.
boost::json::array const* array_at(boost::json::object const& object, std::string_view key);

/// "3:07", "1:02:03", "12d 04:05"
std::string span_words(double seconds);
/// "1234", "100k", "12M"
std::string amount_words(uint64_t bytes);
/// "hanging up" of hanging_up
std::string spaced(std::string name);

}  // namespace offhook::rasadmin
