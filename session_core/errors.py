"""The one family of errors: a stable code, a message for people, and whether trying again can help.

Codes are part of the wire contract (docs/protocol.md). Errors are raised by rules and storage and are
translated to an acknowledgement or an HTTP answer only at the edges.
"""

from __future__ import annotations

from typing import ClassVar


class HearkenError(Exception):
    """Base of every error the program raises on purpose. ``str(error)`` never holds session content."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = True

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s

    def to_wire(self) -> dict[str, object]:
        """The ``error`` object of an answer."""
        wire: dict[str, object] = {"code": self.code, "message": self.message, "retryable": self.retryable}
        if self.retry_after_s is not None:
            wire["retry_after_s"] = round(self.retry_after_s, 3)
        return wire


class Unauthenticated(HearkenError):
    code, status, retryable = "unauthenticated", 401, False


class Forbidden(HearkenError):
    code, status, retryable = "forbidden", 403, False


class NotFound(HearkenError):
    """Also for what belongs to another organisation: its existence is not told."""

    code, status, retryable = "not_found", 404, False


class Invalid(HearkenError):
    code, status, retryable = "invalid", 400, False


class TooLarge(HearkenError):
    code, status, retryable = "too_large", 413, False


class BadMedia(HearkenError):
    code, status, retryable = "bad_media", 415, False


class SeqConflict(HearkenError):
    """The sequence number is taken by other bytes; the first ones stay."""

    code, status, retryable = "seq_conflict", 409, False


class EditConflict(HearkenError):
    """Somebody else has changed it since it was read; theirs stays, to be looked at first."""

    code, status, retryable = "edit_conflict", 409, False


class SessionClosed(HearkenError):
    code, status, retryable = "session_closed", 409, False


class QuotaExceeded(HearkenError):
    code, status, retryable = "quota_exceeded", 429, True


class RateLimited(HearkenError):
    code, status, retryable = "rate_limited", 429, True


class Overloaded(HearkenError):
    code, status, retryable = "overloaded", 503, True


class Unavailable(HearkenError):
    """A part that is needed is away for the moment: the database, usually."""

    code, status, retryable = "unavailable", 503, True


class Internal(HearkenError):
    pass


ALL_ERRORS: tuple[type[HearkenError], ...] = (
    Unauthenticated,
    Forbidden,
    NotFound,
    Invalid,
    TooLarge,
    BadMedia,
    SeqConflict,
    EditConflict,
    SessionClosed,
    QuotaExceeded,
    RateLimited,
    Overloaded,
    Unavailable,
    Internal,
)


class EngineUnavailable(HearkenError):
    """A recogniser cannot run here; the message says what is missing and what to do. Never on the wire."""

    code, status, retryable = "unavailable", 503, False


class UnsafeDatabase(HearkenError):
    """The database could lose what it confirmed; the program refuses to start on it, and to use it."""

    code, status, retryable = "unavailable", 503, True
