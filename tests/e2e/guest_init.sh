#!/bin/busybox sh
# shellcheck shell=dash
# A guest's first program and its only one: it does what the lines on its console say, and ends with its input.
# A line is a number and a command of the shell; the answer is what the command says, then '<guest NUMBER STATUS>'.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/pts
mount -t devpts pts /dev/pts
for module in /modules/*.ko; do insmod "$module"; done
ln -s "${modem?}" /dev/modem # a word of the kernel's command line
ip link set lo up
stty -echo -onlcr # of the console

# begin NAME COMMAND...: in the background, its words in /log/NAME, its exit status in /log/NAME.status.
begin() {
  local name=$1
  shift
  rm -f "/log/$name.status"
  : >"/log/$name"
  {
    "$@" >>"/log/$name" 2>&1 </dev/null
    echo $? >"/log/$name.part"
    mv "/log/$name.part" "/log/$name.status"
  } &
}
# said NAME SECONDS WORDS: waits until it says what the pattern WORDS is; false when it ends or the time does.
said() {
  local until=$(($(date +%s) + $2))
  until grep -qE -e "$3" "/log/$1"; do
    [ -e "/log/$1.status" ] && ! grep -qE -e "$3" "/log/$1" && return 1
    [ "$(date +%s)" -le "$until" ] || return 1
    usleep 50000
  done
}
# ended NAME SECONDS: waits for its end; its exit status, or 255 when the time ended first.
ended() {
  local until=$(($(date +%s) + $2))
  until [ -e "/log/$1.status" ]; do
    [ "$(date +%s)" -le "$until" ] || return 255
    usleep 50000
  done
  return "$(cat "/log/$1.status")"
}

echo '<guest 0 0>'
while read -r number line; do
  eval "$line" </dev/null 2>&1
  echo "<guest $number $?>"
done
poweroff -f
