"""Transcribing one window: claim, gather its audio, recognise, write once.

The claim is a lease on the database's clock, renewed by a task of its own while the recogniser works in
another process. The final write names the attempt, so a worker that was away too long writes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from chunk_workers.chunk_audio import ChunkAudio, Samples
from chunk_workers.hallucination import is_speech, spoken
from chunk_workers.language import settle_language
from chunk_workers.lease import Attempts, ClaimLost, WorkersLost, held
from chunk_workers.plan import Stretch
from chunk_workers.progress import report
from chunk_workers.recognition import UNDETERMINED, NotYet, Recognition, Utterance
from chunk_workers.stretches import stretches_of
from chunk_workers.transcript import provisional_segment, refold
from chunk_workers.voice import VoiceDetector
from session_core.change import Change, Changes
from session_core.decoding.pcm import from_16k, ms_of_16k
from session_core.envelope import Key
from session_core.errors import EngineUnavailable, HearkenError, Internal, NotFound, Unavailable
from session_core.keyring import Keyring
from session_core.language import primary_subtag
from session_core.log import where
from session_core.messages.segment import wire_segment
from session_core.segment import Word
from session_core.session import Session
from session_core.storage import chunks, claims, sessions, vocabulary, windows
from session_core.storage.claims import Claim, ClaimedWindow
from session_core.storage.database import Database
from session_core.storage.windows import Extent
from session_core.vocabulary import Hotwords

log = logging.getLogger(__name__)


_NOT_YET_S: Final = 10.0
"""After so long it is asked again whether the awaited engine is here."""


class Recogniser(Protocol):
    """Recognises what many ask for; ``chunk_workers.recognisers`` is the real one."""

    @property
    def engine_name(self) -> str | None: ...

    async def recognise(self, utterance: Utterance, *, urgency: int, deadline: float, alone: bool) -> Recognition: ...


class VoiceKeeper(Protocol):
    """Keeps how the voices of a window sound; see ``session_voices.SessionVoices``."""

    async def keep(self, session: Session, key: Key, extent: Extent, samples: Samples) -> None: ...


@dataclass(frozen=True, slots=True)
class _Given:
    """What the words of a window come from. ``stretches``: its chunks with their voice tracks."""

    session: Session
    window: ClaimedWindow
    samples: Samples
    stretches: list[Stretch]
    hotwords: Hotwords


class Transcriber:
    def __init__(
        self,
        worker: str,
        database: Database,
        keyring: Keyring,
        changes: Changes,
        audio: ChunkAudio,
        voices: VoiceKeeper,
        detector: VoiceDetector,
        attempts: Attempts,
        archive_after_s: float,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._worker = worker
        self._database = database
        self._keyring = keyring
        self._changes = changes
        self._audio = audio
        self._voices = voices
        self._detector = detector
        self._attempts = attempts
        self._archive_after_s = archive_after_s
        self._chance = chance

    async def transcribe_next(
        self, recogniser: Recogniser, kinds: Sequence[str] = (windows.CLOSED, windows.PROVISIONAL)
    ) -> bool:
        """Take the most urgent window of these kinds that is due; False where there is none."""
        async with self._database.single() as connection:
            claim = await claims.take(connection, self._worker, self._attempts.lease_s, kinds)
        if claim is None:
            return False
        try:
            await self._transcribe(claim, recogniser)
        except EngineUnavailable as error:
            # Not this window's fault: leave it, and all others, to workers that can.
            log.error("this recogniser cannot run: %s", error.message)
            await self._give_back(claim, self._attempts.pause_base_s)
            return False
        except OtherLanguage:
            log.info(
                "window %s attempt %d: heard again, in the language of its session", claim.window_id, claim.attempt
            )
            await self._give_back(claim, 0.0)
        except NotYet:
            log.info(
                "window %s attempt %d: waits for an engine that knows its language", claim.window_id, claim.attempt
            )
            await self._give_back(claim, _NOT_YET_S)
        except ClaimLost:
            log.info("window %s attempt %d: the claim was lost, nothing written", claim.window_id, claim.attempt)
        except NotFound:
            log.info("window %s: its session was deleted", claim.window_id)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(claim, 0.0))
            raise
        except HearkenError as error:
            await self._failed(claim, error)
        except Exception as error:
            log.error("window %s attempt %d: unplanned %s", claim.window_id, claim.attempt, where(error))
            await self._failed(claim, Internal("unplanned"))
        return True

    async def _transcribe(self, claim: Claim, recogniser: Recogniser) -> None:
        if claim.tries > self._attempts.most:
            # Every worker that took it vanished without a word: whatever kills them must not go on.
            raise WorkersLost("the workers that took this window did not come back")
        async with held(lambda: self._renew(claim), self._attempts.heartbeat_s):
            given = await self._gather(claim)
            begun = time.monotonic()
            recognition = await self._recognise(claim, given, recogniser)
            took_ms = round((time.monotonic() - begun) * 1000)
            words = _on_timeline(recognition.words, given)
            await self._write(claim, given.session, words, recognition, took_ms, recogniser.engine_name or "unknown")
            if given.window.kind == windows.CLOSED:
                await self._keep_voices(claim, given)

    async def _recognise(self, claim: Claim, given: _Given, recogniser: Recogniser) -> Recognition:
        language = given.session.language
        if not await asyncio.to_thread(
            is_speech, self._detector, given.stretches, given.samples, given.window.extent.start
        ):
            return Recognition((), primary_subtag(language) if language else UNDETERMINED, 0.0)
        return await recogniser.recognise(
            Utterance(given.samples, language, given.hotwords.words),
            urgency=claim.urgency,
            deadline=claim.wanted_s,
            alone=claim.tries > 1,
        )

    async def _keep_voices(self, claim: Claim, given: _Given) -> None:
        """How the voices sound, while the audio is at hand. The words do not hang on it: labelling makes up for it."""
        try:
            key = await self._keyring.session(claim.org_id, claim.session_id)
            await self._voices.keep(given.session, key, given.window.extent, given.samples)
        except HearkenError as error:
            log.warning("window %s: no voiceprints for now: %s", claim.window_id, where(error))

    async def _gather(self, claim: Claim) -> _Given:
        key = await self._keyring.session(claim.org_id, claim.session_id)
        async with self._database.organisation(claim.org_id) as connection:
            session = await sessions.get(connection, claim.session_id, key)
            window = await claims.window(connection, claim)
            if session is None or window is None:
                raise ClaimLost
            hotwords = await vocabulary.hotwords(connection, claim.session_id, key)
            rate = session.sample_rate
            start, end = window.extent.start, window.extent.end
            first, last = from_16k(start, rate), from_16k(end, rate) + 1
            sealed = await chunks.within(connection, claim.session_id, first, last)
            voiced = await chunks.voiced_within(connection, claim.session_id, first, last)
        samples = await self._audio.stretch(claim.session_id, key, sealed, rate, start, end)
        return _Given(session, window, samples, stretches_of(voiced, rate), hotwords)

    async def _write(
        self,
        claim: Claim,
        asked: Session,
        words: tuple[Word, ...],
        recognition: Recognition,
        took_ms: int,
        recogniser: str,
    ) -> None:
        """``asked``: the session as it was when the recogniser was asked."""
        async with self._changes.of(claim.org_id, claim.session_id) as change:
            window = await claims.window(change.connection, claim)
            locked = change.session.language
            if locked and _heard_in(asked, words, recognition) != primary_subtag(locked):
                raise OtherLanguage
            written = window is not None and await claims.finish(
                change.connection,
                claim,
                change.key,
                words,
                language=recognition.language,
                recogniser=recogniser,
                cpu_ms=round(recognition.cpu_seconds * 1000),
                took_ms=took_ms,
            )
            if window is None or not written:
                raise ClaimLost
            start, end = window.extent.start, window.extent.end
            if window.kind == windows.PROVISIONAL:
                shown = provisional_segment(
                    claim.session_id, words, ms_of_16k(start), ms_of_16k(end), window.generation
                )
                change.event("segment.provisional", wire_segment(shown))
                return
            await settle_language(change)
            await refold(change, start, end)
            await _report(change, self._archive_after_s)

    async def _failed(self, claim: Claim, error: HearkenError) -> None:
        """Try again later, or show the window as failed."""
        try:
            if error.retryable and claim.tries < self._attempts.most:
                pause = self._attempts.pause(claim.tries, self._chance())
                async with self._database.organisation(claim.org_id) as connection:
                    given_back = await claims.give_back(connection, claim, pause, error.code)
                if given_back:
                    log.warning(
                        "window %s attempt %d: %s, again in %.1f s", claim.window_id, claim.attempt, where(error), pause
                    )
                else:
                    log.info("window %s attempt %d: the claim was lost meanwhile", claim.window_id, claim.attempt)
                return
            await self._show_failed(claim, error)
        except (Unavailable, NotFound) as away:
            # The lease runs out and the window is claimed anew, or there is nothing left to write to.
            log.warning("window %s: left to its lease: %s", claim.window_id, where(away))

    async def _show_failed(self, claim: Claim, error: HearkenError) -> None:
        log.error("window %s failed after %d attempts: %s", claim.window_id, claim.tries, where(error))
        async with self._changes.of(claim.org_id, claim.session_id) as change:
            window = await claims.window(change.connection, claim)
            if window is None or not await claims.fail(change.connection, claim, error.code):
                return
            if window.kind == windows.PROVISIONAL:
                return
            start, end = window.extent.start, window.extent.end
            change.window_failed(claim.window_id, start, end, error.code)
            await settle_language(change)
            await refold(change, start, end)
            await _report(change, self._archive_after_s)

    async def _give_back(self, claim: Claim, delay_s: float) -> None:
        """Hand the window over instead of leaving it to the lease."""
        try:
            async with self._database.organisation(claim.org_id) as connection:
                await claims.give_back(connection, claim, delay_s, None)
        except HearkenError as error:
            log.warning("window %s: left to its lease: %s", claim.window_id, where(error))

    async def _renew(self, claim: Claim) -> bool:
        async with self._database.organisation(claim.org_id) as connection:
            return await claims.renew(connection, claim, self._attempts.lease_s)


def _on_timeline(words: tuple[Word, ...], given: _Given) -> tuple[Word, ...]:
    """Those that somebody spoke, with the session's times."""
    extent = given.window.extent
    offset = ms_of_16k(extent.start)
    return tuple(
        Word(word.text, word.start_ms + offset, word.end_ms + offset, word.probability)
        for word in spoken(words, given.stretches, extent.start, extent.end)
    )


class OtherLanguage(Exception):
    """The session's language became another one while its window was heard."""


def _heard_in(asked: Session, words: Sequence[Word], recognition: Recognition) -> str | None:
    """The language that was asked for or, where none was, the one that the words told."""
    if asked.language is not None:
        return primary_subtag(asked.language)
    return recognition.language if words else None


async def _report(change: Change, archive_after_s: float) -> None:
    planning = await sessions.planning(change.connection, change.session.id)
    assert planning is not None
    await report(change, planning, None, archive_after_s)
