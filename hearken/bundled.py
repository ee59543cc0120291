"""Programs that come inside Python packages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from session_core.errors import HearkenError


class ProgramMissing(HearkenError):
    """A package that brings a program is not installed."""

    retryable = False


def bundled_program(package: str, path: str) -> Path:
    """Where `package` keeps the program, found without importing it (some act on the machine when imported)."""
    spec = find_spec(package)
    program = Path(spec.origin).parent / path if spec is not None and spec.origin is not None else None
    if program is None or not program.is_file():
        raise ProgramMissing(f"the package {package} with its program {Path(path).name} is not installed")
    return program
