#!/bin/sh
# Scenario: on a Debian that holds nothing but itself the package is installed, its programs are asked what they are, a
# newcomer starts a Flask service as the screens say and finds out why a request is slow (newcomer.test.mjs), a link and a
# file are opened as a desktop does it (opened.test.mjs), and the package is removed.
# Guarantees: what the package depends on is enough; what it brings is in its place; nothing but the user's data stays.
# Usage: bare.sh SKEP.deb; needs root, debootstrap and a mirror.
set -eu

deb=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
suite=${SKEP_SUITE:-bookworm}
mirror=${SKEP_MIRROR:-http://deb.debian.org/debian}
# The bare system is made once.
base=target/package/$suite
mkdir -p target/package
if [ ! -e "$base.tar" ]; then
    debootstrap --variant=minbase "$suite" "$base" "$mirror" >"$base.log" || {
        tail "$base.log"
        exit 1
    }
    tar -C "$base" -cf "$base.tar" .
    rm -rf "$base"
fi

work=$(mktemp -d)
root=$work/root
end() {
    status=$?
    # What was started in it, by the folder it runs in.
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/root")" = "$root" ] && kill -KILL "${process#/proc/}" 2>/dev/null
    done
    sleep 1
    for mounted in dev/shm dev proc; do
        umount -l "$root/$mounted" 2>/dev/null || true
    done
    rm -rf --one-file-system "$work"
    exit "$status"
}
trap end EXIT INT TERM
mkdir -p "$root/home/newcomer"
tar -C "$root" -xf "$base.tar"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs shm "$root/dev/shm"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# Nobody needs it after a power cut.
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/throwaway"
# Packages come by the way this machine's own do: proxies, certificates, an index of one's own. No package of it is taken.
apt-config dump --format '%F "%v";%n' Acquire | grep -E '^Acquire::(https?|Check)[^ ]* "..*";$' \
    >"$root/etc/apt/apt.conf.d/90machine" || true
for config in /etc/pip.conf "$HOME/.pip/pip.conf" "${XDG_CONFIG_HOME:-$HOME/.config}/pip/pip.conf"; do
    if [ -e "$config" ]; then
        cat "$config" >>"$root/etc/pip.conf"
    fi
done
ways=$(env | sed -n -E 's/^((PIP_[A-Z_]*|(https?|no|HTTPS?|NO)_(proxy|PROXY))=[^[:space:]]*)$/\1/p')
export SKEP_WAYS="$ways"

within() {
    # shellcheck disable=SC2086 # a variable a word
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/newcomer LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        DISPLAY="${DISPLAY:-}" $ways "$@"
}
say() {
    echo "== $*"
}

say "install, with what it depends on and nothing more"
cp "$deb" "$root/skep.deb"
within apt-get update -qq
within apt-get install -y -qq --no-install-recommends /skep.deb >"$work/install.log" 2>&1 || {
    tail -20 "$work/install.log"
    exit 1
}
within dpkg -L skep >"$work/files"

say "what it brings"
within skep --version
within skep-desktop --version
for file in /usr/share/man/man1/skep.1.gz /usr/share/man/man1/skep-serve.1.gz /usr/share/bash-completion/completions/skep \
    /usr/share/applications/Skep.desktop /usr/share/mime/packages/skep.xml \
    /usr/share/icons/hicolor/16x16/apps/skep-desktop.png /usr/share/icons/hicolor/128x128/apps/skep-desktop.png \
    /usr/share/icons/hicolor/scalable/apps/skep-desktop.svg /usr/share/metainfo/dev.skep.desktop.metainfo.xml; do
    grep -qx "$file" "$work/files" || {
        echo "the package lacks $file" >&2
        exit 1
    }
done
grep -q '^Exec=skep-desktop %U$' "$root/usr/share/applications/Skep.desktop"
grep -q 'MimeType=.*x-scheme-handler/skep' "$root/usr/share/applications/Skep.desktop"
if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$root/usr/share/applications/Skep.desktop"
fi
# The control: a check that finds nothing wrong in a broken system would find nothing wrong here either.
mv "$root/usr/bin/skep" "$root/usr/bin/skep-away"
if within skep --version 2>/dev/null; then
    echo "a package without its program passes" >&2
    exit 1
fi
mv "$root/usr/bin/skep-away" "$root/usr/bin/skep"

say "a newcomer"
# Beside what drives the window: what any desktop has, which opens links and files.
within apt-get install -y -qq --no-install-recommends webkit2gtk-driver python3-venv curl ca-certificates libglib2.0-bin \
    desktop-file-utils >"$work/tools.log" 2>&1
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
within python3 -m venv /opt/shop
SKEP_ROOT=$root SKEP_ARTIFACTS=${SKEP_ARTIFACTS:-artifacts} \
    xvfb-run -a -s "-screen 0 1440x900x24 -nolisten tcp" node --test --test-reporter=spec --test-concurrency=1 \
    "$here/newcomer.test.mjs" "$here/opened.test.mjs"

say "remove"
within apt-get purge -y -qq skep >"$work/purge.log" 2>&1
left=
while IFS= read -r file; do
    if [ -f "$root$file" ]; then
        left="$left $file"
    fi
done <"$work/files"
[ -z "$left" ] || {
    echo "left behind:$left" >&2
    exit 1
}
test -e "$root/home/newcomer/.local/share/dev.skep.desktop/skep.db" || {
    echo "the user's data went with the package" >&2
    exit 1
}
say "installed, used and removed"
