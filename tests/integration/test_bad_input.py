"""Sessions with little or nothing to transcribe, through the real models: each ends in a state that is explained."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from hearken.embedded import Services
from tests.clients import chunks_of
from tests.installation import Installation, Node, installation_on, until
from tests.peer import Peer, header, peer
from tests.sound import RATE, Pcm, music, say

CHUNK_S = 10
MONOLOGUE = (
    "I have had a bad cough for about two weeks and it keeps me awake at night.",
    "My back hurts when I cough, but I have no fever and no pain in my chest.",
    "I take two tablets every morning with a glass of water, and I think that they help a little.",
)


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation_on(services, tmp_path_factory.mktemp("bad_input"), reconcile_every_s=0.5) as own:
        await own.start_worker()
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node()


@pytest.fixture(scope="module")
async def ann(installation: Installation, node: Node) -> AsyncIterator[Peer]:
    async with peer(node.url, await installation.token(node, installation.ann)) as connected:
        yield connected


@dataclass(frozen=True)
class Ended:
    transcript: dict[str, Any]
    quality: dict[str, Any]
    notes: dict[str, Any]

    @property
    def speakers(self) -> set[str | None]:
        return {segment["speaker"] for segment in self.transcript["segments"]}

    @property
    def statements(self) -> list[dict[str, Any]]:
        return [statement for section in self.notes["sections"] for statement in section["statements"]]


@dataclass(frozen=True)
class Office:
    installation: Installation
    node: Node
    ann: Peer

    async def recorded(self, pcm: Pcm, chunk_s: float = CHUNK_S) -> Ended:
        """A session of this sound, once nothing is left to be done about it. No step of it has failed."""
        session = await self.ann.start(media_type="audio/flac", chunk_seconds=chunk_s)
        chunks = chunks_of(pcm, chunk_s)
        for chunk in chunks:
            place = {"first_sample": chunk.first_sample, "sample_count": chunk.sample_count}
            fields = header(session, chunk.seq, chunk.audio, media_type="audio/flac", **place)
            await self.ann.ok("chunk", fields, chunk.audio)
        await self.ann.ok("session.stop", {"session_id": session, "last_seq": len(chunks) - 1})

        async def is_done() -> bool:
            steps = await self.installation.fetch("SELECT step, state FROM steps WHERE session_id = $1", UUID(session))
            states = {step["step"]: step["state"] for step in steps if step["step"] != "archive"}
            assert "failed" not in states.values(), states
            return states == {"label": "done", "note": "done", "index": "done"}

        await until(is_done, within_s=120, every_s=0.1)
        transcript, quality, notes = [
            await self.installation.get(self.node, self.installation.ann, f"/sessions/{session}/{what}")
            for what in ("transcript", "artifacts/quality", "notes")
        ]
        assert transcript["state"] == "ready"
        assert transcript["coverage"]["transcribed_ms"] == transcript["coverage"]["recorded_ms"]
        return Ended(transcript, quality, notes)


@pytest.fixture(scope="module")
def office(installation: Installation, node: Node, ann: Peer) -> Office:
    return Office(installation, node, ann)


async def test_of_a_session_that_was_stopped_at_once_it_is_said_that_nothing_was_recorded(office: Office) -> None:
    ended = await office.recorded(np.zeros(0, dtype=np.int16))
    assert ended.quality["warnings"] == ["nothing_recorded"]
    assert (ended.transcript["segments"], ended.statements) == ([], [])


async def test_of_silence_it_is_said_that_nobody_spoke(office: Office) -> None:
    ended = await office.recorded(np.zeros(3 * CHUNK_S * RATE, dtype=np.int16))
    assert ended.quality["warnings"] == ["no_speech"]
    assert (ended.transcript["segments"], ended.transcript["speakers"], ended.statements) == ([], [], [])


async def test_music_has_no_words_or_a_warning(office: Office) -> None:
    ended = await office.recorded(music(30.0))
    assert ended.quality["warnings"]
    assert ended.quality["words_per_minute"] < 20


async def test_a_monologue_has_one_speaker(office: Office, tmp_path: Path) -> None:
    pause = np.zeros(RATE * 7 // 10, dtype=np.int16)
    said = [part for sentence in MONOLOGUE for part in (say(sentence, tmp_path, voice="rms"), pause)]
    ended = await office.recorded(np.concatenate(said))
    assert ended.speakers == {"S1"}
    assert [speaker["id"] for speaker in ended.transcript["speakers"]] == ["S1"]
    assert ended.statements


async def test_a_session_of_one_short_chunk_has_its_words_and_one_speaker(office: Office, tmp_path: Path) -> None:
    ended = await office.recorded(say("Good morning. How are you today?", tmp_path), 15.0)
    assert "today" in " ".join(segment["text"] for segment in ended.transcript["segments"])
    assert ended.speakers == {"S1"}
    assert ended.quality["warnings"] == []
