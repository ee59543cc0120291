"""Shows on a screen what a viewer takes in, as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hearken.screen import Screen, clock
from hearken.transcript_view import TranscriptView


class LiveText:
    """Remembers what it has shown, so that nothing is shown twice after a reconnection."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._shown: dict[UUID, str] = {}
        self._failures: set[str] = set()
        self._holes: set[tuple[int, int]] = set()

    def show(self, view: TranscriptView, kind: str, data: Mapping[str, Any]) -> None:
        """``kind`` and ``data`` are the event that ``view`` has just taken in."""
        if kind == "segment.final":
            self._show_segment(view, UUID(data["id"]))
        elif kind == "window.failed" and data["window_id"] not in self._failures:
            self._failures.add(data["window_id"])
            span = f"{clock(data['start_ms'])} to {clock(data['end_ms'])}"
            self._screen.notice(f"{span} could not be transcribed ({data['code']})")
        elif kind == "coverage":
            for start, end in sorted(set(view.holes) - self._holes):
                self._screen.notice(f"audio is missing from {clock(start)} to {clock(end)}")
            self._holes = set(view.holes)
        elif kind == "quality.warning":
            self._screen.notice(f"warning: {data['code']}")
        self._screen.hearing(view.provisional_text())

    def _show_segment(self, view: TranscriptView, segment_id: UUID) -> None:
        segment = view.segments.get(segment_id)
        before = self._shown.get(segment_id)
        if segment is not None and segment.text != before:
            self._screen.said(segment, changed=before is not None)
            self._shown[segment_id] = segment.text
