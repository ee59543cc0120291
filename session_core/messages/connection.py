"""What a connection says of itself: the greeting, and how anything is refused."""

from __future__ import annotations

from typing import Any

from session_core.messages.message import Answer

PROTOCOL = 1


class Limits(Answer):
    max_chunk_bytes: int
    max_chunk_seconds: float
    credit: int
    media_types: list[str]


class Hello(Answer):
    """The server's first event."""

    protocol: int = PROTOCOL
    epoch: str
    limits: Limits
    server_time_ms: int


class ErrorBody(Answer):
    code: str
    message: str
    retryable: bool
    retry_after_s: float | None = None
    details: dict[str, Any] | None = None


class Refusal(Answer):
    error: ErrorBody
