"""The file of a session's audio.

    "HKAUDIO1" | chunk | chunk | ... | index | length of the index, 8 bytes big endian | "HKAUDIO1"

Chunks are sealed as they were in their rows, under the session's key. The index, sealed too, is a JSON list of
``[seq, offset, length, sha256]``, so that the file can be read with the session's key alone: offsets are from the
beginning of the file, the digest is of the plain bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from session_core.envelope import Key, archive_label, chunk_label
from session_core.errors import HearkenError, Internal

MAGIC = b"HKAUDIO1"
LENGTH_BYTES = 8


class ArchiveDamaged(HearkenError):
    """What was read is not what was written. The rows still hold the audio."""


@dataclass(frozen=True, slots=True)
class ArchivedChunk:
    """A chunk in the file: ``length`` sealed bytes at ``offset``."""

    seq: int
    offset: int
    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class ChunkBytes:
    seq: int
    sha256: bytes
    sealed: bytes


class ArchiveFile:
    """The file ``object_id`` of a session. ``chunks`` grows while it is written."""

    def __init__(self, key: Key, session_id: UUID, object_id: UUID) -> None:
        self._key = key
        self._session_id = session_id
        self._index_label = archive_label(session_id, object_id)
        self.chunks: list[ArchivedChunk] = []

    async def written(self, chunks: AsyncIterator[ChunkBytes]) -> AsyncIterator[bytes]:
        """The bytes of the file, a chunk at a time."""
        yield MAGIC
        offset = len(MAGIC)
        async for chunk in chunks:
            self.chunks.append(ArchivedChunk(chunk.seq, offset, len(chunk.sealed), chunk.sha256))
            offset += len(chunk.sealed)
            yield chunk.sealed
        index = self._key.seal(_packed(self.chunks), self._index_label)
        yield index + len(index).to_bytes(LENGTH_BYTES, "big") + MAGIC

    async def verify(self, pieces: AsyncIterator[bytes]) -> None:
        """Open every chunk of what was read back and compare it with its digest, and the index with ``chunks``.

        Raises :class:`ArchiveDamaged`.
        """
        reading = _Reading(pieces)
        _must(await reading.take(len(MAGIC)) == MAGIC)
        for chunk in self.chunks:
            plain = self._open(await reading.take(chunk.length), chunk_label(self._session_id, chunk.seq))
            _must(hashlib.sha256(plain).digest() == chunk.sha256)
        rest = await reading.rest()
        index, length, end = rest[: -LENGTH_BYTES - len(MAGIC)], rest[-LENGTH_BYTES - len(MAGIC) :], rest[-len(MAGIC) :]
        _must(end == MAGIC and int.from_bytes(length[:LENGTH_BYTES], "big") == len(index))
        _must(self._open(index, self._index_label) == _packed(self.chunks))

    def _open(self, sealed: bytes, label: bytes) -> bytes:
        try:
            return self._key.open(sealed, label)
        except Internal:
            raise ArchiveDamaged("an archived record does not open with its key") from None


def _packed(chunks: Sequence[ArchivedChunk]) -> bytes:
    return orjson.dumps([[chunk.seq, chunk.offset, chunk.length, chunk.sha256.hex()] for chunk in chunks])


def _must(holds: bool) -> None:
    if not holds:
        raise ArchiveDamaged("the archive does not read back as it was written")


class _Reading:
    """Takes exact lengths from a stream; holds one of them and one piece of the stream at most."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._held = bytearray()

    async def take(self, length: int) -> bytes:
        while len(self._held) < length:
            piece = await anext(self._pieces, b"")
            _must(len(piece) > 0)
            self._held += piece
        taken = bytes(self._held[:length])
        del self._held[:length]
        return taken

    async def rest(self) -> bytes:
        async for piece in self._pieces:
            self._held += piece
        return bytes(self._held)
