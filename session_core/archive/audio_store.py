"""The sealed audio of a chunk, wherever it is: in its row, or in the session's file in the object store."""

from __future__ import annotations

from session_core.archive.object_store import ObjectStore
from session_core.errors import Unavailable
from session_core.storage.chunks import SealedChunk


class AudioStore:
    """Keeps nothing: whoever decodes a chunk keeps what came out of it for a while."""

    def __init__(self, objects: ObjectStore | None) -> None:
        """``objects`` is None where no object store is set."""
        self._objects = objects

    async def sealed(self, chunk: SealedChunk) -> bytes:
        """Raises :class:`Unavailable` where the audio is archived and the object store is away."""
        if isinstance(chunk.audio, bytes):
            return chunk.audio
        if self._objects is None:
            raise Unavailable("the audio is in an object store that is not set here")
        return await self._objects.read(chunk.audio.object, chunk.audio.offset, chunk.audio.length)
