"""Diarization by voiceprints of windows: made with the words of each, kept beside them, sorted at Stop.

They are a function of a window's audio alone, and a window's id is made of its audio: whoever makes them makes the
same ones, so nothing needs to be claimed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from chunk_workers.chunk_audio import ChunkAudio, Samples
from chunk_workers.diarization import Speakers, diarize
from chunk_workers.session_voices import LISTENING
from chunk_workers.speakers.embedding import Span, Voiceprint, unpack
from chunk_workers.speakers.speech import speech_within
from chunk_workers.stretches import stretches_of
from chunk_workers.telling import Tell
from session_core.decoding.pcm import from_16k, ms_of_16k
from session_core.envelope import Key
from session_core.session import Session
from session_core.storage import chunks, voiceprints
from session_core.storage.chunks import VoicedChunk
from session_core.storage.database import Database
from session_core.storage.windows import Extent

TIMEOUT_S = 60.0


class Embedding(Protocol):
    """``speakers.process`` is the real one."""

    async def name(self) -> str: ...

    async def voiceprints(self, pcm: Samples, speech: Sequence[Span], timeout_s: float) -> bytes: ...


class Voiceprinting:
    """See ``session_voices.SessionVoices``."""

    def __init__(self, database: Database, audio: ChunkAudio, embedder: Embedding) -> None:
        self._database = database
        self._audio = audio
        self._embedder = embedder

    async def keep(self, session: Session, key: Key, extent: Extent, samples: Samples) -> None:
        await self._made(session, key, extent, samples)

    async def speakers(self, session: Session, key: Key, heard: Sequence[Extent], tell: Tell) -> tuple[Speakers, str]:
        maker = await self._embedder.name()
        prints = await self._prints(session, key, heard, maker, tell)
        tell(0.0, "telling the voices apart")
        return await asyncio.to_thread(diarize, prints, session.speaker_count), maker

    async def _prints(
        self, session: Session, key: Key, heard: Sequence[Extent], maker: str, tell: Tell
    ) -> list[Voiceprint]:
        """Of every window, on the session's timeline. Where two windows overlap, each speaks for its part."""
        async with self._database.organisation(session.org_id) as connection:
            kept = await voiceprints.of_windows(connection, session.id, key, [extent.id for extent in heard], maker)
        missing = [extent for extent in heard if extent.id not in kept]
        for done, extent in enumerate(missing):
            tell(LISTENING * done / len(missing), f"{done} of {len(missing)} parts listened to")
            kept[extent.id] = await self._taken(session, key, extent)
        if missing:
            tell(LISTENING, f"{len(missing)} parts listened to")
        prints: list[Voiceprint] = []
        for extent in heard:
            packed = kept[extent.id]
            offset, first, end = (ms_of_16k(sample) for sample in (extent.start, extent.cut, extent.next_cut))
            moved = (each.moved(offset) for each in unpack(packed))
            prints += [each for each in moved if 2 * first <= each.start_ms + each.end_ms < 2 * end]
        return prints

    async def _taken(self, session: Session, key: Key, extent: Extent) -> bytes:
        """The window's voiceprints, packed, from the audio that is stored; kept as well."""
        rate = session.sample_rate
        first, end = from_16k(extent.start, rate), from_16k(extent.end, rate) + 1
        async with self._database.organisation(session.org_id) as connection:
            sealed = await chunks.within(connection, session.id, first, end)
        samples = await self._audio.stretch(session.id, key, sealed, rate, extent.start, extent.end)
        return await self._made(session, key, extent, samples)

    async def _made(self, session: Session, key: Key, extent: Extent, samples: Samples) -> bytes:
        """The same where the window's ``samples`` are at hand."""
        rate = session.sample_rate
        first, end = from_16k(extent.start, rate), from_16k(extent.end, rate) + 1
        async with self._database.organisation(session.org_id) as connection:
            voiced = await chunks.voiced_within(connection, session.id, first, end)
        speech = await asyncio.to_thread(_speech, voiced, rate, extent)
        packed = await self._embedder.voiceprints(samples, speech, TIMEOUT_S)
        maker = await self._embedder.name()
        async with self._database.organisation(session.org_id) as connection:
            await voiceprints.save(connection, session.org_id, session.id, key, extent.id, maker, packed)
        return packed


def _speech(voiced: Sequence[VoicedChunk], rate: int, extent: Extent) -> list[Span]:
    return speech_within(stretches_of(voiced, rate), extent.start, extent.end)
