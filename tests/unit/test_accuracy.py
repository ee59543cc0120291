"""What the accuracy bench makes of a reference and of what was heard."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.accuracy import main, recognition_settings
from bench.accuracy_report import figures
from bench.comparison import Accuracy, compare
from bench.consultation import WordErrors
from bench.heard import Heard
from bench.non_speech import inside, non_speech
from bench.reference import Reference, Said


def heard(*words: Said, edges_s: tuple[float, ...] = ()) -> Heard:
    return Heard(words, edges_s, frozenset({"a recogniser"}), cpu_s=3.0, clock_s=6.0)


def compared(reference: Reference, found: Heard, length_s: float = 60.0) -> Accuracy:
    return compare(reference, found, length_s, str.lower)


HELLO = (Said("hello you", (10, 12), "anna"), Said("yes", (12, 13), "bob"))
TALK = Reference(HELLO, ((10, 12), (12, 13)))


def test_nobody_speaks_further_than_half_a_second_from_speech() -> None:
    assert non_speech([(4, 6), (1, 2), (6.5, 7), (6.2, 6.4)], 10) == [(0, 0.5), (2.5, 3.5), (7.5, 10)]
    assert non_speech([], 10) == [(0, 10)]
    assert non_speech([(0, 9.6)], 10) == []
    assert inside((2.4, 2.8), [(2.5, 3.5)])
    assert not inside((2.2, 2.6), [(2.5, 3.5)])


def test_words_where_nobody_speaks_are_counted_by_the_minute() -> None:
    words = (Said("hello", (10, 11)), Said("oh", (20, 21)), Said("ah", (30, 31)), Said("yes", (13, 13.4)))
    accuracy = compared(TALK, heard(*words))
    assert (accuracy.inserted, accuracy.silent_s) == (2, 56)
    assert figures(accuracy)["inserted_a_minute"] == 60 * 2 / 56


def test_an_empty_reference_makes_every_word_one_that_nobody_said() -> None:
    accuracy = compared(Reference((), ()), heard(Said("oh", (1, 2))))
    assert (accuracy.inserted, accuracy.silent_s, accuracy.words) == (1, 60, WordErrors(errors=1))
    assert figures(accuracy)["wer"] is None


def test_turns_without_words_tell_of_words_in_silence_alone() -> None:
    accuracy = compared(Reference(None, ((10, 12),)), heard(Said("hello", (10, 11)), Said("oh", (20, 21))))
    assert (accuracy.inserted, accuracy.words, figures(accuracy)["wer"]) == (1, WordErrors(), None)


def test_a_reference_without_times_says_nothing_of_silence() -> None:
    numbers = figures(compared(Reference((Said("hello"),), None), heard(Said("hello", (10, 11)))))
    assert (numbers["wer"], numbers["inserted"], numbers["inserted_a_minute"]) == (0, None, None)


def test_what_is_not_to_be_scored_counts_neither_as_words_nor_as_silence() -> None:
    reference = Reference(HELLO, TALK.speech, ((20, 40.5),))
    accuracy = compared(reference, heard(Said("hello", (10, 11)), Said("oh", (20, 21)), Said("ah", (30, 31))))
    assert (accuracy.inserted, accuracy.words) == (0, WordErrors(errors=2, words=3))
    assert accuracy.silent_s == 60 - (13.5 - 9.5) - (41 - 19.5)


def test_words_of_the_wrong_speaker_are_errors_where_speakers_are_known() -> None:
    words = (Said("hello", (10, 11), "S1"), Said("you", (11, 12), "S2"), Said("yes", (12, 13), "S2"))
    assert compared(TALK, heard(*words)).by_speaker == WordErrors(errors=2, words=3)
    renamed = tuple(Said(each.text, each.span, "S2" if each.text == "yes" else "S9") for each in words)
    assert compared(TALK, heard(*renamed)).by_speaker == WordErrors(errors=0, words=3)
    nobodys = tuple(Said(each.text, each.span) for each in words)
    assert compared(TALK, heard(*nobodys)).by_speaker.errors == 2
    assert figures(compared(Reference((Said("hello"),), None), heard(*words)))["cpwer"] is None


def test_the_recordings_own_beginning_and_end_are_no_edges() -> None:
    words = (Said("hello", (0.1, 0.5)), Said("you", (30, 31)), Said("no", (59.5, 60)))
    accuracy = compared(Reference((Said("hello you yes"),), None), heard(*words, edges_s=(0, 30, 60)))
    assert (accuracy.near, accuracy.elsewhere) == (WordErrors(0, 1), WordErrors(1, 2))


def test_recordings_are_summed_before_anything_is_divided() -> None:
    one = Accuracy(60, WordErrors(1, 10), WordErrors(1, 40), WordErrors(), 0, 0, cpu_s=3, clock_s=30)
    other = Accuracy(180, WordErrors(2, 5), WordErrors(3, 45), WordErrors(3, 6), 4, 120, cpu_s=9, clock_s=10)
    numbers = figures(one + other)
    assert (numbers["wer"], numbers["cpwer"], numbers["near_edges"], numbers["elsewhere"]) == (0.07, 0.5, 0.2, 4 / 85)
    assert numbers["near_by_elsewhere"] == 0.2 / (4 / 85)
    assert (numbers["cpu_by_audio"], numbers["clock_by_audio"], numbers["inserted_a_minute"]) == (0.05, 1 / 6, 2)


def test_settings_of_recognition_are_taken_and_those_of_other_things_left() -> None:
    environ = {
        "HEARKEN_WHISPER_MODEL": "/models/small",
        "HEARKEN_DATABASE_URL": "postgresql://somewhere",
        "HEARKEN_GEMINI_API_KEY": "secret",
        "HEARKEN_ENGIN": "whisper",
        "PATH": "/bin",
    }
    assert recognition_settings(environ) == {"whisper_model": "/models/small", "engin": "whisper"}


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1", "many"])
def test_seconds_that_are_none_are_refused(
    seconds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["accuracy", f"--seconds={seconds}", str(tmp_path)])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert f"{seconds} is no number of seconds above 0" in capsys.readouterr().err


def test_a_file_in_place_of_a_folder_is_called_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tone.wav").touch()
    monkeypatch.setattr("sys.argv", ["accuracy", str(tmp_path / "tone.wav")])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "tone.wav is a file" in capsys.readouterr().err


def test_a_folder_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(path: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("sys.argv", ["accuracy", str(tmp_path)])
    monkeypatch.setattr(Path, "iterdir", refused)
    assert main() == 1
    assert capsys.readouterr().err == (
        f"accuracy: nothing was measured: {tmp_path} cannot be read (Permission denied)\n"
    )
