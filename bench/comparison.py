"""A recording's reference compared with what was heard in it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from meeteval.wer import cp_word_error_rate

from bench.consultation import WordErrors
from bench.heard import Heard
from bench.non_speech import inside, non_speech
from bench.reference import Reference, Said
from bench.word_errors import Normalise, by_edges, judge, normalised

NOBODY = "nobody known"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of one recording or several. ``near`` are word errors near edges of windows, ``elsewhere`` all others.
    ``by_speaker`` counts words of the wrong speaker too (cpWER), where the reference knows speakers. ``inserted`` words
    were recognised in ``silent_s`` seconds in which nobody speaks. ``cpu_s`` and ``clock_s`` are those of
    :class:`~bench.heard.Heard`."""

    audio_s: float = 0.0
    near: WordErrors = field(default_factory=WordErrors)
    elsewhere: WordErrors = field(default_factory=WordErrors)
    by_speaker: WordErrors = field(default_factory=WordErrors)
    inserted: int = 0
    silent_s: float = 0.0
    cpu_s: float = 0.0
    clock_s: float = 0.0

    def __add__(self, other: Accuracy) -> Accuracy:
        return Accuracy(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def words(self) -> WordErrors:
        return self.near + self.elsewhere


def compare(reference: Reference, heard: Heard, length_s: float, normalise: Normalise) -> Accuracy:
    words = [each for each in heard.words if each.span and not inside(each.span, reference.ignored)]
    near, elsewhere = WordErrors(), WordErrors()
    if reference.said is not None:
        judged = judge(normalised(reference.said, normalise), normalised(words, normalise), length_s)
        # The recording's own beginning and end are nobody's cut.
        near, elsewhere = by_edges(judged, [each for each in heard.edges_s if 0 < each < length_s])
    silent = [] if reference.speech is None else non_speech((*reference.speech, *reference.ignored), length_s)
    return Accuracy(
        length_s,
        near,
        elsewhere,
        _by_speaker(reference, words, normalise),
        sum(inside(each.span, silent) for each in words if each.span),
        sum(end - start for start, end in silent),
        heard.cpu_s,
        heard.clock_s,
    )


def _by_speaker(reference: Reference, words: list[Said], normalise: Normalise) -> WordErrors:
    said = reference.by_speaker()
    if said is None:
        return WordErrors()
    recognised: dict[str, list[str]] = {}
    for each in words:
        recognised.setdefault(each.speaker or NOBODY, []).append(each.text)
    counted = cp_word_error_rate(
        {speaker: normalise(text) for speaker, text in said.items()},
        {speaker: normalise(" ".join(texts)) for speaker, texts in recognised.items()},
        reference_sort=False,
        hypothesis_sort=False,
    )
    return WordErrors(counted.errors, counted.length)
