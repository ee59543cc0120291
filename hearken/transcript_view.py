"""What a viewer knows of a session: the fold of its events. Pure.

Events carry versions 1, 2, 3, ... without gaps, and each is applied once and in order. So whatever is
repeated, reordered or lost on the way, two viewers with the same version hold the same view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from session_core.messages.segment import segment_from_wire
from session_core.segment import Segment, Word

Span = tuple[int, int]


class Applied(Enum):
    """What became of an event."""

    NOW = "now"
    BEFORE = "before"
    GAP = "gap"


class TranscriptView:
    """Times are milliseconds on the session's timeline. ``failed`` holds the windows that were given up, with why."""

    def __init__(self) -> None:
        self.version = 0
        self.state: str | None = None
        self.recorded_ms = 0
        self.transcribed_ms = 0
        self.holes: tuple[Span, ...] = ()
        self.segments: dict[UUID, Segment] = {}
        self.failed: dict[str, tuple[int, int, str]] = {}
        self.warnings: list[str] = []
        self._provisional: tuple[Word, ...] = ()
        self._folds: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "session.state": self._moved,
            "coverage": self._covered,
            "segment.final": self._finalised,
            "segment.edited": self._finalised,
            "segment.provisional": self._guessed,
            "window.failed": self._window_failed,
            "quality.warning": self._warned,
        }

    def apply(self, version: int, kind: str, data: Mapping[str, Any]) -> Applied:
        """Take the next event in. After a :attr:`Applied.GAP` nothing changed: replay from ``version``.

        Types that this view does not know only move the version.
        """
        if version <= self.version:
            return Applied.BEFORE
        if version > self.version + 1:
            return Applied.GAP
        if kind in self._folds:
            self._folds[kind](data)
        self.version = version
        return Applied.NOW

    def in_order(self) -> list[Segment]:
        """The final segments by time."""
        return sorted(self.segments.values(), key=lambda each: (each.start_ms, each.end_ms, each.id))

    def text(self) -> str:
        """The final transcript, a line for each segment."""
        return "\n".join(segment.text for segment in self.in_order())

    def provisional_text(self) -> str:
        """The words heard after the last final segment, which may still change."""
        end = max((segment.end_ms for segment in self.segments.values()), default=0)
        return " ".join(word.text for word in self._provisional if word.start_ms >= end)

    def _moved(self, data: Mapping[str, Any]) -> None:
        self.state = data["state"]

    def _covered(self, data: Mapping[str, Any]) -> None:
        self.recorded_ms = data["recorded_ms"]
        self.transcribed_ms = data["transcribed_ms"]
        self.holes = tuple((start, end) for start, end in data["holes"])

    def _finalised(self, data: Mapping[str, Any]) -> None:
        segment = segment_from_wire(data)
        self.segments.pop(segment.id, None)
        if segment.text:
            self.segments[segment.id] = segment

    def _guessed(self, data: Mapping[str, Any]) -> None:
        self._provisional = segment_from_wire(data).words if data["text"] else ()

    def _window_failed(self, data: Mapping[str, Any]) -> None:
        self.failed.pop(data["window_id"], None)
        if data["code"]:
            self.failed[data["window_id"]] = (data["start_ms"], data["end_ms"], data["code"])

    def _warned(self, data: Mapping[str, Any]) -> None:
        self.warnings.append(data["code"])
