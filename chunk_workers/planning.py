"""Planning a session: decode what is new, look for pauses, put windows into the plan.

It needs no lease: it is a pure function of the stored chunks, its result is content-addressed, and it is
committed under the session row's lock. Two planners at once do the same work twice and write it once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid5

from chunk_workers import plan as planner
from chunk_workers.audio_digest import audio_digest
from chunk_workers.chunk_audio import ChunkAudio
from chunk_workers.language import settle_language
from chunk_workers.progress import report
from chunk_workers.stretches import count_16k, stretches_of
from chunk_workers.timeline import Horizon, Waits, horizon
from chunk_workers.transcript import refold, refold_withdrawn
from chunk_workers.voice import VoiceDetector
from chunk_workers.waveform import peaks_of
from session_core.change import Change, Changes
from session_core.decoding.pcm import from_16k, to_16k
from session_core.decoding.sandbox import DecodeCrashed
from session_core.envelope import Key, peaks_label
from session_core.errors import BadMedia
from session_core.keyring import Keyring
from session_core.session import OPEN_STATES, Session, SessionState
from session_core.storage import chunks, sessions, steps, windows
from session_core.storage.chunks import ChunkPlace, SealedChunk, VoicedChunk
from session_core.storage.database import Database
from session_core.storage.sessions import Planning
from session_core.storage.windows import FINAL, TAIL, TAIL_OF_STOPPED, Extent

log = logging.getLogger(__name__)

DECODED_AT_ONCE = 16
DECODE_ATTEMPTS = 3
"""A file that kills its decoder this often is taken for undecodable."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The times after which planning acts by itself."""

    waits: Waits
    interrupted: timedelta
    abandoned: timedelta


@dataclass(frozen=True, slots=True)
class Planned:
    """Closed windows that are new in the plan and wait for a recogniser."""

    closed: tuple[UUID, ...]


