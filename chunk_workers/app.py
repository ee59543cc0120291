"""The worker's composition root: everything is made here, once, and handed to what needs it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from arq.connections import ArqRedis

from chunk_workers.answering import Answering
from chunk_workers.archiving import Archiving
from chunk_workers.chunk_audio import MOST_BYTES, ChunkAudio
from chunk_workers.embedders.choice import EmbedderChoice, choose_embedder
from chunk_workers.embedders.process import EmbedderProcess
from chunk_workers.embedding import TextEmbedder
from chunk_workers.engines.choice import EngineSettings
from chunk_workers.familiar_voices import FamiliarVoices
from chunk_workers.hint_taker import HintTaker
from chunk_workers.indexing import Indexing, StaleIndexings
from chunk_workers.labelling import Labelling
from chunk_workers.lanes import Lanes
from chunk_workers.lease import Attempts
from chunk_workers.noting import Noting
from chunk_workers.planning import Patience, SessionPlanner
from chunk_workers.provider import Limits, SharedCalls
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.reconcile import Identity, Reconciler
from chunk_workers.session_voices import ChosenVoices
from chunk_workers.sliding import Sliding
from chunk_workers.speakers.choice import DiarizerSettings
from chunk_workers.speakers.process import DiarizerProcess
from chunk_workers.steps import StepRunner, StepWork
from chunk_workers.sweeping import Sweeper
from chunk_workers.timeline import Waits
from chunk_workers.transcribing import Transcriber
from chunk_workers.voice import VoiceDetector
from chunk_workers.voice_sampling import VoiceSampling
from chunk_workers.voiceprinting import Voiceprinting
from chunk_workers.writers.choice import Choice, choose_writer
from session_core import hints as hinting
from session_core.announcement import Announcements
from session_core.archive.audio_store import AudioStore
from session_core.archive.object_store import ObjectStore
from session_core.background import Background
from session_core.change import Changes
from session_core.decoding.decoded_chunks import DecodedChunks
from session_core.decoding.sandbox import DecodeSandbox
from session_core.envelope import Key
from session_core.errors import EngineUnavailable, HearkenError, NotFound
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.log import configure, where
from session_core.names import PLAN_JOB, PLAN_QUEUE, RECOGNISE_JOB, RECOGNISE_QUEUE
from session_core.program import run_until_stopped
from session_core.settings import Settings
from session_core.step import Step
from session_core.storage import workers
from session_core.storage.database import Database

log = logging.getLogger(__name__)

PLAN_POLL_S = 0.05
RECOGNISE_POLL_S = 0.25
"""arq looks for hints this often. The way from a plan to this worker's own recognisers needs none."""

PLANNERS = 4
LABELLED_AT_ONCE, NOTED_AT_ONCE, INDEXED_AT_ONCE, ARCHIVED_AT_ONCE = 2, 4, 1, 1
SWEEP_EVERY_S = 60.0

NICENESS, TAIL_NICENESS, ASKED_NICENESS = 10, 19, 0
"""Recognition lets everything else go first, and provisional words let final ones go first. Who asks is waited for."""

MakeRecogniser: TypeAlias = Callable[[EngineSettings], RecogniserProcess]
"""A worker's recognisers are processes of the engine that is set; the bench puts others in their place."""


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """A composed worker, ready to be run."""

    name: str
    database: Database
    redis: ArqRedis
    sandbox: DecodeSandbox
    recognisers: tuple[RecogniserProcess, ...]
    diarizer: DiarizerProcess
    embedders: frozenset[TextEmbedder]
    noted: Choice
    answering: Answering
    stale_indexings: StaleIndexings
    planning: Planning
    lanes: Lanes
    hints: Hints
    announcements: Announcements
    reconciler: Reconciler
    sweeper: Sweeper | None
    background: Background


class Planning:
    """Plans a session, then sees that its new windows find a recogniser: here, or by a hint elsewhere."""

    def __init__(self, planner: SessionPlanner, lanes: Lanes, steps: StepRunner, hints: Hints) -> None:
        self._planner = planner
        self._lanes = lanes
        self._steps = steps
        self._hints = hints
        self._places = asyncio.Semaphore(PLANNERS)
        self._under_way: set[UUID] = set()
        self._again: set[UUID] = set()

    async def __call__(self, org_id: UUID, session_id: UUID) -> None:
        """One planning of a session at a time in this worker; a call during it makes it look once more.

        Whatever is wrong with one session is nothing to the others: it is logged, and the reconciler comes back.
        """
        if session_id in self._under_way:
            self._again.add(session_id)
            return
        self._under_way.add(session_id)
        try:
            async with self._places:
                await self._until_settled(org_id, session_id)
        except NotFound:
            log.info("session %s was deleted before it was planned", session_id)
        except HearkenError as error:
            log.warning("session %s is left to the reconciler: %s", session_id, where(error))
        except Exception as error:
            log.error("session %s cannot be planned: unplanned %s", session_id, where(error))
        finally:
            self._under_way.discard(session_id)

    async def _until_settled(self, org_id: UUID, session_id: UUID) -> None:
        while True:
            self._again.discard(session_id)
            planned = await self._planner.plan(org_id, session_id)
            # What was said may all have its words by now; or somebody has asked for a step.
            self._steps.wake()
            taken = self._lanes.wake(len(planned.closed))
            for window_id in planned.closed[taken:]:
                self._hints.recognise(window_id, 0)
            if session_id not in self._again:
                return


