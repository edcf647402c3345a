#!/bin/busybox sh
# shellcheck shell=dash
# A guest's first program and its only one: it does what the lines on its console say, and ends with its input.
# A line is a number and a command of the shell; the answer is what the command says, then '<guest NUMBER STATUS>'.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
# Each program started here is a tenth of a second of the boot: there is nothing that no test needs.
mount -t devtmpfs dev /dev
mount -t proc proc /proc
read -r modules </etc/modules
# shellcheck disable=SC2086 # words
modprobe -a $modules
ln -s "${modem?}" /dev/modem # a word of the kernel's command line
stty -echo -onlcr # of the console

exec 9>"/dev/${words?}" # another word of that line: where commands in the background speak
stty -onlcr <&9

# begin COMMAND...: in the background; after its words, '<ended STATUS>'. To fork is dear here, and to ask again and
# again more so: who waits for a word reads them outside.
begin() {
  : >/tmp/pid
  {
    "$@" >&9 2>&1 </dev/null &
    echo $! >/tmp/pid
    wait $!
    echo "<ended $?>" >&9
  } &
}

echo '<guest 0 0>'
while read -r number line; do
  eval "$line" </dev/null 2>&1
  echo "<guest $number $?>"
done
poweroff -f
