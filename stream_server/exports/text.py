"""A session as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from session_core.messages.export import SessionExport
from stream_server.exports.reading import ReadLine, ReadNotes, ReadStatement, reading


def text(export: SessionExport, zone: tzinfo) -> bytes:
    read = reading(export, zone)
    blocks = [[read.title, *(f"{label}: {value}" for label, value in read.particulars)]]
    if read.warnings:
        blocks.append([f"! {warning}" for warning in read.warnings])
    blocks.extend(_notes(read.notes))
    if read.typed:
        blocks.append(_headed("Typed notes", *(f"[{time}] {note}" for time, note in read.typed)))
    blocks.append(_headed("Transcript", *(line_of(line) for line in read.transcript)))
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks).encode()


def line_of(line: ReadLine) -> str:
    return f"[{line.time}] {line.speaker}: {line.text}" if line.speaker else f"[{line.time}] {line.text}"


def places_of(statement: ReadStatement) -> str:
    return " ".join(f"[{place}]" for place in statement.places)


def marks_of(statement: ReadStatement) -> str:
    return f"({', '.join(statement.marks)})" if statement.marks else ""


def _headed(title: str, *lines: str) -> list[str]:
    return [title, "=" * len(title), *(lines or ("Nothing.",))]


def _notes(notes: ReadNotes | None) -> Iterator[list[str]]:
    if notes is None:
        yield _headed("Notes", "There are none.")
        return
    yield _headed("Notes", *notes.about)
    for section in notes.sections:
        lines = [line for statement in section.statements for line in _statement(statement)]
        yield [section.title, "-" * len(section.title), *(lines or [section.nothing])]


def _statement(statement: ReadStatement) -> Iterator[str]:
    yield " ".join(part for part in ("-", statement.text, marks_of(statement), places_of(statement)) if part)
    if statement.quote:
        yield f'    "{statement.quote}"'
    if statement.doubt:
        yield f"    ! {statement.doubt}"
