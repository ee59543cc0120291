"""However events travel, a viewer that asks again at gaps ends with what the log holds."""

from __future__ import annotations

import random
import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hearken.transcript_view import Applied, TranscriptView

IDS = [str(uuid.UUID(int=number)) for number in range(4)]
Event = tuple[str, dict[str, Any]]


@st.composite
def segments(draw: st.DrawFn, kind: str) -> Event:
    start = draw(st.integers(0, 50)) * 100
    text = draw(st.sampled_from(("", "one", "one two", "three four five")))
    words = [{"w": word, "s": start + 10 * n, "e": start + 10 * n + 9, "p": 1.0} for n, word in enumerate(text.split())]
    return kind, {
        "id": draw(st.sampled_from(IDS)),
        "start_ms": start,
        "end_ms": start + 100,
        "speaker": None,
        "text": text,
        "words": words,
        "generation": draw(st.integers(0, 3)),
    }


spans = st.tuples(st.integers(0, 100), st.integers(100, 200))
states = st.sampled_from(("recording", "sealing", "ready"))


def coverage(transcribed_ms: int, holes: list[tuple[int, int]]) -> Event:
    return "coverage", {"recorded_ms": 200, "transcribed_ms": transcribed_ms, "holes": holes}


def failure(span: tuple[int, int], window_id: str, code: str) -> Event:
    return "window.failed", {"start_ms": span[0], "end_ms": span[1], "window_id": window_id, "code": code}


events = st.one_of(
    segments("segment.final"),
    segments("segment.edited"),
    segments("segment.provisional"),
    st.builds(lambda state: ("session.state", {"state": state}), states),
    st.builds(coverage, st.integers(0, 200), st.lists(spans, max_size=2)),
    st.builds(failure, spans, st.sampled_from("ab"), st.sampled_from(("", "timeout"))),
    st.just(("live.partial", {"anything": 1})),
)


def contents(view: TranscriptView) -> tuple[object, ...]:
    shown = (view.text(), view.provisional_text(), view.in_order())
    return (view.version, view.state, view.recorded_ms, view.transcribed_ms, view.holes, view.failed, *shown)


def folded(log: list[Event]) -> TranscriptView:
    view = TranscriptView()
    for version, (kind, data) in enumerate(log, 1):
        assert view.apply(version, kind, data) is Applied.NOW
    return view


@given(log=st.lists(events, max_size=20), seed=st.integers(0, 2**16))
def test_any_delivery_with_replays_at_gaps_converges(log: list[Event], seed: int) -> None:
    chance = random.Random(seed)
    view = TranscriptView()
    for _ in range(3 * len(log)):
        version = chance.randint(1, len(log))
        if view.apply(version, *log[version - 1]) is Applied.GAP and chance.random() < 0.5:
            replay = list(enumerate(log, 1))[view.version : version]
            for each, event in replay[: chance.randint(0, len(replay))]:
                view.apply(each, *event)
        assert contents(view) == contents(folded(log[: view.version]))
    for version, event in list(enumerate(log, 1))[view.version :]:
        view.apply(version, *event)
    assert contents(view) == contents(folded(log))


@given(log=st.lists(events, min_size=1, max_size=20))
def test_an_event_that_is_known_or_too_new_changes_nothing(log: list[Event]) -> None:
    view = folded(log)
    before = contents(view)
    for version, event in enumerate(log, 1):
        assert view.apply(version, *event) is Applied.BEFORE
    assert view.apply(len(log) + 2, *log[0]) is Applied.GAP
    assert contents(view) == before


@given(log=st.lists(events, max_size=20))
def test_a_segment_is_shown_as_it_was_last_and_not_once_it_is_withdrawn(log: list[Event]) -> None:
    expected: dict[str, str] = {}
    for kind, data in log:
        if kind in ("segment.final", "segment.edited"):
            expected.pop(data["id"], None)
            if data["text"]:
                expected[data["id"]] = data["text"]
    assert {str(segment.id): segment.text for segment in folded(log).in_order()} == expected


@given(log=st.lists(events, max_size=20))
def test_a_window_is_shown_as_failed_until_that_is_taken_back(log: list[Event]) -> None:
    last = {data["window_id"]: data["code"] for kind, data in log if kind == "window.failed"}
    assert {window: code for window, (_, _, code) in folded(log).failed.items()} == {
        window: code for window, code in last.items() if code
    }


@given(log=st.lists(events, max_size=20))
def test_provisional_words_never_overlap_final_ones(log: list[Event]) -> None:
    view = folded(log)
    latest = next((data for kind, data in reversed(log) if kind == "segment.provisional"), None)
    end = max((segment.end_ms for segment in view.in_order()), default=0)
    words = latest["words"] if latest else []
    assert view.provisional_text() == " ".join(word["w"] for word in words if word["s"] >= end)
