#!/bin/sh
# Opens what was built: open.sh PROGRAM ARGUMENTS. The window runs as it is; without a display it is served, and the
# ready line becomes a sentence.
set -eu

program=$1
shift
if [ "${program##*/}" != skep ]; then
    exec "$program" "$@"
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkfifo "$dir/ready"
"$program" serve "$@" >"$dir/ready" &
pid=$!
trap 'kill -TERM "$pid" 2>/dev/null || true' INT TERM HUP
# Held open: whatever follows the ready line finds a reader.
exec 3<"$dir/ready"
if IFS= read -r ready <&3; then
    value() { printf '%s\n' "$ready" | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"; }
    echo "Skep receives OTLP on $(value otlp_grpc) (gRPC) and $(value otlp_http) (HTTP), and keeps it in $(value data_dir)."
    echo "There is no display here: open $(value ui) in a browser. Ctrl-C ends it."
fi
# A signal interrupts the first wait; the second one sees the end.
status=0
wait "$pid" || status=$?
if kill -0 "$pid" 2>/dev/null; then
    status=0
    wait "$pid" || status=$?
fi
exit "$status"
