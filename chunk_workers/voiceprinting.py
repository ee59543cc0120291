"""Voiceprints of windows: made with the words of each, kept beside them, made later where one is missing.

They are a function of a window's audio alone, and a window's id is made of its audio: whoever makes them makes the
same ones, so nothing needs to be claimed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chunk_workers.chunk_audio import ChunkAudio, Samples
from chunk_workers.plan import Stretch
from chunk_workers.speakers.embedding import Span
from chunk_workers.speakers.speech import speech_within
from chunk_workers.voice import VoiceTrack
from session_core.decoding.pcm import from_16k, to_16k
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
    def __init__(self, database: Database, audio: ChunkAudio, embedder: Embedding) -> None:
        self._database = database
        self._audio = audio
        self._embedder = embedder

    async def maker(self) -> str:
        """The embedder that makes them here."""
        return await self._embedder.name()

    async def take(self, session: Session, key: Key, extent: Extent) -> bytes:
        """The window's voiceprints, packed, from the audio that is stored; kept as well."""
        rate = session.sample_rate
        first, end = from_16k(extent.start, rate), from_16k(extent.end, rate) + 1
        async with self._database.organisation(session.org_id) as connection:
            sealed = await chunks.within(connection, session.id, first, end)
        samples = await self._audio.stretch(session.id, key, sealed, rate, extent.start, extent.end)
        return await self.keep(session, key, extent, samples)

    async def keep(self, session: Session, key: Key, extent: Extent, samples: Samples) -> bytes:
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

    async def kept(self, session: Session, key: Key, window_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """What is there already of this embedder's."""
        maker = await self._embedder.name()
        async with self._database.organisation(session.org_id) as connection:
            return await voiceprints.of_windows(connection, session.id, key, window_ids, maker)


def _speech(voiced: Sequence[VoicedChunk], rate: int, extent: Extent) -> list[Span]:
    stretches = [
        Stretch(
            first=to_16k(chunk.first_sample, rate),
            count=to_16k(chunk.first_sample + chunk.sample_count, rate) - to_16k(chunk.first_sample, rate),
            track=VoiceTrack.unpack(chunk.voice),
        )
        for chunk in voiced
    ]
    return speech_within(stretches, extent.start, extent.end)
