"""Templates of notes: which sections a note has and what belongs into each. Data, which an organisation can edit."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from session_core.errors import Invalid
from session_core.note import SectionKind

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Title = Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]

BUILT_IN: Final = ("session", "soap", "free")
DEFAULT: Final = "session"

_MOST_SECTIONS = 20
_MOST_STATEMENTS = 50
_MOST_WRONG = 10


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SectionTemplate(_Strict):
    """``description`` says what belongs here: to a model as its instruction, to the extractive writer by its meaning.

    ``most`` bounds the section's statements; flags are never cut.
    """

    key: Key
    title: Title
    description: Annotated[str, Field(min_length=1, max_length=600, pattern=r"\S")]
    kind: SectionKind = "statements"
    most: Annotated[int, Field(ge=1, le=_MOST_STATEMENTS)] = 6


class NoteTemplate(_Strict):
    """``version`` rises with every edit, so that a note says what it was written by."""

    id: Key
    name: Title
    version: Annotated[int, Field(ge=1)] = 1
    # JSON has lists and no tuples.
    sections: Annotated[tuple[SectionTemplate, ...], Field(strict=False, min_length=1, max_length=_MOST_SECTIONS)]

    @model_validator(mode="after")
    def _keys_are_unique(self) -> Self:
        keys = [section.key for section in self.sections]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"two sections have the key {twice[0]}")
        return self


def parse_template(value: object) -> NoteTemplate:
    """The template in decoded JSON, or :class:`Invalid` that names each wrong field and what is expected there."""
    try:
        return NoteTemplate.model_validate(value)
    except ValidationError as error:
        items = error.errors(include_url=False, include_input=False, include_context=False)
        wrong = [f"{_field(item['loc'])}: {item['msg']}" for item in items[:_MOST_WRONG]]
        raise Invalid("the template is not usable: " + "; ".join(wrong)) from None


def built_in(name: str) -> NoteTemplate:
    """One of :data:`BUILT_IN`."""
    return parse_template(json.loads((files(__package__) / "note_templates" / f"{name}.json").read_bytes()))


def _field(place: tuple[int | str, ...]) -> str:
    """``sections[2].most``, or "the template" where the whole of it is meant. Names are cut: they are anybody's."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:40]}" for part in place)
    return path.removeprefix(".") or "the template"
