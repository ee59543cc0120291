"""The quality of a transcript: what counts against it, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from session_core.quality import Quality, Stretch, quality
from session_core.segment import Word


def said(text: str, probability: float = 0.9, begin: int = 0) -> list[Word]:
    return [
        Word(word, begin + 400 * number, begin + 400 * number + 300, probability)
        for number, word in enumerate(text.split())
    ]


def judged(words: Sequence[Word], recorded_ms: int = 60_000, **stretches: list[tuple[int, int]]) -> Quality:
    return quality(
        [("en", words)],
        recorded_ms=recorded_ms,
        holes=stretches.get("holes", []),
        failed=stretches.get("failed", []),
    )


PLAIN = said(" ".join(f"word{number}" for number in range(100)))


def test_a_clean_transcript_has_the_full_score_and_no_warning() -> None:
    found = judged(PLAIN)
    assert (found.score, found.warnings) == (100, ())
    assert found.words_per_minute == 100.0
    assert found.languages == {"en": 100}


def test_several_languages_are_counted_and_told_from_a_few_foreign_words() -> None:
    def mixed(foreign: int) -> Quality:
        heard = [("en", PLAIN[: 100 - foreign]), ("de", PLAIN[100 - foreign :]), ("fr", [])]
        return quality(heard, recorded_ms=60_000, holes=[], failed=[])

    assert (mixed(30).languages, mixed(30).warnings) == ({"en": 70, "de": 30}, ("mixed_languages",))
    assert (mixed(4).languages, mixed(4).warnings) == ({"en": 96, "de": 4}, ())
    assert mixed(30).score == 100


def test_silence_has_no_words_and_says_so() -> None:
    found = judged([])
    assert (found.score, found.warnings) == (0, ("no_speech",))


def test_nothing_recorded_is_no_error_and_no_silence() -> None:
    found = judged([], recorded_ms=0)
    assert (found.score, found.words_per_minute, found.warnings) == (0, 0.0, ("nothing_recorded",))


def test_what_could_not_be_listened_to_is_not_called_silent() -> None:
    assert judged([], holes=[(0, 60_000)]).warnings == ("parts_missing",)
    assert judged([], failed=[(0, 60_000)]).warnings == ("parts_failed",)
    assert judged([], holes=[(0, 30_000)]).warnings == ("no_speech", "parts_missing")


def test_what_is_missing_lowers_the_score_by_its_share() -> None:
    found = judged(PLAIN, holes=[(0, 6_000), (20_000, 26_000)])
    assert found.missing_share == 0.2
    assert found.score == 80
    assert found.warnings == ("parts_missing",)


def test_what_could_not_be_recognised_is_warned_of_however_short_it_is() -> None:
    assert judged(PLAIN, failed=[(0, 100)]).warnings == ("parts_failed",)


def test_a_recogniser_running_in_circles_is_found_and_the_first_saying_is_left_out() -> None:
    words = said("and so i said thank you thank you thank you thank you thank you then left")
    found = judged(words)
    assert found.repeated == (Stretch(words[6].start_ms, words[13].end_ms),)
    assert "repetition" in found.warnings


def test_people_who_say_a_word_three_times_are_not_taken_for_that() -> None:
    assert judged(said("no no no i do not want that")).repeated == ()


def test_a_run_of_guessed_words_is_a_stretch_and_single_ones_are_not() -> None:
    words = said("one two") + said("three", 0.1, 800) + said("four five", begin=1200)
    assert judged(words).unsure == ()
    guessed = said("this was not heard well")
    guessed = [Word(word.text, word.start_ms, word.end_ms, 0.1) for word in guessed]
    assert judged(guessed).unsure == (Stretch(0, guessed[-1].end_ms),)


def test_every_guessed_word_counts_also_where_it_stands_alone() -> None:
    words = [Word(word.text, word.start_ms, word.end_ms, 0.49 if at % 4 == 0 else 0.5) for at, word in enumerate(PLAIN)]
    found = judged(words)
    assert (found.unsure_share, found.score, found.warnings, found.unsure) == (0.25, 75, ("unsure",), ())


def test_speech_that_was_mostly_not_heard_is_warned_of() -> None:
    assert judged(said("one two three"), recorded_ms=120_000).warnings == ("few_words",)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1)), max_size=60),
    st.integers(0, 100_000),
)
def test_every_share_is_a_share_and_the_score_is_a_score(drawn: list[tuple[str, float]], recorded_ms: int) -> None:
    words = [Word(text, 10 * at, 10 * at + 9, sure) for at, (text, sure) in enumerate(drawn)]
    found = judged(words, recorded_ms=recorded_ms)
    assert 0 <= found.score <= 100
    for share in (found.missing_share, found.failed_share, found.unsure_share, found.repeated_share):
        assert 0 <= share <= 1
    assert sum(found.languages.values()) == found.words == len(words)
