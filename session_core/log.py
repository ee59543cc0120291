"""Logging without content: what happened, where, to which id; never what was said."""

from __future__ import annotations

import logging
import sys
import traceback

QUIET = ("socketio", "engineio", "arq", "aiohttp.access", "asyncio", "faster_whisper", "httpx", "fontTools")
"""Libraries whose records quote payloads or arguments; only their warnings pass."""


def configure(level: str) -> None:
    """Lines on standard error: time, level, logger, message."""
    logging.basicConfig(
        stream=sys.stderr,
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def where(error: BaseException) -> str:
    """An exception's type and the lines it passed, newest last, without its text: that may quote a record.

    >>> try: {}["name of a patient"]
    ... except KeyError as error: print(where(error).split(" at ")[0])
    KeyError
    """
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames)
    cause = f" from {where(error.__cause__)}" if error.__cause__ else ""
    return f"{type(error).__name__} at {places}{cause}"


class Outage:
    """Says once that something is away, and once that it is back."""

    def __init__(self, log: logging.Logger, away: str, back: str) -> None:
        self._log = log
        self._away, self._back = away, back
        self._is_away = False

    def began(self, error: BaseException) -> None:
        if not self._is_away:
            self._is_away = True
            self._log.warning("%s: %s", self._away, where(error))

    def ended(self) -> None:
        if self._is_away:
            self._is_away = False
            self._log.info("%s", self._back)
