"""Sessions that are played on a scripted clinic, step by step."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from chunk_workers.chunk_audio import MOST_BYTES, ChunkAudio
from chunk_workers.planning import SessionPlanner
from chunk_workers.transcribing import Transcriber
from session_core.archive.audio_store import AudioStore
from session_core.chunk import Chunk
from session_core.decoding.decoded_chunks import DecodedChunks
from session_core.decoding.sandbox import DecodeCrashed
from session_core.messages.session import SessionStart
from session_core.speaker import SpeakerLabel
from session_core.storage import events
from tests.scripted_clinic import AT_ONCE, NEVER, Clinic, LateChanges
from tests.scripted_ports import ScriptedLane, ScriptedSandbox
from tests.scripted_recording import CHUNK_SECONDS, SPELT, Recording

Happening = tuple[str, int]
"""What happens next: its name and, for a delivery, the chunk, for an edit, which segment of those that are there, for
what is spoken, which language."""


class Play:
    """One session, step by step."""

    def __init__(self, clinic: Clinic, recording: Recording, language: str | None = None) -> None:
        """``language``: what the recorder says is spoken."""
        self.clinic = clinic
        self.recording = recording
        self.language = language
        audio = ChunkAudio(DecodedChunks(ScriptedSandbox(recording.decoded), AudioStore(clinic.objects), MOST_BYTES))
        self._audio = audio
        self._patient = clinic.planner(audio, NEVER)
        self._hasty = clinic.planner(audio, AT_ONCE)
        self.transcriber = clinic.transcriber(audio)
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
            "hear and speak": lambda: self.hear_while(lambda: self.speak("de")),
            "hear and plan": lambda: self._hear_with(self.transcriber, ScriptedLane(meanwhile=self.plan_hastily)),
            # A worker that freezes past its lease: another takes the window, then the first one wakes up.
            "stale": lambda: self._hear_with(self._frozen, ScriptedLane(meanwhile=self.hear_one)),
            "steps": self.do_steps,
            "failing": lambda: self._hear_with(self._unlucky, ScriptedLane(fails=True)),
        }

    async def start(self, patient_id: str | None = None) -> None:
        wanted = SessionStart(
            client_ref=str(uuid4()),
            patient_id=patient_id,
            media_type="audio/wav",
            sample_rate=self.recording.rate,
            chunk_seconds=CHUNK_SECONDS,
            language=self.language,
        )
        self.session = (await self.clinic.sessions.start(self.clinic.principal, wanted)).session_id

    async def do(self, happening: Happening) -> None:
        name, seq = happening
        if name == "send":
            await self.send(seq)
        elif name == "speak":
            await self.speak(sorted(SPELT)[seq])
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

    async def speak(self, language: str) -> None:
        """A person says what is spoken."""
        await self.clinic.sessions.describe(self.clinic.principal, self.session, {"language": language})

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
        await self._hear_with(self.transcriber, ScriptedLane())

    async def hear_while(self, something: Callable[[], Awaitable[None]], *, last_try: bool = False) -> None:
        """Something happens after the recogniser was asked and before it has answered."""
        transcriber = self._unlucky if last_try else self.transcriber
        await self._hear_with(transcriber, ScriptedLane(meanwhile=something))

    async def _hear_with(self, transcriber: Transcriber, lane: ScriptedLane) -> None:
        await transcriber.transcribe_next(lane)

    async def hear_all(self) -> None:
        while await self.transcriber.transcribe_next(ScriptedLane()):
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


async def heard(clinic: Clinic, recording: Recording, *, without: frozenset[int] = frozenset()) -> Play:
    """A session that was stopped and transcribed, and whose steps nobody has done."""
    play = Play(clinic, recording)
    await play.start()
    for piece in recording.pieces:
        if piece.seq not in without:
            await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    await play.hear_all()
    return play