async def compose(settings: Settings, recogniser: MakeRecogniser = RecogniserProcess) -> WorkerParts:
    name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
    database = await Database.connect(
        settings.database_url, connections=settings.database_connections, timeout_s=settings.database_timeout_s
    )
    redis = hinting.connect(settings.redis_url)
    background = Background()
    keyring = Keyring(database, Key(settings.master_key_bytes))
    hints, announcements = Hints(redis), Announcements(redis)
    changes = Changes(database, keyring, announcements)
    sandbox = DecodeSandbox(timeout_s=settings.decode_timeout_s)
    objects = await ObjectStore.connect(settings, database)
    audio = ChunkAudio(DecodedChunks(sandbox, AudioStore(objects), MOST_BYTES))
    count = _recogniser_count(settings)
    niceness = [TAIL_NICENESS if number == 0 and count > 1 else NICENESS for number in range(count)]
    recognisers = tuple(recogniser(_engine(settings, nice)) for nice in niceness)
    own_embedder, calls = EmbedderProcess(NICENESS), SharedCalls(_limits(settings))
    embedding = choose_embedder(settings, calls, own_embedder)
    embedder = embedding.embedder
    asked_embedder = choose_embedder(settings, calls, EmbedderProcess(ASKED_NICENESS)).embedder
    noted = choose_writer(settings, calls, own_embedder)
    diarizer = DiarizerProcess(_diarizer(settings))
    voices = ChosenVoices(
        diarizer, Voiceprinting(database, audio, diarizer), Sliding(database, audio, diarizer, background.spawn)
    )
    attempts = _attempts(settings)
    transcriber = Transcriber(
        name,
        database,
        keyring,
        changes,
        audio,
        voices,
        attempts,
        settings.recognise_timeout_s,
        settings.archive_after_s,
    )
    steps = StepRunner(
        name,
        database,
        changes,
        {
            Step.LABEL: (Labelling(database, keyring, voices, FamiliarVoices(database, keyring)), LABELLED_AT_ONCE),
            Step.INDEX: (Indexing(database, keyring, embedder), INDEXED_AT_ONCE),
            **_archiving(database, keyring, objects),
            Step.NOTE: (Noting(database, keyring, changes, noted.writer), NOTED_AT_ONCE),
        },
        attempts,
        settings.archive_after_s,
        background.spawn,
    )
    lanes = Lanes(recognisers, transcriber, background.spawn, steps.wake)
    patience = Patience(
        Waits(hole=timedelta(seconds=settings.hole_wait_s), seal=timedelta(seconds=settings.seal_wait_s)),
        interrupted=timedelta(seconds=settings.interrupted_after_s),
        abandoned=timedelta(seconds=settings.seal_interrupted_after_s),
    )
    detector = _detector(settings)
    planner = SessionPlanner(
        database, keyring, changes, audio, detector, patience, settings.provisional, settings.archive_after_s
    )
    planning = Planning(planner, lanes, steps, hints)
    reconciler = Reconciler(
        database,
        lanes,
        steps.wake,
        planning,
        background.spawn,
        lambda: _identity(name, recognisers[0], diarizer, noted, embedding),
        settings.reconcile_every_s,
        settings.interrupted_after_s,
        settings.seal_interrupted_after_s,
    )
    return WorkerParts(
        name,
        database,
        redis,
        sandbox,
        recognisers,
        diarizer,
        frozenset({own_embedder, embedder, asked_embedder}),
        noted,
        Answering(database, keyring, asked_embedder, VoiceSampling(sandbox, detector, diarizer), background.spawn),
        StaleIndexings(database, changes, asked_embedder),
        planning,
        lanes,
        hints,
        announcements,
        reconciler,
        Sweeper(database, objects, SWEEP_EVERY_S) if objects else None,
        background,
    )


def _archiving(database: Database, keyring: Keyring, objects: ObjectStore | None) -> dict[Step, tuple[StepWork, int]]:
    """Without an object store the step is left to be done: audio waits in its rows until there is one."""
    return {Step.ARCHIVE: (Archiving(database, keyring, objects), ARCHIVED_AT_ONCE)} if objects else {}


def _engine(settings: Settings, niceness: int) -> EngineSettings:
    return EngineSettings(
        engine=settings.engine,
        whisper_model=settings.whisper_model,
        allow_download=settings.allow_download,
        device=settings.device,
        compute_type=settings.compute_type,
        niceness=niceness,
    )


def _diarizer(settings: Settings) -> DiarizerSettings:
    return DiarizerSettings(
        diarizer=settings.diarizer,
        model=settings.diarizer_model,
        allow_download=settings.allow_download,
        device=settings.device,
        threads=os.cpu_count() or 1,
        niceness=NICENESS,
    )


