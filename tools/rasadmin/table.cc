#include "tools/rasadmin/table.h"

#include <algorithm>
#include <array>

namespace offhook::rasadmin {
namespace {

constexpr std::array<std::string_view, 7> codes{"", "2", "1", "31", "32", "33", "36"};
constexpr size_t gap = 2, indent = 4;

/// Characters, not bytes, as a terminal counts them (UTF-8, none of them wide).
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Widths of the columns that are kept; 0: it goes.
class Layout {
 public:
  Layout(std::span<Column const> columns, std::span<Row const> rows, size_t room) : columns_(columns) {
    for (size_t c = 0; c < columns.size(); ++c) {
      size_t widest = width(columns[c].title);
      for (Row const& row : rows) widest = std::max(widest, width(row.cells[c].text));
      widths_.push_back(widest);
    }
    while (total() > room && drop_one()) {
    }
  }
  bool keeps(size_t column) const { return widths_[column] != 0; }
  size_t of(size_t column) const { return widths_[column]; }

 private:
  size_t total() const {
    size_t sum = 0;
    for (size_t const each : widths_) sum += each == 0 ? 0 : each + gap;
    return sum - std::min(sum, gap);
  }
  bool drop_one() {
    size_t least = columns_.size();
    for (size_t c = 0; c < columns_.size(); ++c)
      if (keeps(c) && columns_[c].worth != 0 &&
          (least == columns_.size() || columns_[c].worth < columns_[least].worth))
        least = c;
    if (least == columns_.size()) return false;
    widths_[least] = 0;
    return true;
  }

  std::span<Column const> columns_;
  std::vector<size_t> widths_;
};

}  // namespace

std::string tinted(std::string_view text, Tint tint, bool colour) {
  if (!colour || tint == Tint::plain || text.empty()) return std::string(text);
  return "\033[" + std::string(codes[static_cast<size_t>(tint)]) + "m" + std::string(text) + "\033[0m";
}

std::string wrapped(std::string_view text, size_t left, size_t columns, Tint tint, bool colour) {
  std::string out, line;
  size_t const room = columns > left + 20 ? columns - left : 20;
  auto const put = [&] { out += std::string(left, ' ') + tinted(line, tint, colour) + "\n"; };
  while (!text.empty()) {
    size_t const end = std::min(text.find(' '), text.size());
    std::string_view const word = text.substr(0, end);
    if (!line.empty() && width(line) + 1 + width(word) > room) {
      put();
      line.clear();
    }
    line.append(line.empty() ? "" : " ").append(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) put();
  return out;
}

std::string table(std::span<Column const> columns, std::span<Row const> rows, Look look) {
  Layout const layout(columns, rows, look.columns);
  std::string out;
  auto const put = [&](auto const& cell_of) {
    std::string line;
    size_t owed = 0;  // spaces, so that no line ends in one
    for (size_t c = 0; c < columns.size(); ++c) {
      if (!layout.keeps(c)) continue;
      Cell const cell = cell_of(c);
      size_t const pad = layout.of(c) - width(cell.text);
      line.append(owed + (columns[c].right ? pad : 0), ' ').append(tinted(cell.text, cell.tint, look.colour));
      owed = gap + (columns[c].right ? 0 : pad);
    }
    out += line + "\n";
  };
  put([&](size_t c) { return Cell{std::string(columns[c].title), Tint::dim}; });
  for (Row const& row : rows) {
    put([&](size_t c) { return row.cells[c]; });
    for (Row::Note const& note : row.notes)
      if (note.column < 0 || !layout.keeps(static_cast<size_t>(note.column)))
        out += wrapped(note.text, indent, look.columns, note.tint, look.colour);
  }
  return out;
}

}  // namespace offhook::rasadmin
