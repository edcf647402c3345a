# What the scripts' demo tells of rasd and rasdial: a call between them, then the four articles. Sourced by tools/demo,
# whose bank is up and whose helpers it uses.
# shellcheck shell=bash disable=SC2154 # work, root, pids, the colours and $vmodem are tools/demo's
rasd=$root/build/release/bin/rasd
rasdial=$root/build/release/bin/rasdial
rasadmin=$root/build/release/bin/rasadmin
export RASD_DIR=$work/ras

# As root nobody is refused a port: whoever takes one here is an ordinary user.
stranger=()
((EUID != 0)) || stranger=(setpriv --reuid=65534 --regid=65534 --clear-groups)

start_rasd() {
  mkdir -p "$work/locks"
  cat >"$work/rasd.toml" <<EOF
[rasd]
lock_dir = "$work/locks"
[service.board]
command = ["sh", "-c", "echo Welcome to the board, caller at \$RAS_SPEED bit/s.; read line; echo You said: \$line"]
[service.net.ppp]
chap_secrets = "$work/chap-secrets"
host_loopback = true
[[port]]
name = "ttyVM2"
path = "$VMODEM_DIR/ttyVM2"
use = "dial-in"
service = "board"
[[port]]
name = "ttyVM3"
path = "$VMODEM_DIR/ttyVM3"
use = "dial-out"
[[port]]
name = "ttyVM4"
path = "$VMODEM_DIR/ttyVM4"
use = "dial-in"
service = "net"
EOF
  (
    umask 077
    printf 'demo * secret\n' >"$work/chap-secrets"
  )
  cat >"$work/book.toml" <<EOF
[[entry]]
name = "office"
numbers = ["5550104"]
port = "ttyVM3"
protocol = "ppp"
EOF
  "$rasd" --config "$work/rasd.toml" >"$work/rasd.out" 2>"$work/rasd.err" &
  pids+=("$!")
  rasd_is ttyVM2 listening
  rasd_is ttyVM3 listening
  rasd_is ttyVM4 listening
}

state_of() { "$rasadmin" port "$1" 2>/dev/null | sed -n 's/^state  *//p'; }
rasd_is() { # PORT STATE
  local turns=400
  until [[ $(state_of "$1") == "$2" ]]; do
    ((turns-- > 0)) || fail "port $1 is '$(state_of "$1")', not '$2'. rasd says: $(tail -n 3 "$work/rasd.err")"
    sleep 0.05
  done
}
call_board() { # one whole call: what the board says is shown
  printf 'hello\r' | "$rasdial" --number 5550102 --port ttyVM3 --stdio 2>&1 | tr -d '\r' | grep -v '^$'
}
# What the next caller gets: proof that the port lives.
next_call() {
  rasd_is ttyVM2 listening
  rasd_is ttyVM3 listening
  local heard
  heard=$(call_board) || true
  grep -q "You said: hello" <<<"$heard" || fail "the next call was not answered: $heard"
}
article() { printf '\n  %s%s%s  %s\n' "$bold" "$1" "$plain" "$2"; }
tell() { printf '    %s%-6s%s %s\n' "$dim" "$1" "$plain" "$2"; }
milliseconds() { date +%s%3N; }

tell_of_rasd() {
  chapter "rasd manages ttyVM2 (answers) and ttyVM3 (dials); rasdial calls"
  start_rasd
  call_board | sed 's/^/    /'
  rasd_is ttyVM2 listening
  "$rasadmin" ports | sed 's/^/    /'
  tell_of_ip

  chapter "What Windows NT's RAS did, and what happens here"
  q162807
  q244717
  q252299
  q160188
}

# A page of this machine's, for whoever comes through the call; its port is the first line of what it prints.
serve_a_page() {
  exec perl -MIO::Socket::INET -e '
    $| = 1;
    my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die "no socket: $@";
    print $s->sockport, "\n";
    while (my $c = $s->accept) {
      while (<$c>) { last if /^\r?$/ }
      my $page = "Hello from the far end of a telephone line.\n";
      print $c "HTTP/1.0 200 OK\r\nContent-Length: ", length $page, "\r\n\r\n$page";
      close $c;
    }'
}

