"""Notes, passages and prompts over any transcript."""

from __future__ import annotations

import json
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.notes.answer import read_answer
from chunk_workers.notes.extraction import Extraction
from chunk_workers.notes.prompt import fence_for, note_prompt, parts
from chunk_workers.notes.risk import risks
from chunk_workers.passages import MOST_WORDS, passages
from chunk_workers.provider import BadAnswer
from chunk_workers.sentences import LONGEST_WORDS, sentence_texts, sentences
from session_core.line import Line
from session_core.note import Note, Section, Statement, checked, verbatim
from session_core.note_template import built_in

WORDS = ["pain", "knee", "I", "want", "to", "kill", "myself", "no", "never", "suicide", "um", "okay", "and", "but"]
MARKS = ["", "", "", "", ".", "?", ",", " .", "…", "!", "\n"]
SESSION = built_in("session")


@st.composite
def texts(draw: st.DrawFn) -> str:
    spoken = draw(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(MARKS)), max_size=60))
    return " ".join(word + mark for word, mark in spoken)


@st.composite
def transcripts(draw: st.DrawFn) -> list[Line]:
    said = draw(st.lists(st.tuples(texts() | st.text(max_size=40), st.sampled_from([None, "a", "b"])), max_size=12))
    return [
        Line(UUID(int=place + 1), place * 100, place * 100 + 90, text, who) for place, (text, who) in enumerate(said)
    ]


@st.composite
def notes(draw: st.DrawFn) -> Note:
    ids = st.lists(st.integers(1, 15).map(lambda number: UUID(int=number)), max_size=4).map(tuple)
    quotes = st.none() | texts().map(lambda text: text[:60])
    statements = draw(st.lists(st.builds(Statement, id=st.just("1"), text=st.just("a"), segment_ids=ids, quote=quotes)))
    section = Section(key="a", title="A", statements=tuple(statements))
    return Note(template="t", template_version=1, sections=(section,), writer="w")


@given(transcripts(), notes())
def test_a_checked_note_is_supported_and_stays_so(lines: list[Line], note: Note) -> None:
    found = checked(note, lines)
    said = {line.id: line.text for line in lines}
    kept = found.sections[0].statements
    assert found.dropped == len(note.sections[0].statements) - len(kept)
    assert checked(found, lines) == found
    for statement in kept:
        assert statement.segment_ids
        assert set(statement.segment_ids) <= said.keys()
        if statement.quote is not None:
            assert statement.quote in " ".join(said[each] for each in statement.segment_ids)


@given(st.text() | texts())
def test_sentences_are_the_text_and_none_is_long(text: str) -> None:
    found = sentence_texts(text)
    place = 0
    for sentence in found:
        place = text.index(sentence, place) + len(sentence)
        assert len(sentence.split()) <= LONGEST_WORDS
    letters = [letter for letter in text if letter.isalnum()]
    assert [letter for sentence in found for letter in sentence if letter.isalnum()] == letters


@given(transcripts(), st.sampled_from(["session", "soap", "free"]), st.integers(0, 2**32 - 1))
def test_whatever_the_vectors_say_a_note_is_only_what_was_said(lines: list[Line], name: str, seed: int) -> None:
    extraction = Extraction(lines, built_in(name))
    vectors = np.random.default_rng(seed).normal(size=(len(extraction.texts), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    note = extraction.note(vectors, model="random", language=None)
    assert checked(note, lines) == note
    asked = {section.key: section for section in built_in(name).sections}
    for section in note.sections:
        assert section.kind == "flags" or len(section.statements) <= asked[section.key].most
        assert len({statement.id for statement in section.statements}) == len(section.statements)
        for statement in section.statements:
            assert statement.quote is not None
            assert verbatim(statement.text, statement.quote) is not None
            assert (statement.severity is not None) == (section.kind == "flags")


@given(transcripts())
def test_every_plain_mention_of_suicide_is_told(lines: list[Line]) -> None:
    told = {place for risk in risks(sentences(lines)) if risk.kind == "suicide" for place in risk.segment_ids}
    assert {line.id for line in lines if "suicide" in line.text.split()} <= told


@given(transcripts())
def test_passages_hold_every_word_once_and_one_speaker_each(lines: list[Line]) -> None:
    found = passages(lines)
    speakers = {line.id: line.speaker for line in lines}
    said = "".join(line.text for line in lines)
    assert [each for each in "".join(passage.text for passage in found) if each.isalnum()] == [
        each for each in said if each.isalnum()
    ]
    for passage in found:
        assert len(passage.text.split()) <= MOST_WORDS
        assert {speakers[each] for each in passage.segment_ids} == {passage.speaker}
        assert passage.start_ms <= passage.end_ms


@given(transcripts(), st.integers(1, 400))
def test_parts_are_the_transcript(lines: list[Line], budget: int) -> None:
    found = list(parts(lines, budget))
    assert [line for _, part in found for line in part] == lines
    assert [first for first, _ in found] == [sum(len(part) for _, part in found[:at]) for at in range(len(found))]


@given(transcripts())
def test_a_prompt_has_one_line_for_each_segment_whatever_is_said(lines: list[Line]) -> None:
    fence = fence_for([line.text for line in lines])
    material = note_prompt(lines, 0, SESSION, "en", fence).material.split("\n")
    assert [material[0], material[-1]] == [fence, fence]
    numbers = [each.split(" ", 1)[0] for each in material[1:-1] if each]
    assert numbers == [f"s{number}" for number in range(len(lines))]


@given(
    st.text()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from([section.key for section in SESSION.sections]), inner)
        ),
    ).map(json.dumps)
)
def test_any_answer_is_a_note_or_a_bad_answer(answer: str) -> None:
    try:
        note = read_answer(answer, [], 0, SESSION, writer="w", language=None)
    except BadAnswer:
        return
    assert [section.key for section in note.sections] == [section.key for section in SESSION.sections]
