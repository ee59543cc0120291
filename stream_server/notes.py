"""Notes of a session as people see, change and sign them.

What was written stays as it was; people's versions come beside it, and the newest of them is what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from session_core import after_stop
from session_core.change import Change, Changes
from session_core.envelope import Key
from session_core.errors import EditConflict, Invalid, NotFound
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.messages.note import (
    EditedStatement,
    NotesEdit,
    NotesSign,
    NotesView,
    WireSection,
    WireSignature,
    WireStatement,
)
from session_core.messages.session import StateAnswer
from session_core.note_template import BUILT_IN
from session_core.principal import Principal
from session_core.step import Step
from session_core.storage import artifacts, corrections, note_templates, notes, segments, sessions
from session_core.storage.artifacts import NOTES
from session_core.storage.database import Connection, Database
from session_core.storage.notes import Revision, Signature, Spending


@dataclass(frozen=True, slots=True)
class _Shown:
    """``written`` is the newest that was; ``revision`` is the newest of people, which comes before it. ``signatures``
    are of all of theirs. ``spent`` is what all that was written has taken."""

    generation: int
    written: Any
    revision: Revision | None
    signatures: Sequence[Signature]
    spent: Spending

    @property
    def number(self) -> int:
        return self.revision.revision if self.revision else 0


class Notes:
    def __init__(self, database: Database, keyring: Keyring, changes: Changes, hints: Hints) -> None:
        self._database = database
        self._keyring = keyring
        self._changes = changes
        self._hints = hints

    async def view(
        self, principal: Principal, session_id: UUID, generation: int | None = None, revision: int | None = None
    ) -> NotesView:
        """What people made of the notes last, or the written ones; those of ``generation`` as they were written, or a
        person's ``revision`` as it was edited or signed."""
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id, snapshot=True) as connection:
            if await sessions.wrapped_key(connection, session_id) is None:
                raise NotFound("there is no such session")
            if generation is None:
                return await notes_of(connection, session_id, key, revision)
            shown = await _shown(connection, session_id, key)
            written = await _written(connection, session_id, key, generation)
        return _wire(written, generation, shown, None)

    async def edit(self, principal: Principal, session_id: UUID, wanted: NotesEdit) -> NotesView:
        """A new version, from the one that was seen. :class:`EditConflict` where that is not the newest any more."""
        async with self._changes.of(principal.org_id, session_id) as change:
            shown = await _shown(change.connection, session_id, change.key)
            if wanted.revision != shown.number:
                raise EditConflict("somebody else has changed the notes since")
            base = await _base(change, shown, wanted.generation)
            revision = shown.number + 1
            known = await _segments(change)
            body = base | {"sections": _edited(base["sections"], wanted, known, revision)}
            await notes.add(
                change.connection,
                principal.org_id,
                session_id,
                change.key,
                revision,
                wanted.generation,
                body,
                edited_by=principal.user_id,
            )
            change.event("note.edited", {"revision": revision, "signed": False})
            return _view(await _shown(change.connection, session_id, change.key))

    async def sign(self, principal: Principal, session_id: UUID, wanted: NotesSign) -> NotesView:
        """Sign what was seen and nothing else. Signing what is signed changes nothing."""
        async with self._changes.of(principal.org_id, session_id) as change:
            connection = change.connection
            shown = await _shown(connection, session_id, change.key)
            generation = shown.revision.generation if shown.revision else shown.generation
            if (wanted.generation, wanted.revision) != (generation, shown.number):
                raise EditConflict("the notes are not the ones that you have seen any more")
            if shown.revision is not None and shown.revision.signed_at is not None:
                return _view(shown)
            revision = shown.number
            if shown.revision is None:
                revision, body = 1, shown.written
                await notes.add(
                    connection, principal.org_id, session_id, change.key, revision, generation, body, edited_by=None
                )
            await notes.sign(connection, session_id, revision, principal.user_id)
            change.event("note.edited", {"revision": revision, "signed": True})
            return _view(await _shown(connection, session_id, change.key))

    async def write(self, principal: Principal, session_id: UUID, template: str | None) -> StateAnswer:
        """Have the notes written anew, from now on by ``template`` where one is named."""
        async with self._changes.of(principal.org_id, session_id) as change:
            if template is not None:
                if template not in BUILT_IN and await note_templates.get(change.connection, template) is None:
                    raise NotFound("there is no such template")
                await notes.set_template(change.connection, session_id, template)
            await after_stop.retry(change, Step.NOTE)
            revision = await sessions.wake_planning(change.connection, session_id)
        self._hints.plan(principal.org_id, session_id, revision)
        return StateAnswer(state=change.state)


async def notes_of(connection: Connection, session_id: UUID, key: Key, revision: int | None = None) -> NotesView:
    """What people made of the notes last, or the written ones; or this ``revision``. :class:`NotFound` where there are
    none yet, or never was this one."""
    shown = await _shown(connection, session_id, key)
    if revision is None:
        return _view(shown)
    found = await notes.get(connection, session_id, key, revision)
    if found is None:
        raise NotFound("nobody made this version of the notes")
    return _wire(found.body, found.generation, shown, found)


