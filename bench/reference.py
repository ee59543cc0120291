"""References: what was said in a recording, and where it is known when and by whom.

Beside NAME.wav lies one of these, UTF-8, times in seconds from the recording's beginning:

- NAME.txt: the words alone. An empty file says that nobody speaks.
- NAME.json: ``{"utterances": [{"start": 1.5, "end": 9.84, "text": "...", "speaker": "doctor"}, ...]}``; ``speaker`` may
  be absent, other keys are not looked at.
- NAME.stm (NIST): ``recording channel speaker begin end [<label>] words``. What is said in a line of
  ``IGNORE_TIME_SEGMENT_IN_SCORING`` counts neither for nor against.
- NAME.ctm (NIST): ``recording channel begin duration word [confidence]``, every word with its time.

NAME.rttm (NIST) may lie beside any of them or alone: its SPEAKER lines say when people speak. With a CTM they say who
speaks each word. Lines of STM, CTM and RTTM that begin with ``;;`` are comments; each file is about one recording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

WORDS = (".txt", ".json", ".stm", ".ctm")
TURNS = ".rttm"
IGNORED = "ignore_time_segment_in_scoring"

Span = tuple[float, float]
"""Seconds from and to."""


class UnusableReference(Exception):
    """A reference is not what its name says; the message is a sentence that names the file."""


@dataclass(frozen=True, slots=True)
class Said:
    """A word or more that were said, where known when and by whom."""

    text: str
    span: Span | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """``said`` is in the order in which it begins, None where words are not known (an RTTM alone). ``speech`` is when
    people speak, None where that is not known. ``ignored`` counts for nothing."""

    said: tuple[Said, ...] | None
    speech: tuple[Span, ...] | None
    ignored: tuple[Span, ...] = ()

    @property
    def end_s(self) -> float:
        """When the last that is known of ends."""
        return max((end for _, end in self._spans()), default=0.0)

    def by_speaker(self) -> Mapping[str, str] | None:
        """The text of each speaker; None where somebody's words are not known to be theirs."""
        texts: dict[str, list[str]] = {}
        for each in self.said or ():
            if each.speaker is None:
                return None
            texts.setdefault(each.speaker, []).append(each.text)
        return {speaker: " ".join(said) for speaker, said in texts.items()} or None

    def first(self, seconds: float) -> tuple[Self, float]:
        """The reference up to the last moment within ``seconds`` at which nobody is in the middle of something, and
        that moment. Raises :class:`UnusableReference` where times are not known."""
        if self.speech is None or any(each.span is None for each in self.said or ()):
            raise UnusableReference("its reference has no times, so it can't be measured in part")
        end = seconds
        while under_way := [start for start, stop in self._spans() if start < end < stop]:
            end = min(under_way)
        kept = replace(
            self,
            said=None if self.said is None else tuple(each for each in self.said if each.span and each.span[1] <= end),
            speech=tuple(span for span in self.speech if span[1] <= end),
            ignored=tuple(span for span in self.ignored if span[1] <= end),
        )
        return kept, end

    def _spans(self) -> list[Span]:
        said = (each.span for each in self.said or () if each.span)
        return [*said, *(self.speech or ()), *self.ignored]


def read_reference(files: Sequence[Path]) -> Reference:
    """What the files that lie beside one recording say. Raises :class:`UnusableReference`."""
    words = [path for path in files if path.suffix.lower() in WORDS]
    if len(words) > 1:
        raise UnusableReference(
            f"{' and '.join(path.name for path in words)} are references of one recording: keep one"
        )
    turns = [turn for path in files if path.suffix.lower() == TURNS for turn in _turns(path)]
    reference = _READERS[words[0].suffix.lower()](words[0]) if words else Reference(None, None)
    if not any(path.suffix.lower() == TURNS for path in files):
        return reference
    if words and words[0].suffix.lower() == ".ctm" and turns:
        reference = replace(reference, said=tuple(_by_turn(each, turns) for each in reference.said or ()))
    return replace(reference, speech=tuple((turn.start, turn.end) for turn in turns))


