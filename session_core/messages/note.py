"""Notes written from a transcript, as they are shown, edited and signed."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from session_core.messages.message import Answer, Message, Request

StatementText = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]
TemplateId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class WireStatement(Message):
    """``segment_ids``: the segments that support it, in order. ``quote``: what was said there, word for word.
    ``edited``: a person has changed something of it."""

    id: str
    text: str
    segment_ids: list[UUID]
    severity: Literal["low", "medium", "high"] | None = None
    risk: str | None = None
    denied: bool = False
    quote: str | None = None
    edited: bool = False


class WireSection(Message):
    key: str
    title: str
    kind: Literal["statements", "flags", "text"] = "statements"
    statements: list[WireStatement]


class WireSignature(Message):
    """Who signed which of people's versions. ``signed_by`` is null for an account that is gone."""

    revision: int
    signed_at: str
    signed_by: str | None


class NotesView(Answer):
    """The notes of a session: the newest that were written, or as a person has edited or signed them.

    ``generation`` is of the written ones that these come from, ``newest`` of the newest written ones; they differ where
    a person's version stands and newer notes were written since. ``revision`` counts people's versions, 0 for none.
    ``dropped`` counts statements without valid evidence that were taken out. ``tokens`` and ``cost`` (in US dollars)
    are what the session's notes have taken in all, tries that came to nothing included; null where that is not known.
    ``uncounted`` answers more were given of which the provider did not say what they took.
    ``leaves``: the transcript left this installation to be written from.
    Where it was not ``screened``, because words about risk are not known in its language, no flag says nothing of risk.
    ``signatures`` are of all versions that were signed, the oldest first.
    """

    generation: int
    newest: int
    revision: int
    template: str
    template_name: str
    writer: str
    language: str | None
    screened: bool
    sections: list[WireSection]
    dropped: int
    tokens: int | None
    cost: float | None
    uncounted: int
    leaves: bool
    edited_at: str | None
    edited_by: str | None
    signed_at: str | None
    signed_by: str | None
    signatures: list[WireSignature]


class EditedStatement(Request):
    """``id`` of a statement that is there, or null for one that a person adds.

    ``severity``, ``risk`` and ``denied`` of a flag stay as they were where they are null.
    """

    id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    text: StatementText
    segment_ids: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=50)] = Field(
        default_factory=list
    )
    severity: Literal["low", "medium", "high"] | None = None
    risk: Literal["suicide", "self_harm", "harm_to_others", "abuse", "neglect", "overdose"] | None = None
    denied: bool | None = None


class EditedSection(Request):
    key: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    statements: Annotated[list[EditedStatement], Field(max_length=1_000)]


class NotesEdit(Request):
    """``revision`` is the one that was edited: somebody else's newer one is never overwritten unseen."""

    generation: Annotated[int, Field(ge=1)]
    revision: Annotated[int, Field(ge=0)]
    sections: Annotated[list[EditedSection], Field(max_length=20)]


class NotesSign(Request):
    """What is signed is exactly what was seen."""

    generation: Annotated[int, Field(ge=1)]
    revision: Annotated[int, Field(ge=0)]


class NoteSection(Message):
    """A section that a writer has finished while it still writes the others; the notes take its place."""

    generation: int
    section: WireSection


class NoteEdited(Message):
    """A person has made this version of the notes, or ``signed`` it."""

    revision: int
    signed: bool


class NotesWrite(Request):
    """Have the notes written anew, by another template where one is named."""

    template: TemplateId | None = None


class TemplateSection(Message):
    key: str
    title: str
    description: str
    kind: Literal["statements", "flags", "text"]
    most: int


class TemplateEdit(Request):
    """``version`` is the one that was edited; none for a new template. Wrong fields are named with what is expected."""

    name: str
    version: int | None = None
    sections: list[TemplateSection]


class WireTemplate(Answer):
    """``built_in``: comes with Hearken and cannot be changed, only copied. Without ``sections``: what is stored cannot
    be used, write it anew."""

    id: str
    name: str
    version: int
    built_in: bool
    sections: list[TemplateSection]


class WireWriter(Message):
    """What writes notes at present. ``leaves``: transcripts leave this installation for it."""

    name: str
    leaves: bool


class TemplateList(Answer):
    """By what notes can be written; ``writers`` are those of the workers that are alive, mostly one."""

    items: list[WireTemplate]
    writers: list[WireWriter]
