"""The quality of a transcript on the wire."""

from __future__ import annotations

from session_core.messages.message import Answer, Message


class QualityStretch(Message):
    start_ms: int
    end_ms: int


class QualityView(Answer):
    """``score`` is 0 to 100; shares are 0 to 1. ``languages`` counts words; ``warnings`` are codes, the worst first."""

    generation: int
    score: int
    words: int
    words_per_minute: float
    missing_share: float
    failed_share: float
    unsure_share: float
    repeated_share: float
    languages: dict[str, int]
    unsure: list[QualityStretch]
    repeated: list[QualityStretch]
    warnings: list[str]
