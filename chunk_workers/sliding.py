"""Diarization by a window that slides over the session: made in blocks while the session runs, put together at Stop.

A block is a function of the audio under it, and its id is made of that audio, as a planned window's is. So whoever
makes one makes the same one, blocks survive a worker, and one whose audio changed since is made anew at Stop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

import numpy as np

from chunk_workers.audio_digest import audio_digest
from chunk_workers.chunk_audio import ChunkAudio, Samples
from chunk_workers.diarization import Speakers
from chunk_workers.session_voices import LISTENING
from chunk_workers.speakers.slides import Grid
from chunk_workers.telling import Tell
from session_core.decoding.pcm import from_16k, to_16k
from session_core.envelope import Key
from session_core.errors import HearkenError
from session_core.log import where
from session_core.session import Session
from session_core.storage import chunks, slides
from session_core.storage.database import Database
from session_core.storage.slides import BlockName
from session_core.storage.windows import Extent

log = logging.getLogger(__name__)

BLOCK_TIMEOUT_S = 300.0
SPEAKERS_TIMEOUT_S = 1800.0
"""Clustering takes time and memory with the square of a session's length."""


class Slider(Protocol):
    """``speakers.process`` is the real one."""

    async def name(self) -> str: ...

    async def grid(self) -> Grid | None: ...

    async def slides(self, pcm: Samples, timeout_s: float) -> bytes: ...

    async def speakers(self, blocks: Sequence[bytes], count: int | None, timeout_s: float) -> Speakers: ...


@dataclass(frozen=True, slots=True)
class _Block:
    """``[start, end)`` of the timeline at 16 kHz."""

    name: BlockName
    start: int
    end: int


class Sliding:
    """See ``session_voices.SessionVoices``."""

    def __init__(
        self,
        database: Database,
        audio: ChunkAudio,
        slider: Slider,
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
    ) -> None:
        self._database = database
        self._audio = audio
        self._slider = slider
        self._spawn = spawn
        self._turn = asyncio.Lock()
        self._reached: dict[UUID, int] = {}

    async def keep(self, session: Session, key: Key, extent: Extent, samples: Samples) -> None:
        """Returns at once: on a processor a block takes about as long as it lasts, and the next words go first."""
        following = session.id in self._reached
        self._reached[session.id] = max(self._reached.get(session.id, 0), extent.end)
        if not following:
            self._spawn(self._follow(session, key))

    async def speakers(self, session: Session, key: Key, heard: Sequence[Extent], tell: Tell) -> tuple[Speakers, str]:
        maker, grid = await self._slider.name(), await self._grid()
        end = to_16k(session.end_sample, session.sample_rate)
        if end == 0:
            return Speakers((), np.zeros((0, 0), dtype=np.float32)), maker
        wanted = await self._blocks(session, grid, range(grid.blocks(end)), end)
        kept = await self._kept(session, key, wanted, maker)
        missing = [block for block in wanted if block.name.id not in kept]
        for done, block in enumerate(missing):
            tell(LISTENING * done / len(missing), f"{done} of {len(missing)} parts listened to")
            kept[block.name.id] = await self._made(session, key, block, maker)
        tell(LISTENING if missing else 0.0, "telling the voices apart")
        packed = [kept[block.name.id] for block in wanted]
        return await self._slider.speakers(packed, session.speaker_count, SPEAKERS_TIMEOUT_S), maker

    async def _follow(self, session: Session, key: Key) -> None:
        """Make what lies wholly before the end of the windows heard so far, until no further one was heard."""
        seen = 0
        try:
            while seen < self._reached[session.id]:
                seen = self._reached[session.id]
                maker, grid = await self._slider.name(), await self._grid()
                async with self._database.organisation(session.org_id) as connection:
                    first = await slides.next_place(connection, session.id, maker)
                for block in await self._blocks(session, grid, range(first, grid.whole(seen)), seen):
                    await self._made(session, key, block, maker)
        except HearkenError as error:
            log.warning("session %s: the rest of its slides is left to Stop: %s", session.id, where(error))
        finally:
            del self._reached[session.id]

    async def _made(self, session: Session, key: Key, block: _Block, maker: str) -> bytes:
        """The block, packed. One at a time, so that following and Stop do not both make the same one."""
        async with self._turn:
            kept = await self._kept(session, key, [block], maker)
            if kept:
                return kept[block.name.id]
            rate = session.sample_rate
            first, end = from_16k(block.start, rate), from_16k(block.end, rate) + 1
            async with self._database.organisation(session.org_id) as connection:
                sealed = await chunks.within(connection, session.id, first, end)
            samples = await self._audio.stretch(session.id, key, sealed, rate, block.start, block.end)
            packed = await self._slider.slides(samples, BLOCK_TIMEOUT_S)
            async with self._database.organisation(session.org_id) as connection:
                await slides.save(connection, session.org_id, session.id, key, block.name, maker, packed)
        return packed

    async def _kept(self, session: Session, key: Key, blocks: Sequence[_Block], maker: str) -> dict[UUID, bytes]:
        async with self._database.organisation(session.org_id) as connection:
            return await slides.kept(connection, session.id, key, [block.name for block in blocks], maker)

    async def _blocks(self, session: Session, grid: Grid, places: Sequence[int], end: int) -> list[_Block]:
        """Those at ``places`` of a session that ends at ``end``, named by the audio that is there now."""
        if not places:
            return []
        rate = session.sample_rate
        extents = [grid.block(place, end) for place in places]
        first, last = from_16k(extents[0][0], rate), from_16k(extents[-1][1], rate) + 1
        async with self._database.organisation(session.org_id) as connection:
            voiced = await chunks.voiced_within(connection, session.id, first, last)
        return [
            _Block(
                BlockName(place, uuid5(session.id, f"slides {audio_digest(start, stop, voiced, rate)}")), start, stop
            )
            for place, (start, stop) in zip(places, extents, strict=True)
        ]

    async def _grid(self) -> Grid:
        grid = await self._slider.grid()
        assert grid is not None
        return grid
