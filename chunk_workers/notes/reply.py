"""What was said to a question: the stretch of the transcript up to the next speaker's first words, and what it says.

Who asks goes on at times ("It is okay to tell me."), lines are cut at breaths, and speakers are not always known. What
is not plainly a question left open, or plainly a yes or a no, is ``doubt``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from chunk_workers.notes.denial import answers_no, answers_yes, takes_back
from chunk_workers.sentences import Sentence, only_talk, without_openings

FEW: Final = 5
"""Sentences that whoever asks may go on for, and that are quoted of an answer."""

_REASSURES = re.compile(
    r"(?:\W*\b(?:and|so|but|okay|ok|um|well|now|just|please|sorry)\b)*\W*"
    r"(?:(?:it'?s|it is|that'?s|that is) (?:okay|ok|fine|all right|alright|safe|confidential)(?: to (?:tell|say"
    r"|talk)\b.*)?"
    r"|you can (?:tell|talk to|be (?:open|honest) with) (?:me|us)\b.*|(?:i|we) (?:have to |always |need to "
    r"|do )?ask\b.*"
    r"|take your time|(?:i'm |i am )?sorry (?:to|for|that i have to) ask\w*\b.*|(?:it's )?just (?:a )?(?:routine"
    r"|standard)\b.*"
    r"|there(?:'s| is) no (?:right|wrong)\b.*|don't (?:worry|be afraid|be shy)\b.*|be honest\b.*|this is (?:routine"
    r"|standard|confidential)\b.*)"
    r"\W*"
)
_OR_ELSE = re.compile(r"\W*(?:or|no|never|not at all)\b(?! (?:are|is) you\w* (?:okay|fine|safe))")


@dataclass(frozen=True, slots=True)
class Reply:
    """``sentences`` follow the question without a gap, and are to be quoted with it."""

    says: Literal["nothing", "yes", "no", "doubt"]
    sentences: tuple[Sentence, ...] = ()


NO_REPLY: Final = Reply("nothing")


def plain(text: str) -> str:
    """As patterns read it."""
    return text.casefold().replace("’", "'")


def reply(sentences: Sequence[Sentence], place: int) -> Reply:
    """The reply to the question that ends with the sentence at ``place``."""
    begin = place + 1
    while begin < len(sentences) and not _is_answer(sentences[place], sentences[begin]):
        if begin - place > FEW:
            return _left_open(sentences[place + 1 : begin])
        begin += 1
    between = sentences[place + 1 : begin]
    if begin == len(sentences):
        return _left_open(between)
    end = begin + 1
    while end < len(sentences) and end - begin < FEW and _only_opens(sentences[end - 1]):
        if not _same_turn(sentences[begin], sentences[end]):
            break
        end += 1
    quoted = (*between, *sentences[begin:end])
    if not all(_repeats(each) or _reassures(each) for each in between):
        return Reply("doubt", quoted)
    answer = plain(without_openings(sentences[end - 1].text))
    is_yes = answers_yes(answer)
    if not (is_yes or answers_no(answer)):
        return Reply("doubt", quoted)
    back = _taken_back(sentences, end)
    if back is None:
        return Reply("yes" if is_yes else "no", quoted)
    return Reply("doubt", (*between, *sentences[begin : back + 1 if back - begin < FEW else end]))


def _is_answer(question: Sentence, each: Sentence) -> bool:
    """Another speaks, or may do so: where nobody knows, what asks or reassures is the asker's."""
    if question.line.speaker is not None and each.line.speaker is not None:
        return question.line.speaker != each.line.speaker
    return question.place != each.place and not (each.asks or _reassures(each))


def _left_open(between: Sequence[Sentence]) -> Reply:
    """Nobody else answers; whoever speaks on may have answered all the same, or be somebody else."""
    if all(each.asks or _reassures(each) or _only_opens(each) for each in between):
        return NO_REPLY
    return Reply("doubt", tuple(between[:FEW]))


def _taken_back(sentences: Sequence[Sentence], begin: int) -> int | None:
    """Where the answer that ends before ``begin`` is taken back: on its line, or soon after in its turn."""
    for place in range(begin, len(sentences)):
        same_line = sentences[place].place == sentences[begin - 1].place
        if not (same_line or (place - begin < FEW and _same_turn(sentences[begin - 1], sentences[place]))):
            return None
        if takes_back(plain(sentences[place].text)):
            return place
    return None


def _same_turn(one: Sentence, other: Sentence) -> bool:
    return one.place == other.place or (one.line.speaker is not None and one.line.speaker == other.line.speaker)


def _only_opens(each: Sentence) -> bool:
    return only_talk(each.text)


def _reassures(each: Sentence) -> bool:
    return _REASSURES.fullmatch(plain(each.text)) is not None


def _repeats(each: Sentence) -> bool:
    """The question goes on, and a no is one to all of it: "Or of hurting somebody else?"."""
    return each.asks and _OR_ELSE.match(plain(each.text)) is not None
