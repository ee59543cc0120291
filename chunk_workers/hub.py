"""Where the files of a model are: in the folder that a setting names, or in the hub's cache on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from session_core.errors import EngineUnavailable


class Fetch(Protocol):
    def __call__(self, named: str, /, *, local_files_only: bool) -> str:
        """The folder of what is ``named`` on the hub, from its cache alone or downloaded into it."""


def given_folder(named: str, setting: str) -> Path | None:
    """The folder itself, None for a name on the hub. Raises ``EngineUnavailable`` for a folder that is not there."""
    path = Path(named).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or named.startswith((".", "~")):
        raise EngineUnavailable(f"the folder that {setting} names does not exist")
    return None


def cached_folder(fetch: Fetch, named: str, *, allow_download: bool, setting: str, what: str, advice: str) -> Path:
    """The folder in the hub's cache, downloaded first where that is allowed.

    Raises ``EngineUnavailable`` with ``what`` is missing, ``advice`` for a download that failed, and the ``setting``.
    """
    try:
        return Path(fetch(named, local_files_only=not allow_download))
    except Exception as error:  # the hub's client raises errors of its own, of its HTTP client and of the file system
        if allow_download:
            told = f"{what} could not be downloaded ({type(error).__name__}): {advice}"
        else:
            absent = f"{what} is not on this machine, and nothing is downloaded unless asked"
            told = f"{absent}: set HEARKEN_ALLOW_DOWNLOAD=true"
        raise EngineUnavailable(f"{told}, or copy its folder here and set {setting} to that") from error
