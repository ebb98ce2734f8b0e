#!/bin/sh
# Says what was built: size, what it needs, and the oldest C library it runs on.
set -eu

bundle=$1
# The highest version of a symbol that a program asks of the C library.
floor() {
    objdump -T "$1" | sed -n 's/.*(GLIBC_\([0-9.]*\)).*/\1/p' | sort -Vu | tail -n 1
}

for package in "$bundle"/deb/*.deb "$bundle"/rpm/*.rpm; do
    [ -e "$package" ] || continue
    echo "$package: $(du -k "$package" | cut -f 1) KiB"
done
deb=$(find "$bundle/deb" -name '*.deb' 2>/dev/null | head -n 1)
if [ -n "$deb" ]; then
    dpkg-deb -f "$deb" Depends Recommends Installed-Size
fi
for program in skep skep-desktop; do
    echo "$program: $(du -k "$bundle/../$program" | cut -f 1) KiB, glibc $(floor "$bundle/../$program") or later"
done
