#!/bin/sh
# Says plainly which compiler or runtime is missing or too old. Installs nothing: these belong to the developer.
set -eu

# newer_or_equal HAVE WANT: whether version HAVE is at least WANT.
newer_or_equal() {
    awk -v have="$1" -v want="$2" 'BEGIN {
        split(have, h, "."); split(want, w, ".")
        for (i = 1; i <= 3; i++) if (h[i] + 0 != w[i] + 0) exit (h[i] + 0 < w[i] + 0)
    }'
}

# need NAME WANT HAVE HOW: HAVE is empty where NAME is missing.
need() {
    if [ -n "$3" ] && newer_or_equal "$3" "$2"; then
        return
    fi
    echo "Skep needs $1 $2 or newer; found ${3:-none}. $4" >&2
    missing=1
}

missing=0
need Rust 1.95 "$(rustc --version 2>/dev/null | awk '{ print $2 }')" \
    "Get it from https://rustup.rs, or run: rustup update stable"
need Node.js 20.19 "$(node --version 2>/dev/null | tr -d v)" \
    "Get it from https://nodejs.org, or from your version manager"
exit "$missing"
