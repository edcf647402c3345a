#include "emulator/app/completion.h"

#include <cstdio>

#include "emulator/app/client.h"
#include "emulator/verbs/help.h"

namespace offhook::app {
namespace {

// '=' separates words for bash's completion, which would cut rate=33600 in three: they are joined again.
constexpr char const* bash_script = R"(# bash completion of vmodem; use: source <(vmodem completion bash)
_vmodem() {
  local line=${COMP_LINE:0:COMP_POINT} words suggestion
  read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local cut=
  [[ ${words[-1]} == *=* ]] && cut=${words[-1]%%=*}=
  COMPREPLY=()
  while IFS= read -r suggestion; do
    if [[ $suggestion == //files ]]; then
      compopt -o default
    else
      suggestion=${suggestion#"$cut"}
      [[ $suggestion == *= ]] && compopt -o nospace
      COMPREPLY+=("$suggestion")
    fi
  done < <("${words[0]}" completion bash -- "${words[@]:1}" 2>/dev/null)
}
complete -F _vmodem vmodem
)";

/// The directory that the words name, so that the ports are that bank's.
std::string named_dir(std::vector<std::string> const& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--dir" && i + 1 < words.size()) return words[i + 1];
    if (words[i].starts_with("--dir=")) return words[i].substr(6);
  }
  return {};
}

}  // namespace

void print_completion(verbs::Call const& call) {
  auto const& words = call.rest();
  if (words.empty()) {
    std::fputs(bash_script, stdout);
    return;
  }
  auto suggestions = verbs::suggest(words);
  if (suggestions.ports)
    for (std::string& name : port_names(named_dir(words)))
      if (name.starts_with(words.back())) suggestions.words.push_back(std::move(name));
  for (std::string const& word : suggestions.words) std::puts(word.c_str());
  if (suggestions.files) std::puts("//files");
}

}  // namespace offhook::app
