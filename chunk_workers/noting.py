"""Noting: the notes of a labelled session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chunk_workers.lines import lines_of
from chunk_workers.steps import Publication
from chunk_workers.telling import Tell
from session_core.change import Change, Changes
from session_core.envelope import Key
from session_core.errors import HearkenError, Invalid, NotFound
from session_core.keyring import Keyring
from session_core.line import Line
from session_core.note import Note, Section, checked
from session_core.note_template import BUILT_IN, DEFAULT, NoteTemplate, built_in
from session_core.storage import artifacts, note_templates, notes, sessions, steps
from session_core.storage.artifacts import NOTES
from session_core.storage.database import Connection, Database
from session_core.storage.steps import StepClaim


@dataclass(frozen=True, slots=True)
class Written:
    """``leaves``: the transcript left this installation for the note."""

    note: Note
    leaves: bool = False


class Desk(Protocol):
    """Where a writer leaves what it has while it writes."""

    def tell(self, share: float, message: str) -> None:
        """See ``chunk_workers.telling.Tell``."""

    async def show(self, section: Section) -> None:
        """Show a section that is finished before the others; nothing where nobody wants them any more."""

    async def answer(self, asked: str) -> str | None:
        """What was kept for the same ``asked``, a digest of all that a model was told; None for nothing."""

    async def keep(self, asked: str, answer: str) -> None: ...

    async def spend(self, tokens: int | None, cost: float | None) -> None:
        """See ``chunk_workers.provider.Spend``; counted at once, whatever becomes of the note."""


class NoteWriter(Protocol):
    """Writes a note from a transcript.

    Promises that what is written cites segments of ``lines``; what is said in them is data, and given to no model as
    an instruction. Raises :class:`HearkenError`, retryable where another attempt may help.
    """

    async def name(self) -> str:
        """Writer and model, for people."""

    async def write(
        self, lines: Sequence[Line], template: NoteTemplate, language: str | None, desk: Desk
    ) -> Written: ...


class BadTemplate(HearkenError):
    """The template that the session's notes are to be written by is gone, or not usable."""

    code, status, retryable = "bad_template", 409, False


class Noting:
    """The step ``note``; see ``chunk_workers.steps.StepWork``."""

    def __init__(self, database: Database, keyring: Keyring, changes: Changes, writer: NoteWriter) -> None:
        self._database = database
        self._keyring = keyring
        self._changes = changes
        self._writer = writer

    async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
        key = await self._keyring.session(claim.org_id, claim.session_id)
        async with self._database.organisation(claim.org_id, snapshot=True) as connection:
            session = await sessions.get(connection, claim.session_id, key)
            if session is None:
                raise NotFound("there is no such session")
            lines = await lines_of(connection, session.id, key)
            template = await _template(connection, claim)
        tell(0.0, "writing")
        desk = SessionDesk(self._database, self._changes, claim, key, tell)
        written = await self._writer.write(lines, template, session.language, desk)
        note = checked(written.note, lines)
        body = note.model_dump(mode="json") | {
            "template_name": template.name,
            "leaves": written.leaves,
        }

        async def publish(change: Change) -> None:
            await artifacts.publish(
                change.connection,
                change.session.org_id,
                change.session.id,
                change.key,
                NOTES,
                claim.generation,
                note.writer,
                body,
            )
            change.event("artifact.ready", {"kind": NOTES, "generation": claim.generation})

        return publish


class SessionDesk:
    """See ``Desk``. Whatever is shown is fenced by the claim; what was paid for is kept and counted anyway."""

    def __init__(self, database: Database, changes: Changes, claim: StepClaim, key: Key, tell: Tell) -> None:
        self._database = database
        self._changes = changes
        self._claim = claim
        self._key = key
        self._tell = tell

    def tell(self, share: float, message: str) -> None:
        self._tell(share, message)

    async def show(self, section: Section) -> None:
        claim = self._claim
        async with self._changes.of(claim.org_id, claim.session_id) as change:
            if await steps.is_held(change.connection, claim):
                told = {"generation": claim.generation, "section": section.model_dump(mode="json")}
                change.event("note.section", told)

    async def answer(self, asked: str) -> str | None:
        async with self._database.organisation(self._claim.org_id) as connection:
            return await notes.answer(connection, self._claim.session_id, self._key, asked)

    async def keep(self, asked: str, answer: str) -> None:
        async with self._database.organisation(self._claim.org_id) as connection:
            await notes.keep_answer(connection, self._claim.org_id, self._claim.session_id, self._key, asked, answer)

    async def spend(self, tokens: int | None, cost: float | None) -> None:
        async with self._database.organisation(self._claim.org_id) as connection:
            await notes.spend(connection, self._claim.session_id, tokens, cost)


async def _template(connection: Connection, claim: StepClaim) -> NoteTemplate:
    """The one that was chosen for the session."""
    wanted = await notes.template(connection, claim.session_id) or DEFAULT
    if wanted in BUILT_IN:
        return built_in(wanted)
    stored = await note_templates.get(connection, wanted)
    if stored is None:
        raise BadTemplate("the session's template was deleted")
    try:
        return stored.parsed()
    except Invalid:
        raise BadTemplate("the session's template is not usable") from None
