"""Sweeping: files in the object store that no session needs any more are removed.

A file whose row was taken away is known by name; one whose writer died before it had a row is found by listing.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from session_core.archive.object_store import ObjectStore
from session_core.errors import HearkenError
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
        self, database: Database, objects: ObjectStore, every_s: float, unnamed_age_s: float = archives.UNNAMED_AGE_S
    ) -> None:
        """``unnamed_age_s``: how old a file must be to be removed because no row names it."""
        self._database = database
        self._objects = objects
        self._every_s = every_s
        self._unnamed_age = timedelta(seconds=unnamed_age_s)

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
        """Remove the files of deleted sessions and those that were replaced, and have given-up archiving tried again.

        A store that is away is met again after a pause: nothing is forgotten before its file is gone.
        """
        async with self._database.single() as connection:
            await archives.revive(connection, REVIVE_AFTER_S)
        while True:
            async with self._database.single() as connection:
                orphans = await archives.claim_orphans(connection, PAUSE_S, AT_ONCE)
            for orphan in orphans:
                await self._objects.remove(orphan.object)
                async with self._database.organisation(orphan.org_id) as connection:
                    await archives.forget_orphan(connection, orphan)
            if len(orphans) < AT_ONCE:
                return

    async def sweep_unnamed(self) -> None:
        """Remove what no row names and nobody can be about to name any more."""
        async with self._database.single() as connection:
            before = await archives.now(connection) - self._unnamed_age
        async for batch in self._objects.listed():
            old = [each.id for each in batch if each.written_at < before]
            if not old:
                continue
            async with self._database.single() as connection:
                unnamed = await archives.unnamed(connection, old)
            for object_id in unnamed:
                await self._objects.remove(object_id)
            if unnamed:
                log.info("%d files without a row removed from the object store", len(unnamed))
        await self._objects.remove_torn(before)
