"""How much of what a clinician found worth marking is in the extractive note.

A highlight is recalled if the cosine of its embedding and that of some statement is at least a threshold. The
baseline is the session's first sentences, as many as the note has statements. Embeddings are the note writer's own.
"""

from __future__ import annotations

import json
import string
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from bench.consultation import NoAudio
from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from chunk_workers.embedders.minilm import MiniLM
from chunk_workers.embedding import Embedder
from chunk_workers.notes.extraction import Extraction
from chunk_workers.sentences import sentences
from session_core.line import Line
from session_core.note import Note, verbatim
from session_core.note_template import DEFAULT, built_in

THRESHOLD = 0.5
"""What counts; the others show how much depends on it."""
THRESHOLDS = (0.4, THRESHOLD, 0.6)


@dataclass(frozen=True)
class Recalled:
    """Highlights found in one session at one threshold: by the note, and by as many first sentences."""

    session: str
    threshold: float
    highlights: int
    statements: int
    by_note: int
    by_first: int


@dataclass(frozen=True)
class NotedSession:
    name: str
    lines: list[Line]
    highlights: list[str]


async def measure_notes(folder: Path) -> Outcome:
    """The built-in templates on the reference text, with its punctuation and without."""
    machine = this_machine()
    embedder = MiniLM()
    measures: list[Measure] = []
    for punctuated in (True, False):
        found, loose, took = [], 0, 0.0
        sessions = noted_sessions(folder, punctuated=punctuated)
        if not sessions:
            raise NoAudio(f"{folder} holds no consultations with notes")
        for session in sessions:
            note, recalled, seconds = measured(session, DEFAULT, embedder)
            found += [each for each in recalled if each.threshold == THRESHOLD]
            loose += unsupported(note, session.lines)
            took += seconds
        by_note, by_first = sum(each.by_note for each in found), sum(each.by_first for each in found)
        text = "with punctuation" if punctuated else "without"
        measures += [
            Measure(f"highlights, {text}", sum(each.highlights for each in found)),
            Measure(f"recalled by the note, {text}", by_note),
            Measure(f"recalled by as many first sentences, {text}", by_first),
            Measure(f"ratio, {text}", by_note / max(1, by_first), least=2.0),
            Measure(f"statements without their evidence, {text}", loose, most=0),
            Measure(f"processor time, {text}", took, "s"),
        ]
    remark = f"recalled: cosine to some statement at least {THRESHOLD}; reference text, not a recogniser's"
    return Outcome("notes", machine, tuple(measures), (remark,))


def noted_sessions(folder: Path, *, punctuated: bool = True) -> list[NotedSession]:
    """Sessions of a folder with the utterances as voiced; without punctuation as some recognisers write them."""
    return [_read(path, punctuated) for path in sorted(folder.glob("day*_consultation*.json"))]


def measured(session: NotedSession, template: str, embedder: Embedder) -> tuple[Note, list[Recalled], float]:
    """The note, what it recalls at each threshold, and the processor seconds it took."""
    began = time.process_time()
    extraction = Extraction(session.lines, built_in(template))
    note = extraction.note(embedder.embed(extraction.texts), model=embedder.model, language="en")
    took = time.process_time() - began
    statements = [each.text for section in note.sections for each in section.statements]
    first = [sentence.text for sentence in sentences(session.lines)][: len(statements)]
    return note, [_recalled(session, at, statements, first, embedder) for at in THRESHOLDS], took


def unsupported(note: Note, lines: Sequence[Line]) -> int:
    """Statements whose words are not, one after the other, in the segments that they cite."""
    said = {line.id: line.text for line in lines}
    return sum(
        verbatim(each.text, " ".join(said.get(segment, "") for segment in each.segment_ids)) is None
        for section in note.sections
        for each in section.statements
    )


def _recalled(
    session: NotedSession, threshold: float, statements: list[str], first: list[str], embedder: Embedder
) -> Recalled:
    wanted = embedder.embed(session.highlights)

    def count(texts: list[str]) -> int:
        if not texts or not session.highlights:
            return 0
        return int(((wanted @ embedder.embed(texts).T).max(axis=1) >= threshold).sum())

    return Recalled(session.name, threshold, len(session.highlights), len(statements), count(statements), count(first))


def _read(path: Path, punctuated: bool) -> NotedSession:
    described = json.loads(path.read_text(encoding="utf-8"))
    utterances = sorted(described["utterances"], key=lambda utterance: utterance["start"])
    lines = [
        Line(
            uuid5(NAMESPACE_OID, f"{path.stem} {place}"),
            round(each["start"] * 1000),
            round(each["end"] * 1000),
            each["text"] if punctuated else _plain(each["text"]),
            speaker=each["speaker"],
            role=each["speaker"],
        )
        for place, each in enumerate(utterances)
    ]
    return NotedSession(path.stem, lines, [each for each in described["note"]["highlights"] if each.strip()])


def _plain(text: str) -> str:
    return text.lower().translate(str.maketrans("", "", string.punctuation.replace("'", "")))
