"""A session of three hours: every step after Stop ends, none of it is left out, and what is loaded at once is bounded.

The chunks are planned, and the steps are the real ones. What a recogniser and two models would answer is a function of
time or text here, as quick as it can be.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import uuid4
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray

from chunk_workers.chunk_audio import ChunkAudio, Samples
from chunk_workers.embedding import Vectors
from chunk_workers.familiar_voices import FamiliarVoices
from chunk_workers.indexing import Indexing
from chunk_workers.labelling import Labelling
from chunk_workers.noting import Noting
from chunk_workers.progress import report
from chunk_workers.speakers.dvector import places_of
from chunk_workers.speakers.embedding import Span, Voiceprint, pack
from chunk_workers.steps import StepWork
from chunk_workers.transcript import refold
from chunk_workers.voice import RATE
from chunk_workers.voiceprinting import Voiceprinting
from chunk_workers.writers.extractive import ExtractiveWriter
from hearken.embedded import Services
from session_core.decoding.pcm import ms_of_16k
from session_core.messages.session import SessionStart
from session_core.segment import Word
from session_core.step import Step
from session_core.storage import claims, sessions
from session_core.storage.windows import CLOSED
from stream_server.notes import Notes
from tests.installation import installation_on
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play
from tests.scripted_recording import SPEECH, Piece, Recording

CHUNKS, CHUNK_S = 180, 60
WORD_MS, TURN = 400, 25
"""Of 25 words' time, that of the last is a pause; then the other of two people speaks."""

MOST_MB = 250


