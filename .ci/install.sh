#!/bin/sh
# Install into the checkout, from the lock files only. Called by make:
#   install.sh venv             make .venv with the first Python that is new enough
#   install.sh python LOCK      put the packages of LOCK into it, and the command machi
#   install.sh node LOCK        make sure there is a node with npm, out of a wheel if need be
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
mkdir -p .make

say() { echo "machi: $*" >&2; }

uv_here() { command -v uv >/dev/null 2>&1; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if command -v "$name" >/dev/null 2>&1 && new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    say "Python 3.11 or later is needed and was not found; install it, for example the package python3."
    return 1
}

# A venv needs pip, which Debian keeps apart: take the system's pip then, or uv.
make_venv() {
    python=$(find_python)
    if [ -x .venv/bin/python ] && new_enough .venv/bin/python; then return; fi
    rm -rf .venv
    if uv_here; then
        uv venv --quiet --python "$python" .venv
    elif ! "$python" -m venv .venv >.make/venv.log 2>&1; then
        rm -rf .venv
        if ! "$python" -m pip --version >/dev/null 2>&1; then
            say "Python cannot make a virtual environment; install the package python3-venv (see .make/venv.log)."
            return 1
        fi
        "$python" -m venv --without-pip .venv
    fi
}

install_lock() { # PYTHON LOCK
    if uv_here; then
        uv pip install --quiet --python "$1" --require-hashes -r "$2"
    elif "$1" -m pip --version >/dev/null 2>&1; then
        "$1" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$2"
    else
        "$(find_python)" -m pip --python "$1" install --quiet --disable-pip-version-check --require-hashes -r "$2"
    fi
}

# The project is not built, only made importable, so installing needs nothing that is not in the lock.
make_importable() {
    packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$root" >"$packages/machigurumi.pth"
    printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m app.cli "$@"\n' "$root" >.venv/bin/machi
    chmod +x .venv/bin/machi
}

node_new_enough() {
    command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 &&
        node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

case "$1" in
venv) make_venv ;;
python)
    say "installing the packages of $2 into .venv"
    install_lock "$root/.venv/bin/python" "$2"
    make_importable
    ;;
node)
    if ! node_new_enough; then
        say "installing node into .make/node, because the machine has none that is new enough"
        "$(find_python)" -m venv --without-pip .make/node
        install_lock "$root/.make/node/bin/python" "$2"
    fi
    mkdir -p .make/node
    ;;
*)
    say "usage: install.sh venv | python LOCK | node LOCK"
    exit 2
    ;;
esac
