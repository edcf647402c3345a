#include "dialer/app/completion.h"

namespace offhook::dialer {

std::string_view bash_completion() {
  return R"bash(# bash completion of rasdial; use: source <(rasdial --completion bash)
_rasdial() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} name i book=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -- ]] && { compopt -o default; return; }
    [[ ${COMP_WORDS[i]} == --phonebook ]] && book=(--phonebook "${COMP_WORDS[i + 1]}")
  done
  case $before in
    --phonebook | --dir) compopt -o default; return ;;
    --phone | --number | --port | --domain | --callback | --linger) return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --completion options 2>/dev/null)" -- "$word")
    return
  fi
  while IFS= read -r name; do
    printf -v name %q "$name"
    [[ $name == "$word"* ]] && COMPREPLY+=("$name")
  done < <("${COMP_WORDS[0]}" --completion entries "${book[@]}" 2>/dev/null)
}
complete -F _rasdial rasdial
)bash";
}

}  // namespace offhook::dialer
