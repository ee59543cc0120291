"""A session as a FHIR R4 document: a Bundle with a Composition whose sections are the notes, and the transcript.

https://hl7.org/fhir/R4/documents.html. The resources that are used here are the same in R4 (4.0.1) and R4B (4.3.0), by
whose models everything is validated.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import tzinfo
from html import escape
from typing import Any, Final
from uuid import UUID, uuid5

from fhir.resources.R4B.bundle import Bundle

from session_core.messages.export import SessionExport
from session_core.messages.note import NotesView
from session_core.session import SessionState
from stream_server.exports.reading import Reading, ReadSection, ReadStatement, printable, reading
from stream_server.exports.text import line_of, marks_of, places_of

_LOINC: Final = "http://loinc.org"
_CONSULT_NOTE: Final = "11488-4"
_SECTION_CODES: Final = {
    "subjective": "61150-9",
    "objective": "61149-1",
    "assessment": "51848-0",
    "plan": "18776-5",
    "action_items": "18776-5",
}
"""LOINC codes of sections, from http://hl7.org/fhir/ValueSet/doc-section-codes, by the keys of our templates. Other
sections have their title alone."""

Resource = dict[str, Any]


def fhir(export: SessionExport, zone: tzinfo) -> bytes:
    """Its fields have times with their offset; what people read of it has those of ``zone``.

    Raises pydantic's ``ValidationError`` where it would not be FHIR.
    """
    return bundle(export, zone).model_dump_json(exclude_none=True).encode()


def bundle(export: SessionExport, zone: tzinfo) -> Bundle:
    read = reading(export, zone)
    parts = _Parts(export)
    composition = _composition(export, read, parts)
    resources = [composition, *parts.resources(export, read)]
    made: Bundle = Bundle.model_validate(
        {
            "resourceType": "Bundle",
            "type": "document",
            # A document is never changed: what is exported later is another one.
            "identifier": {"system": "urn:ietf:rfc:3986", "value": parts.reference(f"bundle {export.exported_at}")},
            "timestamp": export.exported_at,
            "entry": [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in resources],
        }
    )
    return made


class _Parts:
    """What a Composition refers to. Ids are made of the session's, so that the same session makes the same."""

    def __init__(self, export: SessionExport) -> None:
        self._session_id = export.session.session_id
        self._patient_id = printable(export.session.patient_id or "")
        notes = export.notes
        self._signer = printable(notes.signed_by or "") if notes and notes.signed_at else ""

    def id_of(self, part: str) -> str:
        return str(uuid5(UUID(str(self._session_id)), part))

    def reference(self, part: str) -> str:
        return f"urn:uuid:{self.id_of(part)}"

    @property
    def program(self) -> Resource:
        return {"reference": self.reference("device")}

    @property
    def subject(self) -> Resource:
        return {"subject": {"reference": self.reference("patient")}} if self._patient_id else {}

    @property
    def signer(self) -> Resource | None:
        return {"reference": self.reference("practitioner")} if self._signer else None

    def resources(self, export: SessionExport, read: Reading) -> Iterator[Resource]:
        yield _transcript(export, read, self)
        yield {
            "resourceType": "Device",
            "id": self.id_of("device"),
            "deviceName": [{"name": "Hearken", "type": "manufacturer-name"}],
        }
        if self._patient_id:
            patient = {"value": self._patient_id}
            yield {"resourceType": "Patient", "id": self.id_of("patient"), "identifier": [patient]}
        if self._signer:
            # Signatures are by account, which is an address.
            address = {"system": "email", "value": self._signer}
            yield {"resourceType": "Practitioner", "id": self.id_of("practitioner"), "telecom": [address]}


def _composition(export: SessionExport, read: Reading, parts: _Parts) -> Resource:
    notes, signer = export.notes, parts.signer
    composition = {
        "resourceType": "Composition",
        "id": parts.id_of("composition"),
        "text": _narrative(_particulars(read)),
        "status": _status(notes),
        "type": {"coding": [{"system": _LOINC, "code": _CONSULT_NOTE}], "text": "Consultation note"},
        **parts.subject,
        "date": _date(export),
        "author": [signer, parts.program] if signer else [parts.program],
        "title": read.title,
        "section": list(_sections(read, parts)),
    }
    if read.language:
        composition["language"] = read.language
    if notes and notes.signed_at and signer:
        composition["attester"] = [{"mode": "professional", "time": notes.signed_at, "party": signer}]
    return composition


def _status(notes: NotesView | None) -> str:
    """``amended`` is only what somebody stands by again, after an earlier version was signed and changed:
    http://hl7.org/fhir/R4/valueset-composition-status.html."""
    if notes is None or notes.signed_at is None:
        return "preliminary"
    return "amended" if any(each.revision < notes.revision for each in notes.signatures) else "final"


def _date(export: SessionExport) -> str:
    """When the notes were last changed, as far as that is known."""
    notes = export.notes
    return (notes.signed_at or notes.edited_at if notes else None) or export.exported_at


def _sections(read: Reading, parts: _Parts) -> Iterator[Resource]:
    for section in read.notes.sections if read.notes else ():
        code = _SECTION_CODES.get(section.key)
        coded = {"code": {"coding": [{"system": _LOINC, "code": code}], "text": section.title}} if code else {}
        yield {"title": section.title, **coded, "text": _narrative(_listed(_statements(section), section.nothing))}
    if read.typed:
        typed = (f"[{time}] {note}" for time, note in read.typed)
        yield {"title": "Typed notes", "text": _narrative(_listed(escape(note) for note in typed))}
    yield {"title": "Transcript", "entry": [{"reference": parts.reference("transcript")}]}


def _statements(section: ReadSection) -> Iterator[str]:
    for statement in section.statements:
        quote = f"<br/><q>{escape(statement.quote)}</q>" if statement.quote else ""
        doubt = f"<br/><b>{escape(statement.doubt)}</b>" if statement.doubt else ""
        yield escape(_sentence(statement)) + quote + doubt


def _sentence(statement: ReadStatement) -> str:
    return " ".join(part for part in (statement.text, marks_of(statement), places_of(statement)) if part)


def _particulars(read: Reading) -> str:
    told = (f"{label}: {value}" for label, value in read.particulars)
    about = read.notes.about if read.notes else ("There are no notes.",)
    return _listed(escape(line) for line in (*told, *read.warnings, *about))


def _listed(items: Iterator[str], nothing: str = "Nothing.") -> str:
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else f"<p>{escape(nothing)}</p>"


def _narrative(xhtml: str) -> Resource:
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{xhtml}</div>'}


def _transcript(export: SessionExport, read: Reading, parts: _Parts) -> Resource:
    session = export.session
    text = "".join(f"{line_of(line)}\n" for line in read.transcript).encode()
    attachment = {
        "contentType": "text/plain; charset=utf-8",
        "title": "Transcript",
        "data": base64.b64encode(text).decode(),
        "size": len(text),
        "creation": export.exported_at,
    }
    if read.language:
        attachment["language"] = read.language
    period = {"start": session.created_at} | ({"end": session.stopped_at} if session.stopped_at else {})
    return {
        "resourceType": "DocumentReference",
        "id": parts.id_of("transcript"),
        "status": "current",
        "docStatus": "final" if session.state is SessionState.READY else "preliminary",
        "type": {"text": "Transcript"},
        **parts.subject,
        "date": export.exported_at,
        "author": [parts.program],
        "content": [{"attachment": attachment}],
        "context": {"period": period},
    }
