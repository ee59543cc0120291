"""Passages: what search finds. A speaker's turn, or as much of it as can be read at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chunk_workers.sentences import sentence_texts
from session_core.line import Line

MOST_WORDS: Final = 80
"""Of a passage: about a hundred word pieces, well within what small embedding models read."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of one speaker, or of nobody known, with the segments they stand in. Times are those of the segments."""

    segment_ids: tuple[UUID, ...]
    start_ms: int
    end_ms: int
    speaker: str | None
    text: str


def passages(lines: Sequence[Line]) -> list[Passage]:
    """The transcript in passages of at most :data:`MOST_WORDS` words, in order. Every word is in exactly one.

    A passage ends where the speaker changes, and else at the end of a sentence, if one is near enough.
    """
    found: list[Passage] = []
    for line in lines:
        for text in _pieces(line.text):
            last = found[-1] if found else None
            if last is not None and last.speaker == line.speaker and _words(last.text) + _words(text) <= MOST_WORDS:
                found[-1] = _longer(last, line, text)
            else:
                found.append(Passage((line.id,), line.start_ms, line.end_ms, line.speaker, text))
    return found


def _longer(passage: Passage, line: Line, text: str) -> Passage:
    return Passage(
        tuple(dict.fromkeys((*passage.segment_ids, line.id))),
        passage.start_ms,
        max(passage.end_ms, line.end_ms),
        passage.speaker,
        f"{passage.text} {text}",
    )


def _pieces(text: str) -> Iterator[str]:
    """The text whole if it is short enough, else its sentences."""
    if _words(text) > MOST_WORDS:
        yield from sentence_texts(text)
    elif any(map(str.isalnum, text)):
        yield " ".join(text.split())


def _words(text: str) -> int:
    return len(text.split())
