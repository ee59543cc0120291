"""Sessions taken along: everything of one gathered, and written down without holding the node up."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, tzinfo
from typing import Final
from uuid import UUID

from session_core.envelope import Key
from session_core.errors import NotFound, Overloaded, TooLarge
from session_core.keyring import Keyring
from session_core.messages.export import SessionExport
from session_core.messages.note import NotesView
from session_core.principal import Principal
from session_core.storage.database import Connection, Database
from stream_server.artifacts import quality_of
from stream_server.exports.forms import Form
from stream_server.notes import notes_of
from stream_server.sessions import transcript_of, view_of

MOST_WAITING: Final = 8
"""Heavy files that are written or waited for at a time, on one node."""

MOST_LETTERS: Final = 500_000
"""Of a session as a heavy file: about 9 hours of talk. As PDF that takes 10 s of a processor, in scripts whose
letters join a minute."""

_RETRY_AFTER_S: Final = 10.0


class Exports:
    """Heavy files are written one at a time, in a thread of their own, so that requests of the node find the processor
    free for most of the time and other files need not wait for them."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="export")
        self._waiting = 0

    async def written(
        self, principal: Principal, session_id: UUID, form: Form, zone: tzinfo, revision: int | None = None
    ) -> bytes:
        """With the notes as they stand, or people's ``revision`` of them.

        Raises :class:`Overloaded` where too many wait, :class:`TooLarge` for a session that is too long.
        """
        if not form.heavy:
            return await asyncio.to_thread(form.write, await self.gathered(principal, session_id, revision), zone)
        if self._waiting >= MOST_WAITING:
            raise Overloaded("too many files are being written", retry_after_s=_RETRY_AFTER_S)
        self._waiting += 1
        try:
            export = await self.gathered(principal, session_id, revision)
            if letters(export) > MOST_LETTERS:
                raise TooLarge("the session is too long for a file of this kind; take txt, md or json")
            return await asyncio.get_running_loop().run_in_executor(self._thread, form.write, export, zone)
        finally:
            self._waiting -= 1

    async def gathered(self, principal: Principal, session_id: UUID, revision: int | None = None) -> SessionExport:
        """As of one moment, so that the notes are those of the transcript beside them."""
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id, snapshot=True) as connection:
            return SessionExport(
                exported_at=datetime.now(UTC).isoformat(),
                session=await view_of(connection, session_id, key),
                notes=await _notes_of(connection, session_id, key, revision),
                quality=await quality_of(connection, session_id, key),
                transcript=await transcript_of(connection, session_id, key),
            )


async def _notes_of(connection: Connection, session_id: UUID, key: Key, revision: int | None) -> NotesView | None:
    try:
        return await notes_of(connection, session_id, key, revision)
    except NotFound:
        if revision is not None:
            raise
        return None


def letters(export: SessionExport) -> int:
    """Of what was said, typed and noted."""
    view, sections = export.transcript, export.notes.sections if export.notes else ()
    noted = (statement for section in sections for statement in section.statements)
    return (
        sum(len(segment.text) for segment in view.segments)
        + sum(len(note.text) for note in view.typed_notes)
        + sum(len(statement.text) + len(statement.quote or "") for statement in noted)
    )
