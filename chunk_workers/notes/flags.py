"""Risks as statements of a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

from chunk_workers.notes.candidate import tidied
from chunk_workers.notes.risk import Risk, risks, screens
from chunk_workers.sentences import sentences
from session_core.line import Line
from session_core.note import Note, Section, Severity, Statement, checked

KEY: Final = "risk_flags"
TITLE: Final = "Risk flags"
"""Of the section that a note gets whose template has none for flags."""

_SEVERITIES = get_args(Severity)


def flag(key: str, risk: Risk) -> Statement:
    return Statement(
        id=f"{key}-{risk.place}-{risk.kind}",
        text=tidied(risk.quote),
        segment_ids=risk.segment_ids,
        severity=risk.severity,
        risk=risk.kind,
        denied=risk.denied,
        quote=risk.quote,
    )


def with_flags(note: Note, lines: Sequence[Line]) -> Note:
    """The checked note of a model with the risks that it overlooked, or weighed less than the words themselves do.

    ``lines`` is the whole transcript in order. In a language in which they are not known it is told as not screened,
    whatever the model has flagged.
    """
    found = checked(with_risks(note, risks(sentences(lines))), lines)
    return found.model_copy(update={"screened": screens(lines, note.language)})


def with_risks(note: Note, found: Sequence[Risk]) -> Note:
    """The note with those that it does not tell yet, behind its own flags in the first section for flags.

    None is left out, and where the template has no such section they get one.
    """
    told = [each for part in note.sections for each in part.statements if each.severity is not None]
    overlooked = [risk for risk in found if not _is_told(risk, told)]
    if not overlooked:
        return note
    sections = list(note.sections)
    place = next((number for number, part in enumerate(sections) if part.kind == "flags"), len(sections))
    if place == len(sections):
        sections.append(Section(key=_free_key(sections), title=TITLE, kind="flags"))
    section = sections[place]
    added = tuple(flag(section.key, risk) for risk in overlooked)
    sections[place] = section.model_copy(update={"statements": section.statements + added})
    return note.model_copy(update={"sections": tuple(sections)})


def _free_key(sections: Sequence[Section]) -> str:
    taken, key = {part.key for part in sections}, KEY
    while key in taken:
        key += "_"
    return key


def _is_told(risk: Risk, told: Sequence[Statement]) -> bool:
    return any(
        each.risk == risk.kind
        and not set(each.segment_ids).isdisjoint(risk.segment_ids)
        and each.severity is not None
        and _SEVERITIES.index(each.severity) >= _SEVERITIES.index(risk.severity)
        and (risk.denied or not each.denied)
        for each in told
    )
