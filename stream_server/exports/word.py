"""A session as a Word document (Office Open XML): headings, a table of particulars, lists."""

from __future__ import annotations

from datetime import datetime, tzinfo
from io import BytesIO

from docx import Document
from docx.document import Document as DocumentType
from docx.oxml.ns import qn
from docx.shared import Mm

from session_core.messages.export import SessionExport
from stream_server.exports.reading import Reading, ReadLine, ReadStatement, reading
from stream_server.exports.text import marks_of, places_of


def word(export: SessionExport, zone: tzinfo) -> bytes:
    read = reading(export, zone)
    document = Document()
    _describe(document, read, datetime.fromisoformat(export.exported_at))
    document.add_heading(read.title, 0)
    _particulars(document, read)
    for warning in read.warnings:
        document.add_paragraph(warning, "Intense Quote")
    _notes(document, read)
    if read.typed:
        document.add_heading("Typed notes", 1)
        for time, note in read.typed:
            document.add_paragraph(f"[{time}] {note}", "List Bullet")
    document.add_heading("Transcript", 1)
    for line in read.transcript:
        _line(document, line)
    if not read.transcript:
        document.add_paragraph("Nothing.")
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _describe(document: DocumentType, read: Reading, at: datetime) -> None:
    """What programs show of the file without opening it: nothing of anybody."""
    about = document.core_properties
    about.title, about.author, about.comments, about.last_modified_by = read.name, "Hearken", "", "Hearken"
    about.created = about.modified = at.replace(tzinfo=None)
    if read.language:
        about.language = read.language
        # The language that screen readers speak it in.
        defaults = document.styles.element.find(qn("w:docDefaults"))
        for language in defaults.iter(qn("w:lang")) if defaults is not None else ():
            language.set(qn("w:val"), read.language)


def _particulars(document: DocumentType, read: Reading) -> None:
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for label, value in read.particulars:
        name, cell = table.add_row().cells
        name.paragraphs[0].add_run(label).bold = True
        cell.text = value


def _notes(document: DocumentType, read: Reading) -> None:
    document.add_heading("Notes", 1)
    if read.notes is None:
        document.add_paragraph("There are none.")
        return
    document.add_paragraph(" ".join(read.notes.about))
    for section in read.notes.sections:
        document.add_heading(section.title, 2)
        for statement in section.statements:
            _statement(document, statement)
        if not section.statements:
            document.add_paragraph(section.nothing)


def _statement(document: DocumentType, statement: ReadStatement) -> None:
    paragraph = document.add_paragraph(statement.text, "List Bullet")
    if statement.marks:
        paragraph.add_run(f" {marks_of(statement)}").bold = True
    if statement.places:
        paragraph.add_run(f" {places_of(statement)}").font.superscript = True
    if statement.quote:
        document.add_paragraph(statement.quote, "Quote").paragraph_format.left_indent = Mm(12)
    if statement.doubt:
        paragraph.add_run(f" {statement.doubt}").bold = True


def _line(document: DocumentType, line: ReadLine) -> None:
    paragraph = document.add_paragraph(f"[{line.time}] ")
    if line.speaker:
        paragraph.add_run(f"{line.speaker}: ").bold = True
    paragraph.add_run(line.text).italic = line.gap or None
