"""The worker's composition root: everything is made here, once, and handed to what needs it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from arq.connections import ArqRedis

from chunk_workers import planners
from chunk_workers.answering import Answering
from chunk_workers.archiving import Archiving
from chunk_workers.chunk_audio import MOST_BYTES, ChunkAudio
from chunk_workers.familiar_voices import FamiliarVoices
from chunk_workers.hint_taker import HintTaker
from chunk_workers.indexing import Indexing, StaleIndexings
from chunk_workers.labelling import Labelling
from chunk_workers.lanes import Lanes
from chunk_workers.lease import Attempts
from chunk_workers.models import Models, choose_models
from chunk_workers.noting import Noting
from chunk_workers.planners import Planners
from chunk_workers.planning import Patience, SessionPlanner
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.recognisers import MakeRecogniser
from chunk_workers.reconcile import Reconciler
from chunk_workers.session_voices import ChosenVoices
from chunk_workers.sliding import Sliding
from chunk_workers.steps import StepRunner, StepWork
from chunk_workers.sweeping import Sweeper
from chunk_workers.timeline import Waits
from chunk_workers.transcribing import Transcriber
from chunk_workers.voice_sampling import VoiceSampling
from chunk_workers.voiceprinting import Voiceprinting
from session_core import hints as hinting
from session_core.announcement import Announcements
from session_core.archive.audio_store import AudioStore
from session_core.archive.object_store import ObjectStore
from session_core.background import Background, first_of
from session_core.change import Changes
from session_core.decoding.decoded_chunks import DecodedChunks
from session_core.decoding.sandbox import DecodeSandbox
from session_core.envelope import Key
from session_core.errors import EngineUnavailable, HearkenError
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.log import configure
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

LABELLED_AT_ONCE, NOTED_AT_ONCE, INDEXED_AT_ONCE, ARCHIVED_AT_ONCE = 2, 4, 1, 1
SWEEP_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What all the work stands on. ``name`` is the worker's, ``host`` the machine's or the container's."""

    settings: Settings
    name: str
    host: str
    database: Database
    redis: ArqRedis
    keyring: Keyring
    hints: Hints
    announcements: Announcements
    changes: Changes
    sandbox: DecodeSandbox
    objects: ObjectStore | None
    audio: ChunkAudio
    background: Background


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """A composed worker, ready to be run."""

    ground: Ground
    models: Models
    lanes: Lanes
    planners: Planners
    reconciler: Reconciler
    answering: Answering
    stale_indexings: StaleIndexings
    sweeper: Sweeper | None


async def compose(settings: Settings, recogniser: MakeRecogniser = RecogniserProcess) -> WorkerParts:
    models, ground = choose_models(settings, recogniser), await _ground(settings)
    database, keyring, changes, spawn = ground.database, ground.keyring, ground.changes, ground.background.spawn
    voices = ChosenVoices(
        models.diarizer,
        Voiceprinting(database, ground.audio, models.diarizer),
        Sliding(database, ground.audio, models.diarizer, spawn),
    )
    steps = _steps(ground, models, voices)
    lanes = Lanes(models.recognisers, _transcriber(ground, models, voices), spawn, steps.wake)
    planning = Planners(_planner(ground, models), lanes, steps.wake, ground.hints)
    sampling = VoiceSampling(ground.sandbox, models.detector, models.diarizer)
    return WorkerParts(
        ground,
        models,
        lanes,
        planning,
        _reconciler(ground, models, lanes, steps, planning),
        Answering(database, keyring, models.asked_embedder, sampling, spawn),
        StaleIndexings(database, changes, models.asked_embedder),
        Sweeper(database, ground.objects, SWEEP_EVERY_S, settings.archive_kept_s) if ground.objects else None,
    )


async def _ground(settings: Settings) -> Ground:
    database = await Database.connect(
        settings.database_url, connections=settings.database_connections, timeout_s=settings.database_timeout_s
    )
    redis = hinting.connect(settings.redis_url)
    keyring, announcements = Keyring(database, Key(settings.master_key_bytes)), Announcements(redis)
    sandbox = DecodeSandbox(timeout_s=settings.decode_timeout_s)
    objects = await ObjectStore.connect(settings, database)
    host = socket.gethostname()
    return Ground(
        settings,
        f"{host}-{os.getpid()}-{uuid4().hex[:6]}",
        host,
        database,
        redis,
        keyring,
        Hints(redis),
        announcements,
        Changes(database, keyring, announcements),
        sandbox,
        objects,
        ChunkAudio(DecodedChunks(sandbox, AudioStore(objects), MOST_BYTES)),
        Background(),
    )


