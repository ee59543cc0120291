"""A node and a worker without their processes, on a real Postgres.

Sessions, Ingest, SessionPlanner, Transcriber and StepRunner are the real ones, with scripts behind their ports.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID, uuid4

from chunk_workers.chunk_audio import ChunkAudio
from chunk_workers.familiar_voices import FamiliarVoices
from chunk_workers.labelling import Labelling
from chunk_workers.lease import Attempts
from chunk_workers.noting import Noting
from chunk_workers.planning import Patience, SessionPlanner
from chunk_workers.session_voices import SessionVoices
from chunk_workers.sliding import Slider, Sliding
from chunk_workers.steps import StepRunner, StepWork
from chunk_workers.timeline import Waits
from chunk_workers.transcribing import Transcriber
from chunk_workers.voiceprinting import Voiceprinting
from session_core import hints as hinting
from session_core.announcement import Announcements
from session_core.archive.object_store import ObjectStore
from session_core.background import Background
from session_core.change import Change, Changes
from session_core.chunk import ChunkLimits
from session_core.envelope import Key
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.principal import Principal
from session_core.step import Step
from session_core.storage.database import Database
from stream_server.commits import Commits
from stream_server.corrections import Corrections
from stream_server.ingest import Ingest
from stream_server.measure import Measures
from stream_server.quota import ChunkQuota
from stream_server.sessions import Sessions
from stream_server.speakers import Speakers
from tests.installation import Installation
from tests.scripted_ports import Loud, ScriptedEmbedder, ScriptedWriter

NEVER = timedelta(days=1)
AT_ONCE = timedelta(0)


class LateChanges(Changes):
    """Before the first change something else happens."""

    def __init__(
        self, database: Database, keyring: Keyring, announcements: Announcements, something: Awaitable[None]
    ) -> None:
        super().__init__(database, keyring, announcements)
        self._something: Awaitable[None] | None = something

    @asynccontextmanager
    async def of(self, org_id: UUID, session_id: UUID) -> AsyncIterator[Change]:
        something, self._something = self._something, None
        if something is not None:
            await something
        async with super().of(org_id, session_id) as change:
            yield change


class Clinic:
    """Everything of a node and a worker but their processes."""

    def __init__(
        self,
        installation: Installation,
        database: Database,
        background: Background,
        principal: Principal,
        slider: Slider | None = None,
    ) -> None:
        """``slider`` tells voices apart in place of the script's voiceprints."""
        self.objects: ObjectStore | None = None
        self.slider = slider
        self._sliding: dict[ChunkAudio, Sliding] = {}
        self.installation = installation
        self.database = database
        self._spawn = background.spawn
        self.principal = principal
        self.keyring = Keyring(database, Key(installation.settings.master_key_bytes))
        redis = hinting.connect(installation.settings.redis_url)
        self.announcements = Announcements(redis)
        self.changes = Changes(database, self.keyring, self.announcements)
        # Nobody sends these hints: the test says itself when to look.
        hints = Hints(redis)
        self.sessions = Sessions(database, self.keyring, self.changes, hints)
        self.corrections = Corrections(self.changes, hints)
        self.speakers = Speakers(database, self.keyring, self.changes)
        limits = ChunkLimits(10_000, 60.0, 1000)
        quota = ChunkQuota(10**9, 10**12, 10**12)
        commits = Commits(database, limits.max_seconds, 8.0, background.spawn)
        self.ingest = Ingest(database, commits, self.keyring, hints, quota, Measures(), limits, 100)

    @classmethod
    @asynccontextmanager
    async def on(
        cls, installation: Installation, *, connections: int = 8, slider: Slider | None = None
    ) -> AsyncIterator[Self]:
        """As it is for ann, until the block ends."""
        user = (await installation.fetch("SELECT org_id, id FROM users WHERE email = $1", installation.ann.email))[0]
        principal = Principal(user["org_id"], user["id"], uuid4(), datetime.now(UTC) + NEVER)
        database = await Database.connect(installation.settings.database_url, connections=connections, timeout_s=60)
        background = Background()
        yield cls(installation, database, background, principal, slider)
        await background.close()
        await database.close()

    def planner(self, audio: ChunkAudio, wait: timedelta, changes: Changes | None = None) -> SessionPlanner:
        patience = Patience(Waits(hole=wait, seal=wait), NEVER, NEVER)
        return SessionPlanner(
            self.database,
            self.keyring,
            changes or self.changes,
            audio,
            Loud(),
            patience,
            provisional=True,
            archive_after_s=0.0,
        )

    def transcriber(self, audio: ChunkAudio, *, lease_s: float = 3600, most: int = 1000) -> Transcriber:
        attempts = Attempts(lease_s=lease_s, heartbeat_s=3600, most=most, pause_base_s=0.0)
        voices = self.voices(audio)
        return Transcriber("worker", self.database, self.keyring, self.changes, audio, voices, Loud(), attempts, 0.0)

    def voices(self, audio: ChunkAudio) -> SessionVoices:
        """One for each worker, which ``audio`` stands for."""
        if self.slider is not None:
            return self._sliding.setdefault(audio, Sliding(self.database, audio, self.slider, self._spawn))
        return Voiceprinting(self.database, audio, ScriptedEmbedder())

    def works(self, audio: ChunkAudio) -> dict[Step, StepWork]:
        return {
            Step.LABEL: Labelling(
                self.database, self.keyring, self.voices(audio), FamiliarVoices(self.database, self.keyring)
            ),
            Step.NOTE: Noting(self.database, self.keyring, self.changes, ScriptedWriter()),
        }

    def steps(
        self, works: Mapping[Step, StepWork], *, lease_s: float = 3600, most: int = 1000, tell_every_s: float = 3600
    ) -> StepRunner:
        """One that does a step when it is told to, and none by itself."""
        attempts = Attempts(lease_s=lease_s, heartbeat_s=3600, most=most, pause_base_s=0.0)
        at_once = {step: (work, 0) for step, work in works.items()}
        return StepRunner(
            "worker", self.database, self.changes, at_once, attempts, 0.0, self._spawn, tell_every_s=tell_every_s
        )
