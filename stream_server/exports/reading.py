"""A session as people read it: what every readable file says, before it is a page of one kind or another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from session_core.messages.export import SessionExport
from session_core.messages.note import NotesView, WireSection, WireStatement
from session_core.messages.segment import WireSegment
from session_core.messages.transcript import TranscriptView
from session_core.note import quoted
from session_core.session import SessionState
from session_core.speaker import shown_names
from stream_server.exports.language import language_name
from stream_server.exports.local_time import day, day_and_time
from stream_server.exports.transcript_text import clock

_UNPRINTABLE: Final = re.compile(
    # Control characters and what is no character; and the marks that turn the direction of what stands beside them.
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)

_WARNINGS: Final = {
    "nothing_recorded": "Nothing was recorded.",
    "no_speech": "No speech was heard.",
    "parts_failed": "Parts could not be transcribed; they are marked in the transcript.",
    "parts_missing": "Parts of the recording are missing; they are marked in the transcript.",
    "repetition": "Parts of the transcript repeat themselves and may never have been said.",
    "mixed_languages": "More than one language was heard.",
    "unsure": "Many words were guessed.",
    "few_words": "Few words were heard for the length of the recording.",
    "too_many_words": "More words were written than people can say in this time.",
}

_NOT_SCREENED: Final = "Not screened for risk: words about risk are known in English only."
_NO_FLAGS: Final = "No words about risk were found. That does not say that there is none."

_CORRECTED: Final = "What was said here was corrected since."
_GONE: Final = "What supported it is not in the transcript any more."

_UNDER_WAY: Final = {
    SessionState.RECORDING: "It is being recorded",
    SessionState.PAUSED: "Its recording is paused",
    SessionState.INTERRUPTED: "Its recording was interrupted",
    SessionState.SEALING: "The rest of its audio is being received",
    SessionState.TRANSCRIBING: "It is being transcribed",
    SessionState.LABELLING: "Its speakers are being told apart",
    SessionState.NOTING: "Its notes are being written",
}

_RISKS: Final = {"self_harm": "self-harm"}

_STEPS: Final = {"label": "Who speaks where could not be found", "note": "No notes could be written"}


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """``marks`` say what kind of statement it is, ``places`` when and by whom its evidence was said, ``quote`` what was
    said. ``doubt``, in place of a quote: why its evidence is not what it was when the statement was written."""

    text: str
    marks: tuple[str, ...]
    places: tuple[str, ...]
    quote: str | None
    doubt: str | None


@dataclass(frozen=True, slots=True)
class ReadSection:
    """``nothing`` is what to say where there are no statements."""

    key: str
    title: str
    statements: tuple[ReadStatement, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class ReadNotes:
    """``about``: by what they were written, who edited and who signed them."""

    about: tuple[str, ...]
    sections: tuple[ReadSection, ...]


@dataclass(frozen=True, slots=True)
class ReadLine:
    """``gap``: the text says what is missing here instead of what was said."""

    time: str
    speaker: str | None
    text: str
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """``name`` says nothing of anybody; ``title`` may. ``typed`` are notes that people typed, with their time."""

    name: str
    title: str
    language: str | None
    particulars: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    notes: ReadNotes | None
    typed: tuple[tuple[str, str], ...]
    transcript: tuple[ReadLine, ...]


def reading(export: SessionExport, zone: tzinfo) -> Reading:
    """``zone`` is where it is read: by whose clocks its times are."""
    view = export.transcript
    names = speaker_names(view)
    session_id = str(export.session.session_id)
    return Reading(
        name=f"Session {session_id[:8]}",
        title=printable(export.session.title or "") or f"Session of {day(export.session.created_at, zone)}",
        language=view.language.replace("_", "-") if view.language else None,
        particulars=tuple(_particulars(export, names, zone)),
        warnings=tuple(_warnings(export)),
        notes=_notes(export.notes, _Said(view, names), zone) if export.notes else None,
        typed=tuple((clock(note.at_ms), printable(note.text)) for note in view.typed_notes),
        transcript=tuple(_lines(view, names)),
    )


def printable(text: str) -> str:
    """On one line, without what no page can hold."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def speaker_names(view: TranscriptView) -> Mapping[str, str]:
    """What everybody who speaks or has a name is called."""
    told = {speaker.id: printable(speaker.name or "") for speaker in view.speakers if speaker.merged_into is None}
    return shown_names((segment.speaker for segment in view.segments), told)


def _percent(share: float) -> str:
    """Never "0 %" for what is more than nothing."""
    return "less than 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def _particulars(export: SessionExport, names: Mapping[str, str], zone: tzinfo) -> Iterator[tuple[str, str]]:
    session = export.session
    if session.patient_id:
        yield "Patient", printable(session.patient_id)
    yield "Recorded", day_and_time(session.created_at, zone)
    if session.stopped_at:
        yield "Stopped", day_and_time(session.stopped_at, zone)
    yield "Length", clock(session.recorded_ms)
    if names:
        yield "Speakers", ", ".join(names.values())
    if session.language:
        yield "Language", language_name(session.language)
    if export.quality:
        guessed = _percent(export.quality.unsure_share)
        yield "Words", f"{export.quality.words}, of which the recogniser guessed {guessed}"
        yield "Not recorded", _percent(export.quality.missing_share)
    yield "Session", str(session.session_id)
    yield "Exported", day_and_time(export.exported_at, zone)


