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

from chunk_workers.chunk_audio import MOST_BYTES, ChunkAudio
from chunk_workers.engines.choice import EngineSettings
from chunk_workers.hint_taker import HintTaker
from chunk_workers.lanes import Lanes
from chunk_workers.planning import Patience, SessionPlanner
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.reconcile import Identity, Reconciler
from chunk_workers.timeline import Waits
from chunk_workers.transcribing import Attempts, Transcriber
from chunk_workers.voice import VoiceDetector
from session_core import hints as hinting
from session_core.announcement import Announcements
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
from session_core.storage import workers
from session_core.storage.database import Database

log = logging.getLogger(__name__)

PLAN_POLL_S = 0.05
RECOGNISE_POLL_S = 0.25
"""arq looks for hints this often. The way from a plan to this worker's own recognisers needs none."""

PLANNERS = 4

NICENESS, TAIL_NICENESS = 10, 19
"""Recognition lets everything else go first, and provisional words let final ones go first."""


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """A composed worker, ready to be run."""

    name: str
    database: Database
    redis: ArqRedis
    sandbox: DecodeSandbox
    recognisers: tuple[RecogniserProcess, ...]
    planning: Planning
    lanes: Lanes
    hints: Hints
    announcements: Announcements
    reconciler: Reconciler
    background: Background


class Planning:
    """Plans a session, then sees that its new windows find a recogniser: here, or by a hint elsewhere."""

    def __init__(self, planner: SessionPlanner, lanes: Lanes, hints: Hints) -> None:
        self._planner = planner
        self._lanes = lanes
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
            taken = self._lanes.wake(len(planned.closed))
            for window_id in planned.closed[taken:]:
                self._hints.recognise(window_id, 0)
            if session_id not in self._again:
                return


async def compose(settings: Settings) -> WorkerParts:
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
    audio = ChunkAudio(DecodedChunks(sandbox, MOST_BYTES))
    count = _recogniser_count(settings)
    niceness = [TAIL_NICENESS if number == 0 and count > 1 else NICENESS for number in range(count)]
    recognisers = tuple(RecogniserProcess(_engine(settings, nice)) for nice in niceness)
    transcriber = Transcriber(name, database, keyring, changes, audio, _attempts(settings))
    lanes = Lanes(recognisers, transcriber, background.spawn)
    patience = Patience(
        Waits(hole=timedelta(seconds=settings.hole_wait_s), seal=timedelta(seconds=settings.seal_wait_s)),
        interrupted=timedelta(seconds=settings.interrupted_after_s),
        abandoned=timedelta(seconds=settings.seal_interrupted_after_s),
    )
    planner = SessionPlanner(database, keyring, changes, audio, _detector(settings), patience, settings.provisional)
    planning = Planning(planner, lanes, hints)
    reconciler = Reconciler(
        database,
        lanes,
        planning,
        background.spawn,
        lambda: _identity(name, recognisers),
        settings.reconcile_every_s,
        settings.interrupted_after_s,
        settings.seal_interrupted_after_s,
    )
    return WorkerParts(
        name, database, redis, sandbox, recognisers, planning, lanes, hints, announcements, reconciler, background
    )


def _engine(settings: Settings, niceness: int) -> EngineSettings:
    return EngineSettings(
        engine=settings.engine,
        whisper_model=settings.whisper_model,
        allow_download=settings.allow_download,
        device=settings.device,
        compute_type=settings.compute_type,
        niceness=niceness,
    )


def _recogniser_count(settings: Settings) -> int:
    """As set, or one for each processor's closed windows and one for provisional words."""
    return settings.recognisers or (os.cpu_count() or 1) + 1


def _attempts(settings: Settings) -> Attempts:
    return Attempts(
        lease_s=settings.lease_s,
        heartbeat_s=settings.heartbeat_s,
        most=settings.max_attempts,
        pause_base_s=settings.retry_base_s,
        timeout_s=settings.recognise_timeout_s,
    )


def _detector(settings: Settings) -> VoiceDetector:
    # Each brings a library of its own that only its user should load.
    if settings.voice_detector == "webrtcvad":
        from chunk_workers.voices.webrtc import WebRtcDetector

        return WebRtcDetector()
    from chunk_workers.voices.silero import SileroDetector

    return SileroDetector()


def _identity(name: str, recognisers: tuple[RecogniserProcess, ...]) -> Identity:
    first = recognisers[0]
    return Identity(name, first.engine_name or "starting", first.notice or "the recogniser is being loaded")


async def work(settings: Settings, stopping: asyncio.Event) -> None:
    """Work until ``stopping``, then hand over: what is under way goes back to the queue at once."""
    parts = await compose(settings)
    try:
        await asyncio.gather(*(recogniser.start() for recogniser in parts.recognisers))
        log.info("%s: %s", parts.name, parts.recognisers[0].notice)
        background = parts.background
        background.forever("sending hints", parts.hints.run)
        background.forever("sending announcements", parts.announcements.run)
        background.forever("reconciling", parts.reconciler.run)
        background.forever("taking planning hints", _plan_hints(settings, parts).run)
        background.forever("taking window hints", _window_hints(settings, parts).run)
        await stopping.wait()
        log.info("handing over")
    finally:
        await parts.background.close()
        await asyncio.gather(*(recogniser.aclose() for recogniser in parts.recognisers))
        await parts.sandbox.aclose()
        await parts.redis.aclose(close_connection_pool=True)
        with suppress(HearkenError):
            async with parts.database.single() as connection:
                await workers.left(connection, parts.name)
        await parts.database.close()
    log.info("stopped")


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


def run(settings: Settings) -> None:
    """The whole life of a worker process; SIGTERM and SIGINT make it hand over."""
    configure(settings.log_level)
    try:
        run_until_stopped(lambda stopping: work(settings, stopping))
    except EngineUnavailable as error:
        log.error("%s", error.message)
        raise SystemExit(1) from None
