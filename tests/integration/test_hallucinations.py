"""What a recogniser makes up in a pause does not reach the transcript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from chunk_workers.chunk_audio import MOST_BYTES, ChunkAudio
from chunk_workers.recognition import Recognition, Utterance
from hearken.embedded import Services
from session_core.archive.audio_store import AudioStore
from session_core.decoding.decoded_chunks import DecodedChunks
from session_core.segment import Word
from tests.installation import installation_on
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play
from tests.scripted_ports import ScriptedLane, ScriptedSandbox
from tests.scripted_recording import talk


@pytest.fixture(scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with (
        installation_on(services, tmp_path_factory.mktemp("hallucinations")) as installation,
        Clinic.on(installation) as made,
    ):
        yield made


@dataclass
class ImaginativeLane(ScriptedLane):
    """Hears a word more in the middle of each pause."""

    async def recognise(self, utterance: Utterance, *, urgency: int, deadline: float, alone: bool) -> Recognition:
        heard = await super().recognise(utterance, urgency=urgency, deadline=deadline, alone=alone)
        words: list[Word] = []
        for word in heard.words:
            if words and word.start_ms > words[-1].end_ms:
                middle = (words[-1].end_ms + word.start_ms) // 2
                words.append(Word("imagined", middle - 50, middle + 50, 0.9))
            words.append(word)
        assert len(words) > len(heard.words)
        return replace(heard, words=tuple(words))


async def test_words_without_a_voice_are_not_written(clinic: Clinic) -> None:
    recording = talk(0, 1, words=8)
    play = Play(clinic, recording)
    await play.start()
    for piece in recording.pieces:
        await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    audio = ChunkAudio(DecodedChunks(ScriptedSandbox(recording.decoded), AudioStore(clinic.objects), MOST_BYTES))
    assert await clinic.transcriber(audio).transcribe_next(ImaginativeLane())
    words = [word["w"] for segment in (await play.transcript())["segments"] for word in segment["words"]]
    assert len(words) == 16
    assert "imagined" not in words
