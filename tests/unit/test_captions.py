"""Captions that players read: cues of a readable size, times that grow, nothing taken for markup."""

from __future__ import annotations

import re
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from session_core.messages.event import WindowFailed
from session_core.messages.segment import WireSegment, WireWord
from session_core.messages.speaker import WireSpeaker
from session_core.messages.transcript import TranscriptView
from session_core.session import SessionState
from stream_server.exports.captions import LINE, LINES, LONGEST_CUE_MS, cues, sub_rip, web_vtt
from stream_server.exports.transcript_text import plain_text

TIMES = re.compile(r"(\d\d+):(\d\d):(\d\d)[.,](\d{3}) --> (\d\d+):(\d\d):(\d\d)[.,](\d{3})")


def segment(start_ms: int, *texts: str, speaker: str | None = None, each_ms: int = 300) -> WireSegment:
    words = [
        WireWord(w=text, s=start_ms + number * each_ms, e=start_ms + (number + 1) * each_ms, p=1.0)
        for number, text in enumerate(texts)
    ]
    return WireSegment(
        id=uuid4(),
        start_ms=start_ms,
        end_ms=start_ms + len(texts) * each_ms,
        speaker=speaker,
        text=" ".join(texts),
        words=words,
        generation=0,
    )


def transcript(*segments: WireSegment, names: dict[str, str | None] | None = None) -> TranscriptView:
    return TranscriptView(
        session_id=uuid4(),
        state=SessionState.READY,
        language="en",
        head=1,
        coverage=None,
        segments=list(segments),
        provisional=None,
        removed=[],
        failed=[],
        steps=[],
        warnings=[],
        speakers=[WireSpeaker(id=id_, name=name, merged_into=None) for id_, name in (names or {}).items()],
        typed_notes=[],
    )


def test_a_short_session_as_web_vtt() -> None:
    view = transcript(
        segment(0, "Good", "morning."),
        segment(3_661_000, "BP", "<", "120", "&", "fine", speaker="S1"),
        names={"S1": "Dr <b> Ng"},
    )
    assert web_vtt(view) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.600\nGood morning.\n\n"
        "01:01:01.000 --> 01:01:02.500\n<v Dr &lt;b&gt; Ng>BP &lt; 120 &amp; fine\n"
    )


def test_a_short_session_as_sub_rip() -> None:
    view = transcript(
        segment(0, "Good", "-->", "<i>morning</i>", "x", "<", "5", speaker="S1"),
        segment(2_000, "{\\an8}Yes.", speaker="S2"),
        names={"S1": "Ann", "S2": None},
    )
    assert sub_rip(view) == (
        "1\n00:00:00,000 --> 00:00:01,800\nAnn: Good -- > < i>morning< /i> x < 5\n\n"
        "2\n00:00:02,000 --> 00:00:02,300\nSpeaker 2: { \\an8}Yes.\n"
    )


def test_a_transcript_without_words_is_an_empty_file_of_its_kind() -> None:
    assert (web_vtt(transcript()), sub_rip(transcript()), plain_text(transcript())) == ("WEBVTT\n", "", "")


def test_plain_text_shows_names_and_what_could_not_be_transcribed() -> None:
    view = transcript(segment(12_000, "Yes.", speaker="S1"), segment(20_000, "No.", speaker="S2"), names={"S1": "Ann"})
    failed = WindowFailed(window_id=uuid4(), start_ms=14_000, end_ms=20_000, code="internal")
    assert plain_text(view.model_copy(update={"failed": [failed]})) == (
        "[00:12] Ann: Yes.\n[00:14] (not transcribed until 00:20)\n[00:20] Speaker 2: No.\n"
    )


words = st.text(st.characters(blacklist_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=60)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.lists(words, min_size=1, max_size=40), st.sampled_from([0, 1, 200, 900])), max_size=4),
    st.sampled_from([None, "S1", "S2"]),
    st.booleans(),
)
def test_cues_hold_every_word_once_in_a_readable_size(
    spoken: list[tuple[list[str], int]], speaker: str | None, name_in_text: bool
) -> None:
    at, segments = 0, []
    for texts, each_ms in spoken:
        segments.append(segment(at, *texts, speaker=speaker, each_ms=each_ms))
        at = segments[-1].end_ms + 500
    view = transcript(*segments, names={"S1": "Somebody with a name of many words that goes on for long", "S2": None})
    made = list(cues(view, name_in_text=name_in_text))
    if not (speaker and name_in_text):
        told = [word for cue in made for line in cue.lines for word in line.split()]
        assert told == [part for texts, _ in spoken for text in texts for part in text.split()]
    for cue in made:
        assert cue.start_ms < cue.end_ms
        assert all(len(line) <= LINE or " " not in line for line in cue.lines)
        single = not any(len(line.split()) > 1 for line in cue.lines)
        assert len(cue.lines) <= LINES or single or (name_in_text and speaker == "S1")
        assert cue.end_ms - cue.start_ms <= LONGEST_CUE_MS
    assert [cue.start_ms for cue in made] == sorted(cue.start_ms for cue in made)


@settings(deadline=None)
@given(st.lists(st.lists(words, min_size=1, max_size=10), max_size=4), st.none() | words)
def test_nothing_that_was_said_is_taken_for_structure(spoken: list[list[str]], name: str | None) -> None:
    segments = [segment(number * 10_000, *texts, speaker="S1") for number, texts in enumerate(spoken)]
    view = transcript(*segments, names={"S1": name})
    for text, name_in_text in ((web_vtt(view), False), (sub_rip(view), True)):
        count = len(list(cues(view, name_in_text=name_in_text)))
        assert text.count("-->") == count == len(TIMES.findall(text))
        assert "\n\n\n" not in text
    assert len(re.findall("<", web_vtt(view))) == len(list(cues(view, name_in_text=False)))
