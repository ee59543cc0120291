"""A session as a PDF file: pages with numbers, an outline, a font of its own.

The font has Latin, Greek, Cyrillic, Georgian, Hebrew, Arabic, Devanagari and Thai letters. A letter that it lacks is
shown as a box, and the last page says so. The file is not tagged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fpdf import FPDF
from fpdf.fonts import TTFFont
from pymupdf_fonts import myfont

from session_core.messages.export import SessionExport
from stream_server.exports.reading import Reading, ReadLine, ReadStatement, reading
from stream_server.exports.text import marks_of, places_of

_FONT: Final = "FiraGO"
_FILES: Final = {"": "figo", "B": "figbo"}
_BODY, _SMALL = 10.0, 8.5
"""Points."""
_LEADING: Final = 1.4
_GREY: Final = 90
_BOX: Final = "▯"

_SHAPED: Final = re.compile("[\u0300-\u036f\u0590-\u08ff\u0900-\u0eff\ufb1d-\ufdff\ufe70-\ufeff]")
"""Letters that join, stack or run from right to left: laid out with care, which takes three times as long."""

_UNSEEN: Final = re.compile("[\u200b-\u200f\u2060-\u2065\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
"""Joiners, marks of direction and of variants, where the font has nothing for them."""


def pdf(export: SessionExport, zone: tzinfo) -> bytes:
    read = reading(export, zone)
    with _page(read, datetime.fromisoformat(export.exported_at)) as page:
        page.heading(read.title, 0)
        for label, value in read.particulars:
            page.paragraph((f"{label}: ", "B"), (value, ""))
        for warning in read.warnings:
            page.paragraph(("! ", "B"), (warning, ""))
        _notes(page, read)
        if read.typed:
            page.heading("Typed notes", 1)
            for time, note in read.typed:
                page.paragraph((f"[{time}] ", "B"), (note, ""))
        page.heading("Transcript", 1)
        for line in read.transcript:
            _line(page, line)
        if not read.transcript:
            page.paragraph(("Nothing.", ""))
        if page.lacking:
            page.paragraph((f"Letters that this file's font lacks are shown as {_BOX}; other formats have them.", "B"))
        return bytes(page.output())


class _Page(FPDF):
    """Text that flows over pages. ``lacking``: some letter was not in the font."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(format="A4")
        self._name = name
        for style, font in _FILES.items():
            file = folder / f"{font}.ttf"
            file.write_bytes(myfont(font))
            self.add_font(_FONT, style, file)
        font_made = self.fonts[_FONT.lower()]
        assert isinstance(font_made, TTFFont)
        self._letters = frozenset(font_made.cmap)
        self.lacking = False
        self.set_margins(20, 18, 20)
        self.set_auto_page_break(True, 20)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-14)
        self._font("", _SMALL)
        self.set_text_color(_GREY)
        self.cell(0, 6, f"{self._name} · page {self.page_no()} of {{nb}}", align="C")
        self.set_text_color(0)

    def heading(self, text: str, level: int) -> None:
        size = (18.0, 13.0, 11.0)[level]
        self.ln(size / 5)
        self.start_section(self._shown(text), level)
        self._font("B", size)
        self._write(size, text)
        self.ln(size * 0.6)

    def paragraph(self, *parts: tuple[str, str], indent: float = 0.0, size: float = _BODY, grey: bool = False) -> None:
        """``parts`` are texts with their style: none, or bold."""
        self.set_left_margin(20 + indent)
        self.set_x(20 + indent)
        self.set_text_color(_GREY if grey else 0)
        for text, style in parts:
            self._font(style, size)
            self._write(size, text)
        self.set_text_color(0)
        self.set_left_margin(20)
        self.ln(size * 0.6)

    def _font(self, style: str, size: float) -> None:
        self.set_font(_FONT, style, size)

    def _write(self, size: float, text: str) -> None:
        shown = self._shown(text)
        self.set_text_shaping(_SHAPED.search(shown) is not None)
        self.write(size * _LEADING / self.k, shown)

    def _shown(self, text: str) -> str:
        if all(ord(letter) in self._letters for letter in set(text)):
            return text
        seen = _UNSEEN.sub(lambda found: found[0] if ord(found[0]) in self._letters else "", text)
        lacked = {ord(letter): _BOX for letter in seen if ord(letter) not in self._letters}
        self.lacking = self.lacking or bool(lacked)
        return seen.translate(lacked)


@contextmanager
def _page(read: Reading, at: datetime) -> Iterator[_Page]:
    # The library takes fonts from files only, and reads them again at the end.
    with TemporaryDirectory() as folder:
        page = _Page(read.name, Path(folder))
        page.set_title(read.name)
        page.set_creator("Hearken")
        page.set_creation_date(at)
        if read.language:
            page.set_lang(read.language)
        yield page


def _notes(page: _Page, read: Reading) -> None:
    page.heading("Notes", 1)
    if read.notes is None:
        page.paragraph(("There are none.", ""))
        return
    page.paragraph((" ".join(read.notes.about), ""), grey=True)
    for section in read.notes.sections:
        page.heading(section.title, 2)
        for statement in section.statements:
            _statement(page, statement)
        if not section.statements:
            page.paragraph((section.nothing, ""))


def _statement(page: _Page, statement: ReadStatement) -> None:
    marks = f" {marks_of(statement)}" if statement.marks else ""
    page.paragraph((f"• {statement.text}", ""), (marks, "B"), (f" {places_of(statement)}", ""))
    if statement.quote:
        page.paragraph((f"“{statement.quote}”", ""), indent=8, size=_SMALL, grey=True)
    if statement.doubt:
        page.paragraph((statement.doubt, "B"), indent=8, size=_SMALL)


def _line(page: _Page, line: ReadLine) -> None:
    if line.speaker:
        page.paragraph((f"[{line.time}] ", ""), (f"{line.speaker}: ", "B"), (line.text, ""))
    else:
        page.paragraph((f"[{line.time}] {line.text}", ""), grey=True)
