"""Risks as statements of a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from chunk_workers.notes.candidate import tidied
from chunk_workers.notes.risk import Risk, risks
from chunk_workers.sentences import sentences
from session_core.line import Line
from session_core.note import Note, Severity, Statement, checked
from session_core.note_template import NoteTemplate

_SEVERITIES = get_args(Severity)


def gravest(found: Sequence[Risk], most: int) -> list[Risk]:
    """In order of time."""
    worst = sorted(found, key=lambda risk: (-risk.gravity, risk.place))[:most]
    return sorted(worst, key=lambda risk: risk.place)


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


def with_flags(note: Note, lines: Sequence[Line], template: NoteTemplate) -> Note:
    """The checked note of a model with the risks that it overlooked, or weighed less than the words themselves do.

    ``lines`` is the whole transcript in order. They go behind its own flags into the first section for flags; a
    template without one has none.
    """
    section = next((each for each in template.sections if each.kind == "flags"), None)
    if section is None:
        return note
    told = [each for part in note.sections for each in part.statements if each.severity is not None]
    overlooked = [risk for risk in gravest(risks(sentences(lines)), section.most) if not _is_told(risk, told)]
    added = tuple(flag(section.key, risk) for risk in overlooked)
    sections = tuple(
        part.model_copy(update={"statements": part.statements + added}) if part.key == section.key else part
        for part in note.sections
    )
    return checked(note.model_copy(update={"sections": sections}), lines)


def _is_told(risk: Risk, told: Sequence[Statement]) -> bool:
    return any(
        each.risk == risk.kind
        and not set(each.segment_ids).isdisjoint(risk.segment_ids)
        and each.severity is not None
        and _SEVERITIES.index(each.severity) >= _SEVERITIES.index(risk.severity)
        and (risk.denied or not each.denied)
        for each in told
    )