class SessionPlanner:
    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        changes: Changes,
        audio: ChunkAudio,
        detector: VoiceDetector,
        patience: Patience,
        provisional: bool,
        archive_after_s: float,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._changes = changes
        self._audio = audio
        self._detector = detector
        self._patience = patience
        self._provisional = provisional
        self._archive_after_s = archive_after_s

    async def plan(self, org_id: UUID, session_id: UUID) -> Planned:
        """Bring the session's plan up to date; :class:`NotFound` where the session was deleted."""
        key = await self._keyring.session(org_id, session_id)
        while await self._decode_some(org_id, session_id, key):
            pass
        async with self._changes.of(org_id, session_id) as change:
            return await self._replan(change)

    async def _decode_some(self, org_id: UUID, session_id: UUID, key: Key) -> int:
        """Decode the next few chunks and keep what the voice detector makes of each. The number judged."""
        async with self._database.organisation(org_id) as connection:
            session = await sessions.get(connection, session_id, key)
            fresh = await chunks.undecoded(connection, session_id, DECODED_AT_ONCE)
        if session is None:
            return 0
        for chunk in fresh:
            await self._decode(session, key, chunk)
        return len(fresh)

    async def _decode(self, session: Session, key: Key, chunk: SealedChunk) -> None:
        try:
            samples, missing = await self._audio.samples(session.id, key, chunk, session.sample_rate)
        except BadMedia:
            await self._give_up(session, chunk)
            return
        except DecodeCrashed as crash:
            log.warning("session %s: chunk %d: %s", session.id, chunk.seq, crash.message)
            async with self._database.organisation(session.org_id) as connection:
                await chunks.count_decode_attempt(connection, session.id, chunk.seq)
            if chunk.decode_attempts + 1 < DECODE_ATTEMPTS:
                raise
            await self._give_up(session, chunk)
            return
        rate = session.sample_rate
        missing_samples = min(chunk.sample_count, from_16k(missing, rate) + (1 if missing else 0))
        usable = count_16k(chunk.first_sample, chunk.sample_count - missing_samples, rate)
        if usable == 0:
            await self._give_up(session, chunk)
            return
        track = await asyncio.to_thread(self._detector.detect, samples[:usable])
        peaks = key.seal(peaks_of(samples, to_16k(chunk.first_sample, rate)), peaks_label(session.id, chunk.seq))
        async with self._database.organisation(session.org_id) as connection:
            await chunks.mark_decoded(connection, session.id, chunk.seq, track.pack(), peaks, missing_samples)

    async def _give_up(self, session: Session, chunk: SealedChunk) -> None:
        """The chunk stays stored, its place becomes a hole, and the session says so."""
        log.warning("session %s: chunk %d cannot be decoded, its place is a hole", session.id, chunk.seq)
        async with self._changes.of(session.org_id, session.id) as change:
            if await chunks.mark_undecodable(change.connection, session.id, chunk.seq):
                change.event(
                    "quality.warning",
                    {
                        "code": "undecodable_chunk",
                        "seq": chunk.seq,
                        "start_ms": session.ms(chunk.first_sample),
                        "end_ms": session.ms(chunk.first_sample + chunk.sample_count),
                    },
                )

    async def _replan(self, change: Change) -> Planned:
        connection, session = change.connection, change.session
        planning = await sessions.planning(connection, session.id)
        assert planning is not None
        if await sessions.reopen(connection, session.id):
            await steps.void(connection, session.id)
            change.event("session.state", {"state": SessionState.TRANSCRIBING.value})
        session, planning = await self._pass_time(change, planning)
        places = await chunks.places(connection, session.id)
        sight = horizon(
            places,
            last_seq=session.last_seq,
            stopped_at=session.stopped_at,
            now=planning.now,
            waits=self._patience.waits,
        )
        planning = await _rewound(change, planning, places, sight)
        found, stretches = await _stretches(change, planning.cut, sight)
        plan = planner.plan(
            stretches, cut=planning.cut, overlaps_previous=planning.overlaps_previous, ended=sight.complete
        )
        planning, closed = await self._write(change, planning, plan, found, sight)
        await refold_withdrawn(change)
        if sight.complete and change.state is SessionState.SEALING:
            await change.set_state(SessionState.TRANSCRIBING)
        fresh = [place.seq for place in places if place.seq in sight.usable and not place.planned]
        await chunks.mark_planned(connection, session.id, fresh)
        undecoded = any(place.state == "stored" for place in places)
        planning = replace(planning, planned_revision=planning.planned_revision if undecoded else planning.revision)
        await sessions.save_planning(connection, session.id, planning, sight.due_at)
        await report(change, planning, places, self._archive_after_s)
        return Planned(closed)

    async def _pass_time(self, change: Change, planning: Planning) -> tuple[Session, Planning]:
        """A recorder that is silent for long has vanished; one that stays away does not come back."""
        session, silent = change.session, planning.now - planning.seen_at
        if change.state in OPEN_STATES and silent >= self._patience.abandoned:
            # Without a last number: what the recorder still has is welcome when it comes back after all.
            revision = await sessions.stop(change.connection, session.id, None)
            await change.set_state(SessionState.SEALING)
            return replace(session, stopped_at=planning.now), replace(planning, revision=revision)
        if change.state is SessionState.RECORDING and silent >= self._patience.interrupted:
            await change.set_state(SessionState.INTERRUPTED)
        elif change.state is SessionState.INTERRUPTED and silent < self._patience.interrupted:
            await change.set_state(SessionState.RECORDING)
        return session, planning

    async def _write(
        self, change: Change, planning: Planning, plan: planner.Plan, found: Sequence[VoicedChunk], sight: Horizon
    ) -> tuple[Planning, tuple[UUID, ...]]:
        connection, session = change.connection, change.session
        rate = session.sample_rate
        extents = [_extent(session.id, window, found, rate) for window in plan.windows]
        before = await windows.extents_from(connection, session.id, planning.cut)
        known, wanted = {extent.id for extent in before}, {extent.id for extent in extents}
        dropped = [extent for extent in before if extent.id not in wanted]
        added = [extent for extent in extents if extent.id not in known]
        generation = planning.generation + (1 if dropped else 0)
        if dropped:
            for failed in await windows.drop(connection, session.id, [extent.id for extent in dropped]):
                change.window_failed(failed.id, failed.start, failed.end, "")
        if added:
            await self._add(change, added, generation, stopped=sight.complete)
        await self._put_tail(change, plan, found, generation)
        if dropped or added:
            touched = [*dropped, *added]
            await refold(change, min(extent.start for extent in touched), max(extent.end for extent in touched))
        now = replace(
            planning,
            cut=plan.cut,
            overlaps_previous=plan.overlaps_previous,
            # An end stays one until planning goes back to before it: a chunk behind it that is not decoded yet
            # must find it closed, not taken for the middle of the audio.
            ended=sight.complete or planning.ended,
            generation=generation,
        )
        return now, tuple(extent.id for extent in added)

    async def _add(self, change: Change, added: Sequence[Extent], generation: int, *, stopped: bool) -> None:
        await windows.upsert(
            change.connection,
            change.session.org_id,
            change.session.id,
            added,
            kind=windows.CLOSED,
            generation=generation,
            priority=TAIL_OF_STOPPED if stopped else FINAL,
            language=change.session.language,
        )
        await settle_language(change)

    async def _put_tail(
        self, change: Change, plan: planner.Plan, found: Sequence[VoicedChunk], generation: int
    ) -> None:
        """One provisional window at most; the one before is void."""
        session = change.session
        if plan.tail is None or not self._provisional:
            await windows.drop_tails(change.connection, session.id, None)
            return
        extent = _extent(session.id, plan.tail, found, session.sample_rate)
        await windows.drop_tails(change.connection, session.id, extent.id)
        await windows.upsert(
            change.connection,
            session.org_id,
            session.id,
            [extent],
            kind=windows.PROVISIONAL,
            generation=generation,
            priority=TAIL,
            language=session.language,
        )


async def _rewound(change: Change, planning: Planning, places: Sequence[ChunkPlace], sight: Horizon) -> Planning:
    """Go back to before a chunk that came late: into a hole that was passed, or behind an end that was none."""
    rate = change.session.sample_rate
    late = [to_16k(place.first_sample, rate) for place in places if place.seq in sight.usable and not place.planned]
    if not late or (min(late) > planning.cut and not planning.ended):
        return planning
    cut = min(planning.cut, await windows.cut_before(change.connection, change.session.id, min(late)))
    return replace(planning, cut=cut, overlaps_previous=False, ended=False)


async def _stretches(change: Change, cut: int, sight: Horizon) -> tuple[list[VoicedChunk], list[planner.Stretch]]:
    rate = change.session.sample_rate
    voiced = await chunks.voiced_from(change.connection, change.session.id, from_16k(cut, rate))
    found = [chunk for chunk in voiced if chunk.seq in sight.usable]
    return found, stretches_of(found, rate)


def _extent(session_id: UUID, window: planner.Window, found: Sequence[VoicedChunk], rate: int) -> Extent:
    """The window with an id made of its place and of the audio in it: the same audio is the same window."""
    return Extent(
        id=uuid5(session_id, f"window {audio_digest(window.start, window.end, found, rate)}"),
        cut=window.cut,
        start=window.start,
        end=window.end,
        next_cut=window.next_cut,
        overlaps_previous=window.overlaps_previous,
        overlaps_next=window.overlaps_next,
    )
