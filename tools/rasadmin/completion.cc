#include "tools/rasadmin/completion.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "tools/rasadmin/ask.h"
#include "tools/rasadmin/options.h"

namespace offhook::rasadmin {
namespace {

constexpr char const* bash_script = R"(# bash completion of rasadmin; use: source <(rasadmin completion bash)
_rasadmin() {
  local suggestion words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r suggestion; do
    if [[ $suggestion == //files ]]; then
      compopt -o default
    else
      COMPREPLY+=("$suggestion")
    fi
  done < <("${COMP_WORDS[0]}" completion bash -- "${words[@]}" 2>/dev/null)
}
complete -F _rasadmin rasadmin
)";
constexpr char const* files = "//files";

/// The verb and its operands so far, without the last word; and the directory that the words name.
struct SoFar {
  std::vector<std::string> plain;
  std::string dir;
  std::string_view awaits;  // an option whose value the last word is
};
SoFar read(std::span<std::string const> words) {
  SoFar so_far;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string const& word = words[i];
    bool const valued = word == "--dir" || word == "--for";
    if (valued && i + 1 == words.size()) {
      so_far.awaits = word;
    } else if (valued) {
      if (word == "--dir") so_far.dir = words[i + 1];
      ++i;
    } else if (!word.starts_with('-')) {
      so_far.plain.push_back(word);
    }
  }
  return so_far;
}

std::vector<std::string> suggest(std::span<std::string const> before, std::string const& last) {
  if (std::ranges::find(before, "--") != before.end()) return {files};
  SoFar const so_far = read(before);
  if (!so_far.awaits.empty())
    return so_far.awaits == "--dir" ? std::vector<std::string>{files} : std::vector<std::string>{};
  if (last.starts_with('-')) return {"--dir", "--for", "--help", "--json", "--version", "--"};
  std::vector<std::string> names;
  Verb const* const verb = so_far.plain.empty() ? nullptr : find(so_far.plain[0]);
  if (so_far.plain.empty() || (verb && verb->takes == Takes::verb)) {
    for (Verb const& each : verbs()) names.emplace_back(each.name);
  } else if (verb && verb->takes == Takes::shell) {
    names.emplace_back("bash");
  } else if (verb && verb->takes != Takes::nothing && so_far.plain.size() == 1) {
    names = port_names(so_far.dir);
  } else if (verb && verb->takes == Takes::port_and_file && so_far.plain.size() == 2) {
    names.emplace_back(files);
  } else if (verb && verb->takes == Takes::port_and_program) {
    names.emplace_back("--");
  }
  return names;
}

}  // namespace

void print_completion(std::span<std::string const> words) {
  if (words.empty()) {
    std::fputs(bash_script, stdout);
    return;
  }
  for (std::string const& each : suggest(words.first(words.size() - 1), words.back()))
    if (each == files || each.starts_with(words.back())) std::puts(each.c_str());
}

}  // namespace offhook::rasadmin
