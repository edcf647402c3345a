#include "rasd/at/line_reader.h"

#include <utility>

namespace offhook::at {

std::optional<std::string> LineReader::on_byte(char byte) {
  char const c = static_cast<char>(byte & 0x7f);
  if (c == '\r' || c == '\n') {
    while (!line_.empty() && line_.back() == ' ') line_.pop_back();
    if (line_.empty()) return std::nullopt;
    return std::exchange(line_, {});
  }
  bool const blank_at_start = c == ' ' && line_.empty();
  if (c >= ' ' && c < 0x7f && !blank_at_start && line_.size() < line_limit) line_ += c;
  return std::nullopt;
}

}  // namespace offhook::at