tell_of_ip() {
  chapter "rasdial office -- curl: PPP through two modems, an address, a name server, a page"
  serve_a_page >"$work/page.port" &
  pids+=("$!")
  local turns=200
  until [[ -s $work/page.port ]]; do
    ((turns-- > 0)) || fail "the page has no server"
    sleep 0.05
  done
  "$rasdial" office demo secret --phonebook "$work/book.toml" -- sh -c "grep nameserver /etc/resolv.conf
    exec curl -sS --max-time 60 http://10.64.64.1:$(<"$work/page.port")/" >"$work/page" 2>&1 ||
    fail "the page did not come through the call: $(tail -n 5 "$work/page")"
  sed 's/^/    /' "$work/page"
  grep -q "Hello from the far end" "$work/page" || fail "the page is another one"
  rasd_is ttyVM4 listening
  rasd_is ttyVM3 listening
}

q162807() {
  local pid began heard
  article Q162807 "a dialer dies and its port is stuck"
  "$rasdial" --number 5550102 --port ttyVM3 >/dev/null
  pid=$("$rasdial" --json | grep -oE '"pid":[0-9]+' | head -n 1 | tr -dc 0-9)
  began=$(milliseconds)
  kill -9 "$pid"
  rasd_is ttyVM3 listening
  heard=$(($(milliseconds) - began))
  tell did "kill -9 of rasdial (pid $pid) in the middle of its call"
  tell NT "error 633 for every later call, and the port gone from the manager, until the service is restarted"
  tell here "ttyVM3 listens again after $heard ms"
  next_call
}

q244717() {
  article Q244717 "two processes disagree on a port's state, and it is never reinitialised"
  "$rasadmin" watch --json >"$work/watch" 2>&1 &
  local watcher=$!
  "$rasdial" --number 5550102 --port ttyVM3 >/dev/null
  rasd_is ttyVM2 connected
  "$vmodem" drop ttyVM2 >/dev/null
  rasd_is ttyVM2 listening
  kill "$watcher" 2>/dev/null || true
  tell did "the caller's line cut while a second process watched"
  tell NT "the event handler is not called: the port is unavailable for good"
  tell here "one log, $(grep -c '"seq"' "$work/watch") entries to the watcher; the last of ttyVM2: $(grep '"port":"ttyVM2"' "$work/watch" |
    grep -oE '"state":"[a-z_]+"' | tail -n 1 | cut -d'"' -f4)"
  next_call
}

q252299() {
  article Q252299 "a call seconds after the cable is replugged"
  "$vmodem" unplug ttyVM2 >/dev/null
  "$vmodem" plug ttyVM2 >/dev/null
  local said
  said=$("$vmodem" ring ttyVM2 --from 5550199 --wait) || fail "the call after the replug was not answered"
  tell did "cable out, cable in, and a call at once"
  tell NT "the listen is posted without asking for a call in progress: no further call is answered"
  tell here "$said"
  "$rasadmin" hangup ttyVM2 >/dev/null 2>&1 || true # unless the caller was quicker
  next_call
}

q160188() {
  local said screen=$work/minicom.screen
  article Q160188 "the error blames the hardware when another program holds the port"
  "${stranger[@]}" sleep 60 <>"$VMODEM_DIR/ttyVM3" &
  local holder=$!
  rasd_is ttyVM3 foreign
  said=$("$rasdial" --number 5550102 --port ttyVM3 2>&1 | tail -n 1) || true
  kill "$holder"
  wait "$holder" 2>/dev/null || true
  tell did "another program opened ttyVM3, then rasdial dialled"
  tell NT "error 692: hardware failure"
  tell here "$said"
  rasd_is ttyVM3 listening
  "$rasdial" --number 5550102 --port ttyVM3 >/dev/null
  rasd_is ttyVM2 connected
  (
    HOME=$work timeout 10 env TERM=vt100 script -qfec "stty cols 80 rows 24; exec ${stranger[*]} minicom -D '$VMODEM_DIR/ttyVM2'" /dev/null
  ) </dev/null >"$screen" 2>&1 || true
  said=$(tr -cd '[:print:]\n' <"$screen" | grep -aoE 'minicom: cannot open.*' | head -n 1) || true
  tell did "minicom opened ttyVM2, which was in a call"
  tell here "minicom shows: ${said:-nothing}"
  [[ $said ]] || fail "minicom was let in: $(tr -cd '[:print:]\n' <"$screen" | tail -n 5)"
  "$rasdial" /DISCONNECT >/dev/null
  next_call
}
