#!/usr/bin/env bash
# Installs libember: capi/install.sh PREFIX, after `cargo build --release --workspace`. PREFIX/include has the header, PREFIX/lib the
# libraries and the file for pkg-config. EMBER_BUILT names the folder of the built libraries where it is not target/release.
set -euo pipefail
[ $# = 1 ] || { echo "usage: capi/install.sh PREFIX" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
built=${EMBER_BUILT:-$here/../target/release}
[ -e "$built/libember_c.so" ] || { echo "$built/libember_c.so: there is no such file; run cargo build --release --workspace first" >&2; exit 1; }
mkdir -p "$1/include" "$1/lib/pkgconfig"
prefix=$(cd "$1" && pwd)
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' "$here/../Cargo.toml")
install -m 644 "$here/include/ember.h" "$prefix/include/ember.h"
install -m 755 "$built/libember_c.so" "$prefix/lib/libember.so.$version"
ln -sf "libember.so.$version" "$prefix/lib/libember.so.0"
ln -sf libember.so.0 "$prefix/lib/libember.so"
[ ! -e "$built/libember_c.a" ] || install -m 644 "$built/libember_c.a" "$prefix/lib/libember.a"
sed -e "s|@PREFIX@|$prefix|" -e "s|@LIBRARIES@|lib|" -e "s|@VERSION@|$version|" "$here/ember.pc.in" > "$prefix/lib/pkgconfig/ember.pc"
