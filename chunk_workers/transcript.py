"""From words of windows to segments and their events: what the fold says now, against what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from chunk_workers.fold import Heard, Utterance, fold
from chunk_workers.plan import Window
from session_core.change import Change
from session_core.messages import wire_segment
from session_core.segment import Segment, Word
from session_core.storage import segments
from session_core.storage.windows import Extent, PlannedWindow, planned

REACH = 60 * 16_000
"""Samples on each side within which every window lies that a changed one can touch, and its neighbours."""


async def refold(change: Change, start: int, end: int) -> None:
    """Bring the segments around ``[start, end)`` (16 kHz) in line with the windows heard by now.

    Segments of windows that left the plan are withdrawn, settled ones are written where they changed; each
    is one event.
    """
    session_id = change.session.id
    around = await planned(change.connection, session_id, change.key, start=max(0, start - REACH), end=end + REACH)
    touched = _touched(around, start, end)
    wanted = {
        segment.id: (window_id, segment)
        for window_id, segment in _segments(session_id, around, fold([_heard(window) for window in around]))
        if window_id in touched
    }
    stored = await segments.of_windows(change.connection, session_id, sorted(touched))
    stored += await segments.of_dropped_windows(change.connection, session_id)
    withdrawn = [segment for segment in stored if segment.id not in wanted]
    before = {segment.id: segment.digest for segment in stored}
    changed = [pair for pair in wanted.values() if before.get(pair[1].id) != segments.digest(pair[1])]
    if withdrawn:
        await segments.delete(change.connection, session_id, [segment.id for segment in withdrawn])
    for gone in withdrawn:
        empty = Segment(gone.id, gone.start_ms, gone.end_ms, "", (), generation=gone.generation)
        change.event("segment.final", wire_segment(empty))
    if changed:
        await segments.save(change.connection, change.session.org_id, session_id, change.key, changed)
    for _, segment in changed:
        change.event("segment.final", wire_segment(segment))


def provisional_segment(
    session_id: UUID, words: Sequence[Word], start_ms: int, end_ms: int, generation: int
) -> Segment:
    """What is heard of the open tail. A session has one such segment; each takes the place of the last."""
    return Segment(
        id=uuid5(session_id, "provisional"),
        start_ms=start_ms,
        end_ms=end_ms,
        text=_text(words),
        words=tuple(words),
        generation=generation,
    )


def _touched(around: Sequence[PlannedWindow], start: int, end: int) -> set[UUID]:
    """The windows that overlap ``[start, end)`` and the neighbours whose words may change with theirs."""
    inside = [index for index, window in enumerate(around) if window.extent.start < end and window.extent.end > start]
    if not inside:
        return set()
    return {window.extent.id for window in around[max(0, inside[0] - 1) : inside[-1] + 2]}


def _heard(window: PlannedWindow) -> Heard:
    failed = window.state == "failed"
    return Heard(_window(window.extent), () if failed else window.words, failed=failed)


def _window(extent: Extent) -> Window:
    return Window(
        cut=extent.cut,
        start=extent.start,
        end=extent.end,
        next_cut=extent.next_cut,
        overlaps_previous=extent.overlaps_previous,
        overlaps_next=extent.overlaps_next,
    )


def _segments(
    session_id: UUID, around: Sequence[PlannedWindow], utterances: Sequence[Utterance]
) -> list[tuple[UUID, Segment]]:
    """Settled utterances as segments. An id says where: the window and the number within it."""
    counted: dict[int, int] = {}
    made = []
    for utterance in utterances:
        number = counted[utterance.window] = counted.get(utterance.window, -1) + 1
        if not utterance.settled:
            continue
        window = around[utterance.window]
        segment = Segment(
            id=uuid5(session_id, f"segment {window.extent.id} {number}"),
            start_ms=utterance.words[0].start_ms,
            end_ms=utterance.words[-1].end_ms,
            text=_text(utterance.words),
            words=utterance.words,
            generation=window.generation,
        )
        made.append((window.extent.id, segment))
    return made


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text.strip() for word in words)
