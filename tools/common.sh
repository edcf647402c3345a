# What the scripts of this folder share: where we are, words for people, steps with a log and their seconds.
# shellcheck shell=bash
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

if [[ -t 1 ]]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' cyan=$'\e[36m' yellow=$'\e[33m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' cyan='' yellow='' plain=''
fi
export bold dim green red cyan yellow plain

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s%s: %s%s\n' "$red" "${0##*/}" "$*" "$plain" >&2
  exit 1
}

# step WORDS LOG COMMAND...: runs it with its output in LOG, says WORDS and the seconds it took. When it fails, the
# end of the log is shown. On a terminal the seconds are counted while it runs.
step() {
  local words=$1 log=$2 began=$SECONDS status=0
  shift 2
  if [[ -t 1 ]]; then
    set -m  # a process group of its own, so that Ctrl-C can end all of it
    "$@" >"$log" 2>&1 </dev/null &
    local pid=$!
    set +m
    # shellcheck disable=SC2064
    trap "kill -- -$pid; exit 130" INT
    while kill -0 "$pid" 2>/dev/null; do
      printf '\r%s %s%ds%s ' "$words" "$dim" $((SECONDS - began)) "$plain"
      sleep 0.2
    done
    wait "$pid" || status=$?
    trap - INT
    printf '\r\e[K'
  else
    say "$words ..."
    "$@" >"$log" 2>&1 </dev/null || status=$?
  fi
  if ((status == 0)); then
    say "$words ${dim}$((SECONDS - began))s${plain}"
  else
    say "${red}$words: failed after $((SECONDS - began))s${plain}; the end of its output:"
    tail -n 40 "$log" | sed 's/^/    /'
  fi
  return "$status"
}
