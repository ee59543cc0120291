"""What a person sees while a session runs."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from rich.console import Console

from hearken.live_text import LiveText
from hearken.screen import PlainScreen, Progress, TerminalScreen, clock
from hearken.transcript_view import TranscriptView


def final(start_ms: int, text: str) -> dict[str, Any]:
    segment_id = str(uuid.UUID(int=start_ms))
    return {"id": segment_id, "start_ms": start_ms, "end_ms": start_ms + 900, "text": text, "words": []}


def shown(out: io.StringIO, *events: tuple[str, dict[str, Any]]) -> list[str]:
    """The lines that a plain screen shows for a session with these events."""
    view, text = TranscriptView(), LiveText(PlainScreen(out))
    for version, (kind, data) in enumerate(events, 1):
        view.apply(version, kind, data)
        text.show(view, kind, data)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "00:00"), (75_900, "01:15"), (3_600_000, "1:00:00"), (45_296_000, "12:34:56")]
)
def test_a_clock_shows_hours_where_there_are_some(ms: int, text: str) -> None:
    assert clock(ms) == text


def test_the_line_tells_how_far_everything_is_and_what_is_wrong() -> None:
    assert str(Progress(45_000, 30_000, 15_000, "recording")) == "recorded 00:45 · stored 00:30 · transcribed 00:15"
    told = str(Progress(45_000, 30_000, 15_000, "sealing", refused=2, trouble="no node answers"))
    assert told.endswith(" · sealing · 2 refused · no node answers")
    assert "stored" not in str(Progress(45_000, None, 15_000))


def test_what_was_said_later_waits_for_what_was_said_before() -> None:
    later = ("segment.final", final(9000, "later"))
    upto: list[dict[str, Any]] = [{"recorded_ms": 20_000, "transcribed_ms": ms, "holes": []} for ms in (0, 20_000)]
    lines = shown(
        io.StringIO(), ("coverage", upto[0]), later, ("segment.final", final(1000, "first")), ("coverage", upto[1])
    )
    assert lines == ["  00:01  first", "  00:09  later"]


def test_a_failure_that_was_taken_back_is_told_again_when_it_fails_again() -> None:
    failed = {"start_ms": 0, "end_ms": 1000, "window_id": "w", "code": "timeout"}
    lines = shown(io.StringIO(), *(("window.failed", failed | {"code": code}) for code in ("timeout", "", "timeout")))
    assert lines == ["00:00 to 00:01 could not be transcribed (timeout)"] * 2


def test_text_holes_and_failures_are_shown_as_they_come_and_once() -> None:
    failed = {"start_ms": 20_000, "end_ms": 30_000, "window_id": "w", "code": "timeout"}
    coverage = {"recorded_ms": 60_000, "transcribed_ms": 40_000, "holes": [[10_000, 15_000]]}
    lines = shown(
        io.StringIO(),
        ("segment.final", final(1000, "one")),
        ("coverage", coverage),
        ("coverage", coverage),
        ("window.failed", failed),
        ("window.failed", failed),
        ("segment.final", final(1000, "one")),
        ("segment.final", final(1000, "two")),
    )
    assert lines == [
        "  00:01  one",
        "audio is missing from 00:10 to 00:15",
        "00:20 to 00:30 could not be transcribed (timeout)",
        "~ 00:01  two",
    ]


def test_plain_progress_comes_every_few_seconds_and_at_the_end() -> None:
    out, now = io.StringIO(), 0.0
    screen = PlainScreen(out, now=lambda: now)
    for now in (0.0, 1.0, 4.9, 5.0, 6.0, 7.0):
        screen.progress(Progress(int(now * 1000), None, 0))
    screen.close()
    screen.close()
    assert [line[9:14] for line in out.getvalue().splitlines()] == ["00:00", "00:05", "00:07"]


def test_a_terminal_shows_provisional_words_until_they_are_final() -> None:
    out = io.StringIO()
    screen = TerminalScreen(Console(file=out, force_terminal=True, width=80, height=20))
    screen.hearing("maybe these words")
    screen.progress(Progress(15_000, 15_000, 0))
    view = TranscriptView()
    view.apply(1, "segment.final", final(1000, "surely these words"))
    screen.said(view.in_order()[0], changed=False)
    screen.hearing("")
    screen.notice("something to know")
    screen.close()
    seen = out.getvalue()
    assert "maybe these words …" in seen
    assert seen.index("maybe these words") < seen.index("surely these words") < seen.index("something to know")
    assert "maybe" not in seen[seen.index("something to know") :]
