"""Sections of an answer as they are finished, while the rest of it is still being written."""

from __future__ import annotations

import json
from collections.abc import Iterator


class SectionStream:
    """Reads a JSON object piece by piece. It judges nothing: whoever reads the whole answer finds what is wrong."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._depth = 0
        self._quoted = self._escaped = False
        self._begins = 1

    def feed(self, piece: str) -> Iterator[tuple[str, str]]:
        """Key and value, as JSON, of each member of the object whose value is a list and ends in this piece."""
        self._text += piece
        while self._at < len(self._text):
            letter, place = self._text[self._at], self._at
            self._at += 1
            if self._quoted:
                self._in_string(letter)
            elif letter == '"':
                self._quoted = True
            elif letter in "{[":
                self._depth += 1
                if self._depth == 1:
                    self._begins = place + 1
            elif letter in "}]":
                self._depth -= 1
                if self._depth == 1 and letter == "]":
                    yield from self._member(place + 1)
            elif letter == "," and self._depth == 1:
                self._begins = place + 1

    def _in_string(self, letter: str) -> None:
        if self._escaped:
            self._escaped = False
        elif letter == "\\":
            self._escaped = True
        elif letter == '"':
            self._quoted = False

    def _member(self, end: int) -> Iterator[tuple[str, str]]:
        try:
            ((key, value),) = json.loads(f"{{{self._text[self._begins : end]}}}").items()
        except ValueError:
            return
        yield key, json.dumps(value)
