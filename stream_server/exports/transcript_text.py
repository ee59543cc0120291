"""A transcript as plain text: one line for each segment, with its time, and a line for each stretch without words."""

from __future__ import annotations

from session_core.messages.transcript import TranscriptView
from stream_server.exports.captions import names_of


def plain_text(view: TranscriptView) -> str:
    """``[00:12] Speaker: words``; what is missing or failed stands where it is."""
    names = names_of(view)
    lines = []
    for segment in view.segments:
        speaker = f"{names[segment.speaker]}: " if segment.speaker else ""
        # A person's text may have lines of its own.
        lines.append((segment.start_ms, f"[{clock(segment.start_ms)}] {speaker}{' '.join(segment.text.split())}"))
    for start, end in view.coverage.holes if view.coverage else ():
        lines.append((start, f"[{clock(start)}] (no audio until {clock(end)})"))
    for window in view.failed:
        start, end = window.start_ms, window.end_ms
        lines.append((start, f"[{clock(start)}] (not transcribed until {clock(end)})"))
    return "".join(line + "\n" for _, line in sorted(lines, key=lambda line: line[0]))


def clock(ms: int) -> str:
    """``12:41``, or ``1:02:03`` from an hour on."""
    seconds = ms // 1000
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
