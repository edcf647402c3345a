#include "emulator/app/phonebook.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "emulator/app/toml_keys.h"
#include "emulator/verbs/values.h"

namespace offhook::app {
namespace {

using trunk::Entry;

Complaint take_target(Node node, Entry& entry) {
  auto const text = node.value_exact<std::string>();
  if (!text) return "a string is wanted, such as \"bbs.example.org:23\"";
  return take(trunk::parse_address(*text), entry.target);
}

Complaint take_lines(Node node, Entry& entry) {
  std::optional<uint64_t> count;
  auto complaint = take_count(node, trunk::most_lines, count);
  if (count) entry.lines = static_cast<size_t>(*count);
  return complaint;
}

constexpr std::array entry_keys{
    Key<Entry>{"number", [](Node n, Entry& e) { return take_text(n, verbs::parse_number, e.number); }},
    Key<Entry>{"name", [](Node n, Entry& e) { return take_string(n, trunk::longest_name, e.name); }},
    Key<Entry>{"target", take_target},
    Key<Entry>{"protocol",
               [](Node n, Entry& e) { return take_word<trunk::Protocol>(n, protocols, e.protocol); }},
    Key<Entry>{"lines", take_lines},
    Key<Entry>{"restart", [](Node n, Entry& e) { return take_text(n, verbs::parse_duration, e.restart); }},
    Key<Entry>{"program", [](Node n, Entry& e) { return take_string(n, trunk::longest_program, e.program); }},
};

class Reader : TomlFile {
 public:
  using TomlFile::TomlFile;

  Result<trunk::Phonebook> read(std::string_view text) {
    if (text.size() > longest_phonebook) return error(file_, ": a phonebook has at most 1 MiB");
    toml::parse_result parsed = toml::parse(text, file_);
    if (!parsed) {
      std::string const what(parsed.error().description());
      return at(parsed.error().source(), what);
    }
    static constexpr std::array<std::string_view, 1> sections{"entry"};
    if (auto known = check_sections(parsed.table(), sections, "[[entry]]"); !known) return known.error();
    trunk::Phonebook book;
    auto const done =
        read_list(parsed.table(), "entry", entry_keys, Entry{}, [&](Entry const& entry) -> Complaint {
          auto const added = book.add(entry);
          return added ? std::nullopt : Complaint(added.error().message);
        });
    if (!done) return done.error();
    return book;
  }
};

}  // namespace

Result<trunk::Phonebook> parse_phonebook(std::string_view text, std::string_view file_name) {
  return Reader(file_name).read(text);
}

Result<trunk::Phonebook> read_phonebook(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return error("cannot read the phonebook ", path, ": ", std::strerror(errno));
  std::string text(longest_phonebook + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return error("cannot read the phonebook ", path, ": ", std::strerror(errno));
  text.resize(static_cast<size_t>(file.gcount()));
  return parse_phonebook(text, path);
}

}  // namespace offhook::app
