#!/usr/bin/env bash
# Prints a folder with a guest's `kernel` and `base.cpio`, made of installed Debian packages: guest_image.sh uml|qemu CACHE.
# Of `systemd` there is the kernel alone: its root is this machine's.
# The folder is made once for these versions of the packages and of these scripts, and appears whole: tests run side by
# side. Exit status 77 with a line that says why: what is needed is not installed, or this user may not read it.
set -euo pipefail
kind=$1 cache=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

missing() {
  printf 'no %s guest: %s\n' "$kind" "$*" >&2
  exit 77
}
readable() { # FILE PACKAGE
  [[ -e $1 ]] || missing "$2 is not installed (tools/setup test)"
  [[ -r $1 ]] || missing "$1 may not be read by $(id -un); its group may: $(stat -c %G "$1")"
}

case $kind in
  uml)
    readable /usr/bin/linux.uml user-mode-linux
    kernel=/usr/bin/linux.uml
    modules=$(printf '%s\n' /usr/lib/uml/modules/* | sort -V | tail -n 1)
    ;;
  qemu)
    command -v qemu-system-x86_64 >/dev/null || missing "qemu-system-x86 is not installed (tools/setup test)"
    # The newest kernel that has PPP: the cloud kernels have none.
    for modules in $(printf '%s\n' /lib/modules/* | sort -rV); do
      kernel=/boot/vmlinuz-${modules##*/}
      [[ -e $kernel && -e $modules/kernel/drivers/net/ppp/ppp_async.ko ]] && break
    done
    readable "$kernel" linux-image-amd64
    ;;
  systemd)
    readable /usr/bin/linux.uml user-mode-linux
    for program in /lib/systemd/systemd /usr/bin/systemctl; do readable "$program" systemd; done
    mkdir -p "$cache/systemd"
    ln -sfn /usr/bin/linux.uml "$cache/systemd/kernel"
    printf '%s\n' "$cache/systemd"
    exit
    ;;
  *) missing "no such kind; accepted: uml, qemu, systemd" ;;
esac
busybox=$(command -v busybox) || missing "busybox-static is not installed (tools/setup test)"
for program in pppd chat; do readable "/usr/sbin/$program" ppp; done
command -v cpio >/dev/null || missing "cpio is not installed (tools/setup test)"

key=$({
  dpkg-query -W ppp busybox-static libssl3 libc6
  stat -L -c '%n %s %Y' "$kernel" "$modules" "$busybox"
  cat "${BASH_SOURCE[0]}" "$here/guest_init.sh"
} | sha256sum | cut -c 1-16)
image=$cache/$kind-$key
[[ -d $image ]] || {
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.$kind-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  root=$work/root
  mkdir -p "$root"/{bin,sbin,dev,proc,tmp,log,etc/ppp,usr/bin,usr/sbin,var/run,var/lock,var/log,run/lock,root}

  cp "$here/guest_init.sh" "$root/init"
  chmod 755 "$root/init"
  cp "$busybox" "$root$busybox"
  "$busybox" --install -s "$root/bin" # links to its own path; one of them is /bin/busybox
  cp /usr/sbin/pppd /usr/sbin/chat "$root/usr/sbin/"
  chmod 755 "$root"/usr/sbin/{pppd,chat}
  ldd /usr/sbin/pppd /usr/sbin/chat | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r library; do
    mkdir -p "$root${library%/*}"
    cp -L "$library" "$root$library"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\ntty:x:5:\ndialout:x:20:\n' >"$root/etc/group"
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
  : >"$root/etc/ppp/options"

  # All are loaded by one modprobe, and it alone: what is not there is in the kernel itself.
  release=${modules##*/}
  mkdir -p "$root/lib/modules/$release"
  wanted=(slhc crc-ccitt ipv6 ppp_generic ppp_async bsd_comp ppp_deflate)
  [[ $kind == uml ]] || wanted+=(libarc4 ppp_mppe) # user-mode Linux has no SHA-1 for it
  for module in "${wanted[@]}"; do
    found=$(find "$modules/kernel" -name "$module.ko" | head -n 1)
    [[ $found ]] || continue
    cp "$found" "$root/lib/modules/$release/"
    printf '%s ' "$module" >>"$root/etc/modules"
  done
  "$busybox" depmod -b "$root" "$release"

  (cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$work/base.cpio"
  rm -rf "$root"
  if [[ $kind == uml ]]; then
    ln -s "$kernel" "$work/kernel"
  else
    # A bzImage's payload (Documentation/x86/boot.rst, 1.3): xz, with the unpacked size in its last four bytes. QEMU
    # takes the ELF inside by its PVH note, and is spared the seconds that its translated code takes to unpack it.
    field() { od -An -t u"$2" -j "$1" -N "$2" "$kernel" | tr -d ' '; }
    offset=$((($(field $((0x1f1)) 1) + 1) * 512 + $(field $((0x248)) 4)))
    dd if="$kernel" iflag=skip_bytes,count_bytes bs=1M skip="$offset" count=$(($(field $((0x24c)) 4) - 4)) status=none |
      xz -dc >"$work/kernel"
  fi
  chmod 755 "$work"
  trap - EXIT
  mv -T "$work" "$image" 2>/dev/null || rm -rf "$work" # another was quicker
}
printf '%s\n' "$image"
