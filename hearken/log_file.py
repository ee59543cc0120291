"""The log files of the parts: appended to by the parts themselves, kept small by the supervisor.

The parts write to the file directly, so that nothing they say is lost with the supervisor and no part ever
waits for it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MOST_BYTES = 8 * 1024 * 1024


def open_log(path: Path) -> int:
    """A descriptor that appends to `path`; the caller closes it."""
    trim_log(path)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def trim_log(path: Path, most_bytes: int = MOST_BYTES) -> None:
    """Move a log that has grown over `most_bytes` into ``NAME.1``, in the place of the one before.

    The file itself stays, emptied, because a running part holds it open and appends to it.
    """
    if not path.exists() or path.stat().st_size <= most_bytes:
        return
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    path.with_name(path.name + ".1").chmod(0o600)
    os.truncate(path, 0)


def last_lines(path: Path, count: int = 5) -> list[str]:
    """The end of a log, for a person who asks why a part did not start."""
    if not path.exists():
        return []
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 8192))
        return log.read().decode(errors="replace").splitlines()[-count:]
