"""Shows on a screen what a viewer takes in, in the order in which it was said.

Windows are heard side by side: what was said later may be known earlier, and waits until everything before it is.
"""

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
            self._show_segments(view)
        elif kind == "window.failed":
            self._show_failure(data)
        elif kind == "coverage":
            self._show_segments(view)
            for start, end in sorted(set(view.holes) - self._holes):
                self._screen.notice(f"audio is missing from {clock(start)} to {clock(end)}")
            self._holes = set(view.holes)
        elif kind == "quality.warning":
            self._screen.notice(f"warning: {data['code']}")
        self._screen.hearing(view.provisional_text())

    def _show_failure(self, data: Mapping[str, Any]) -> None:
        if not data["code"]:
            self._failures.discard(data["window_id"])
        elif data["window_id"] not in self._failures:
            self._failures.add(data["window_id"])
            span = f"{clock(data['start_ms'])} to {clock(data['end_ms'])}"
            self._screen.notice(f"{span} could not be transcribed ({data['code']})")

    def _show_segments(self, view: TranscriptView) -> None:
        for segment in view.in_order():
            before = self._shown.get(segment.id)
            if segment.text != before and (before is not None or segment.start_ms < view.transcribed_ms):
                self._screen.said(segment, changed=before is not None)
                self._shown[segment.id] = segment.text
