#!/bin/sh
# Runs the steps of `make check` or `make test`, all of them even when one fails, and ends with one line that counts
# what the runners themselves reported. Logs stay in target/suite.
# shellcheck disable=SC2086 # $scope is a list of arguments
set -eu

suite=${1:?one of check, test}
logs=target/suite
rm -rf "$logs"
mkdir -p "$logs"
export NO_COLOR=1 CARGO_TERM_COLOR=never

n_steps=0
failed=
started=$(date +%s)

# step NAME COMMAND...: runs it with its output shown and kept.
step() {
    name=$1
    shift
    n_steps=$((n_steps + 1))
    log="$logs/$(printf '%02d' "$n_steps")-$name.log"
    echo
    echo "== $n_steps. $name ($(($(date +%s) - started)) s, $(df -Pm . | awk 'NR == 2 { print $4 }') MB free)"
    {
        status=0
        "$@" || status=$?
        echo "$status" >"$log.status"
    } 2>&1 | tee "$log"
    status=$(cat "$log.status")
    rm "$log.status"
    if [ "$status" != 0 ]; then
        echo "== $name failed with $status" >&2
        failed="$failed $name"
    fi
}

ui() {
    npm --prefix ui run --silent "$@"
}

if [ "$suite" = test ]; then
    # The shell too, with the built pages inside, as it is shipped.
    scope="--workspace --features skep-desktop/custom-protocol"
else
    # Without the shell, which needs GTK. No features are asked for, so that nothing is built twice.
    scope="--workspace --exclude skep-desktop"
fi

step format cargo fmt --all --check
step ui-format ui format:check
step ui-lint ui lint
step ui-types ui check
step ui-unit ui test
if command -v cargo-deny >/dev/null 2>&1; then
    step deny cargo deny --offline check bans licenses sources
fi
if [ "$suite" = test ]; then
    # One build of programs and tests together: the same features, so nothing is compiled twice. Clippy is the compiler,
    # as `cargo clippy` makes it for a check: to check all that others wrote before it is built takes minutes.
    export RUSTC_WORKSPACE_WRAPPER=clippy-driver
    export CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"
    step build cargo build $scope --all-targets
    SKEP_BIN=$(pwd)/target/debug/skep
    SKEP_DESKTOP_BIN=$(pwd)/target/debug/skep-desktop
    export SKEP_BIN SKEP_DESKTOP_BIN
    step rust cargo test $scope --no-fail-fast
else
    step clippy cargo clippy $scope --all-targets --quiet -- -D warnings
    step unit cargo test $scope --lib --bins --no-fail-fast
    step tidy cargo test $scope --test tidy
fi

# cargo: "test result: ok. 7 passed; 0 failed; 1 ignored; ..."; vitest: "Tests  1 failed | 41 passed | 2 skipped (44)".
counts=$(awk '
    /^test result:/ { for (i = 3; i < NF; i++) add($(i + 1), $i) }
    /^ *Tests  / { for (i = 2; i < NF; i++) add($(i + 1), $i) }
    function add(word, n) {
        gsub(/[^a-z]/, "", word)
        if (word == "skipped" || word == "todo") word = "ignored"
        if (n ~ /^[0-9]+$/) count[word] += n
    }
    END { printf "%d tests passed, %d failed, %d ignored", count["passed"], count["failed"], count["ignored"] }
' "$logs"/*.log)

echo
echo "make $suite: $counts; $n_steps steps in $(($(date +%s) - started)) s${failed:+, failed:$failed}"
[ -z "$failed" ]
