"""A session as Markdown (CommonMark, and tables as GitHub has them)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from session_core.messages.export import SessionExport
from stream_server.exports.reading import ReadLine, ReadNotes, ReadStatement, reading
from stream_server.exports.text import marks_of, places_of

_MARKUP: Final = re.compile(
    r"[\\`*_\[\]<>#|&~!$@]|^[-+=]|^\d+(?=[.)])"
    # What GitHub makes links of by itself: addresses with "://" or "www.", and with the "@" above.
    r"|:(?=//)|(?<=www)\.",
    re.IGNORECASE,
)


def markdown(export: SessionExport, zone: tzinfo) -> bytes:
    read = reading(export, zone)
    rows = (f"| {label} | {escaped(value)} |" for label, value in read.particulars)
    blocks = [f"# {escaped(read.title)}", "\n".join(["| | |", "|---|---|", *rows])]
    if read.warnings:
        blocks.append("\n".join(f"> **Note:** {escaped(warning)}  " for warning in read.warnings))
    blocks.extend(_notes(read.notes))
    if read.typed:
        blocks.append("## Typed notes")
        blocks.append("\n".join(f"- {escaped(f'[{time}]')} {escaped(note)}" for time, note in read.typed))
    blocks.append("## Transcript")
    blocks.extend(_line(line) for line in read.transcript)
    if not read.transcript:
        blocks.append("Nothing.")
    return ("\n\n".join(blocks) + "\n").encode()


def escaped(text: str) -> str:
    """As it is, whatever it looks like: no heading, no list, no link, no markup. (Readers that look for addresses in
    the finished page may still make links of them.)"""
    return _MARKUP.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    markup = found[0]
    # In "1." it is the point that makes a list; it comes next.
    return f"{markup}\\" if markup.isdigit() else f"\\{markup}"


def _notes(notes: ReadNotes | None) -> Iterator[str]:
    yield "## Notes"
    if notes is None:
        yield "There are none."
        return
    yield "*" + " ".join(escaped(line) for line in notes.about) + "*"
    for section in notes.sections:
        yield f"### {escaped(section.title)}"
        yield "\n".join(_statement(statement) for statement in section.statements) or escaped(section.nothing)


def _statement(statement: ReadStatement) -> str:
    marks = f"**{marks_of(statement)}**" if statement.marks else ""
    first = " ".join(part for part in ("-", escaped(statement.text), marks, escaped(places_of(statement))) if part)
    if statement.doubt:
        return f"{first}\n  **{escaped(statement.doubt)}**"
    return f"{first}\n  > {escaped(statement.quote)}" if statement.quote else first


def _line(line: ReadLine) -> str:
    time = escaped(f"[{line.time}]")
    return f"{time} **{escaped(line.speaker)}:** {escaped(line.text)}" if line.speaker else f"{time} *{line.text}*"
