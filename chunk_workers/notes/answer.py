"""Reading a model's answer. What is not exactly what was asked for is an error, and nothing of it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from chunk_workers.notes.answer_schema import joined_sections
from chunk_workers.notes.prompt import numbered
from chunk_workers.notes.reassurance import is_shown
from chunk_workers.provider import BadAnswer
from session_core.line import Line
from session_core.note import Note, RiskKind, Section, Severity, Statement
from session_core.note_template import NoteTemplate, SectionTemplate


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Text = Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"\S")]


class _Flag(_Strict):
    severity: Severity
    risk: RiskKind
    denied: bool


class _Stated(_Strict):
    text: _Text
    segments: Annotated[list[str], Field(max_length=200)]
    quote: Annotated[str, Field(max_length=2_000)]


class _StatedFlag(_Stated, _Flag):
    pass


class _Joined(_Strict):
    text: _Text
    sources: Annotated[list[str], Field(alias="from", max_length=200)]


_Answer = TypeVar("_Answer", bound=_Strict)


def read_answer(
    answer: str, lines: Sequence[Line], first: int, template: NoteTemplate, *, writer: str, language: str | None
) -> Note:
    """The note in an answer to ``note_prompt`` with the same lines; its evidence is still to be checked.

    Numbers of segments that do not exist are left out. Raises :class:`BadAnswer`.
    """
    known = {f"s{number}": line.id for number, line in enumerate(lines, first)}
    sections = []
    for section, stated in _by_section(answer, template.sections, _Stated, _StatedFlag):
        statements = [
            _weighed(
                Statement(
                    id=f"{section.key}-{first}-{place}",
                    text=each.text,
                    segment_ids=tuple(known[number] for number in each.segments if number in known),
                    quote=each.quote,
                ),
                each,
            )
            for place, each in enumerate(stated)
        ]
        sections.append(_section(section, statements))
    return _note(template, sections, 0, writer, language)


def read_reduction(
    answer: str, notes: Sequence[Note], template: NoteTemplate, *, writer: str, language: str | None
) -> Note:
    """The note in an answer to ``reduction_prompt`` for the same notes.

    A statement has the segments of all those it was made of, and the quote of the first that bears it out. One made of
    nothing, or of numbers that do not exist, cites nothing. Flags are not asked of the model: those of all the notes
    are there, each as it was. Raises :class:`BadAnswer`.
    """
    known = {f"n{number}": statement for number, (_, statement) in enumerate(numbered(notes))}
    joined = {
        section.key: [_made_of(each, f"{section.key}-{place}", known) for place, each in enumerate(answered)]
        for section, answered in _by_section(answer, joined_sections(template), _Joined, _Joined)
    }
    sections = [_section(section, joined.get(section.key, _flags(notes, section.key))) for section in template.sections]
    return _note(template, sections, sum(note.dropped for note in notes), writer, language)


def _made_of(joined: _Joined, id: str, known: Mapping[str, Statement]) -> Statement:
    sources = [known[number] for number in joined.sources if number in known]
    quotes = [source.quote for source in sources if source.quote]
    return Statement(
        id=id,
        text=joined.text,
        segment_ids=tuple(dict.fromkeys(segment for source in sources for segment in source.segment_ids)),
        quote=next((quote for quote in quotes if is_shown(joined.text, quote)), next(iter(quotes), None)),
    )


def _flags(notes: Sequence[Note], key: str) -> list[Statement]:
    """No two notes share a line, so none is told twice."""
    return [each for note in notes for section in note.sections if section.key == key for each in section.statements]


def _by_section(
    answer: str, sections: Sequence[SectionTemplate], plain: type[_Answer], flagged: type[_Answer]
) -> list[tuple[SectionTemplate, list[_Answer]]]:
    """Each section with what was answered for it, no more than it may hold; every flag."""
    try:
        lists = TypeAdapter(dict[str, list[object]]).validate_json(answer, strict=True)
        if lists.keys() != {section.key for section in sections}:
            raise BadAnswer("the model's answer has other sections than were asked for")
        return [
            (
                section,
                [
                    (flagged if section.kind == "flags" else plain).model_validate(each)
                    for each in lists[section.key][: None if section.kind == "flags" else section.most]
                ],
            )
            for section in sections
        ]
    except ValidationError as error:
        # What is wrong is told by its kind alone: the answer is about a patient.
        kinds = ", ".join(sorted({item["type"] for item in error.errors(include_input=False)}))
        raise BadAnswer(f"the model's answer is not the JSON that was asked for ({kinds})") from None


def _section(section: SectionTemplate, statements: Sequence[Statement]) -> Section:
    return Section(key=section.key, title=section.title, kind=section.kind, statements=tuple(statements))


def _weighed(statement: Statement, stated: BaseModel) -> Statement:
    """The statement with the weight of its flag, where it is one."""
    if not isinstance(stated, _Flag):
        return statement
    severity: Severity = "low" if stated.denied else stated.severity
    return statement.model_copy(update={"severity": severity, "risk": stated.risk, "denied": stated.denied})


def _note(template: NoteTemplate, sections: Sequence[Section], dropped: int, writer: str, language: str | None) -> Note:
    return Note(
        template=template.id,
        template_version=template.version,
        sections=tuple(sections),
        dropped=dropped,
        writer=writer,
        language=language,
    )