def _steps(ground: Ground, models: Models, voices: ChosenVoices) -> StepRunner:
    database, keyring, changes, objects = ground.database, ground.keyring, ground.changes, ground.objects
    works: dict[Step, tuple[StepWork, int]] = {
        Step.LABEL: (Labelling(database, keyring, voices, FamiliarVoices(database, keyring)), LABELLED_AT_ONCE),
        Step.INDEX: (Indexing(database, keyring, models.embedding.embedder), INDEXED_AT_ONCE),
        Step.NOTE: (Noting(database, keyring, changes, models.noted.writer), NOTED_AT_ONCE),
    }
    # Without an object store the step is left to be done: audio waits in its rows until there is one.
    if objects:
        works[Step.ARCHIVE] = Archiving(database, keyring, objects), ARCHIVED_AT_ONCE
    return StepRunner(
        ground.name,
        database,
        changes,
        works,
        _attempts(ground.settings),
        ground.settings.archive_after_s,
        ground.background.spawn,
    )


def _transcriber(ground: Ground, models: Models, voices: ChosenVoices) -> Transcriber:
    return Transcriber(
        ground.name,
        ground.database,
        ground.keyring,
        ground.changes,
        ground.audio,
        voices,
        models.detector,
        _attempts(ground.settings),
        ground.settings.archive_after_s,
    )


def _planner(ground: Ground, models: Models) -> SessionPlanner:
    settings = ground.settings
    patience = Patience(
        Waits(hole=timedelta(seconds=settings.hole_wait_s), seal=timedelta(seconds=settings.seal_wait_s)),
        interrupted=timedelta(seconds=settings.interrupted_after_s),
        abandoned=timedelta(seconds=settings.seal_interrupted_after_s),
    )
    return SessionPlanner(
        ground.database,
        ground.keyring,
        ground.changes,
        ground.audio,
        models.detector,
        patience,
        settings.provisional,
        settings.archive_after_s,
    )


def _reconciler(ground: Ground, models: Models, lanes: Lanes, steps: StepRunner, planning: Planners) -> Reconciler:
    return Reconciler(
        ground.database,
        lanes,
        steps.wake,
        planning,
        ground.background.spawn,
        lambda: models.identity(ground.name, ground.host),
        ground.settings.reconcile_every_s,
        ground.settings.interrupted_after_s,
        ground.settings.seal_interrupted_after_s,
    )


def _attempts(settings: Settings) -> Attempts:
    return Attempts(
        lease_s=settings.lease_s,
        heartbeat_s=settings.heartbeat_s,
        most=settings.max_attempts,
        pause_base_s=settings.retry_base_s,
    )


async def work(settings: Settings, stopping: asyncio.Event, recogniser: MakeRecogniser = RecogniserProcess) -> None:
    """Work until ``stopping``; where a better recogniser comes meanwhile, another worker takes this one's place."""
    while not stopping.is_set():
        await _work(await compose(settings, recogniser), stopping)


async def _work(parts: WorkerParts, stopping: asyncio.Event) -> None:
    """To the end of this worker, which hands over: what is under way goes back to the queue at once."""
    ground, models = parts.ground, parts.models
    unable: str | None = None
    try:
        await first_of(stopping.wait(), models.start())
        if not stopping.is_set():
            log.info("%s works", ground.name)
            _begin(parts)
            await first_of(stopping.wait(), models.better())
        log.info("handing over")
    except EngineUnavailable as error:
        unable = error.message
        raise
    finally:
        await ground.background.close()
        await models.aclose()
        await ground.sandbox.aclose()
        await ground.redis.aclose(close_connection_pool=True)
        with suppress(HearkenError):
            async with ground.database.single() as connection:
                if unable is None:
                    await workers.left(connection, ground.name)
                else:
                    await workers.could_not_start(connection, models.identity(ground.name, ground.host), unable)
        await ground.database.close()
    log.info("stopped")


def _begin(parts: WorkerParts) -> None:
    ground, models = parts.ground, parts.models
    forever = ground.background.forever
    for serve in models.recognisers.serving():
        forever("recognising", serve)
    for kinds, count in models.recognisers.lanes():
        parts.lanes.open(kinds, count)
    forever("sending hints", ground.hints.run)
    forever("sending announcements", ground.announcements.run)
    forever("reconciling", parts.reconciler.run)
    if parts.sweeper:
        forever("sweeping", parts.sweeper.run)
    forever("answering questions", parts.answering.run)
    forever("sweeping questions", parts.answering.sweep)
    forever("looking for stale passages", parts.stale_indexings.run)
    forever("taking planning hints", _plan_hints(parts).run)
    forever("taking window hints", _window_hints(parts).run)


def _plan_hints(parts: WorkerParts) -> HintTaker:
    async def plan_session(ctx: dict[Any, Any], *ids: str, **_: str) -> None:
        org_id, session_id = ids
        await parts.planners(UUID(org_id), UUID(session_id))

    return HintTaker(
        parts.ground.settings.redis_url,
        queue=PLAN_QUEUE,
        name=PLAN_JOB,
        job=plan_session,
        at_once=planners.AT_ONCE,
        poll_s=PLAN_POLL_S,
    )


def _window_hints(parts: WorkerParts) -> HintTaker:
    async def recognise_next(ctx: dict[Any, Any], *_ids: str, **_: str) -> None:
        # The hint is kept until a lane is free, and no other is taken meanwhile: those are for other workers.
        await parts.lanes.free()
        parts.lanes.wake(1)

    return HintTaker(
        parts.ground.settings.redis_url,
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