class _Utterance(BaseModel):
    start: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    end: Annotated[float, Field(allow_inf_nan=False)]
    text: str = ""
    speaker: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError("it ends before it begins")
        return self

    def said(self) -> Said:
        return Said(self.text, (self.start, self.end), self.speaker)


class _Conversation(BaseModel):
    utterances: list[_Utterance]


def _read_txt(path: Path) -> Reference:
    text = _text(path).strip()
    return Reference((Said(text),), None) if text else Reference((), ())


def _read_json(path: Path) -> Reference:
    try:
        return _timed(_Conversation.model_validate_json(_text(path)).utterances)
    except ValidationError as error:
        raise UnusableReference(f"{path.name} can't be used: {_first(error)}") from None


def _read_stm(path: Path) -> Reference:
    found, ignored = [], []
    for place, fields in _lines(path, at_least=5, most=6):
        text = fields[5] if len(fields) == 6 else ""
        if re.search(r"[{}]", text):
            raise UnusableReference(f"{place}: alternatives in braces are not taken, only what was said")
        line = _utterance(place, start=fields[3], end=fields[4], text=text, speaker=fields[2])
        if IGNORED in text.lower():
            ignored.append((line.start, line.end))
        else:
            found.append(line)
    return replace(_timed(found), ignored=tuple(ignored))


def _read_ctm(path: Path) -> Reference:
    return _timed(
        [
            _utterance(place, start=fields[2], end=_sum(fields[2], fields[3]), text=fields[4])
            for place, fields in _lines(path, at_least=5, most=6)
        ]
    )


_READERS = {".txt": _read_txt, ".json": _read_json, ".stm": _read_stm, ".ctm": _read_ctm}


def _turns(path: Path) -> list[_Utterance]:
    return [
        _utterance(place, start=fields[3], end=_sum(fields[3], fields[4]), speaker=fields[7])
        for place, fields in _lines(path, at_least=8, most=10, about=1)
        if fields[0] == "SPEAKER"
    ]


def _timed(utterances: Sequence[_Utterance]) -> Reference:
    said = tuple(each.said() for each in sorted(utterances, key=lambda each: each.start) if each.text.strip())
    return Reference(said, tuple(each.span for each in said if each.span))


def _by_turn(word: Said, turns: Sequence[_Utterance]) -> Said:
    """The word as spoken by whose turn it lies in with most of it, or nearest to."""
    start, end = word.span or (0.0, 0.0)
    turn = max(turns, key=lambda each: min(end, each.end) - max(start, each.start))
    return replace(word, speaker=turn.speaker)


def _lines(path: Path, *, at_least: int, most: int, about: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Each line's place and fields, ``about`` being the one that names the recording."""
    names = set()
    for number, line in enumerate(_text(path).splitlines(), 1):
        fields = line.split(maxsplit=most - 1)
        if not fields or line.startswith(";;"):
            continue
        place = f"{path.name}, line {number}"
        if len(fields) < at_least:
            raise UnusableReference(f"{place}: {at_least} fields are expected, there are {len(fields)}")
        names.add(fields[about])
        if len(names) > 1:
            raise UnusableReference(
                f"{place}: this is another recording, {fields[about]}; each needs a file of its own"
            )
        yield place, fields


def _utterance(place: str, **fields: object) -> _Utterance:
    try:
        return _Utterance.model_validate(fields)
    except ValidationError as error:
        raise UnusableReference(f"{place}: {_first(error)}") from None


def _sum(start: str, duration: str) -> object:
    try:
        return float(start) + float(duration)
    except ValueError:
        return duration


def _first(error: ValidationError) -> str:
    told = error.errors()[0]
    return f"{'.'.join(map(str, told['loc'])) or 'line'}: {told['msg']}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise UnusableReference(f"{path.name} can't be read as text in UTF-8") from None