def _recogniser_count(settings: Settings) -> int:
    """As set, or one for each processor's closed windows and one for provisional words."""
    return settings.recognisers or (os.cpu_count() or 1) + 1


def _limits(settings: Settings) -> Limits:
    return Limits(
        timeout_s=settings.note_provider_timeout_s,
        at_once=settings.note_calls_at_once,
        per_minute=settings.note_calls_per_minute,
        pause_s=settings.retry_base_s,
    )


def _attempts(settings: Settings) -> Attempts:
    return Attempts(
        lease_s=settings.lease_s,
        heartbeat_s=settings.heartbeat_s,
        most=settings.max_attempts,
        pause_base_s=settings.retry_base_s,
    )


def _detector(settings: Settings) -> VoiceDetector:
    # Each brings a library of its own that only its user should load.
    if settings.voice_detector == "webrtcvad":
        from chunk_workers.voices.webrtc import WebRtcDetector

        return WebRtcDetector()
    from chunk_workers.voices.silero import SileroDetector

    return SileroDetector()


def _identity(
    name: str, recogniser: RecogniserProcess, diarizer: DiarizerProcess, noted: Choice, embedding: EmbedderChoice
) -> Identity:
    notice = recogniser.notice or "the recogniser is being loaded"
    return Identity(
        name,
        recogniser=recogniser.engine_name or "starting",
        notice="; ".join(each for each in (notice, diarizer.notice) if each),
        note_writer=noted.label,
        note_leaves=noted.leaves,
        diarizer=diarizer.running or "starting",
        embedder=embedding.label,
        embedder_leaves=embedding.leaves,
    )


async def work(settings: Settings, stopping: asyncio.Event, recogniser: MakeRecogniser = RecogniserProcess) -> None:
    """Work until ``stopping``, then hand over: what is under way goes back to the queue at once."""
    parts = await compose(settings, recogniser)
    try:
        await asyncio.gather(*(each.start() for each in parts.recognisers), _start_diarizer(parts.diarizer, settings))
        log.info("%s: %s", parts.name, parts.recognisers[0].notice)
        log.info("notes are written by %s", parts.noted.label)
        background = parts.background
        background.forever("sending hints", parts.hints.run)
        background.forever("sending announcements", parts.announcements.run)
        background.forever("reconciling", parts.reconciler.run)
        if parts.sweeper:
            background.forever("sweeping", parts.sweeper.run)
        background.forever("answering questions", parts.answering.run)
        background.forever("sweeping questions", parts.answering.sweep)
        background.forever("looking for stale passages", parts.stale_indexings.run)
        background.forever("taking planning hints", _plan_hints(settings, parts).run)
        background.forever("taking window hints", _window_hints(settings, parts).run)
        await stopping.wait()
        log.info("handing over")
    finally:
        await parts.background.close()
        await asyncio.gather(
            *(each.aclose() for each in parts.recognisers),
            parts.diarizer.aclose(),
            *(embedder.aclose() for embedder in parts.embedders),
            parts.noted.aclose(),
        )
        await parts.sandbox.aclose()
        await parts.redis.aclose(close_connection_pool=True)
        with suppress(HearkenError):
            async with parts.database.single() as connection:
                await workers.left(connection, parts.name)
        await parts.database.close()
    log.info("stopped")


async def _start_diarizer(diarizer: DiarizerProcess, settings: Settings) -> None:
    """One that somebody asked for runs or the worker does not. Else transcripts go without voices told apart."""
    try:
        await diarizer.start()
    except HearkenError as error:
        if settings.diarizer == "pyannote" and isinstance(error, EngineUnavailable):
            raise
        log.warning("voices are not told apart for now: %s", error.message)
    else:
        log.info("%s", diarizer.notice)


def _plan_hints(settings: Settings, parts: WorkerParts) -> HintTaker:
    async def plan_session(ctx: dict[Any, Any], *ids: str, **_: str) -> None:
        org_id, session_id = ids
        await parts.planning(UUID(org_id), UUID(session_id))

    return HintTaker(
        settings.redis_url, queue=PLAN_QUEUE, name=PLAN_JOB, job=plan_session, at_once=PLANNERS, poll_s=PLAN_POLL_S
    )


def _window_hints(settings: Settings, parts: WorkerParts) -> HintTaker:
    async def recognise_next(ctx: dict[Any, Any], *_ids: str, **_: str) -> None:
        # The hint is kept until a lane is free, and no other is taken meanwhile: those are for other workers.
        await parts.lanes.free()
        parts.lanes.wake(1)

    return HintTaker(
        settings.redis_url,
        queue=RECOGNISE_QUEUE,
        name=RECOGNISE_JOB,
        job=recognise_next,
        at_once=1,
        poll_s=RECOGNISE_POLL_S,
    )


def run(settings: Settings, recogniser: MakeRecogniser = RecogniserProcess) -> None:
    """The whole life of a worker process; SIGTERM and SIGINT make it hand over."""
    configure(settings.log_level)
    try:
        run_until_stopped(lambda stopping: work(settings, stopping, recogniser))
    except EngineUnavailable as error:
        log.error("%s", error.message)
        raise SystemExit(1) from None
