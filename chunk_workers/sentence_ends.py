"""Where sentences end in words without a mark, as some recognisers write them.

Each place between two words gets the odds that a sentence ends there, from the pause and from the words beside it; the
ends are those places that together are likeliest, and no sentence is longer than is asked. This is the hidden event
model of Stolcke & Shriberg, "Automatic linguistic segmentation of conversational speech", ICSLP (1996), and of
Shriberg, Stolcke, Hakkani-Tür & Tür, "Prosody-based automatic segmentation of speech into sentences and topics",
Speech Communication 32 (2000), who find the pause to be the best cue beside the words. The words' part is no trained
model here but English grammar: "the" ends no sentence, and "I" seldom stands inside one unless something governs it.
The classes of pauses are those of Campione & Véronis, "A large-scale multilingual study of silent pause duration",
Speech Prosody (2002), who leave out what is shorter than 60 ms: brief, medium and long ones, with borders at 200 ms
and 1 s.

All weights are natural logarithms of odds, set by hand; words and weights were revised while reading what they did to
the consultations that the bench measures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from chunk_workers.spoken_english import INVERTED
from session_core.segment import spelling

PAUSES_MS: Final = (60, 200, 1_000)
"""Where brief, medium and long pauses begin."""

_PRIOR: Final = -2.0
"""Spoken sentences have some eight words: one place in eight is an end."""

_BY_PAUSE: Final = (-0.5, 1.0, 2.0, 4.0)
"""No pause, a brief, a medium, a long one. Many ends have none; a long one is hardly ever inside a sentence."""

_NEVER: Final = -8.0
"""More than everything that speaks for an end: grammar outweighs hesitation."""

_SELDOM, _AT_TIMES, _OFTEN, _MOSTLY = -2.0, 1.0, 2.0, 3.0
_QUESTION: Final = 4.0

_MOST_ASKED_WITH: Final = 5
"""Words between the one that asks and the verb: "how many times a day do you"."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_FILLERS: Final = _words("ah eh er hm mm uh um umm")
_NODS: Final = _words(
    "alright bye fine good great hello hey hi no oh ok okay please right sorry sure thank thanks well yeah yep yes"
)
_CLAUSE: Final = _words("i im ive we weve he hes she shes they theyre it its there theres thats ill youre youve")
"""Subjects, alone or with their verb: a clause begins."""

_GOVERNS: Final = _words(
    "after anything as because before cause everything feel guess hope how if know like mean nothing one said say says "
    "see since so something suppose than that then thing things think thought time until way what when where whether "
    "which while who why"
)
"""What a clause may follow in the same sentence; it goes on with its subject."""

NEVER_LAST: Final = (
    _FILLERS
    | _CLAUSE - _words("it there")
    | _words("a an the my your our their every and or but because if whether than")
)
_SELDOM_LAST: Final = _words(
    "about am any are at be been by can cant could did didnt do does doesnt dont for from had has have in into is isnt "
    "may might must never not of on should some that these this those to very was wasnt will with would wouldnt"
)
_SELDOM_FIRST: Final = _words("ago am are be been either had him is me of than them too us was were")
_JOINS: Final = _words("and because but cause or so then")
_ASKS: Final = _words("how what when where which who why")
_BE_OR_HAVE: Final = _words("am are has have is was were")
"""Verbs that stand as well before what they say of something: "the pain is the worst"."""

_YOU: Final = _words("there you your")
_ASKED: Final = _YOU | _words("he i it she that the they this we")


def sentence_ends(words: Sequence[str], pauses: Sequence[int], most: int) -> list[int]:
    """Of how many words the text consists where each sentence ends, the last end left out; ascending.

    ``pauses`` are milliseconds of silence before each word, empty where nobody knows. No sentence has more than
    ``most`` words. Among equally likely ends the sentences are as even as can be.
    """
    count = len(words)
    odds = _odds([spelling(word) for word in words], pauses)
    best: list[tuple[float, int, int]] = [(0.0, 0, 0)]
    for end in range(1, count + 1):
        worth = odds[end] if end < count else 0.0
        before = (
            (best[start][0] + worth, best[start][1] - (end - start) ** 2, start)
            for start in range(max(0, end - most), end)
        )
        best.append(max(before))
    ends, end = [], count
    while (end := best[end][2]) > 0:
        ends.append(end)
    return ends[::-1]


def likely_ends(words: Sequence[str], pauses: Sequence[int]) -> frozenset[int]:
    """Of how many words the text consists where a sentence is likelier to end than not."""
    return frozenset(place for place, odds in enumerate(_odds([spelling(word) for word in words], pauses)) if odds > 0)


def _odds(words: Sequence[str], pauses: Sequence[int]) -> list[float]:
    """The logarithm of the odds of an end before each word; that before the first means nothing."""
    odds = [_PRIOR] * len(words)
    for place in range(1, len(words)):
        odds[place] += _by_words(words[place - 1], words[place], words[place + 1] if place + 1 < len(words) else "")
        if pauses:
            odds[place] += _BY_PAUSE[bisect_right(PAUSES_MS, pauses[place])]
    for begin, verb in _questions(words):
        odds[begin] += _QUESTION
        for inside in range(begin + 1, verb + 2):
            odds[inside] += _NEVER
    return odds


def _by_words(before: str, word: str, after: str) -> float:
    if before in NEVER_LAST or word == before:
        return _NEVER
    # What opens goes with what it opens, and people nod several times.
    weight = _SELDOM if before in _SELDOM_LAST or before in _NODS else 0.0
    if word in _SELDOM_FIRST:
        weight += _SELDOM
    elif word in _CLAUSE:
        goes_on = before in _GOVERNS or before.endswith("ly") or INVERTED.fullmatch(before)
        weight += _SELDOM if goes_on else _MOSTLY
    elif word in _JOINS:
        weight += _OFTEN if after in _CLAUSE else 0.0
    elif word in _NODS:
        weight += _OFTEN
    elif word in _FILLERS:
        weight += _AT_TIMES
    return weight


def _questions(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where a question begins, and its verb: "(okay so how often) do you"."""
    found: list[tuple[int, int]] = []
    for verb, (word, following) in enumerate(pairwise(words)):
        begin = _asked_with(words, verb)
        asked = _YOU if word in _BE_OR_HAVE and begin == verb else _ASKED
        if not INVERTED.fullmatch(word) or following not in asked or (verb and words[verb - 1] in _CLAUSE):
            continue
        while begin and (words[begin - 1] in _NODS or words[begin - 1] in _FILLERS or words[begin - 1] in _JOINS):
            begin -= 1
        found.append((begin, verb))
    return found


def _asked_with(words: Sequence[str], verb: int) -> int:
    """Where "how many times a day" begins before its verb; the verb where nothing of the kind is there."""
    for begin in range(verb - 1, max(-1, verb - 1 - _MOST_ASKED_WITH), -1):
        if words[begin] in _CLAUSE or words[begin] in _YOU:
            break
        if words[begin] in _ASKS:
            return begin
    return verb