async def _shown(connection: Connection, session_id: UUID, key: Key) -> _Shown:
    written = await artifacts.newest(connection, session_id, key, NOTES)
    if written is None:
        raise NotFound("the session has no notes yet")
    return _Shown(
        written.generation,
        written.body,
        await notes.newest(connection, session_id, key),
        await notes.signatures(connection, session_id),
        await notes.spent(connection, session_id),
    )


async def _written(connection: Connection, session_id: UUID, key: Key, generation: int) -> Any:
    found = await artifacts.get(connection, session_id, key, NOTES, generation)
    if found is None:
        raise NotFound("no notes were written under this generation")
    return found.body


async def _base(change: Change, shown: _Shown, generation: int) -> dict[str, Any]:
    """What a person has changed: the newest version, or written notes that take its place."""
    if shown.revision is not None and shown.revision.generation == generation:
        return dict(shown.revision.body)
    return dict(await _written(change.connection, change.session.id, change.key, generation))


async def _segments(change: Change) -> frozenset[UUID]:
    """The ids of everything that stands in the transcript."""
    recognised = await segments.transcript(change.connection, change.session.id, change.key)
    corrected = await corrections.of_session(change.connection, change.session.id, change.key)
    shown = recognised + [correction.segment for correction in corrected if correction.segment.text]
    return frozenset(segment.id for segment in shown)


def _edited(
    before: Sequence[Mapping[str, Any]], wanted: NotesEdit, known: Set[UUID], revision: int
) -> list[dict[str, Any]]:
    """The sections with those in place that a person has changed; the others stay."""
    sections = [WireSection.model_validate(section, strict=False) for section in before]
    changed = {section.key: section.statements for section in wanted.sections}
    if len(changed) < len(wanted.sections) or not changed.keys() <= {section.key for section in sections}:
        raise Invalid("missing or wrong: sections")
    there = {each.id: each for section in sections for each in section.statements}
    told = [each.id for section in wanted.sections for each in section.statements if each.id is not None]
    if len(set(told)) < len(told) or not there.keys() >= set(told):
        raise Invalid("a statement is named that is not in the notes, or twice")
    made = []
    for section in sections:
        statements = section.statements
        if section.key in changed:
            statements = [
                _statement(each, there.get(each.id) if each.id else None, known, f"{section.key}-p{revision}-{place}")
                for place, each in enumerate(changed[section.key])
            ]
        made.append(section.model_copy(update={"statements": statements}).model_dump(mode="json"))
    return made


def _statement(wanted: EditedStatement, before: WireStatement | None, known: Set[UUID], new_id: str) -> WireStatement:
    """A statement as a person wants it. The words that it quotes go when it does not cite where they were said."""
    cited = list(dict.fromkeys(wanted.segment_ids))
    had = set(before.segment_ids) if before else set()
    if any(each not in known and each not in had for each in cited):
        raise Invalid("a statement cites a segment that is not in the transcript")
    if before is None:
        return WireStatement(
            id=new_id,
            text=wanted.text,
            segment_ids=cited,
            severity=wanted.severity,
            risk=wanted.risk,
            denied=wanted.denied or False,
            edited=True,
        )
    after = before.model_copy(
        update={
            "text": wanted.text,
            "segment_ids": cited,
            "severity": wanted.severity or before.severity,
            "risk": wanted.risk or before.risk,
            "denied": before.denied if wanted.denied is None else wanted.denied,
            "quote": before.quote if had <= set(cited) else None,
        }
    )
    return after.model_copy(update={"edited": before.edited or after != before})


def _view(shown: _Shown) -> NotesView:
    revision = shown.revision
    if revision is None:
        return _wire(shown.written, shown.generation, shown, None)
    return _wire(revision.body, revision.generation, shown, revision)


def _wire(body: Mapping[str, Any], generation: int, shown: _Shown, by: Revision | None) -> NotesView:
    """``body`` with whose version it is, nobody's where ``by`` is None."""
    return NotesView(
        generation=generation,
        newest=shown.generation,
        revision=by.revision if by else shown.number,
        template=body["template"],
        template_name=body["template_name"],
        writer=body["writer"],
        language=body["language"],
        screened=body.get("screened", False),
        sections=[WireSection.model_validate(section, strict=False) for section in body["sections"]],
        dropped=body["dropped"],
        tokens=shown.spent.tokens,
        cost=shown.spent.cost,
        uncounted=shown.spent.uncounted,
        leaves=body["leaves"],
        edited_at=by.edited_at.isoformat() if by and by.edited_at else None,
        edited_by=by.edited_by if by else None,
        signed_at=by.signed_at.isoformat() if by and by.signed_at else None,
        signed_by=by.signed_by if by else None,
        signatures=[
            WireSignature(revision=each.revision, signed_at=each.signed_at.isoformat(), signed_by=each.signed_by)
            for each in shown.signatures
        ],
    )
