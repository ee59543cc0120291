"""From words of windows to segments and their events: what the fold says now, against what is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain, count
from uuid import UUID, uuid5

from chunk_workers.fold import Heard, Utterance, fold
from chunk_workers.plan import Window
from chunk_workers.speaker_words import by_speaker, main_speaker
from session_core.change import Change
from session_core.correction import CorrectedPlace, outside
from session_core.decoding.pcm import ms_of_16k
from session_core.messages.segment import wire_segment
from session_core.segment import Segment, Word
from session_core.speaker import SpeakerLabel, followed, speaker_within
from session_core.storage import artifacts, corrections, segments, speaker_labels, speakers
from session_core.storage.windows import Extent, PlannedWindow, planned
from session_core.turn import Turn

REACH = 60 * 16_000
"""Samples on each side within which every window lies that a changed one can touch, and its neighbours."""


async def refold(change: Change, start: int, end: int) -> None:
    """Bring the segments around ``[start, end)`` (16 kHz) in line with the windows heard by now.

    Segments of windows that left the plan are withdrawn, settled ones are written where they changed; each
    is one event. What people corrected is not among them: it stands beside, and here its place is left free.
    """
    session_id = change.session.id
    around = await planned(change.connection, session_id, change.key, start=max(0, start - REACH), end=end + REACH)
    touched = _touched(around, start, end)
    from_ms, to_ms = ms_of_16k(max(0, start - REACH)), ms_of_16k(end + REACH)
    corrected = await corrections.places(change.connection, session_id, from_ms, to_ms)
    labels = await speaker_labels.within(change.connection, session_id, from_ms, to_ms)
    turns = await artifacts.turns(change.connection, session_id, change.key)
    folded = fold([_heard(window) for window in around])
    wanted = {
        segment.id: (window_id, segment)
        for window_id, segment in settled_segments(session_id, around, folded, corrected, labels, turns)
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
    merges = await speakers.merges(change.connection, session_id) if changed else {}
    for _, segment in changed:
        change.event("segment.final", wire_segment(replace(segment, speaker=followed(segment.speaker, merges))))


async def refold_withdrawn(change: Change) -> None:
    """Where people took corrections back, what is recognised there counts again."""
    for place in await corrections.take_withdrawn(change.connection, change.session.id):
        await refold(change, place.start_ms * 16, place.end_ms * 16 + 1)


async def relabel_corrections(change: Change, turns: Sequence[Turn[str]]) -> None:
    """Say who speaks in text that people wrote, where they did not say so themselves."""
    session_id = change.session.id
    merges = await speakers.merges(change.connection, session_id)
    for correction in await corrections.of_session(change.connection, session_id, change.key):
        before = correction.segment
        labels = await speaker_labels.within(change.connection, session_id, before.start_ms, before.end_ms)
        found = speaker_within(labels, before.start_ms, before.end_ms, main_speaker(before.words, turns))
        if found == before.speaker:
            continue
        after = replace(before, speaker=found)
        recognised = replace(correction.recognised, speaker=found)
        await corrections.rewrite(
            change.connection, session_id, change.key, replace(correction, segment=after, recognised=recognised)
        )
        if after.text:
            change.event("segment.edited", wire_segment(replace(after, speaker=followed(found, merges))))


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
    words = () if failed and window.words is None else window.words
    return Heard(_window(window.extent), words, failed=failed)


def _window(extent: Extent) -> Window:
    return Window(
        cut=extent.cut,
        start=extent.start,
        end=extent.end,
        next_cut=extent.next_cut,
        overlaps_previous=extent.overlaps_previous,
        overlaps_next=extent.overlaps_next,
    )


def settled_segments(
    session_id: UUID,
    around: Sequence[PlannedWindow],
    utterances: Sequence[Utterance],
    corrected: Sequence[CorrectedPlace],
    labels: Sequence[SpeakerLabel],
    turns: Sequence[Turn[str]],
) -> list[tuple[UUID, Segment]]:
    """Settled utterances as segments of one speaker each, without the words where corrected text stands."""
    taken = {place.segment_id for place in corrected}
    counted: dict[int, int] = {}
    made = []
    for utterance in utterances:
        number = counted[utterance.window] = counted.get(utterance.window, -1) + 1
        if not utterance.settled:
            continue
        window = around[utterance.window]
        ids = _ids(session_id, window.extent.id, number, taken)
        spoken = (run for part in outside(utterance.words, corrected) for run in by_speaker(part, turns))
        for speaker, words in spoken:
            start_ms, end_ms = words[0].start_ms, words[-1].end_ms
            segment = Segment(
                id=next(ids),
                start_ms=start_ms,
                end_ms=end_ms,
                text=_text(words),
                words=words,
                speaker=speaker_within(labels, start_ms, end_ms, speaker),
                generation=window.generation,
            )
            made.append((window.extent.id, segment))
    return made


def _ids(session_id: UUID, window_id: UUID, number: int, taken: Collection[UUID]) -> Iterator[UUID]:
    """An id says where: the window and the number within it. More of them, and others where a correction has it, for
    what a corrected place or a change of speaker divides."""
    place = f"segment {window_id} {number}"
    names = chain([place], (f"{place} {part}" for part in count(1)))
    return (found for found in (uuid5(session_id, name) for name in names) if found not in taken)


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text.strip() for word in words)
