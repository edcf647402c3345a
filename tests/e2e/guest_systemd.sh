#!/bin/sh
# The first program of a guest whose root is this machine's own, read only, and whose services are systemd's: its unit files
# are those beside this script in files/, and no others. It does what the lines of the first serial port say, as
# guest_init.sh does on its console, and becomes systemd.
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_PAGER=cat SYSTEMD_COLORS=0
mount -t proc proc /proc # before all else: what is there through the root is this machine's
mount -t sysfs sys /sys
for folder in /run /etc/systemd/system /usr/local/bin; do mount -t tmpfs -o mode=755 none "$folder"; done
cp -r "${0%/*}/files/." /

lines() {
  stty raw -echo
  until systemctl is-system-running >/run/standing 2>&1; do sleep 0.2; done
  echo '<guest 0 0>'
  while read -r number line; do
    eval "$line" </dev/null 2>&1
    echo "<guest $number $?>"
  done
}
lines </dev/ttyS0 >/dev/ttyS0 2>&1 &
export SYSTEMD_UNIT_PATH=/etc/systemd/system SYSTEMD_GENERATOR_PATH=/run/none SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/run/none
exec /lib/systemd/systemd
