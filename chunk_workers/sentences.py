"""Sentences of a transcript: what notes, answers and passages are made of.

Recognisers differ: some write punctuation, some none. Where a stretch runs on for too long without any, it is cut
where people take up a new thought.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise
from typing import Final

from session_core.line import Line
from session_core.note import spans
from session_core.segment import spelling

LONGEST_WORDS: Final = 24
"""Of a sentence, as of an utterance after which the next breath ends it (``fold``). Spoken ones run on."""

_SHORTEST_WORDS = 8
"""Of the pieces of a long sentence: shorter ones say nothing by themselves."""

_END = re.compile(r"[.?!…。？！][\"'”’)\]]*$")
_ABBREVIATION = re.compile(r"^(?:dr|mr|mrs|ms|prof|st|vs|e\.g|i\.e|etc|approx|[a-z])\.$", re.IGNORECASE)
_NEW_THOUGHT = frozenset({"and", "but", "so", "because", "cause", "then", "or", "okay", "ok", "well", "which", "when"})

# Spelled without apostrophes, as ``spelling`` leaves them.
_FUNCTION_WORD = re.compile(
    "a|about|again|all|also|am|an|and|any|are|arent|as|at|be|because|been|before|being|but|by|can|cant|cause|could|"
    "couldnt|did|didnt|do|does|doesnt|doing|dont|down|for|from|get|getting|go|going|gonna|got|had|hadnt|has|hasnt|"
    "have|havent|having|he|hed|her|here|hes|his|how|i|id|if|ill|im|in|into|is|isnt|it|itd|itll|its|ive|just|kind|"
    "kinda|let|lets|like|lot|made|make|many|may|maybe|me|mean|might|more|most|much|must|my|myself|no|nor|not|now|of|"
    "off|on|one|only|or|other|our|out|over|own|probably|quite|really|right|said|same|say|saying|see|she|shes|should|"
    "so|some|something|sort|still|such|take|than|that|thats|the|their|them|then|there|theres|these|they|theyre|thing|"
    "things|think|this|those|through|to|too|up|us|very|was|wasnt|way|we|wed|well|were|werent|weve|what|whats|when|"
    "where|which|while|who|why|will|with|wont|would|wouldnt|yet|you|youd|youll|your|youre|yours|youve"
)
_TALK = re.compile(
    "ah|alright|bye|er|fine|good|goodbye|great|hello|hey|hi|hm|hmm|huh|lovely|madam|mhm|mm|mmhmm|mmm|morning|nice|"
    "oh|ok|okay|perfect|please|sir|sorry|sure|thank|thanks|uh|uhhuh|um|umm|welcome|yeah|yep|yes"
)
_YES: Final = frozenset({"yes", "yeah", "yep", "mmhmm", "uhhuh"})
_JOINING: Final = frozenset({"and", "so", "but", "then", "now"})

_INVERTED = re.compile("am|are|can|could|did|do|does|has|have|is|may|should|was|were|will|would")
_SUBJECT = re.compile("any|anyone|anything|he|her|his|i|it|she|that|the|there|these|they|this|those|we|you|your")
_WH = re.compile("any|how|what|when|where|which|who|why")
_ASKED_WITH = re.compile(f"{_WH.pattern}|long|many|much|often|times|kind|of|a|day|exactly")
_YOU: Final = frozenset({"you", "your", "there"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is a stretch of the line's text, letter for letter; ``place`` counts the lines of the transcript.

    ``opens`` and ``closes``: whether it is the first or the last of its line.
    """

    line: Line
    place: int
    text: str
    opens: bool
    closes: bool

    @property
    def content(self) -> frozenset[str]:
        """The words that carry meaning, spelled without case and punctuation."""
        return content_words(self.text)

    @property
    def asks(self) -> bool:
        """Whether it is a question: by its mark, by its first words ("do you"), and without punctuation by "what"."""
        if self.text.rstrip("\"'”’)] ").endswith(("?", "？")):
            return True
        first, second = [*dropwhile("no".__eq__, _said(self.text)), "", ""][:2]
        inverted = _INVERTED.fullmatch(first) and _SUBJECT.fullmatch(second)
        return bool(inverted or (_WH.fullmatch(first) and not _END.search(self.text)))


