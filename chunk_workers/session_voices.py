"""Who speaks when in a session: a port with two ways behind it, of which the diarizer that runs knows one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from chunk_workers.chunk_audio import Samples
from chunk_workers.diarization import Speakers
from chunk_workers.speakers.slides import Grid
from chunk_workers.telling import Tell
from session_core.envelope import Key
from session_core.session import Session
from session_core.storage.windows import Extent

LISTENING: Final = 0.95
"""Share of finding the speakers that is listening to what nobody has listened to yet; telling voices apart takes a
moment."""


class SessionVoices(Protocol):
    """``voiceprinting`` makes voiceprints of each window, ``sliding`` slides over the whole session."""

    async def keep(self, session: Session, key: Key, extent: Extent, samples: Samples) -> None:
        """A window was heard; ``samples`` are its audio. What is made and kept now, Stop need not wait for."""

    async def speakers(self, session: Session, key: Key, heard: Sequence[Extent], tell: Tell) -> tuple[Speakers, str]:
        """Of the whole session, whose windows are ``heard``, and the name of the model that found them.

        What ``keep`` did not make is made now, so the result does not hang on it; how far that is, ``tell`` is told.
        """


class Gridded(Protocol):
    async def grid(self) -> Grid | None: ...


class ChosenVoices:
    """The way of the diarizer that runs."""

    def __init__(self, diarizer: Gridded, voiceprinting: SessionVoices, sliding: SessionVoices) -> None:
        self._diarizer = diarizer
        self._voiceprinting = voiceprinting
        self._sliding = sliding

    async def keep(self, session: Session, key: Key, extent: Extent, samples: Samples) -> None:
        await (await self._chosen()).keep(session, key, extent, samples)

    async def speakers(self, session: Session, key: Key, heard: Sequence[Extent], tell: Tell) -> tuple[Speakers, str]:
        return await (await self._chosen()).speakers(session, key, heard, tell)

    async def _chosen(self) -> SessionVoices:
        return self._voiceprinting if await self._diarizer.grid() is None else self._sliding
