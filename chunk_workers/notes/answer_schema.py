"""The JSON Schema of a model's answer, made from the template. All providers know its keywords."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from session_core.note import RiskKind, Severity
from session_core.note_template import NoteTemplate, SectionTemplate

_TEXT = {"type": "string"}
_NUMBERS = {"type": "array", "items": {"type": "string"}}


def answer_schema(template: NoteTemplate) -> dict[str, Any]:
    """An object with a list of statements for each section, each with ``text``, ``segments`` and ``quote``."""
    return _by_section(template.sections, {"text": _TEXT, "segments": _NUMBERS, "quote": _TEXT})


def reduction_schema(template: NoteTemplate) -> dict[str, Any]:
    """As :func:`answer_schema`, with ``from`` in place of the evidence and without flags, which no model joins."""
    return _by_section(joined_sections(template), {"text": _TEXT, "from": _NUMBERS})


def joined_sections(template: NoteTemplate) -> list[SectionTemplate]:
    """Those whose statements a model puts together; the flags of all parts stand as they are."""
    return [section for section in template.sections if section.kind != "flags"]


def _by_section(sections: Iterable[SectionTemplate], statement: dict[str, Any]) -> dict[str, Any]:
    return _object({section.key: _list(section, statement) for section in sections})


def _list(section: SectionTemplate, statement: dict[str, Any]) -> dict[str, Any]:
    flag = {
        "severity": {"type": "string", "enum": list(get_args(Severity))},
        "risk": {"type": "string", "enum": list(get_args(RiskKind))},
        "denied": {"type": "boolean"},
    }
    return {"type": "array", "items": _object(statement | (flag if section.kind == "flags" else {}))}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