def _warnings(export: SessionExport) -> Iterator[str]:
    view = export.transcript
    if view.state is SessionState.FAILED:
        yield "Nothing of the session could be transcribed."
    elif view.state is not SessionState.READY:
        yield f"The session is not finished. {_UNDER_WAY[view.state]}: this is what there is by now."
    for code in export.quality.warnings if export.quality else ():
        yield _WARNINGS.get(code, f"Another warning: {code}.")
    if not export.quality and (view.failed or (view.coverage and view.coverage.holes)):
        yield "Parts are missing; they are marked in the transcript."
    for step in view.steps:
        if step.state == "failed" and step.step in _STEPS:
            yield f"{_STEPS[step.step]}."


class _Said:
    """What was said, where notes cite it."""

    def __init__(self, view: TranscriptView, names: Mapping[str, str]) -> None:
        self._segments = view.segments
        self._texts = [segment.text for segment in view.segments]
        self._names = names
        self._places = {segment.id: place for place, segment in enumerate(view.segments)}

    def places(self, statement: WireStatement) -> list[str]:
        """When what the statement cites was said, and by whom, in that order."""
        return [self._place(self._segments[place]) for place in self._cited(statement)]

    def doubt(self, statement: WireStatement) -> str | None:
        """What is to be said where the transcript changed under a statement; None where its evidence stands."""
        cited = self._cited(statement)
        if not cited:
            return _GONE if statement.segment_ids else None
        stands = statement.quote is None or quoted(statement.quote, cited, self._texts)
        return None if stands else _CORRECTED

    def _cited(self, statement: WireStatement) -> list[int]:
        return sorted({self._places[each] for each in statement.segment_ids if each in self._places})

    def _place(self, segment: WireSegment) -> str:
        return " ".join((clock(segment.start_ms), self._names[segment.speaker] if segment.speaker else "")).strip()


def _notes(view: NotesView, said: _Said, zone: tzinfo) -> ReadNotes:
    sections = tuple(
        ReadSection(
            section.key,
            printable(section.title),
            tuple(_statement(statement, said) for statement in section.statements),
            _nothing(view, section),
        )
        for section in view.sections
    )
    return ReadNotes(tuple(_about(view, zone)), sections)


def _nothing(view: NotesView, section: WireSection) -> str:
    if section.kind != "flags":
        return "Nothing."
    return _NO_FLAGS if view.screened else _NOT_SCREENED


def _about(view: NotesView, zone: tzinfo) -> Iterator[str]:
    yield f"{printable(view.template_name)}, {_written(printable(view.writer))}."
    if view.edited_at:
        yield f"Edited {day_and_time(view.edited_at, zone)}{_by(view.edited_by)}."
    if view.signed_at:
        yield f"Signed {day_and_time(view.signed_at, zone)}{_by(view.signed_by)}."
    else:
        yield "Not signed: a draft."
    for each in view.signatures:
        if each.revision != view.revision:
            order = "An earlier" if each.revision < view.revision else "A later"
            yield f"{order} version was signed {day_and_time(each.signed_at, zone)}{_by(each.signed_by)}."
    if not view.screened:
        yield _NOT_SCREENED
    elif not any(section.kind == "flags" for section in view.sections):
        yield _NO_FLAGS
    if view.newest != view.generation:
        yield "Newer notes were written since."
    if view.dropped:
        yield f"Statements taken out because nothing that was said supports them: {view.dropped}."


def _written(writer: str) -> str:
    """A writer's name begins with its kind."""
    kind, _, model = writer.partition(" ")
    if kind == "extractive":
        return "made of sentences of the transcript"
    return f"written by Gemini ({model})" if kind == "gemini" else f"written by {model or writer}"


def _by(person: str | None) -> str:
    return f" by {printable(person)}" if person else ""


def _statement(statement: WireStatement, said: _Said) -> ReadStatement:
    marks = []
    if statement.risk:
        marks.append(_RISKS.get(statement.risk, statement.risk.replace("_", " ")))
    if statement.denied:
        marks.append("asked about and denied")
    elif statement.severity:
        marks.append(f"{statement.severity} risk")
    if statement.edited:
        marks.append("edited by a person")
    places = tuple(dict.fromkeys(said.places(statement)))
    doubt = said.doubt(statement)
    quote = printable(statement.quote) if statement.quote and doubt is None else None
    return ReadStatement(printable(statement.text), tuple(marks), places, quote, doubt)


def _lines(view: TranscriptView, names: Mapping[str, str]) -> Iterator[ReadLine]:
    lines = []
    for segment in view.segments:
        speaker = names[segment.speaker] if segment.speaker else "Speaker unknown"
        lines.append((segment.start_ms, ReadLine(clock(segment.start_ms), speaker, printable(segment.text))))
    for start, end in view.coverage.holes if view.coverage else ():
        lines.append((start, ReadLine(clock(start), None, f"(no audio until {clock(end)})", gap=True)))
    for window in view.failed:
        text = f"(not transcribed until {clock(window.end_ms)})"
        lines.append((window.start_ms, ReadLine(clock(window.start_ms), None, text, gap=True)))
    yield from (line for _, line in sorted(lines, key=lambda each: each[0]))
