#!/usr/bin/env bash
# Packs the machine of the USB suite (scanner-drivers/tests/usb): pack.sh KERNEL OUT SUITE PROGRAM...
#
# KERNEL is an unpacked kernel package (tests/setup/need.sh usb-vm). OUT becomes the first file system of the machine: busybox, the kernel's modules for USB
# gadgets, a virtual host controller and the drivers that take the gadgets, the suite as /bin/suite, and the programs with the libraries that they load.
# `init` beside this file is what the machine starts.
set -euo pipefail
kernel=$(realpath "$1") out=$2 suite=$3; shift 3
here=$(cd "$(dirname "$0")" && pwd)
version=$(basename "$(compgen -G "$kernel/lib/modules/*" | head -n 1)")
export PATH=$PATH:/usr/sbin:/sbin
root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir -p "$root"/{bin,dev,etc,proc,run,sys,tmp}
cp /bin/busybox "$root/bin/"
install -m 755 "$here/init" "$root/init"

depmod -b "$kernel" "$version"
mkdir -p "$root/lib/modules/$version"
for module in dummy_hcd libcomposite usb_f_printer usb_f_hid usb_f_acm usblp usbhid hid-generic cdc-acm; do
  modprobe -d "$kernel" -S "$version" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r module; do
  install -D -m 644 "$module" "$root/lib/modules/$version/${module##*/lib/modules/"$version"/}"
done
cp "$kernel/lib/modules/$version"/modules.{builtin,builtin.modinfo,order} "$root/lib/modules/$version/"
depmod -b "$root" "$version"

place() { # place PROGRAM NAME: without what only a debugger reads, which is most of it
  strip --strip-debug -o "$root/bin/$2" "$1"
  { ldd "$1" || true; } | grep -o '/[^ ]*' | while read -r library; do install -D -m 755 "$library" "$root$library"; done
}
place "$suite" suite
for program in "$@"; do place "$program" "$(basename "$program")"; done

mkdir -p "$(dirname "$out")"
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$out"
