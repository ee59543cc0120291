"""What a server answered: a refusal, an acceptance, or nothing that counts as an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from session_core.errors import ALL_ERRORS

Accepted = Mapping[str, Any]

_FINAL_CODES = frozenset(error.code for error in ALL_ERRORS if not error.retryable)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A typed no. ``retryable`` says whether asking again can help, ``retry_after_s`` when at the earliest."""

    code: str
    message: str
    retryable: bool
    retry_after_s: float | None = None


def read_answer(raw: object) -> Accepted | Refusal | None:
    """An acknowledgement as docs/protocol.md describes it; ``None`` for anything else, an empty one included."""
    if not isinstance(raw, Mapping):
        return None
    if raw.get("ok") is True:
        return raw
    return read_refusal(raw.get("error")) if raw.get("ok") is False else None


def read_refusal(error: object) -> Refusal | None:
    """The ``error`` object of an answer or of a refused connection, which may leave ``retryable`` to the code."""
    if not isinstance(error, Mapping) or not isinstance(error.get("code"), str):
        return None
    after, retryable = error.get("retry_after_s"), error.get("retryable")
    return Refusal(
        code=error["code"],
        message=str(error.get("message", "")),
        retryable=retryable if isinstance(retryable, bool) else error["code"] not in _FINAL_CODES,
        retry_after_s=max(0.0, float(after)) if isinstance(after, int | float) else None,
    )


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
