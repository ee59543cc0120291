"""The note that needs no language model: sentences of the transcript, chosen and put into the template's sections.

What is said in a session can't steer it: no sentence is read as an instruction, each is only compared, and every
statement is a stretch of the transcript.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from chunk_workers.embedding import Vectors
from chunk_workers.notes.candidate import Candidate, candidates
from chunk_workers.notes.essential import essential
from chunk_workers.notes.flags import with_risks
from chunk_workers.notes.lexrank import Scores, centrality, diverse
from chunk_workers.notes.risk import risks, screens
from chunk_workers.sentences import sentences
from session_core.line import Line
from session_core.note import Note, Section, Statement, checked
from session_core.note_template import NoteTemplate, SectionTemplate

RELEVANT: Final = 0.2
"""Cosine to a section's description from which a sentence belongs there; texts about different things lie below."""

FEW: Final = 8
"""Sentences of which so few are said have no spread to measure by."""

NOVELTY: Final = 0.3
"""What a likeness to a statement already chosen counts against: MMR's lambda is 0.7, as is usual."""


class Extraction:
    """One note in the making: embed ``texts``, then ask for the ``note``."""

    def __init__(self, lines: Sequence[Line], template: NoteTemplate) -> None:
        """``lines`` is the whole transcript in order."""
        self._lines = lines
        self._template = template
        self._prose = [section for section in template.sections if section.kind != "flags"]
        found = sentences(lines)
        self._risks = risks(found)
        self._candidates = candidates(found)

    @property
    def texts(self) -> list[str]:
        """What is to be embedded; many may be equal."""
        described = [section.description for section in self._prose]
        return [candidate.text for candidate in self._candidates] + described

    def note(self, vectors: Vectors, *, model: str, language: str | None) -> Note:
        """The note; ``vectors`` are those of ``texts`` by the embedder ``model``. Each section is in order of time.

        A sentence stands in one section, the one whose description it is nearest to. Within that, it is chosen by
        the mean of this nearness and its LexRank among all sentences, each over its greatest, and by its novelty.
        What is ``essential`` comes first; where its section has no more room, it stands in the next nearest one.
        """
        count = len(self._candidates)
        spoken, described = vectors[:count], vectors[count:]
        essentials = [place for place, each in enumerate(self._candidates) if essential(each.text)]
        chosen = _chosen(spoken, described, self._prose, essentials)
        by_key = {section.key: places for section, places in zip(self._prose, chosen, strict=True)}
        note = Note(
            template=self._template.id,
            template_version=self._template.version,
            sections=tuple(self._section(section, by_key.get(section.key, [])) for section in self._template.sections),
            writer=f"extractive {model}",
            language=language,
            screened=screens(self._lines, language),
        )
        # Nothing is dropped; quotes get the letters between their words that stand in the transcript.
        return checked(with_risks(note, self._risks), self._lines)

    def _section(self, section: SectionTemplate, places: Sequence[int]) -> Section:
        statements = [_statement(section.key, place, self._candidates[place]) for place in sorted(places)]
        return Section(key=section.key, title=section.title, kind=section.kind, statements=tuple(statements))


def _chosen(
    spoken: Vectors, described: Vectors, sections: Sequence[SectionTemplate], essentials: Sequence[int]
) -> list[list[int]]:
    """For each section the places of its sentences."""
    if not len(spoken):
        return [[] for _ in sections]
    nearness = np.asarray(spoken @ described.T, dtype=np.float64)
    own = _standing_out(nearness).argmax(axis=1)
    placed = _placed(essentials, nearness, [section.most for section in sections])
    own[list(placed)] = list(placed.values())
    first = np.isin(np.arange(len(spoken)), list(placed))
    central = centrality(spoken)
    chosen: list[list[int]] = []
    for number, section in enumerate(sections):
        near = nearness[:, number]
        # A text that is all there is tells the whole, whatever it is about; others hold only what belongs into them.
        belongs = (own == number) & ((near >= RELEVANT) | first | (len(sections) == 1))
        # Above every other score, also after what novelty takes away.
        scores = np.where(belongs, (near / max(near.max(), RELEVANT) + central) / 2 + 2 * first, 0)
        taken = [place for places in chosen for place in places]
        chosen.append(diverse(scores, spoken, section.most, weight=1 - NOVELTY, taken=taken))
    return chosen


def _placed(essentials: Sequence[int], nearness: Scores, room: list[int]) -> dict[int, int]:
    """The section of each essential sentence: the nearest with room for one more; the nearest sentences go first."""
    left, placed = list(room), {}
    for place in sorted(essentials, key=lambda place: -nearness[place].max()):
        open_ = [int(number) for number in np.argsort(-nearness[place], kind="stable") if left[number]]
        if open_:
            placed[place] = open_[0]
            left[open_[0]] -= 1
    return placed


def _standing_out(nearness: Scores) -> Scores:
    """Nearness in each section's standard deviations: a broad description is near to everything."""
    if len(nearness) < FEW:
        return nearness
    spread = nearness.std(axis=0)
    standing: Scores = (nearness - nearness.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return standing


def _statement(key: str, place: int, candidate: Candidate) -> Statement:
    return Statement(id=f"{key}-{place}", text=candidate.text, segment_ids=candidate.segment_ids, quote=candidate.quote)
