"""Sweeping: files in the object store that no session needs any more are removed.

A file whose row was taken away is known by name; one whose writer died before it had a row is found by listing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from session_core.archive.object_store import ObjectStore
from session_core.errors import HearkenError, Unavailable
from session_core.log import where
from session_core.storage import archives
from session_core.storage.database import Database

log = logging.getLogger(__name__)

LIST_EVERY = 60
"""Files are listed at every so manieth sweep."""

AT_ONCE = 100
PAUSE_S = 300.0
"""Before a file that could not be removed is tried again."""

REVIVE_AFTER_S = 3600.0
"""How long archiving that was given up is left alone."""


class Sweeper:
    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        every_s: float,
        kept_s: float,
        unnamed_age_s: float = archives.UNNAMED_AGE_S,
    ) -> None:
        """``kept_s``: how long a file stays that a session has let go. ``unnamed_age_s``: how old one must be to be
        removed because no row names it."""
        self._database = database
        self._objects = objects
        self._every_s = every_s
        self._kept_s = kept_s
        self._unnamed_age = timedelta(seconds=unnamed_age_s)
        self._told = False

    async def run(self) -> None:
        sweeps = 0
        while True:
            try:
                await self.sweep()
                if sweeps % LIST_EVERY == 0:
                    await self.sweep_unnamed()
                sweeps += 1
            except HearkenError as error:
                log.warning("nothing swept: %s", where(error))
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> None:
        """Remove the files that deleted sessions left and those that were replaced, and have given-up archiving tried
        again.

        A store that is away is met again after a pause: nothing is forgotten before its file is gone.
        """
        async with self._database.single() as connection:
            await archives.revive(connection, REVIVE_AFTER_S)
        if not await self._is_ours():
            return
        while True:
            async with self._database.single() as connection:
                orphans = await archives.claim_orphans(connection, self._kept_s, PAUSE_S, AT_ONCE)
            gone = await self._removed([orphan.object for orphan in orphans])
            for orphan in orphans:
                if orphan.object in gone:
                    async with self._database.organisation(orphan.org_id) as connection:
                        await archives.forget_orphan(connection, orphan)
            if gone:
                log.info("%d files that sessions had let go removed from the object store", len(gone))
            if len(orphans) < AT_ONCE or not gone:
                return

    async def sweep_unnamed(self) -> None:
        """Remove what no row names and nobody can be about to name any more."""
        if not await self._is_ours():
            return
        async with self._database.single() as connection:
            before = await archives.now(connection) - self._unnamed_age
        async for batch in self._objects.listed():
            old = [each.id for each in batch if each.written_at < before]
            if not old:
                continue
            async with self._database.single() as connection:
                unnamed = await archives.unnamed(connection, old)
            gone = await self._removed(unnamed)
            if gone:
                log.info("%d files without a row removed from the object store", len(gone))
        await self._objects.remove_torn(before)

    async def _removed(self, objects: Sequence[UUID]) -> set[UUID]:
        """Those of the files that are gone now: one that cannot be removed keeps no other."""
        gone: set[UUID] = set()
        last: HearkenError | None = None
        for object_id in objects:
            try:
                await self._objects.remove(object_id)
                gone.add(object_id)
            except Unavailable as error:
                last = error
        if last is not None:
            log.warning("%d files could not be removed: %s", len(objects) - len(gone), where(last))
        return gone

    async def _is_ours(self) -> bool:
        """Whether the folder is this database's. A copy of the database names the same folder, and knows nothing of
        what the other has written there since."""
        ours = await self._objects.belongs_to(self._database.epoch)
        if not ours and not self._told:
            log.error(
                "nothing is swept: the folder in the object store belongs to another database, of which this is a copy "
                "or which it was restored from; see Backups in the README"
            )
        self._told = not ours
        return ours
