"""A transcript as plain text: one line for each segment, with its time, and a line for each hole."""

from __future__ import annotations

from session_core.messages import TranscriptView


def plain_text(view: TranscriptView) -> str:
    """``[00:12] Speaker: words``; missing audio stands where it is missing."""
    lines = [
        (segment.start_ms, f"[{clock(segment.start_ms)}] {_speaker(segment.speaker)}{segment.text}")
        for segment in view.segments
    ]
    for start, end in view.coverage.holes if view.coverage else ():
        lines.append((start, f"[{clock(start)}] (no audio until {clock(end)})"))
    return "".join(line + "\n" for _, line in sorted(lines, key=lambda line: line[0]))


def clock(ms: int) -> str:
    """``12:41``, or ``1:02:03`` from an hour on."""
    seconds = ms // 1000
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def _speaker(speaker: str | None) -> str:
    return f"{speaker}: " if speaker else ""
