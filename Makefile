# Skep: everything one does with it, from a fresh clone. Each target sets up what it needs, once.
#
#   make run ARGS="--data-dir /tmp/try"    further arguments go to the program

.DEFAULT_GOAL := help
.PHONY: help run check test reliability fuzz bench pictures package package-test setup-toolchain setup-cli setup-run setup-package setup-test setup-bare setup-ui

ARGS ?=
STAMPS := target/stamps
UI_SOURCES := $(shell find ui/src ui/index.html ui/vite.config.ts ui/svelte.config.js -type f 2>/dev/null)

# A window needs a display; macOS always has one.
ifeq ($(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)),)
RUN_SETUP := setup-cli
RUN_PACKAGES := -p skep-cli
RUN_PROGRAM := target/release/skep
else
RUN_SETUP := setup-run
RUN_PACKAGES := -p skep-cli -p skep-desktop --features skep-desktop/custom-protocol
RUN_PROGRAM := target/release/skep-desktop
endif

help:
	@echo "make run      build and open Skep; without a display, serve it and print the address to open"
	@echo "make test     everything CI runs: formats, lints, unit, integration, real clients, browser, window"
	@echo "make check    the quick part of it: formats, lints, unit tests, house rules"
	@echo "make reliability  kills, power cuts, failing disks, damaged files, and what is exported, in full; half an hour"
	@echo "make fuzz     any bytes at the decoders, a minute each; FUZZ_SECONDS=600 for longer"
	@echo "make bench    measure beside DuckDB, chDB and SQLite; figures go to target/bench.jsonl"
	@echo "make pictures the README's, of the pages as they are"
	@echo "make package  .deb and .rpm under target/release/bundle"
	@echo "make package-test  installs, launches, uses and removes the .deb on a bare Debian"

run: $(RUN_SETUP) ui/dist/index.html
	cargo build --release $(RUN_PACKAGES)
	@tests/setup/open.sh $(RUN_PROGRAM) $(ARGS)

check: setup-cli ui/dist/index.html
	@tests/setup/suite.sh check

test: setup-test ui/dist/index.html
	@tests/setup/suite.sh test

# One after another: what is measured is how fast a start is.
reliability: setup-test ui/dist/index.html
	cargo build -p skep-cli
	SKEP_RELIABILITY=long SKEP_BIN="$(CURDIR)/target/debug/skep" cargo test -p skep-tests --test reliability -- --nocapture --test-threads 1
	SKEP_RELIABILITY=long cargo test -p skep-engine --test lossless -- --nocapture

# Needs clang's runtime and unstable flags, and so a nightly compiler.
FUZZ_SECONDS ?= 60
FUZZ_DIR := src-tauri/crates/otlp/fuzz
fuzz: setup-cli
	rustup toolchain install nightly --profile minimal
	command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
	for target in protobuf json honeycomb; do \
		cargo +nightly fuzz run --fuzz-dir $(FUZZ_DIR) $$target -- -max_total_time=$(FUZZ_SECONDS) -max_len=4096 || exit 1; \
	done

bench: setup-test ui/dist/index.html
	cargo build --release -p skep-cli -p skep-tests -p skep-desktop --features skep-desktop/custom-protocol
	cargo build --release -p skep-engine --example drop
	SKEP_BIN=target/release/skep target/release/bench $(ARGS)

pictures: setup-test ui/dist/index.html
	cargo build -p skep-cli
	node tests/browser/pictures.mjs target/debug/skep ui/screenshots

# Both programs in one build, then what they bring: the manual page and the completions come from the program itself.
BUNDLES ?= deb,rpm
package: setup-package ui/dist/index.html
	cargo build --release -p skep-cli -p skep-desktop --features skep-desktop/custom-protocol
	@tests/setup/package_tree.sh target/release target/release/package
	ui/node_modules/.bin/tauri bundle --bundles $(BUNDLES)
	@tests/setup/package_facts.sh target/release/bundle

# Installs the .deb on a bare system, uses it as a newcomer does, and removes it. Needs root, for a system of its own.
package-test: package setup-bare
	tests/package/bare.sh target/release/bundle/deb/*.deb

setup-toolchain:
	@tests/setup/toolchain.sh

setup-cli setup-run setup-package setup-test setup-bare: setup-%: setup-toolchain
	@tests/setup/system.sh $*

setup-ui: $(STAMPS)/ui

$(STAMPS)/ui: ui/package.json ui/package-lock.json | setup-toolchain
	npm --prefix ui ci --no-audit --no-fund
	@mkdir -p $(@D) && touch $@

ui/dist/index.html: $(STAMPS)/ui $(UI_SOURCES)
	npm --prefix ui run build
	@touch $@