def without_openings(text: str) -> str:
    """The text without the words that only open it ("um, okay, so"); itself where there are no others."""
    rest = dropwhile(lambda span: _opens(spelling(span[2])) or not _is_word(span[2]), spans(text))
    first = next(rest, None)
    return text[first[0] :] if first else text


def only_talk(text: str) -> bool:
    """Whether it is no more than "okay", "hm" and the like; "yes" and "no" are more."""
    return all(_opens(spelling(word)) and spelling(word) not in _YES for word in text.split() if _is_word(word))


def _said(text: str) -> list[str]:
    """The words after those that only open."""
    return list(dropwhile(_opens, (spelling(word) for word in text.split())))


def _opens(spelled: str) -> bool:
    return spelled in _JOINING or _TALK.fullmatch(spelled) is not None


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def content_words(text: str) -> frozenset[str]:
    """The words of a text that carry meaning. Function words are English; in other languages all words count."""
    spelled = (spelling(word) for word in text.split())
    return frozenset(word for word in spelled if any(map(str.isalpha, word)) and not _says_nothing(word))


def _says_nothing(spelled: str) -> bool:
    return _FUNCTION_WORD.fullmatch(spelled) is not None or _TALK.fullmatch(spelled) is not None


def sentences(lines: Sequence[Line]) -> list[Sentence]:
    """The sentences of all lines, in order; what holds no letter or digit is none."""
    found = []
    for place, line in enumerate(lines):
        texts = sentence_texts(line.text)
        for number, text in enumerate(texts):
            found.append(Sentence(line, place, text, number == 0, number == len(texts) - 1))
    return found


def sentence_texts(text: str) -> list[str]:
    """The stretches of a text that are sentences, none longer than :data:`LONGEST_WORDS` words."""
    words = spans(text)
    stretches = (piece for sentence in _punctuated(words) for piece in _cut(sentence))
    texts = (text[stretch[0][0] : stretch[-1][1]] for stretch in stretches)
    return [each for each in texts if _is_word(each)]


_Span = tuple[int, int, str]


def _punctuated(words: Sequence[_Span]) -> Iterator[Sequence[_Span]]:
    ends = [n for n, (_, _, word) in enumerate(words, 1) if _END.search(word) and not _ABBREVIATION.match(word)]
    begins = [0, *(ends or _questions(words)), len(words)]
    yield from (words[begin:end] for begin, end in pairwise(begins) if begin < end)


def _questions(words: Sequence[_Span]) -> list[int]:
    """Where, in words without a mark, a question to the other begins: "(okay so how often) do you"."""
    spelled = [spelling(word) for _, _, word in words]
    found = []
    for number, (word, following) in enumerate(pairwise(spelled)):
        if _INVERTED.fullmatch(word) and following in _YOU:
            begin = number
            while begin and (_opens(spelled[begin - 1]) or _ASKED_WITH.fullmatch(spelled[begin - 1])):
                begin -= 1
            found.append(begin)
    return found


def _cut(words: Sequence[_Span]) -> Iterator[Sequence[_Span]]:
    """A long sentence in pieces: at the new thought, else the comma, nearest to its middle, else in the middle."""
    if len(words) <= LONGEST_WORDS:
        yield words
        return
    inner = range(_SHORTEST_WORDS, len(words) - _SHORTEST_WORDS + 1)
    thoughts = [number for number in inner if spelling(words[number][2]) in _NEW_THOUGHT]
    commas = [number for number in inner if words[number - 1][2].endswith((",", ";", ":"))]
    middle = len(words) // 2
    at = min(thoughts or commas or [middle], key=lambda number: abs(number - middle))
    yield from _cut(words[:at])
    yield from _cut(words[at:])
