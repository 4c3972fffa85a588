#!/usr/bin/env bash
# Sees to it that what a command needs is on the machine: need.sh GROUP...
#
# Groups: build, web, browser, broker, postgres, usb, usb-vm, judges, deny, fuzz. What is missing is installed when that can be done without a question (Debian or
# Ubuntu, as root or with sudo that asks no password); otherwise the exact packages are named and the script fails. It is quick when all is there.
set -euo pipefail

missing_packages=()
package() { # package NAME TEST-COMMAND...
  local name=$1; shift
  "$@" >/dev/null 2>&1 || missing_packages+=("$name")
}
has() { command -v "$1"; }
file() { compgen -G "$1"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

install_missing() {
  [ ${#missing_packages[@]} = 0 ] && return 0
  echo "需要安装 installing: ${missing_packages[*]}" >&2
  if command -v apt-get >/dev/null && as_root true; then
    local log; log=$(mktemp)
    { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing_packages[@]}"; } >"$log" 2>&1 || {
      tail -n 20 "$log" >&2
      echo "安装失败 could not install; install these packages and run the command again: ${missing_packages[*]}" >&2
      exit 1
    }
  else
    echo "请先安装 please install these Debian packages (or what your system calls them), then run the command again: ${missing_packages[*]}" >&2
    exit 1
  fi
  missing_packages=()
}

fail() { echo "$1" >&2; exit 1; }

busybox_is_static() { [ -x /bin/busybox ] && ! ldd /bin/busybox; }

kernel_for_machine() { # kernel_for_machine FOLDER: unpacks the USB part of the newest kernel package
  local folder=$1 names scratch
  local by_hand="unpack a kernel package with USB gadgets (Debian: linux-image-*-amd64, not the cloud one) into $folder and run the command again"
  compgen -G "$folder/boot/vmlinuz-*" >/dev/null && return 0
  # Ubuntu's modules are packages of their own.
  newest() {
    apt-cache depends linux-image-amd64 linux-image-generic 2>/dev/null | sed -n 's/^ *Depends: \(linux-\(image\|modules-extra\)-[0-9].*\)$/\1/p' |
      sed 's/^linux-modules-extra-\(.*\)/&\nlinux-modules-\1/'
  }
  names=$(newest)
  if [ -z "$names" ]; then
    as_root apt-get -qq update >/dev/null 2>&1 || true
    names=$(newest)
  fi
  [ -n "$names" ] || fail "找不到内核包 no kernel package found; $by_hand"
  echo "下载内核 downloading:" $names >&2
  scratch=$(mktemp -d)
  (cd "$scratch" && apt-get -qq download $names) >"$scratch/log" 2>&1 || {
    tail -n 20 "$scratch/log" >&2
    rm -r "$scratch"
    fail "下载失败 could not download the kernel; $by_hand"
  }
  mkdir "$scratch/all"
  for package in "$scratch"/*.deb; do dpkg-deb -x "$package" "$scratch/all"; done
  for modules in "$scratch"/all/usr/lib/modules/* "$scratch"/all/lib/modules/*; do
    [ -d "$modules" ] || continue
    local kept=$scratch/kernel/lib/modules/$(basename "$modules")
    mkdir -p "$kept/kernel/drivers" "$kept/kernel/fs" "$scratch/kernel/boot"
    cp "$modules"/modules.* "$kept/"
    cp -r "$modules"/kernel/drivers/{usb,hid,input} "$kept/kernel/drivers/"
    cp -r "$modules"/kernel/fs/configfs "$kept/kernel/fs/" 2>/dev/null || true # built into some kernels
    cp "$scratch"/all/boot/vmlinuz-* "$scratch/kernel/boot/"
  done
  find "$scratch/kernel" -name '*.ko.xz' -exec xz -d {} +
  find "$scratch/kernel" -name '*.ko.zst' -exec zstd -q -d --rm {} +
  mkdir -p "$(dirname "$folder")"
  rm -rf "$folder"
  mv "$scratch/kernel" "$folder"
  rm -r "$scratch"
}

for group in "$@"; do
  case $group in
    build)
      package gcc has cc
      package g++ has c++
      package make has make
      package curl has curl
      package ca-certificates file /etc/ssl/certs/ca-certificates.crt
      package fonts-noto-cjk file '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'
      install_missing
      command -v cargo >/dev/null || fail "没有 Rust 工具链 no Rust toolchain: install rustup from https://rustup.rs (version 1.95.0 or newer), then run the command again"
      ;;
    web)
      if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        missing_packages+=(nodejs npm); install_missing
      fi
      node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' ||
        fail "Node.js $(node --version) 太旧 is too old: install Node.js 20.19 or newer with npm from https://nodejs.org, then run the command again"
      ;;
    browser)
      package chromium has chromium
      package fonts-noto-cjk file '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'
      install_missing
      ;;
    broker)
      package mosquitto file /usr/sbin/mosquitto
      install_missing
      ;;
    postgres)
      # The server's programs; tests start their own and never touch one that the machine runs.
      package postgresql bash -c 'compgen -G "/usr/lib/postgresql/*/bin/initdb" || command -v initdb'
      package util-linux has setpriv
      package procps has ps
      install_missing
      ;;
    usb)
      package umockdev has umockdev-run
      package libumockdev-dev file '/usr/lib/*/pkgconfig/umockdev-1.0.pc'
      package gir1.2-umockdev-1.0 file '/usr/lib/*/girepository-1.0/UMockdev-1.0.typelib'
      package python3 has /usr/bin/python3
      package python3-gi /usr/bin/python3 -c 'import gi'
      install_missing
      ;;
    usb-vm)
      # A virtual machine for the USB suite (tests/rigs/usb-vm). Its kernel is unpacked below target, not installed; of the modules only those for USB are kept.
      package qemu-system-x86 has qemu-system-x86_64
      package busybox-static busybox_is_static
      package cpio has cpio
      package kmod file '/*bin/depmod'
      package binutils has strip
      package xz-utils has xz
      package zstd has zstd
      install_missing
      kernel_for_machine "${CARGO_TARGET_DIR:-target}/usb-vm/kernel"
      ;;
    judges)
      # An independent renderer and readers of what is printed and photographed (zplkit, zxing-cpp, zbar) and an independent reader of the API's document
      # (schemathesis), in a Python environment of its own.
      package python3-venv python3 -c 'import venv, ensurepip'
      package libzbar0 file '/usr/lib/*/libzbar.so.0'
      install_missing
      judges=${CARGO_TARGET_DIR:-target}/judges
      if ! "$judges/bin/python" -c 'import zxingcpp, zplkit, PIL, numpy, pyzbar, schemathesis' 2>/dev/null; then
        python3 -m venv "$judges"
        "$judges/bin/pip" -q install --disable-pip-version-check -r tests/setup/judges.txt ||
          fail "安装失败 could not install the Python packages of tests/setup/judges.txt; see the message above"
      fi
      ;;
    deny)
      # cargo-deny as a ready binary; building it from source would take longer than everything else.
      if ! command -v cargo-deny >/dev/null; then
        tools=${CARGO_TARGET_DIR:-target}/tools
        if ! "$tools/bin/cargo-deny" --version >/dev/null 2>&1; then
          package python3-venv python3 -c 'import venv, ensurepip'
          install_missing
          python3 -m venv "$tools"
          "$tools/bin/pip" -q install --disable-pip-version-check -r tests/setup/tools.txt ||
            fail "安装失败 could not install cargo-deny; install it with: cargo install cargo-deny --locked"
        fi
      fi
      ;;
    fuzz)
      # The fuzzer's instrumentation is the nightly compiler's; the product needs neither. rustup keeps both for the user, so they are named, not installed.
      rustc +nightly --version >/dev/null 2>&1 ||
        fail "没有 nightly 工具链 no nightly toolchain: rustup toolchain install nightly --profile minimal, then run the command again"
      cargo fuzz --version >/dev/null 2>&1 || fail "没有 cargo-fuzz: cargo install cargo-fuzz --locked, then run the command again"
      ;;
    *) fail "need.sh: unknown group $group" ;;
  esac
done
