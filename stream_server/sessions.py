"""Sessions as a recorder and a list see them: start, resume, pause, stop, look at, delete.

Each change and its event are one transaction under the session row's lock.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from session_core import after_stop
from session_core.change import Change, Changes
from session_core.decoding.pcm import ms_of_16k
from session_core.envelope import Key
from session_core.errors import Internal, Invalid, NotFound
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.media_type import media_type_of
from session_core.messages.event import Coverage, QualityWarning, WindowFailed
from session_core.messages.segment import WireSegment, wire_segment
from session_core.messages.session import (
    LanguageList,
    SessionPage,
    SessionResumed,
    SessionStart,
    SessionStarted,
    SessionView,
    StateAnswer,
    Watching,
)
from session_core.messages.speaker import WireSpeaker, wire_speaker
from session_core.messages.transcript import RemovedSegment, TranscriptView, WireStep
from session_core.messages.typed_note import WireNote, wire_note
from session_core.principal import Principal
from session_core.session import TRANSCRIBED_STATES, Session, SessionDetails, SessionState, paused, stopped
from session_core.speaker import followed
from session_core.step import Step
from session_core.storage import chunks, corrections, events, segments, speakers, steps, typed_notes, windows, workers
from session_core.storage import sessions as rows
from session_core.storage.database import Connection, Database
from session_core.storage.events import StoredEvent
from session_core.storage.vocabulary import forget_stranger, hold
from session_core.title_index import client_term, patient_term, query_terms, title_terms
from stream_server.spoken_language import hear_in
from stream_server.vocabulary import hear_with_patients_words, keep_hotwords


@dataclass(frozen=True, slots=True)
class SessionQuery:
    limit: int = 50
    cursor: str | None = None
    state: str | None = None
    patient_id: str | None = None
    q: str | None = None


class Sessions:
    def __init__(self, database: Database, keyring: Keyring, changes: Changes, hints: Hints) -> None:
        self._database = database
        self._keyring = keyring
        self._changes = changes
        self._hints = hints

    async def start(self, principal: Principal, wanted: SessionStart) -> SessionStarted:
        organisation = await self._keyring.organisation(principal.org_id)
        key, session_id = Key.generate(), uuid4()
        client_ref = client_term(organisation, wanted.client_ref)
        patient = patient_term(organisation, wanted.patient_id)
        new = rows.NewSession(
            org_id=principal.org_id,
            id=session_id,
            created_by=principal.user_id,
            client_ref=client_ref,
            details=SessionDetails(wanted.title, wanted.patient_id, wanted.consent),
            media_type=media_type_of(wanted.media_type),
            sample_rate=wanted.sample_rate,
            chunk_seconds=wanted.chunk_seconds,
            language=wanted.language,
        )
        async with self._database.organisation(principal.org_id) as connection:
            created = await rows.insert(
                connection,
                new,
                self._keyring.wrap_session(organisation, session_id, key),
                key,
                patient,
                title_terms(organisation, wanted.title),
            )
            if created:
                await keep_hotwords(connection, principal.org_id, session_id, key, organisation, patient)
                begun: list[tuple[str, dict[str, Any]]] = [("session.state", {"state": "recording"})]
                if wanted.language is not None:
                    begun.append(("session.language", {"language": wanted.language}))
                await events.append(connection, principal.org_id, session_id, key, begun)
                return SessionStarted(session_id=session_id, state=SessionState.RECORDING, next_seq=0)
            found = await rows.find_by_ref(connection, principal.user_id, client_ref)
        if found is None:
            raise Internal("a session appeared and vanished")
        async with self._changes.of(principal.org_id, found) as change:
            await _welcome_back(change)
            return SessionStarted(session_id=found, state=change.state, next_seq=change.session.contiguous_through + 1)

    async def resume(self, principal: Principal, session_id: UUID) -> SessionResumed:
        async with self._changes.of(principal.org_id, session_id) as change:
            await _welcome_back(change)
            return SessionResumed(
                session_id=session_id,
                state=change.state,
                stored=await chunks.stored_ranges(change.connection, session_id),
                contiguous_through=change.session.contiguous_through,
                sealed_through=change.session.sealed_through,
                epoch=self._database.epoch,
            )

    async def pause(self, principal: Principal, session_id: UUID, *, pause: bool) -> StateAnswer:
        async with self._changes.of(principal.org_id, session_id) as change:
            await rows.touch(change.connection, session_id)
            await change.set_state(paused(change.state, pause))
            return StateAnswer(state=change.state)

    async def stop(self, principal: Principal, session_id: UUID, last_seq: int) -> StateAnswer:
        async with self._changes.of(principal.org_id, session_id) as change:
            session = change.session
            state = stopped(session.state, session.last_seq, last_seq, session.max_seq)
            if session.last_seq == last_seq:
                return StateAnswer(state=state)
            revision = await rows.stop(change.connection, session_id, last_seq)
            await change.set_state(state)
        self._hints.plan(principal.org_id, session_id, revision)
        return StateAnswer(state=state)

    async def redo(self, principal: Principal, session_id: UUID, step: Step) -> StateAnswer:
        """Have one step after Stop done again."""
        async with self._changes.of(principal.org_id, session_id) as change:
            await after_stop.retry(change, step)
            revision = await rows.wake_planning(change.connection, session_id)
        self._hints.plan(principal.org_id, session_id, revision)
        return StateAnswer(state=change.state)

    async def retry(self, principal: Principal, session_id: UUID) -> StateAnswer:
        """Another series of attempts for every window that failed and for every chunk that could not be decoded; where
        there is none nothing changes."""
        async with self._changes.of(principal.org_id, session_id) as change:
            failed = await windows.retry_failed(change.connection, session_id)
            for window in failed:
                change.window_failed(window.id, window.start, window.end, "")
            undecodable = await chunks.retry_undecodable(change.connection, session_id)
            if not failed and not undecodable:
                return StateAnswer(state=change.state)
            if change.state in TRANSCRIBED_STATES:
                await after_stop.transcribing_again(change)
            revision = await rows.request_planning(change.connection, session_id)
        self._hints.plan(principal.org_id, session_id, revision)
        return StateAnswer(state=change.state)

    async def watching(self, principal: Principal, session_id: UUID) -> Watching:
        session = await self.get(principal, session_id)
        return Watching(head=session.version, state=session.state)

    async def get(self, principal: Principal, session_id: UUID) -> Session:
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            return _found(await rows.get(connection, session_id, key))

    async def view(self, principal: Principal, session_id: UUID) -> SessionView:
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            return await view_of(connection, session_id, key)

    async def page(self, principal: Principal, query: SessionQuery) -> SessionPage:
        organisation = await self._keyring.organisation(principal.org_id)
        wanted = rows.SessionFilter(
            state=query.state,
            patient=patient_term(organisation, query.patient_id),
            terms=query_terms(organisation, query.q) if query.q else (),
            before=_open_cursor(query.cursor) if query.cursor else None,
        )
        async with self._database.organisation(principal.org_id) as connection:
            found = await rows.page(connection, wanted, query.limit + 1)
        items = []
        for row in found[: query.limit]:
            key = self._keyring.unwrap_session(organisation, row["id"], row["key"])
            coverage = rows.open_coverage(key, row["id"], row["coverage"])
            items.append(_view(rows.from_row(row, key), coverage))
        more = len(found) > query.limit
        last = found[query.limit - 1] if more else None
        return SessionPage(items=items, next_cursor=_cursor(last["created_at"], last["id"]) if last else None)

    async def describe(self, principal: Principal, session_id: UUID, changes: dict[str, Any]) -> SessionView:
        """Change title, patient, language, or how many people speak. Who speaks where is found anew for another number,
        and for another patient, by whose sessions voices have names; everything is, for another language or another
        patient's words. The words of a patient who has no session any more go."""
        organisation = await self._keyring.organisation(principal.org_id)
        revision = None
        async with self._changes.of(principal.org_id, session_id) as change:
            before = change.session.details
            details = SessionDetails(
                title=changes.get("title", before.title),
                patient_id=changes.get("patient_id", before.patient_id),
                consent=before.consent,
            )
            patient = patient_term(organisation, details.patient_id)
            await rows.update_details(
                change.connection,
                session_id,
                rows.seal_details(change.key, session_id, details),
                patient,
                title_terms(organisation, details.title),
            )
            count = changes.get("speaker_count", change.session.speaker_count)
            await rows.set_speaker_count(change.connection, session_id, count)
            differs = (details.patient_id, count) != (before.patient_id, change.session.speaker_count)
            again = "language" in changes and await hear_in(change, changes["language"])
            if details.patient_id != before.patient_id:
                former = patient_term(organisation, before.patient_id)
                await hold(change.connection, [each for each in (former, patient) if each is not None])
                again |= await hear_with_patients_words(change, organisation, patient)
                if former is not None:
                    await forget_stranger(change.connection, former)
            if again:
                if change.state in TRANSCRIBED_STATES:
                    await after_stop.transcribing_again(change)
                revision = await rows.request_planning(change.connection, session_id)
            elif differs and change.state in TRANSCRIBED_STATES and change.state is not SessionState.FAILED:
                await after_stop.retry(change, Step.LABEL)
                revision = await rows.wake_planning(change.connection, session_id)
        if revision is not None:
            self._hints.plan(principal.org_id, session_id, revision)
        return await self.view(principal, session_id)

    async def languages(self) -> LanguageList:
        """What all recognisers that run know, and whether any does."""
        async with self._database.single() as connection:
            known = await workers.languages(connection, workers.ALIVE_S)
            runs = await workers.hear(connection, workers.ALIVE_S)
        return LanguageList(items=None if known is None else sorted(known), recogniser_runs=runs)

    async def delete(self, principal: Principal, session_id: UUID) -> None:
        """The session with everything of it. Its key goes too, so copies of the rows stay closed. With the last of a
        patient's sessions the patient's words go."""
        await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            patient = await rows.delete(connection, session_id)
            if patient is not None:
                await forget_stranger(connection, patient)
        self._keyring.forget(principal.org_id, session_id)

    async def transcript(self, principal: Principal, session_id: UUID) -> TranscriptView:
        key = await self._keyring.session(principal.org_id, session_id)
        # An edit moves a segment from one table to another: both are read as of one moment.
        async with self._database.organisation(principal.org_id, snapshot=True) as connection:
            return await transcript_of(connection, session_id, key)


