"""A node and a worker without their processes, on a real Postgres, and sessions that are played on them step by step.

Sessions, Ingest, SessionPlanner, Transcriber and StepRunner are the real ones. What decodes, what finds speech, what
recognises, what tells voices apart and what writes are scripts behind their ports, pure functions of the samples, so
that a whole session costs milliseconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from chunk_workers.chunk_audio import MOST_BYTES, ChunkAudio, Samples
from chunk_workers.familiar_voices import FamiliarVoices
from chunk_workers.labelling import Labelling
from chunk_workers.lease import Attempts
from chunk_workers.noting import Desk, Noting, Written
from chunk_workers.planning import Patience, SessionPlanner
from chunk_workers.recognition import UNDETERMINED, Recognition
from chunk_workers.session_voices import SessionVoices
from chunk_workers.sliding import Slider, Sliding
from chunk_workers.speakers.embedding import Span, Voiceprint, pack
from chunk_workers.steps import StepRunner, StepWork
from chunk_workers.timeline import Waits
from chunk_workers.transcribing import Transcriber
from chunk_workers.voice import RATE, VoiceTrack, frames_of
from chunk_workers.voiceprinting import Voiceprinting
from session_core import hints as hinting
from session_core.announcement import Announcements
from session_core.archive.audio_store import AudioStore
from session_core.archive.object_store import ObjectStore
from session_core.background import Background
from session_core.change import Change, Changes
from session_core.chunk import Chunk, ChunkLimits
from session_core.decoding.decoded_chunks import DecodedChunks
from session_core.decoding.sandbox import DecodeCrashed, DecodeSandbox
from session_core.envelope import Key
from session_core.errors import Internal
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.line import Line
from session_core.messages.session import SessionStart
from session_core.note import Note, Section, Statement
from session_core.note_template import NoteTemplate
from session_core.principal import Principal
from session_core.segment import Word
from session_core.speaker import SpeakerLabel
from session_core.step import Step
from session_core.storage import events
from session_core.storage.database import Database
from stream_server.commits import Commits
from stream_server.corrections import Corrections
from stream_server.ingest import Ingest
from stream_server.measure import Measures
from stream_server.quota import ChunkQuota
from stream_server.sessions import Sessions
from stream_server.speakers import Speakers
from tests.installation import Installation

CHUNK_SECONDS = 6.0
NEVER = timedelta(days=1)
AT_ONCE = timedelta(0)
SPEECH = 4_000
"""Least amplitude that the scripted detector takes for speech."""

Happening = tuple[str, int]
"""What happens next: its name and, for a delivery, the chunk, for an edit, which segment of those that are there."""


class ScriptedSandbox(DecodeSandbox):
    """Decodes the files that it was told of."""

    def __init__(self, decoded: dict[bytes, Samples | type[Exception]]) -> None:
        super().__init__()
        self._decoded = decoded

    async def decode(self, data: bytes, media_type: str, expected_samples: int) -> bytearray:
        found = self._decoded[data]
        if isinstance(found, type):
            raise found("as the script says")
        return bytearray(found.tobytes())


class Loud:
    """Speech is what is loud."""

    name = "loud"

    def detect(self, pcm: Samples) -> VoiceTrack:
        loudest = np.abs(frames_of(pcm) * 32768).max(axis=1, initial=0)
        return VoiceTrack(
            np.where(loudest >= SPEECH, 255, 0).astype(np.uint8).tobytes(),
            np.clip(loudest // 128, 0, 255).astype(np.uint8).tobytes(),
        )


def heard(pcm: Samples) -> tuple[Word, ...]:
    """A word for each run of equal loud samples; one that an edge of the window cuts is misheard, as in life."""
    edges = [0, *(np.flatnonzero(np.diff(pcm)) + 1).tolist(), len(pcm)]
    words = []
    for start, end in pairwise(edges):
        if end > start and pcm[start] >= SPEECH:
            cut = start == 0 or end == len(pcm)
            text = f"{'half' if cut else 'word'}{pcm[start]}"
            words.append(Word(text, start * 1000 // RATE, end * 1000 // RATE, 0.5))
    return tuple(words)


@dataclass
class ScriptedLane:
    """A recogniser during whose work something else may happen, and which may fail."""

    meanwhile: Callable[[], Awaitable[None]] | None = None
    fails: bool = False
    engine_name: str = "script"

    async def recognise(self, pcm: Samples, language: str | None, timeout_s: float) -> Recognition:
        assert 0 < len(pcm) <= 28 * RATE
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.fails:
            raise Internal("as the script says")
        words = heard(pcm)
        return Recognition(words, "en" if words else UNDETERMINED, 0.0)


VOICES, WORDS_AT_ONCE = 3, 8
"""The scripted speakers, and how many words one says before the next has the floor."""


def voice_of(amplitude: int) -> NDArray[np.float32]:
    return np.asarray(np.eye(VOICES, dtype=np.float32)[amplitude // WORDS_AT_ONCE % VOICES])


class ScriptedEmbedder:
    """A piece of a word sounds like the whole."""

    async def name(self) -> str:
        return "script"

    async def voiceprints(self, pcm: Samples, speech: Sequence[Span], timeout_s: float) -> bytes:
        edges = [0, *(np.flatnonzero(np.diff(pcm)) + 1).tolist(), len(pcm)]
        return pack(
            [
                Voiceprint(start * 1000 // RATE, end * 1000 // RATE, voice_of(int(pcm[start])))
                for start, end in pairwise(edges)
                if end > start and pcm[start] >= SPEECH
            ]
        )


class ScriptedWriter:
    """A statement for each line."""

    async def name(self) -> str:
        return "script"

    async def write(self, lines: Sequence[Line], template: NoteTemplate, language: str | None, desk: Desk) -> Written:
        said = tuple(Statement(id=f"{at}", text=line.text, segment_ids=(line.id,)) for at, line in enumerate(lines))
        first = template.sections[0]
        section = Section(key=first.key, title=first.title, statements=said)
        return Written(
            Note(template=template.id, template_version=1, sections=(section,), writer="script", language=language)
        )


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


@dataclass(frozen=True)
class Piece:
    """One chunk as it is sent."""

    seq: int
    first_sample: int
    sample_count: int
    data: bytes


@dataclass(frozen=True)
class Recording:
    """``decoded`` is what the decoder makes of each file."""

    rate: int
    pieces: tuple[Piece, ...]
    decoded: dict[bytes, Samples | type[Exception]] = field(repr=False)


class Clinic:
    """Everything of a node and a worker but their processes."""

    def __init__(
        self,
        installation: Installation,
        database: Database,
        background: Background,
        principal: Principal,
        objects: ObjectStore | None = None,
        slider: Slider | None = None,
    ) -> None:
        """``slider`` tells voices apart in place of the script's voiceprints."""
        self.objects = objects
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
        return Transcriber("worker", self.database, self.keyring, self.changes, audio, voices, attempts, 60, 0.0)

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


