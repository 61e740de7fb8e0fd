#!/bin/sh
# The browser of the tests: `found` asks for it, `install` installs Debian's when root, otherwise says how.
set -eu

found() { command -v chromium >/dev/null 2>&1; }

packages="chromium fonts-noto-cjk"

case "$1" in
found) found ;;
install)
    found && exit 0
    how="apt-get install --no-install-recommends $packages"
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "The browser tests need Debian's chromium; install it with: sudo $how" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $packages >/dev/null
    ;;
*)
    echo "usage: chromium.sh found | install" >&2
    exit 2
    ;;
esac
