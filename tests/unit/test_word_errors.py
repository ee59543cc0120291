"""Word errors of the accuracy bench: which there are, and at what times."""

from __future__ import annotations

from itertools import pairwise

from whisper_normalizer.english import EnglishTextNormalizer

from bench.consultation import WordErrors
from bench.reference import Said
from bench.word_errors import Judged, by_edges, judge, normalised


def heard(*words: str, every_s: float = 1.0) -> list[Said]:
    """A word a second, in its first half: the n-th from n to n + 0.5."""
    return [Said(word, (n * every_s, n * every_s + 0.5)) for n, word in enumerate(words)]


def said(*words: str) -> list[Said]:
    return [Said(word) for word in words]


def test_words_that_normalising_joins_or_splits_are_when_they_were_said() -> None:
    pieces = heard("I'm", "uh", "twenty", "one", "Okay.")
    words = normalised(pieces, EnglishTextNormalizer())
    assert [each.text for each in words] == ["i", "am", "21", "okay"]
    spans = [each.span for each in words]
    assert spans[:2] == [(0, 0.5), (0, 0.5)]
    assert spans[2] in [(2, 2.5), (3, 3.5)]
    assert spans[3] == (4, 4.5)


def test_every_word_of_an_utterance_has_the_utterances_time() -> None:
    words = normalised([Said("Good morning.", (1, 3)), Said("Hi!", (3, 4))], EnglishTextNormalizer())
    assert words == [Said("good", (1, 3)), Said("morning", (1, 3)), Said("hi", (3, 4))]
    assert normalised([Said("hello there")], EnglishTextNormalizer()) == [Said("hello"), Said("there")]


def test_a_word_is_where_it_was_heard() -> None:
    judged = judge(said("a", "b", "c"), heard("a", "x", "c", "d"), 9.0)
    assert judged == [
        Judged(0.25, wrong=False),
        Judged(1.25, wrong=True),
        Judged(2.25, wrong=False),
        Judged(3.25, wrong=True, added=True),
    ]


def test_words_that_were_not_heard_share_the_gap_in_order() -> None:
    judged = judge(said("a", "p", "q", "b"), [Said("a", (0, 1)), Said("b", (5, 6))], 9.0)
    assert [each.at_s for each in judged] == [0.5, 2, 4, 5.5]
    assert [each.wrong for each in judged] == [False, True, True, False]
    assert [each.at_s for each in judge(said("p"), [], 9.0)] == [4.5]
    assert judge([], [], 9.0) == []
    assert all(one.at_s <= other.at_s for one, other in pairwise(judge(said(*"pqrst"), heard("r"), 9.0)))


def test_the_references_own_times_bound_the_recognisers() -> None:
    reference = [Said("a", (2, 3)), Said("b", (4, 5)), Said("c", (6, 7))]
    judged = judge(reference, [Said("a", (0.5, 1.5)), Said("c", (6.25, 6.75))], 9.0)
    assert [each.at_s for each in judged] == [2, 4, 6.5]


def test_errors_within_a_second_of_an_edge_are_told_from_the_others() -> None:
    judged = [
        Judged(9.0, wrong=True),
        Judged(8.9, wrong=True),
        Judged(10.5, wrong=False),
        Judged(11.0, wrong=True, added=True),
        Judged(11.1, wrong=False),
        Judged(20.4, wrong=True),
    ]
    assert by_edges(judged, [20.0, 10.0]) == (WordErrors(errors=3, words=3), WordErrors(errors=1, words=2))
    assert by_edges(judged, []) == (WordErrors(), WordErrors(errors=4, words=5))
