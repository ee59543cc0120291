"""Planning and recognising on a real Postgres: whatever order a session arrives in, it ends as the same transcript.

Sessions, Ingest, SessionPlanner and Transcriber are the real ones. What decodes, what finds speech and what
recognises are scripts behind their ports, pure functions of the samples, so that a whole session costs milliseconds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunk_workers.chunk_audio import ChunkAudio, Samples
from chunk_workers.planning import Patience, SessionPlanner
from chunk_workers.recognition import UNDETERMINED, Recognition
from chunk_workers.sandbox import DecodeCrashed, DecodeSandbox
from chunk_workers.timeline import Waits, to_16k
from chunk_workers.transcribing import Attempts, Transcriber
from chunk_workers.voice import FRAME, RATE, VoiceTrack, frames_of
from session_core import hints as hinting
from session_core.announcement import Announcements
from session_core.background import Background
from session_core.change import Change, Changes
from session_core.chunk import Chunk, ChunkLimits
from session_core.envelope import Key
from session_core.errors import BadMedia, Internal
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.messages import SessionStart
from session_core.principal import Principal
from session_core.segment import Word
from session_core.storage import events
from session_core.storage.database import Database
from stream_server.commits import Commits
from stream_server.ingest import Ingest
from stream_server.measure import Measures
from stream_server.quota import ChunkQuota
from stream_server.sessions import Sessions
from tests.checker import log_final_writes
from tests.installation import Installation, own_installation

CHUNK_SECONDS = 6.0
NEVER = timedelta(days=1)
AT_ONCE = timedelta(0)
SPEECH = 4_000
"""Least amplitude that the scripted detector takes for speech."""


class ScriptedSandbox(DecodeSandbox):
    """Decodes the files that it was told of."""

    def __init__(self, decoded: dict[bytes, Samples | type[Exception]]) -> None:
        super().__init__()
        self._decoded = decoded

    async def decode(self, data: bytes, media_type: str, expected_samples: int) -> Samples:
        found = self._decoded[data]
        if isinstance(found, type):
            raise found("as the script says")
        return found


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
    rate: int
    pieces: tuple[Piece, ...]
    decoded: dict[bytes, Samples | type[Exception]] = field(repr=False)


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Up to a minute and a half of turns and pauses, in uneven chunks, with pauses of the recorder, a file that
    cannot be decoded and one that is cut off."""
    rate = draw(st.sampled_from([16_000, 44_100]))
    turns = draw(
        st.lists(
            st.tuples(st.sampled_from([2, 40, 150, 400, 1000]), st.sampled_from([4, 8, 20, 60, 150])),
            min_size=1,
            max_size=8,
        )
    )
    symbols: list[int] = []
    number = 0
    for spoken, silent in turns:
        for at in range(0, spoken, 13):
            number += 1
            symbols += [SPEECH + number] * min(13, spoken - at)
        symbols += [0] * silent
    pcm = np.repeat(np.array(symbols[: 90 * RATE // FRAME], dtype=np.int16), FRAME)

    pieces: list[Piece] = []
    decoded: dict[bytes, Samples | type[Exception]] = {}
    at = first = 0
    while at < len(pcm):
        count = draw(st.sampled_from([1, 2, 6, 6, 6, 11])) * rate - draw(st.sampled_from([0, 0, 1, 77]))
        start, end = to_16k(first, rate), to_16k(first + count, rate)
        samples = np.zeros(end - start, dtype=np.int16)
        taken = pcm[at : at + len(samples)]
        samples[: len(taken)] = taken
        # What the recorder calls a file, and content of which two files are never equal.
        data = b"RIFF____WAVE" + hashlib.sha256(b"%d" % len(pieces) + samples.tobytes()).digest()
        kind = draw(st.sampled_from(["whole"] * 12 + ["cut off", "undecodable", "deadly"]))
        if kind == "cut off":
            decoded[data] = samples[: len(samples) // 3]
        else:
            decoded[data] = {"whole": samples, "undecodable": BadMedia, "deadly": DecodeCrashed}[kind]  # type: ignore[assignment]
        pieces.append(Piece(len(pieces), first, count, data))
        at += len(samples)
        first += count + draw(st.sampled_from([0] * 8 + [rate // 10, 5 * rate]))
    return Recording(rate, tuple(pieces), decoded)


Step = tuple[str, int]
"""What happens next: its name and, for a delivery, the chunk."""


@st.composite
def deliveries(draw: st.DrawFn, pieces: int) -> tuple[list[Step], frozenset[int]]:
    """Chunks in any order, some twice and some never, with planning, recognition and Stop anywhere among them."""
    lost = draw(st.frozensets(st.integers(0, pieces - 1), max_size=1))
    sent = [seq for seq in draw(st.permutations(range(pieces))) if seq not in lost]
    if draw(st.booleans()):
        sent.sort(key=lambda seq: seq // 3)
    steps: list[Step] = []
    names = st.sampled_from(["patient", "hasty", "hasty", "hear one", "hear all", "hear and plan", "stale", "failing"])
    for seq in sent:
        steps += [("send", seq)] * draw(st.sampled_from([1, 1, 1, 2]))
        steps += [(name, 0) for name in draw(st.lists(names, max_size=3))]
    steps.insert(draw(st.integers(0, len(steps))), ("stop", 0))
    return steps, lost


class Clinic:
    """Everything of a node and a worker but their processes."""

    def __init__(
        self, installation: Installation, database: Database, background: Background, principal: Principal
    ) -> None:
        self.installation = installation
        self.database = database
        self.principal = principal
        self.keyring = Keyring(database, Key(installation.settings.master_key_bytes))
        redis = hinting.connect(installation.settings.redis_url)
        self.announcements = Announcements(redis)
        self.changes = Changes(database, self.keyring, self.announcements)
        # Nobody sends these hints: the test says itself when to look.
        hints = Hints(redis)
        self.sessions = Sessions(database, self.keyring, self.changes, hints)
        limits = ChunkLimits(10_000, 60.0, 1000)
        quota = ChunkQuota(10**9, 10**12, 10**12)
        commits = Commits(database, limits.max_seconds, 8.0, background.spawn)
        self.ingest = Ingest(database, commits, self.keyring, hints, quota, Measures(), limits, 100)

    def planner(self, audio: ChunkAudio, wait: timedelta, changes: Changes | None = None) -> SessionPlanner:
        patience = Patience(Waits(hole=wait, seal=wait), NEVER, NEVER)
        return SessionPlanner(
            self.database, self.keyring, changes or self.changes, audio, Loud(), patience, provisional=True
        )

    def transcriber(self, audio: ChunkAudio, *, lease_s: float = 3600, most: int = 1000) -> Transcriber:
        attempts = Attempts(lease_s=lease_s, heartbeat_s=3600, most=most, pause_base_s=0.0, timeout_s=60)
        return Transcriber("worker", self.database, self.keyring, self.changes, audio, attempts)


class Play:
    """One session, step by step."""

    def __init__(self, clinic: Clinic, recording: Recording) -> None:
        self.clinic = clinic
        self.recording = recording
        audio = ChunkAudio(ScriptedSandbox(recording.decoded))
        self._audio = audio
        self._patient = clinic.planner(audio, NEVER)
        self._hasty = clinic.planner(audio, AT_ONCE)
        self._transcriber = clinic.transcriber(audio)
        self._frozen = clinic.transcriber(audio, lease_s=0)
        self._unlucky = clinic.transcriber(audio, most=1)
        self.session = UUID(int=0)

    async def start(self) -> None:
        wanted = SessionStart(
            client_ref=str(uuid4()),
            media_type="audio/wav",
            sample_rate=self.recording.rate,
            chunk_seconds=CHUNK_SECONDS,
        )
        self.session = (await self.clinic.sessions.start(self.clinic.principal, wanted)).session_id

    async def do(self, step: Step) -> None:
        name, seq = step
        match name:
            case "send":
                await self.send(seq)
            case "stop":
                await self.stop()
            case "patient":
                await self.plan(self._patient)
            case "hasty":
                await self.plan(self._hasty)
            case "hear one":
                await self.hear_one()
            case "hear all":
                await self.hear_all()
            case "hear and plan":
                await self._transcriber.transcribe_next(ScriptedLane(meanwhile=self.plan_hastily))
            case "stale":
                # A worker that freezes past its lease: another takes the window, then the first one wakes up.
                await self._frozen.transcribe_next(ScriptedLane(meanwhile=self.hear_one))
            case "failing":
                await self._unlucky.transcribe_next(ScriptedLane(fails=True))

    async def stop(self) -> None:
        await self.clinic.sessions.stop(self.clinic.principal, self.session, len(self.recording.pieces) - 1)

    async def send(self, seq: int) -> None:
        piece = self.recording.pieces[seq]
        digest = hashlib.sha256(piece.data).digest()
        chunk = Chunk(self.session, seq, piece.first_sample, piece.sample_count, digest, "audio/wav")
        await self.clinic.ingest.store(self.clinic.principal, chunk, piece.data)

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
        await self._transcriber.transcribe_next(ScriptedLane())

    async def hear_all(self) -> None:
        while await self._transcriber.transcribe_next(ScriptedLane()):
            pass

    async def settle(self) -> dict[str, Any]:
        """Let everything be planned and heard that is there; what the session's transcript is then."""
        await self.plan_hastily()
        await self.hear_all()
        assert await self.failed() <= {
            event["data"]["window_id"] for event in await self.log() if event["type"] == "window.failed"
        }
        await self.clinic.sessions.retry(self.clinic.principal, self.session)
        await self.plan_hastily()
        await self.hear_all()
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
    """What a viewer shows at the end of the log: final segments by id, none that was withdrawn."""
    segments = {event["data"]["id"]: event["data"] for event in log if event["type"] == "segment.final"}
    kept = [segment for segment in segments.values() if segment["text"]]
    return sorted(kept, key=lambda segment: (segment["start_ms"], segment["id"]))


def newest(log: Sequence[dict[str, Any]], type_: str) -> dict[str, Any] | None:
    return next((event["data"] for event in reversed(log) if event["type"] == type_), None)


@pytest.fixture(scope="module")
async def clinic(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with own_installation(tmp_path_factory.mktemp("planning")) as installation:
        await log_final_writes(installation)
        user = (await installation.fetch("SELECT org_id, id FROM users ORDER BY email"))[0]
        principal = Principal(user["org_id"], user["id"], uuid4(), datetime.now(UTC) + NEVER)
        database = await Database.connect(installation.settings.database_url, connections=2, timeout_s=20)
        background = Background()
        yield Clinic(installation, database, background, principal)
        await background.close()
        await database.close()


async def in_order(clinic: Clinic, recording: Recording, lost: frozenset[int]) -> dict[str, Any]:
    play = Play(clinic, recording)
    await play.start()
    for piece in recording.pieces:
        if piece.seq not in lost:
            await play.send(piece.seq)
    await play.stop()
    return await play.settle()


@settings(max_examples=30)
@given(data=st.data())
async def test_any_delivery_with_anything_in_between_ends_as_the_same_transcript(
    clinic: Clinic, data: st.DataObject
) -> None:
    recording = data.draw(recordings())
    steps, lost = data.draw(deliveries(len(recording.pieces)))
    play = Play(clinic, recording)
    await play.start()
    for step in steps:
        await play.do(step)
    transcript, straight = await play.settle(), await in_order(clinic, recording, lost)
    assert content(transcript) == content(straight)
    assert transcript["coverage"] == straight["coverage"]
    assert transcript["state"] == straight["state"] == "ready"

    log = await play.log()
    assert [event["version"] for event in log] == list(range(1, transcript["head"] + 1))
    assert shown(log) == transcript["segments"]
    assert newest(log, "coverage") == transcript["coverage"]
    assert (newest(log, "segment.provisional") or {"text": ""})["text"] == ""

    written = await clinic.installation.fetch("SELECT window_id FROM final_writes WHERE session_id = $1", play.session)
    assert all(count == 1 for count in Counter(row["window_id"] for row in written).values())
    told = [event["data"]["seq"] for event in log if event["type"] == "quality.warning"]
    broken = [
        piece.seq
        for piece in recording.pieces
        if piece.seq not in lost and isinstance(recording.decoded[piece.data], type)
    ]
    assert sorted(told) == broken


def spoken(seconds: int) -> Recording:
    """One chunk of one turn without a pause."""
    pcm = np.repeat(SPEECH + np.arange(seconds * 2, dtype=np.int16), RATE // 2)
    return Recording(RATE, (Piece(0, 0, len(pcm), b"RIFF____WAVE"),), {b"RIFF____WAVE": pcm})


async def test_a_tail_that_failed_is_tried_anew_when_it_is_closed(clinic: Clinic) -> None:
    play = Play(clinic, spoken(5))
    await play.start()
    for step in ("send", "hasty", "failing", "stop", "hasty", "hear all"):
        await play.do((step, 0))
    assert await play.failed() == set()
    transcript = await play.settle()
    assert len(transcript["segments"]) == 1


async def test_what_failed_in_a_closed_window_is_told_and_heard_after_a_retry(clinic: Clinic) -> None:
    play = Play(clinic, spoken(5))
    await play.start()
    for step in ("send", "stop", "hasty", "failing"):
        await play.do((step, 0))
    (failed,) = await play.failed()
    told = newest(await play.log(), "window.failed")
    assert told is not None
    assert (told["window_id"], told["code"]) == (failed, "internal")
    assert newest(await play.log(), "session.state") == {"state": "ready"}
    assert len((await play.settle())["segments"]) == 1


async def test_planning_that_meets_a_late_chunk_before_it_is_decoded_does_not_forget_where_the_end_was(
    clinic: Clinic,
) -> None:
    """A chunk comes after the session was sealed without it, between the decoding and the planning of another run."""
    first, second = spoken(5), spoken(4)
    data = b"RIFF____WAVE2"
    # So short a gap is no hole: what is behind it belongs to the window before it.
    piece = replace(second.pieces[0], seq=1, first_sample=5 * RATE + RATE // 10, data=data)
    audio = first.decoded | {data: second.decoded[second.pieces[0].data]}
    recording = Recording(RATE, (*first.pieces, piece), audio)
    play = Play(clinic, recording)
    await play.start()
    for step in (("send", 0), ("stop", 0), ("hasty", 0), ("hear all", 0)):
        await play.do(step)
    await play.plan_around(play.send(1))
    assert content(await play.settle()) == content(await in_order(clinic, recording, frozenset()))
