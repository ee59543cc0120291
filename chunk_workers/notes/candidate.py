"""Candidates for statements: sentences that say something by themselves, and questions with their short answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final
from uuid import UUID

from chunk_workers.sentence_ends import NEVER_LAST
from chunk_workers.sentences import Sentence, only_talk, without_openings
from chunk_workers.spoken_english import FUNCTION_WORD
from session_core.note import LONGEST_TEXT
from session_core.segment import spelling

SHORT_ANSWER_WORDS: Final = 12
"""An answer up to this length is shown with its question: "Five pounds." says nothing without it."""

LONGEST_WORDS: Final = 32
"""Of the pieces of one sentence that are put together again: a longest with a shortest one. More stays cut."""

LEAST_CONTENT: Final = 2
"""Words with meaning in a statement: fewer are greetings, "I see" and the like."""

LONGEST_QUOTE: Final = LONGEST_TEXT - 10
"""Letters: what a statement may hold, less the capital and the full stop that tidying writes. Longer is no speech."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence, or several that stand next to one another."""

    sentences: tuple[Sentence, ...]

    @property
    def quote(self) -> str:
        """Letter for letter."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def text(self) -> str:
        """The quote's words, one after the other, as one writes them: the fillers that open it are gone."""
        return tidied(self.quote, runs_on=self.sentences[-1].runs_on)

    @property
    def segment_ids(self) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys(sentence.line.id for sentence in self.sentences))

    @property
    def content(self) -> frozenset[str]:
        """As of ``Sentence``."""
        return frozenset().union(*(sentence.content for sentence in self.sentences))


def candidates(sentences: Sequence[Sentence], least_content: int = LEAST_CONTENT) -> list[Candidate]:
    """What may become a statement, in order, with as many words with a meaning. A question without an answer states
    nothing and is none."""
    answered = dict(_exchanges(sentences))
    used = {number for first, last in answered.items() for number in range(first, last + 1)}
    found = []
    for number, sentence in enumerate(sentences):
        if number in answered:
            found.append(Candidate(tuple(sentences[number : answered[number] + 1])))
        elif number not in used and not sentence.asks:
            whole = _whole(sentences, number)
            used.update(range(number, number + len(whole)))
            found.append(Candidate(whole))
    return [each for each in found if len(each.content) >= least_content and len(each.quote) <= LONGEST_QUOTE]


def tidied(text: str, *, runs_on: bool = False) -> str:
    """The words of a text after those that only open it, with a capital, a full stop and no stray punctuation.

    What ``runs_on`` in the transcript ends with an ellipsis, as does what breaks off at a word that ends no sentence;
    that word is left out.
    """
    words = [word for word in without_openings(text).split() if any(map(str.isalnum, word))]
    while len(words) > 1 and (words[-1] in NEVER_LAST or (runs_on and FUNCTION_WORD.fullmatch(spelling(words[-1])))):
        words, runs_on = words[:-1], True
    told = " ".join(words).rstrip(",;:-– ")
    end = "…" if runs_on else "" if told.endswith((".", "?", "!", "…", "。", "？", "！")) else "."
    return told[:1].upper() + told[1:] + end


def _whole(sentences: Sequence[Sentence], number: int) -> tuple[Sentence, ...]:
    """The sentence with the pieces that go on with it, as far as they can be read as one statement."""
    last, words = number, len(sentences[number].text.split())
    while sentences[last].runs_on and (words := words + len(sentences[last + 1].text.split())) <= LONGEST_WORDS:
        last += 1
    return tuple(sentences[number : last + 1])


def _exchanges(sentences: Sequence[Sentence]) -> Iterator[tuple[int, int]]:
    """The first and the last sentence of each question that whoever speaks next answers shortly."""
    for number, (question, reply) in enumerate(pairwise(sentences)):
        another = question.line.speaker is None or question.line.speaker != reply.line.speaker
        if question.asks and reply.place == question.place + 1 and another:
            answer = list(_short_answer(sentences[number + 1 :], reply.place))
            if answer and not all(only_talk(each.text) for each in answer):
                yield number, number + len(answer)


def _short_answer(following: Sequence[Sentence], place: int) -> Iterator[Sentence]:
    """The answering line's sentences as long as they are short and ask nothing."""
    words = 0
    for each in takewhile(lambda sentence: sentence.place == place and not sentence.asks, following):
        words += len(each.text.split())
        if words > SHORT_ANSWER_WORDS:
            return
        yield each
