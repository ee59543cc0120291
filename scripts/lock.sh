#!/bin/sh
# Pin what pyproject.toml asks for: requirements.lock (running), requirements-dev.lock (checking) and
# requirements-pyannote.lock (what comes on top of running for pyannote.audio).
#
# Each is what pip chooses in an empty environment, so a pin is there because something needs it. What is
# locked already keeps its version; `scripts/lock.sh --upgrade` takes the newest of all. Run it with the oldest
# Python that is to work (Debian 12 has 3.11.2): some packages need others only there.
set -eu

cd "$(dirname "$0")/.."
python=${PYTHON:-python3.11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

: >"$work/kept"
: >"$work/kept-pyannote"
if [ "${1:-}" != --upgrade ] && [ -f requirements.lock ]; then
    grep -h == requirements.lock requirements-dev.lock >"$work/kept"
    grep -v '^setuptools==' "$work/kept" >"$work/kept-pyannote"
    grep == requirements-pyannote.lock | grep -v -x -F -f "$work/kept" >>"$work/kept-pyannote" || true
fi

"$python" - "$work" <<'END'
import sys, tomllib
from pathlib import Path

work = Path(sys.argv[1])
project = tomllib.loads(Path("pyproject.toml").read_text())
runtime = project["project"]["dependencies"] + project["build-system"]["requires"]
work.joinpath("runtime").write_text("\n".join(runtime) + "\n")
work.joinpath("development").write_text("\n".join(project["dependency-groups"]["dev"]) + "\n")
work.joinpath("pyannote").write_text("\n".join(project["dependency-groups"]["pyannote"]) + "\n")
END

"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --constraint "$work/kept" --requirement "$work/runtime"
"$work/venv/bin/pip" freeze --all --exclude pip >"$work/requirements.lock"
"$work/venv/bin/pip" install --quiet --constraint "$work/kept" --requirement "$work/development"
"$work/venv/bin/pip" freeze --all --exclude pip | grep -v -x -F -f "$work/requirements.lock" >"$work/requirements-dev.lock"
# PyTorch wants an older setuptools, so this is an environment of its own.
"$python" -m venv "$work/venv-pyannote"
"$work/venv-pyannote/bin/pip" install --quiet --constraint "$work/kept-pyannote" \
    --requirement "$work/runtime" --requirement "$work/pyannote"
"$work/venv-pyannote/bin/pip" freeze --all --exclude pip |
    grep -v -x -F -f "$work/requirements.lock" >"$work/requirements-pyannote.lock"
if grep -v == "$work/requirements.lock" "$work/requirements-dev.lock" "$work/requirements-pyannote.lock"; then
    echo "lock: these are not plain versions" >&2
    exit 1
fi
mv "$work/requirements.lock" "$work/requirements-dev.lock" "$work/requirements-pyannote.lock" .
