"""Archiving: the audio of a finished session as one file in the object store instead of in its chunks' rows.

File first, rows second. A file that was written for nothing is found and removed by ``chunk_workers.sweeping``.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from uuid import uuid4

from chunk_workers.steps import Publication
from chunk_workers.telling import Tell
from session_core.archive.archive_file import ArchiveFile, ChunkBytes
from session_core.archive.audio_store import AudioStore
from session_core.archive.object_store import ObjectStore
from session_core.change import Change
from session_core.errors import HearkenError, NotFound, Unavailable
from session_core.keyring import Keyring
from session_core.storage import archives, chunks
from session_core.storage.database import Database
from session_core.storage.steps import StepClaim

COPYING = 0.8
"""Share of the work that is writing the file; what is written is read back then, and decrypted."""


class Archiving:
    """The step ``archive``; see ``chunk_workers.steps.StepWork``.

    Chunks that came after an earlier archive are merged with what is in its file. A chunk that comes while a file is
    written stays in its row.
    """

    def __init__(self, database: Database, keyring: Keyring, objects: ObjectStore) -> None:
        self._database = database
        self._keyring = keyring
        self._objects = objects
        self._audio = AudioStore(objects)

    async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
        key = await self._keyring.session(claim.org_id, claim.session_id)
        async with self._database.organisation(claim.org_id) as connection:
            begun = await archives.now(connection)
            seqs = await chunks.to_archive(connection, claim.session_id)
        if not seqs:
            return _nothing
        if not await self._objects.belongs_to(self._database.epoch):
            raise Unavailable("the folder in the object store belongs to another database, which would sweep the file")
        begun_s, object_id = time.monotonic(), uuid4()
        file = ArchiveFile(key, claim.session_id, object_id)
        await self._objects.write(object_id, file.written(self._chunks(claim, seqs, tell)))
        tell(COPYING, "reading back what was put away")
        try:
            await file.verify(self._objects.stream(object_id))
        except HearkenError:
            with suppress(Unavailable):
                await self._objects.remove(object_id)
            raise

        async def publish(change: Change) -> str:
            await archives.publish(change.connection, claim, object_id, file.chunks, begun)
            size, took_s = sum(chunk.length for chunk in file.chunks), time.monotonic() - begun_s
            return f"{len(file.chunks)} chunks, {size} bytes, archived as {object_id.hex} in {took_s:.1f} s"

        return publish

    async def _chunks(self, claim: StepClaim, seqs: Sequence[int], tell: Tell) -> AsyncIterator[ChunkBytes]:
        """One at a time: a session of hours does not fit into memory."""
        for done, seq in enumerate(seqs):
            tell(COPYING * done / len(seqs), f"{done} of {len(seqs)} chunks put away")
            async with self._database.organisation(claim.org_id) as connection:
                chunk = await chunks.sealed(connection, claim.session_id, seq)
            if chunk is None:
                raise NotFound("there is no such session")
            yield ChunkBytes(seq, chunk.sha256, await self._audio.sealed(chunk))


async def _nothing(change: Change) -> None:
    """Every chunk is in the file already, or there is none."""
