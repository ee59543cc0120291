"""What decodes, finds speech, recognises, tells voices apart and writes, as scripts: pure functions of the samples, so
that a whole session costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chunk_workers.chunk_audio import Samples
from chunk_workers.noting import Desk, Written
from chunk_workers.recognition import UNDETERMINED, Recognition, Utterance
from chunk_workers.speakers.embedding import Span, Voiceprint, pack
from chunk_workers.voice import RATE, VoiceTrack, frames_of
from session_core.decoding.sandbox import DecodeSandbox
from session_core.errors import Internal
from session_core.language import primary_subtag
from session_core.line import Line
from session_core.note import Note, Section, Statement
from session_core.note_template import NoteTemplate
from tests.scripted_recording import SPEECH, VOICES, WORDS_AT_ONCE, heard


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


@dataclass
class ScriptedLane:
    """A recogniser during whose work something else may happen, and which may fail. It takes for English what it is not
    told."""

    meanwhile: Callable[[], Awaitable[None]] | None = None
    fails: bool = False
    engine_name: str = "script"

    async def recognise(self, utterance: Utterance, *, urgency: int, deadline: float, alone: bool) -> Recognition:
        assert 0 < len(utterance.pcm) <= 28 * RATE
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.fails:
            raise Internal("as the script says")
        language = primary_subtag(utterance.language) if utterance.language else "en"
        words = heard(utterance.pcm, language)
        return Recognition(words, language if words else UNDETERMINED, 0.0)


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
