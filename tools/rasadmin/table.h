// Rows of text in columns, within a width; with colour or without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace offhook::rasadmin {

enum class Tint : uint8_t { plain, dim, bold, red, green, yellow, cyan };
std::string tinted(std::string_view text, Tint tint, bool colour);

/// How text is shown: whether in colour, and within how many columns.
struct Look {
  bool colour = false;
  size_t columns = SIZE_MAX;
};

struct Cell {
  std::string text;
  Tint tint = Tint::plain;
};
struct Column {
  std::string_view title;
  bool right = false;
  unsigned worth = 0;  // where there is no room, the column of the least worth goes first; 0: it never goes
};
struct Row {
  std::vector<Cell> cells;
  /// Below the row, indented. By column: said only where that column has no room; -1: said always.
  struct Note {
    int column;
    std::string text;
    Tint tint = Tint::plain;
  };
  std::vector<Note> notes;
};

std::string table(std::span<Column const> columns, std::span<Row const> rows, Look look);

/// Lines of at most `columns`, broken at spaces, each begun with `indent` spaces.
std::string wrapped(std::string_view text, size_t indent, size_t columns, Tint tint, bool colour);

}  // namespace offhook::rasadmin