async def view_of(connection: Connection, session_id: UUID, key: Key) -> SessionView:
    session = _found(await rows.get(connection, session_id, key))
    return _view(session, await rows.coverage(connection, session_id, key))


async def transcript_of(connection: Connection, session_id: UUID, key: Key) -> TranscriptView:
    """``connection`` is in a snapshot."""
    session = _found(await rows.get(connection, session_id, key))
    coverage = await rows.coverage(connection, session_id, key)
    recognised = await segments.transcript(connection, session_id, key)
    corrected = await corrections.of_session(connection, session_id, key)
    failed = await windows.failed(connection, session_id)
    known = await speakers.of_session(connection, session_id, key)
    notes = await typed_notes.of_session(connection, session_id, key)
    status = await steps.of_session(connection, session_id)
    guess = await events.newest(connection, session_id, key, "segment.provisional")
    warnings = await events.of_type(connection, session_id, key, "quality.warning")
    merges = {speaker.id: speaker.merged_into for speaker in known if speaker.merged_into}
    shown = recognised + [correction.segment for correction in corrected if correction.segment.text]
    removed = [correction.segment for correction in corrected if not correction.segment.text]
    return TranscriptView(
        session_id=session_id,
        state=session.state,
        language=session.language,
        head=session.version,
        coverage=Coverage.model_validate(coverage, strict=False) if coverage else None,
        segments=[
            WireSegment.model_validate(
                wire_segment(replace(segment, speaker=followed(segment.speaker, merges))), strict=False
            )
            for segment in sorted(shown, key=lambda segment: (segment.start_ms, segment.id))
        ],
        provisional=_provisional(guess, max((segment.end_ms for segment in shown), default=0)),
        removed=[
            RemovedSegment(id=segment.id, start_ms=segment.start_ms, end_ms=segment.end_ms)
            for segment in sorted(removed, key=lambda segment: (segment.start_ms, segment.id))
        ],
        failed=[
            WindowFailed(
                window_id=window.id,
                start_ms=ms_of_16k(window.start),
                end_ms=ms_of_16k(window.end),
                code=window.code,
            )
            for window in failed
        ],
        warnings=_warnings(warnings),
        speakers=[WireSpeaker.model_validate(wire_speaker(speaker)) for speaker in known],
        typed_notes=[WireNote.model_validate(wire_note(note), strict=False) for note in notes],
        steps=[
            WireStep(step=each.step, state=each.state, generation=each.generation, code=each.error_code)
            for each in status.values()
        ],
    )


