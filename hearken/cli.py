"""The command `hearken`: reads arguments, prints errors in plain words, decides the exit code.

0: done. 1: refused or failed, with the reason on standard error. 2: wrong arguments or settings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from session_core.errors import HearkenError
from session_core.settings import SettingsError

_PROGRAM = "hearken"
_COMMANDS = {
    "up": "hearken.up",
    "demo": "hearken.demo",
    "stream": "hearken.stream",
    "watch": "hearken.watch",
    "serve": "hearken.parts",
    "work": "hearken.parts",
    "migrate": "hearken.parts",
    "account": "hearken.account",
    "models": "hearken.models",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = _parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except SettingsError as error:
        return _refuse(str(error), 2)
    except HearkenError as error:
        return _refuse(error.message, 1)
    except KeyboardInterrupt:
        return 130


def _refuse(message: str, code: int) -> int:
    for line in message.splitlines():
        print(f"{_PROGRAM}: {line}", file=sys.stderr)
    return code


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The arguments of the command that `argv` names, or of all: a node loads nothing that only a recorder needs."""
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Real-time transcription of clinical sessions that never loses an acknowledged second.",
        epilog="Settings are HEARKEN_* variables: README.md lists them.",
    )
    parser.add_argument("--version", action="version", version=f"{_PROGRAM} {_version()}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    chosen = next((word for word in argv if not word.startswith("-")), None)
    modules = [_COMMANDS[chosen]] if chosen in _COMMANDS else list(dict.fromkeys(_COMMANDS.values()))
    for name in modules:
        import_module(name).register(subparsers)
    return parser


def _version() -> str:
    try:
        return version(_PROGRAM)
    except PackageNotFoundError:
        return "(not installed)"
