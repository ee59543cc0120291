"""The Range header of a request (RFC 9110, section 14), for files of a known size."""

from __future__ import annotations

import re

from session_core.errors import Invalid

_ONE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Invalid):
    """Nothing of the file lies in the range."""

    status = 416


def requested(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes ``[start, end)`` that are asked for, None for the whole file.

    A header that is no single range of bytes asks for the whole file, as the standard lets a server decide.
    Raises :class:`Unsatisfiable`.
    """
    found = _ONE.fullmatch(header.strip()) if header else None
    if found is None:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if first and last and int(last) < int(first):
        return None
    start, end = (int(first), int(last) + 1 if last else size) if first else (max(0, size - int(last)), size)
    if start >= size or (not first and int(last) == 0):
        raise Unsatisfiable("the range lies behind the end")
    return start, min(end, size)