class Minutes(dict[bytes, Samples | type[Exception]]):
    """The decoded chunks, each made when it is asked for. How loud it is says who speaks."""

    def __missing__(self, data: bytes) -> Samples:
        slots = np.arange(CHUNK_S * 1000 // WORD_MS)
        loudness = np.where(slots % TURN == TURN - 1, 0, SPEECH * (1 + slots // TURN % 2))
        return np.repeat(loudness.astype(np.int16), WORD_MS * RATE // 1000)


class TwoVoices:
    """As many voiceprints, and as long ones, as the real embedder makes."""

    async def name(self) -> str:
        return "two voices"

    async def voiceprints(self, pcm: Samples, speech: Sequence[Span], timeout_s: float) -> bytes:
        places = [place for span in speech for place in places_of(span)]
        middles = np.array([(place.start + place.end) // 2 for place in places], dtype=np.intp)
        voices = np.abs(np.random.default_rng(crc32(pcm.tobytes())).normal(0.0, 0.03, (len(places), 256)))
        voices[np.arange(len(places)), pcm[middles] // SPEECH] += 1.0
        voices /= np.linalg.norm(voices, axis=1, keepdims=True)
        return pack(
            [
                Voiceprint(ms_of_16k(place.start), ms_of_16k(place.end), voice)
                for place, voice in zip(places, voices.astype(np.float32), strict=True)
            ]
        )


class Meaning:
    """Some vector for each text, none far from another."""

    async def model(self) -> str:
        return "meaning"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        drawn = [np.random.default_rng(crc32(text.encode())).normal(1.0, size=384) for text in texts]
        vectors: NDArray[np.float64] = np.array(drawn).reshape(len(texts), 384)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    async def aclose(self) -> None:
        """There is nothing to close."""


class LongClinic(Clinic):
    def voiceprinting(self, audio: ChunkAudio) -> Voiceprinting:
        return Voiceprinting(self.database, audio, TwoVoices())

    def works(self, audio: ChunkAudio) -> dict[Step, StepWork]:
        database, keyring = self.database, self.keyring
        return {
            Step.LABEL: Labelling(database, keyring, self.voiceprinting(audio), FamiliarVoices(database, keyring)),
            Step.NOTE: Noting(database, keyring, self.changes, ExtractiveWriter(Meaning())),
            Step.INDEX: Indexing(database, keyring, Meaning()),
        }


@pytest.fixture
async def play(services: Services, tmp_path: Any) -> AsyncIterator[Play]:
    async with installation_on(services, tmp_path) as installation, LongClinic.on(installation) as clinic:
        count = CHUNK_S * RATE
        pieces = tuple(Piece(seq, seq * count, count, b"RIFF____WAVE%d" % seq) for seq in range(CHUNKS))
        yield Play(clinic, Recording(RATE, pieces, Minutes()))


def said(start_ms: int, end_ms: int) -> tuple[Word, ...]:
    slots = range(-(-start_ms // WORD_MS), end_ms // WORD_MS)
    return tuple(
        Word(_spelled(slot), slot * WORD_MS, slot * WORD_MS + WORD_MS, 0.9) for slot in slots if slot % TURN < TURN - 1
    )


def _spelled(slot: int) -> str:
    return f"word{slot}." if slot % TURN % 8 == 7 else f"word{slot}"


async def hear_at_once(play: Play) -> None:
    """Write the words of every window, then show them all: one after the other takes a minute."""
    clinic = play.clinic
    key = await clinic.keyring.session(clinic.principal.org_id, play.session)
    while True:
        async with clinic.database.single() as connection:
            claim = await claims.take(connection, "worker", 3600, [CLOSED])
        if claim is None:
            break
        async with clinic.database.organisation(claim.org_id) as connection:
            window = await claims.window(connection, claim)
            assert window is not None
            words = said(ms_of_16k(window.extent.start), ms_of_16k(window.extent.end))
            assert await claims.finish(
                connection, claim, key, words, language="en", recogniser="script", cpu_ms=0, took_ms=0
            )
    async with clinic.changes.of(clinic.principal.org_id, play.session) as change:
        await refold(change, 0, CHUNKS * CHUNK_S * RATE)
        planning = await sessions.planning(change.connection, play.session)
        assert planning is not None
        await report(change, planning, None, 3600.0)


async def megabytes_of(play: Play, step: Step) -> float:
    """Do the step; the most memory that was taken at once meanwhile."""
    tracemalloc.start()
    try:
        assert await play.steps.do_next(step)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


async def test_three_hours_end_ready_with_labels_notes_and_passages_in_bounded_memory(play: Play) -> None:
    clinic = play.clinic
    wanted = SessionStart(
        client_ref=str(uuid4()), media_type="audio/wav", sample_rate=RATE, chunk_seconds=CHUNK_S, language="en"
    )
    play.session = (await clinic.sessions.start(clinic.principal, wanted)).session_id
    for piece in play.recording.pieces:
        await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    await hear_at_once(play)
    taken = {step: await megabytes_of(play, step) for step in (Step.LABEL, Step.NOTE, Step.INDEX)}

    transcript = await play.transcript()
    assert transcript["state"] == "ready"
    length_ms = CHUNKS * CHUNK_S * 1000
    assert transcript["coverage"] == {"recorded_ms": length_ms, "transcribed_ms": length_ms, "holes": []}
    assert {step["step"]: step["state"] for step in transcript["steps"] if step["step"] != "archive"} == {
        "label": "done",
        "note": "done",
        "index": "done",
    }
    words = [(word["w"], word["s"]) for segment in transcript["segments"] for word in segment["words"]]
    assert words == [(word.text, word.start_ms) for word in said(0, length_ms)]
    turns = {segment["start_ms"] // (TURN * WORD_MS) % 2: segment["speaker"] for segment in transcript["segments"]}
    assert turns == {0: "S1", 1: "S2"}
    notes = await Notes(clinic.database, clinic.keyring, clinic.changes, cast(Any, None)).view(
        clinic.principal, play.session, None
    )
    assert any(section.statements for section in notes.sections)
    assert await clinic.installation.value("SELECT count(*) FROM passages") >= CHUNKS * CHUNK_S * 1000 / WORD_MS / 100
    assert max(taken.values()) < MOST_MB, taken
