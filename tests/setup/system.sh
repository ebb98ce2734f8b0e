#!/bin/sh
# Installs the system packages that are missing: system.sh cli|run|package|test|bare, each level with those before it, but
# package's stand alone.
# What is there is found by looking for it, not for a package, so that any way of having it will do.
set -eu

level=${1:?one of cli, run, package, test, bare}
missing=

# need PACKAGE COMMAND...: adds the Debian package where the command fails.
need() {
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

has_any() {
    for program in "$@"; do
        if command -v "$program" >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

need gcc has_any cc gcc clang
if [ "$level" != cli ] && [ "$(uname -s)" = Linux ]; then
    need pkg-config has_any pkg-config pkgconf
    need libwebkit2gtk-4.1-dev pkg-config --exists webkit2gtk-4.1
fi
if [ "$level" = package ] && [ "$(uname -s)" = Linux ]; then
    # The bundler looks up which library the tray's icon needs.
    need libayatana-appindicator3-dev pkg-config --exists ayatana-appindicator3-0.1
fi
if [ "$level" = bare ]; then
    # For a Debian of its own, in which a package is tried.
    need debootstrap has_any debootstrap
    need desktop-file-utils has_any desktop-file-validate
    level=test
fi
if [ "$level" = test ]; then
    need python3 has_any python3
    need python3-venv python3 -c 'import ensurepip, venv'
    need chromium has_any chromium chromium-browser google-chrome
    if [ "$(uname -s)" = Linux ]; then
        need xvfb has_any xvfb-run
        need xauth has_any xauth
        need webkit2gtk-driver has_any WebKitWebDriver
        need dbus has_any dbus-run-session
        need libayatana-appindicator3-1 sh -c 'ldconfig -p | grep -q libayatana-appindicator3'
        need strace has_any strace
    fi
fi

if [ -z "$missing" ]; then
    exit 0
fi

by_hand() {
    cat >&2 <<END
Skep needs these Debian packages, or what they hold:$missing
  Debian, Ubuntu  sudo apt-get install$missing
  Fedora          sudo dnf install gcc pkgconf-pkg-config webkit2gtk4.1-devel
  Arch            sudo pacman -S --needed base-devel webkit2gtk-4.1
  openSUSE        sudo zypper install gcc pkgconf webkit2gtk3-devel
  macOS           xcode-select --install
The tests also look for: python3, chromium, and on Linux xvfb-run, xauth, WebKitWebDriver, strace.
Where go, javac and mvn are there, they try the clients of those languages and a Collector too.
END
    exit 1
}

command -v apt-get >/dev/null 2>&1 || by_hand
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || by_hand
    as_root=sudo
    # Without a terminal nobody can type a password.
    [ -t 0 ] || as_root="sudo -n"
    $as_root true || by_hand
fi

echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
# shellcheck disable=SC2086 # a list of packages
$as_root apt-get install -q -y --no-install-recommends $missing
