"""The fold over any speech, heard by overlapping windows with uncertain times and damaged edges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.fold import Heard, Utterance, fold
from chunk_workers.plan import Window
from chunk_workers.voice import RATE
from session_core.segment import Word

VOCABULARY = ["yes", "no", "pain", "the", "a", "doctor", "Doctor,", "fever"]
SHORTEST = 220
JITTER = 100
EXACT_JITTER = 50
"""Two windows' times of one word differ by less than half a word then: beyond that nobody could say which of two equal
words is which."""


@dataclass(frozen=True)
class Session:
    spoken: tuple[Word, ...]
    heard: tuple[Heard, ...]


@st.composite
def windows(draw: st.DrawFn) -> list[Window]:
    """What a planner makes: windows that overlap by 4 s, touch, or lie apart."""
    made: list[Window] = []
    cut, overlaps = 0, False
    joins = draw(st.lists(st.sampled_from(["overlap", "pause", "silence"]), min_size=1, max_size=4))
    for join in joins:
        start, end = cut, cut + draw(st.integers(14, 28)) * RATE
        cut = {"overlap": end - 4 * RATE, "pause": end, "silence": end + 10 * RATE}[join]
        made.append(Window(start, start, end, min(cut, end), overlaps, join == "overlap"))
        overlaps = join == "overlap"
    return made


@st.composite
def sessions(draw: st.DrawFn, *, exact: bool) -> Session:
    """Speech at known times; each window hears the words inside it, a little early or late.

    Unless ``exact``, words are now and then misheard, missed or made up, and windows pending or failed.
    """
    planned = draw(windows())
    random = draw(st.randoms(use_true_random=False))
    jitter = EXACT_JITTER if exact else JITTER
    spoken, moment = [], 100
    while moment < planned[-1].end * 1000 // RATE - 1000:
        length = random.randrange(SHORTEST, 600)
        spoken.append(Word(random.choice(VOCABULARY), moment, moment + length, 1.0))
        moment += length + random.choice([0, 0, 0, 30, 200, 900])

    def hear(window: Window) -> Heard:
        if not exact and random.random() < 0.2:
            return Heard(window, *random.choice([(None, False), ((), True), ((), False)]))
        first, last = window.start * 1000 // RATE, window.end * 1000 // RATE
        words = []
        for word in spoken:
            if word.start_ms < first or word.end_ms > last or (not exact and random.random() < 0.1):
                continue
            off = random.randrange(-jitter, jitter)
            text = random.choice(VOCABULARY) if not exact and random.random() < 0.2 else word.text
            words.append(replace(word, text=text, start_ms=word.start_ms + off, end_ms=word.end_ms + off))
        return Heard(window, tuple(words))

    return Session(tuple(spoken), tuple(hear(window) for window in planned))


def text(utterances: tuple[Utterance, ...]) -> list[str]:
    return [word.text for utterance in utterances for word in utterance.words]


def taken_from(utterances: tuple[Utterance, ...], window: int) -> list[tuple[tuple[Word, ...], bool]]:
    return [(utterance.words, utterance.settled) for utterance in utterances if utterance.window == window]


@given(sessions(exact=True))
def test_what_was_heard_well_is_told_once_and_whole(session: Session) -> None:
    """Words across a pause boundary are heard by nobody: no planner cuts there."""
    windows = [(one.window.start * 1000 // RATE, one.window.end * 1000 // RATE) for one in session.heard]
    whole = [word.text for word in session.spoken if any(a <= word.start_ms and word.end_ms <= b for a, b in windows)]
    assert text(fold(session.heard)) == whole


@given(sessions(exact=False))
def test_times_never_run_backwards_and_stay_in_the_words_window(session: Session) -> None:
    utterances = fold(session.heard)
    words = [word for utterance in utterances for word in utterance.words]
    assert all(word.start_ms <= word.end_ms for word in words)
    assert all(one.start_ms <= other.start_ms and one.end_ms <= other.end_ms for one, other in pairwise(words))
    for utterance in utterances:
        window = session.heard[utterance.window].window
        assert utterance.words[0].start_ms >= window.start * 1000 // RATE
        assert utterance.words[-1].end_ms <= window.end * 1000 // RATE


@given(sessions(exact=False))
def test_a_windows_words_depend_on_its_neighbours_alone(session: Session) -> None:
    whole = fold(session.heard)
    for index in range(len(session.heard)):
        first = max(index - 1, 0)
        part = fold(session.heard[first : index + 2])
        assert taken_from(part, index - first) == taken_from(whole, index)


@given(sessions(exact=False))
def test_folding_twice_gives_the_same(session: Session) -> None:
    assert fold(session.heard) == fold(list(session.heard))


@given(sessions(exact=False))
def test_words_outside_the_overlaps_are_told_exactly_as_heard(session: Session) -> None:
    told = [word for utterance in fold(session.heard) for word in utterance.words]
    for index, one in enumerate(session.heard):
        others = [*session.heard[max(index - 1, 0) : index], *session.heard[index + 1 : index + 2]]
        first = max(
            [one.window.start, *(other.window.end for other in others if other.window.start < one.window.start)]
        )
        last = min([one.window.end, *(other.window.start for other in others if other.window.start > one.window.start)])
        alone = [
            word
            for word in one.words or ()
            if first < word.start_ms * RATE // 1000 and word.end_ms < last * 1000 // RATE
        ]
        assert [told.count(word) for word in alone] == [1] * len(alone)


@given(sessions(exact=False), st.data())
def test_what_is_settled_stays_when_pending_windows_are_heard(session: Session, data: st.DataObject) -> None:
    pending = data.draw(st.integers(0, len(session.heard) - 1))
    early = [*session.heard]
    early[pending] = Heard(early[pending].window, None)
    later = fold(session.heard)
    for utterance in fold(early):
        if utterance.settled:
            assert utterance in later


@given(sessions(exact=False))
def test_only_what_a_pending_overlap_can_change_is_unsettled(session: Session) -> None:
    for utterance in fold(session.heard):
        around = session.heard[max(utterance.window - 1, 0) : utterance.window + 2]
        assert utterance.settled or any(one.words is None for one in around)
