"""Notes that people type, with the moment they belong to: while the session is recorded and afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from session_core.change import Changes
from session_core.errors import Invalid, NotFound
from session_core.keyring import Keyring
from session_core.messages.typed_note import NoteList, NoteText, WireNote, wire_note
from session_core.principal import Principal
from session_core.storage import sessions, typed_notes
from session_core.storage.database import Database
from session_core.typed_note import MOST_NOTES, TypedNote


class TypedNotes:
    def __init__(self, database: Database, keyring: Keyring, changes: Changes) -> None:
        self._database = database
        self._keyring = keyring
        self._changes = changes

    async def listed(self, principal: Principal, session_id: UUID) -> NoteList:
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            if await sessions.wrapped_key(connection, session_id) is None:
                raise NotFound("there is no such session")
            found = await typed_notes.of_session(connection, session_id, key)
        return NoteList(items=[wire_model(note) for note in found])

    async def write(self, principal: Principal, session_id: UUID, note_id: UUID, wanted: NoteText) -> WireNote:
        """Write a note, again as often as one likes; an empty text removes it."""
        async with self._changes.of(principal.org_id, session_id) as change:
            before = await typed_notes.get(change.connection, session_id, change.key, note_id)
            if before is not None and (before.at_ms, before.text) == (wanted.at_ms, wanted.text):
                return wire_model(before)
            if wanted.text:
                if before is None and await typed_notes.count(change.connection, session_id) >= MOST_NOTES:
                    raise Invalid(f"a session has {MOST_NOTES} notes at most")
                note = TypedNote(note_id, wanted.at_ms, wanted.text, datetime.now(UTC))
                await typed_notes.save(
                    change.connection, principal.org_id, session_id, change.key, principal.user_id, note
                )
            else:
                note = TypedNote(note_id, wanted.at_ms, "", datetime.now(UTC))
                await typed_notes.delete(change.connection, session_id, note_id)
            if wanted.text or before is not None:
                change.event("note.typed", {"id": str(note_id), "at_ms": note.at_ms, "text": note.text})
            return wire_model(note)


def wire_model(note: TypedNote) -> WireNote:
    return WireNote.model_validate(wire_note(note), strict=False)
