"""How far a transcript can be trusted: what speaks against it, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from session_core.segment import Word, spelling

UNSURE: Final = 0.5
"""The recogniser's probability below which a word counts as guessed; the page underlines the same words."""
UNSURE_RUN: Final = 5
"""So many guessed words in a row are a stretch to listen to again; single ones count, but are in every transcript."""

LONGEST_REPEATED: Final = 8
MOST_REPEATS: Final = 3
"""A phrase of up to so many words, said more often than this in a row, is a recogniser running in circles."""

MIXED: Final = 0.05
"""Share of the words in other languages than the most spoken one from which on a session has several: less is a name, a
greeting, or a window that was misheard."""

SLOW, FAST = 20.0, 260.0
"""Words a minute outside of which a conversation is not one: mostly unheard speech, or made up words. Conversational
English is about 120 to 180 words a minute of speech, half of that with the pauses of a consultation."""


@dataclass(frozen=True, slots=True)
class Stretch:
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Quality:
    """``score`` is 0 to 100. Shares are of the recorded time or of the words, 0 to 1. ``languages`` counts words by
    the language they were heard in; ``unsure`` lists runs of guessed words, ``unsure_share`` counts each guessed word;
    ``warnings`` are codes, the worst first."""

    score: int
    words: int
    words_per_minute: float
    missing_share: float
    failed_share: float
    unsure_share: float
    repeated_share: float
    languages: dict[str, int]
    unsure: tuple[Stretch, ...]
    repeated: tuple[Stretch, ...]
    warnings: tuple[str, ...]

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


def quality(
    heard: Sequence[tuple[str, Sequence[Word]]],
    *,
    recorded_ms: int,
    holes: Sequence[tuple[int, int]],
    failed: Sequence[tuple[int, int]],
) -> Quality:
    """Judge what was ``heard``: words with their language, in order. ``holes`` and ``failed`` are milliseconds."""
    words = [word for _, some in heard for word in some]
    missing_ms, failed_ms = _length(holes), _length(failed)
    listened_ms = max(0, recorded_ms - missing_ms - failed_ms)
    runs, repeated = list(_runs(words)), list(_repeated(words))
    shares = {
        "missing": missing_ms / recorded_ms if recorded_ms else 0.0,
        "failed": failed_ms / recorded_ms if recorded_ms else 0.0,
        "unsure": sum(word.probability < UNSURE for word in words) / max(1, len(words)),
        "repeated": sum(map(len, repeated)) / max(1, len(words)),
    }
    pace = len(words) * 60_000 / listened_ms if listened_ms else 0.0
    # Of words that are more likely wrong than right none can be relied on: each counts in full.
    score = (1 - shares["missing"]) * (1 - shares["failed"]) * (1 - shares["unsure"]) * (1 - shares["repeated"])
    languages = Counter[str]()
    for language, some in heard:
        languages[language] += len(some)
    spoken = {language: count for language, count in languages.items() if count}
    shares["mixed"] = 1 - max(spoken.values()) / len(words) if words else 0.0
    return Quality(
        score=round(100 * score) if words else 0,
        words=len(words),
        words_per_minute=round(pace, 1),
        missing_share=round(shares["missing"], 4),
        failed_share=round(shares["failed"], 4),
        unsure_share=round(shares["unsure"], 4),
        repeated_share=round(shares["repeated"], 4),
        languages=spoken,
        unsure=tuple(_stretch(words, run) for run in runs),
        repeated=tuple(_stretch(words, run) for run in repeated),
        warnings=tuple(_warnings(shares, pace, words, recorded_ms, listened_ms)),
    )


def _warnings(
    shares: dict[str, float], pace: float, words: Sequence[Word], recorded_ms: int, listened_ms: int
) -> Iterator[str]:
    if not recorded_ms:
        yield "nothing_recorded"
    elif not words and listened_ms:
        yield "no_speech"
    if shares["failed"] > 0:
        yield "parts_failed"
    if shares["missing"] > 0.02:
        yield "parts_missing"
    if shares["repeated"] > 0.02:
        yield "repetition"
    if shares["mixed"] > MIXED:
        yield "mixed_languages"
    if shares["unsure"] > 0.2:
        yield "unsure"
    if words and listened_ms >= 60_000 and pace < SLOW:
        yield "few_words"
    if pace > FAST:
        yield "too_many_words"


def _runs(words: Sequence[Word]) -> Iterator[range]:
    """Runs of at least ``UNSURE_RUN`` words that were guessed."""
    begin = 0
    for at in range(len(words) + 1):
        if at == len(words) or words[at].probability >= UNSURE:
            if at - begin >= UNSURE_RUN:
                yield range(begin, at)
            begin = at + 1


def _repeated(words: Sequence[Word]) -> Iterator[range]:
    """Where one phrase follows itself more than ``MOST_REPEATS`` times: the repeats, the first saying not counted."""
    spelled = [spelling(word.text) for word in words]
    at = 0
    while at < len(spelled):
        length, times = max(
            ((length, _times(spelled, at, length)) for length in range(1, LONGEST_REPEATED + 1)),
            key=lambda found: found[0] * (found[1] - 1),
        )
        if times > MOST_REPEATS:
            yield range(at + length, at + length * times)
            at += length * times
        else:
            at += 1


def _times(spelled: Sequence[str], at: int, length: int) -> int:
    times = 1
    while spelled[at + times * length : at + (times + 1) * length] == spelled[at : at + length]:
        times += 1
    return times


def _stretch(words: Sequence[Word], run: range) -> Stretch:
    return Stretch(words[run.start].start_ms, words[run.stop - 1].end_ms)


def _length(stretches: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in stretches)