def _provisional(guess: StoredEvent | None, told_ms: int) -> WireSegment | None:
    """The guess with all of its words, where any of them begins at or after ``told_ms``."""
    if guess is None or not any(word["s"] >= told_ms for word in guess.data["words"]):
        return None
    return WireSegment.model_validate(guess.data, strict=False)


def _warnings(told: list[StoredEvent]) -> list[QualityWarning]:
    """Each once: a chunk that stays unreadable is reported after every retry."""
    return list(dict.fromkeys(QualityWarning.model_validate(event.data) for event in told))


async def _welcome_back(change: Change) -> None:
    """A recorder that shows itself again ends an interruption."""
    await rows.touch(change.connection, change.session.id)
    if change.state is SessionState.INTERRUPTED:
        await change.set_state(SessionState.RECORDING)


def _found(session: Session | None) -> Session:
    if session is None:
        raise NotFound("there is no such session")
    return session


def _view(session: Session, coverage: dict[str, Any] | None) -> SessionView:
    return SessionView(
        session_id=session.id,
        state=session.state,
        title=session.details.title,
        patient_id=session.details.patient_id,
        language=session.language,
        speaker_count=session.speaker_count,
        created_at=session.created_at.isoformat(),
        stopped_at=session.stopped_at.isoformat() if session.stopped_at else None,
        sample_rate=session.sample_rate,
        chunk_seconds=session.chunk_seconds,
        recorded_ms=session.ms(session.end_sample),
        head=session.version,
        contiguous_through=session.contiguous_through,
        max_seq=session.max_seq,
        last_seq=session.last_seq,
        coverage=coverage,
    )


def _cursor(at: datetime, session_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{session_id}".encode()).decode()


def _open_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, session_id = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        return datetime.fromisoformat(at), UUID(session_id)
    except (ValueError, binascii.Error):
        raise Invalid("the cursor is not one that was given out") from None
