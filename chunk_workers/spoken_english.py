"""Classes of English words that tell how people talk: what carries no meaning, opens a sentence, asks.

All are spelled without apostrophes, as ``spelling`` leaves them. In other languages they match next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from session_core.segment import spelling

FUNCTION_WORD: Final = re.compile(
    "a|about|again|all|also|am|an|and|any|are|arent|as|at|be|because|been|before|being|but|by|can|cant|cause|could|"
    "couldnt|did|didnt|do|does|doesnt|doing|dont|down|for|from|get|getting|go|going|gonna|got|had|hadnt|has|hasnt|"
    "have|havent|having|he|hed|her|here|hes|his|how|i|id|if|ill|im|in|into|is|isnt|it|itd|itll|its|ive|just|kind|"
    "kinda|let|lets|like|lot|made|make|many|may|maybe|me|mean|might|more|most|much|must|my|myself|no|nor|not|now|of|"
    "off|on|one|only|or|other|our|out|over|own|probably|quite|really|right|said|same|say|saying|see|she|shes|should|"
    "so|some|something|sort|still|such|take|than|that|thats|the|their|them|then|there|theres|these|they|theyre|thing|"
    "things|think|this|those|through|to|too|up|us|very|was|wasnt|way|we|wed|well|were|werent|weve|what|whats|when|"
    "where|which|while|who|why|will|with|wont|would|wouldnt|yet|you|youd|youll|your|youre|yours|youve"
)
TALK: Final = re.compile(
    "ah|alright|bye|er|fine|good|goodbye|great|hello|hey|hi|hm|hmm|huh|lovely|madam|mhm|mm|mmhmm|mmm|morning|nice|"
    "oh|ok|okay|perfect|please|sir|sorry|sure|thank|thanks|uh|uhhuh|um|umm|welcome|yeah|yep|yes"
)
COURTESY: Final = re.compile(
    "thank you for (?:telling|asking)(?: me| us)? |thank you for letting (?:me|us) know |"
    "(?:thank you|thanks)(?: very much| so much| a lot)? for (?:coming(?: in| by)?(?: today)?|calling|your time) |"
    "(?:thank you|thanks)(?: very much| so much| a lot)? (?!for )|"
    "good (?:morning|afternoon|evening) (?:(?:doctor|doc|nurse|sir|madam|maam|everyone) )?|nice to (?:meet|see) you "
)
"""A whole phrase, each word followed by a space, that only opens: "thank you", and never the "thank" alone."""

LONGEST_COURTESY: Final = 8
"""Words."""

_OPENS: Final = re.compile(
    "ah|alright|er|hello|hey|hi|hm|hmm|huh|mhm|mm|mmhmm|mmm|oh|ok|okay|uh|uhhuh|um|umm|yeah|yep|yes"
)
"""Words of talk that need no mark to stand for themselves, other than in "good sleep" and "please rest"."""

YES: Final = frozenset({"yes", "yeah", "yep", "mmhmm", "uhhuh"})
JOINING: Final = frozenset({"and", "so", "but", "then", "now"})

INVERTED: Final = re.compile("am|are|can|could|did|do|does|has|have|is|may|should|was|were|will|would")
"""Before its subject such a verb asks."""

SUBJECT: Final = re.compile("any|anyone|anything|he|her|his|i|it|she|that|the|there|these|they|this|those|we|you|your")
WH: Final = re.compile("any|how|what|when|where|which|who|why")


def opens(spelled: str) -> bool:
    """Whether the word only opens what is said, or is said while listening."""
    return spelled in JOINING or TALK.fullmatch(spelled) is not None


def opening(words: Sequence[str]) -> int:
    """How many of the first words, as they are written, only open what follows; 0 where it begins at once."""
    first = spelling(words[0])
    marked = words[0].endswith((",", ".", "!", "?", ";"))
    if first in JOINING or _OPENS.fullmatch(first) or (marked and TALK.fullmatch(first)):
        return 1
    courtesy = COURTESY.match("".join(f"{spelling(word)} " for word in words[:LONGEST_COURTESY]))
    return courtesy[0].count(" ") if courtesy else 0


def says_nothing(spelled: str) -> bool:
    return FUNCTION_WORD.fullmatch(spelled) is not None or TALK.fullmatch(spelled) is not None
