"""References of the accuracy bench: what is taken, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.recordings import find_recordings
from bench.reference import Reference, Said, UnusableReference, read_reference


def read(folder: Path, **texts: str) -> Reference:
    files = [folder / f"talk.{suffix}" for suffix in texts]
    for path, text in zip(files, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return read_reference(files)


def test_words_alone_have_no_times_and_an_empty_file_says_that_nobody_speaks(tmp_path: Path) -> None:
    assert read(tmp_path, txt="hello there\nyou\n") == Reference((Said("hello there\nyou"),), None)
    assert read(tmp_path, txt="\n") == Reference((), ())


def test_utterances_come_in_the_order_in_which_they_begin(tmp_path: Path) -> None:
    later, sooner = '{"start": 2, "end": 3.5, "text": "yes", "speaker": "b"}', '{"start": 1, "end": 2.5, "text": "so"}'
    read_back = read(tmp_path, json=f'{{"utterances": [{later}, {sooner}], "note": {{}}}}')
    assert read_back.said == (Said("so", (1, 2.5)), Said("yes", (2, 3.5), "b"))
    assert read_back.speech == ((1, 2.5), (2, 3.5))
    assert read_back.by_speaker() is None  # somebody's words are nobody's


def test_stm_knows_speakers_labels_comments_and_what_is_not_to_be_scored(tmp_path: Path) -> None:
    stm = """;; a comment
talk 1 anna 0.5 2.0 <o,f0,female> good morning
talk 1 bob 2.0 3.0 hello
talk 1 anna 3.0 4.0
talk 1 inter_segment_gap 4.0 9.0 IGNORE_TIME_SEGMENT_IN_SCORING
"""
    read_back = read(tmp_path, stm=stm)
    assert read_back.by_speaker() == {"anna": "<o,f0,female> good morning", "bob": "hello"}
    assert (read_back.speech, read_back.ignored) == (((0.5, 2), (2, 3)), ((4, 9),))


def test_turns_say_who_speaks_the_words_of_a_ctm(tmp_path: Path) -> None:
    ctm = "talk 1 1.0 0.5 hello 0.9\ntalk 1 1.75 0.5 yes\ntalk 1 9.0 0.5 bye\n"
    rttm = "SPEAKER talk 1 1.0 1.0 <NA> <NA> anna <NA> <NA>\nSPEAKER talk 1 1.9 1.0 <NA> <NA> bob <NA> <NA>\n"
    read_back = read(tmp_path, ctm=ctm, rttm=rttm)
    assert read_back.said == (
        Said("hello", (1, 1.5), "anna"),
        Said("yes", (1.75, 2.25), "bob"),
        Said("bye", (9, 9.5), "bob"),
    )
    assert read_back.speech == ((1, 2), (1.9, 2.9))


def test_turns_without_words_say_when_people_speak(tmp_path: Path) -> None:
    turns = "SPEAKER talk 1 1.0 2.0 <NA> <NA> anna <NA> <NA>\nNON-SPEECH talk 1 5 1 <NA> noise <NA> <NA>\n"
    assert read(tmp_path, rttm=turns) == Reference(None, ((1, 3),))


@pytest.mark.parametrize(
    ("suffix", "text", "complaint"),
    [
        ("json", "{", "talk.json can't be used: line: Invalid JSON"),
        ("json", '{"utterances": [{"start": 3, "end": 1}]}', "utterances.0: Value error, it ends before it begins"),
        (
            "stm",
            "talk 1 anna 0 1 yes\ntalk 1 anna zero 1 yes",
            "talk.stm, line 2: start: Input should be a valid number",
        ),
        ("stm", "talk 1 anna 0 1 { yes / no }", "talk.stm, line 1: alternatives in braces"),
        ("stm", "talk 1 anna 0 1 yes\nother 1 anna 0 1 yes", "talk.stm, line 2: this is another recording, other"),
        ("ctm", "talk 1 0.5 yes", "talk.ctm, line 1: 5 fields are expected, there are 4"),
        ("ctm", "talk 1 0.5 long yes", "talk.ctm, line 1: end: Input should be a valid number"),
        ("rttm", "SPEAKER talk 1 -1 2 <NA> <NA> anna", "talk.rttm, line 1: start: Input should be greater than"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, suffix: str, text: str, complaint: str) -> None:
    with pytest.raises(UnusableReference) as raised:
        read(tmp_path, **{suffix: text})
    assert complaint in str(raised.value)


def test_two_texts_of_one_recording_and_a_text_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableReference, match=r"talk\.txt and talk\.ctm are references of one recording"):
        read(tmp_path, txt="hello", ctm="talk 1 0 1 hello")
    (tmp_path / "talk.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnusableReference, match=r"talk\.txt can't be read as text in UTF-8"):
        read_reference([tmp_path / "talk.txt"])


def test_the_first_seconds_end_where_nobody_is_in_the_middle_of_something() -> None:
    one, two, three = Said("one", (0, 4)), Said("two", (3, 7)), Said("three", (8, 12))
    reference = Reference((one, two, three), ((0, 4), (3, 7), (8, 12)), ((20, 30),))
    assert reference.first(10) == (Reference((one, two), ((0, 4), (3, 7)), ()), 8)
    assert reference.first(7.5) == (Reference((one, two), ((0, 4), (3, 7)), ()), 7.5)
    assert reference.first(6)[1] == 0
    with pytest.raises(UnusableReference, match="no times"):
        Reference((Said("one"),), None).first(10)


def test_files_of_a_folder_are_paired_by_name_and_every_other_is_named(tmp_path: Path) -> None:
    for name in ("a.WAV", "a.txt", "b.mp3", "c.flac", "c.json", "d.ctm", "notes.md", ".hidden.wav"):
        (tmp_path / name).write_text("")
    found, problems = find_recordings(tmp_path)
    assert [recording.audio.name for recording in found] == ["a.WAV"]
    assert [problem.split(":")[0] for problem in problems] == [
        "b.mp3 has no reference (.txt, .json, .stm, .ctm, .rttm) beside it",
        "c.flac was not measured",
        "d.ctm is a reference without audio",
    ]


def test_a_folder_without_audio_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    assert find_recordings(tmp_path) == (
        [],
        [f"there is no audio in {tmp_path} (folders in it are not looked into)"],
    )