class Play:
    """One session, step by step."""

    def __init__(self, clinic: Clinic, recording: Recording) -> None:
        self.clinic = clinic
        self.recording = recording
        audio = ChunkAudio(DecodedChunks(ScriptedSandbox(recording.decoded), AudioStore(clinic.objects), MOST_BYTES))
        self._audio = audio
        self._patient = clinic.planner(audio, NEVER)
        self._hasty = clinic.planner(audio, AT_ONCE)
        self._transcriber = clinic.transcriber(audio)
        self._frozen = clinic.transcriber(audio, lease_s=0)
        self._unlucky = clinic.transcriber(audio, most=1)
        self.works = clinic.works(audio)
        self.steps = clinic.steps(self.works)
        self.session = UUID(int=0)
        self.written: dict[str, dict[str, Any]] = {}
        self.labels: dict[str, SpeakerLabel] = {}
        self._steps: dict[str, Callable[[], Awaitable[None]]] = {
            "stop": self.stop,
            "retry": self.retry,
            "patient": lambda: self.plan(self._patient),
            "hasty": self.plan_hastily,
            "hear one": self.hear_one,
            "hear all": self.hear_all,
            "hear and plan": lambda: self._hear_with(self._transcriber, ScriptedLane(meanwhile=self.plan_hastily)),
            # A worker that freezes past its lease: another takes the window, then the first one wakes up.
            "stale": lambda: self._hear_with(self._frozen, ScriptedLane(meanwhile=self.hear_one)),
            "steps": self.do_steps,
            "failing": lambda: self._hear_with(self._unlucky, ScriptedLane(fails=True)),
        }

    async def start(self) -> None:
        wanted = SessionStart(
            client_ref=str(uuid4()),
            media_type="audio/wav",
            sample_rate=self.recording.rate,
            chunk_seconds=CHUNK_SECONDS,
        )
        self.session = (await self.clinic.sessions.start(self.clinic.principal, wanted)).session_id

    async def do(self, happening: Happening) -> None:
        name, seq = happening
        if name == "send":
            await self.send(seq)
        elif name in ("correct", "remove", "take back", "label"):
            await self.edit(name, seq)
        else:
            await self._steps[name]()

    async def stop(self) -> None:
        await self.clinic.sessions.stop(self.clinic.principal, self.session, len(self.recording.pieces) - 1)

    async def retry(self) -> None:
        await self.clinic.sessions.retry(self.clinic.principal, self.session)

    async def send(self, seq: int) -> None:
        piece = self.recording.pieces[seq]
        digest = hashlib.sha256(piece.data).digest()
        chunk = Chunk(self.session, seq, piece.first_sample, piece.sample_count, digest, "audio/wav")
        await self.clinic.ingest.store(self.clinic.principal, chunk, piece.data)

    async def edit(self, name: str, which: int) -> None:
        """A person does something to a segment; what they have seen of those they corrected before counts too."""
        listed = [segment["id"] for segment in (await self.transcript())["segments"]]
        listed += [segment_id for segment_id in self.written if segment_id not in listed]
        if not listed:
            return
        segment_id = listed[which % len(listed)]
        if name == "label":
            edited = await self.change(segment_id, {"speaker": f"S{which % 3}"})
            self.labels.pop(segment_id, None)
            self.labels[segment_id] = SpeakerLabel(edited["start_ms"], edited["end_ms"], edited["speaker"])
        elif name == "take back":
            await self.change(segment_id, {"text": None})
            self.written.pop(segment_id, None)
        else:
            edited = await self.change(segment_id, {"text": f"a person's {which} words" if name == "correct" else ""})
            self.written[segment_id] = edited

    async def change(self, segment_id: str, wanted: dict[str, str | None]) -> dict[str, Any]:
        edited = await self.clinic.corrections.edit(self.clinic.principal, self.session, UUID(segment_id), wanted)
        return edited.model_dump(mode="json")

    async def plan(self, planner: SessionPlanner) -> None:
        """As the reconciler does: a file that kills its decoder is looked at again."""
        while True:
            try:
                await planner.plan(self.clinic.principal.org_id, self.session)
                return
            except DecodeCrashed:
                continue

    async def plan_around(self, something: Awaitable[None]) -> None:
        """Something happens after the planner has decoded what there was and before it plans."""
        changes = LateChanges(self.clinic.database, self.clinic.keyring, self.clinic.announcements, something)
        await self.plan(self.clinic.planner(self._audio, AT_ONCE, changes))

    async def plan_hastily(self) -> None:
        await self.plan(self._hasty)

    async def hear_one(self) -> None:
        await self._hear_with(self._transcriber, ScriptedLane())

    async def _hear_with(self, transcriber: Transcriber, lane: ScriptedLane) -> None:
        await transcriber.transcribe_next(lane)

    async def hear_all(self) -> None:
        while await self._transcriber.transcribe_next(ScriptedLane()):
            pass

    async def do_steps(self) -> None:
        """Every step that is due, and those that follow."""
        while any([await self.steps.do_next(step) for step in self.works]):
            pass

    async def settle(self) -> dict[str, Any]:
        """Let everything be planned, heard and done that is there; what the session's transcript is then."""
        await self.plan_hastily()
        await self.hear_all()
        assert await self.failed() <= {
            event["data"]["window_id"] for event in await self.log() if event["type"] == "window.failed"
        }
        await self.retry()
        await self.plan_hastily()
        await self.hear_all()
        await self.do_steps()
        return await self.transcript()

    async def transcript(self) -> dict[str, Any]:
        view = await self.clinic.sessions.transcript(self.clinic.principal, self.session)
        return view.model_dump(mode="json")

    async def failed(self) -> set[str]:
        rows = await self.clinic.installation.fetch(
            "SELECT id FROM windows WHERE session_id = $1 AND planned AND kind = 'final' AND state = 'failed'",
            self.session,
        )
        return {str(row["id"]) for row in rows}

    async def log(self) -> list[dict[str, Any]]:
        key = await self.clinic.keyring.session(self.clinic.principal.org_id, self.session)
        async with self.clinic.database.organisation(self.clinic.principal.org_id) as connection:
            found = await events.after(connection, self.session, key, 0, 100_000)
        return [event.to_wire() for event in found]


def content(transcript: dict[str, Any]) -> list[dict[str, Any]]:
    """Its segments without what tells sessions and repetitions apart."""
    return [
        {name: value for name, value in segment.items() if name not in ("id", "generation")}
        for segment in transcript["segments"]
    ]


def shown(log: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a viewer shows at the end of the log: final and edited segments by id, none that was withdrawn."""
    types = ("segment.final", "segment.edited")
    segments = {event["data"]["id"]: event["data"] for event in log if event["type"] in types}
    kept = [segment for segment in segments.values() if segment["text"]]
    return sorted(kept, key=lambda segment: (segment["start_ms"], segment["id"]))


def newest(log: Sequence[dict[str, Any]], type_: str) -> dict[str, Any] | None:
    return next((event["data"] for event in reversed(log) if event["type"] == type_), None)
