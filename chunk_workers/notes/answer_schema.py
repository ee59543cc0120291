"""The JSON Schema of a model's answer, made from the template. All providers know its keywords."""

from __future__ import annotations

from typing import Any, get_args

from session_core.note import RiskKind, Severity
from session_core.note_template import NoteTemplate, SectionTemplate

_TEXT = {"type": "string"}
_NUMBERS = {"type": "array", "items": {"type": "string"}}


def answer_schema(template: NoteTemplate) -> dict[str, Any]:
    """An object with a list of statements for each section, each with ``text``, ``segments`` and ``quote``."""
    return _by_section(template, {"text": _TEXT, "segments": _NUMBERS, "quote": _TEXT})


def reduction_schema(template: NoteTemplate) -> dict[str, Any]:
    """As :func:`answer_schema`, with ``from`` in place of the evidence."""
    return _by_section(template, {"text": _TEXT, "from": _NUMBERS})


def _by_section(template: NoteTemplate, statement: dict[str, Any]) -> dict[str, Any]:
    return _object({section.key: _list(section, statement) for section in template.sections})


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
