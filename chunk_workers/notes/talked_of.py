"""Ways to speak of a risk that is nobody's: asking about it, supposing it, informing about it.

All are about others. What people say of themselves is never taken for any of them: "what I want is to kill myself" and
"do I want to die" weigh what their words do. All texts are without capitals and with straight apostrophes.
"""

from __future__ import annotations

import re
from typing import Final

from chunk_workers.spoken_english import INVERTED

_VERB: Final = rf"(?:{INVERTED.pattern})(?:n't)?"
_OPENED: Final = r"^(?:\W*\b(?:and|so|but|then|now|or|okay|ok|well|um|uh|right|no|alright)\b)*\W*"
_FIRST: Final = rf"{_OPENED}{_VERB} (?:you|he|she|they|your|his|her|their|there|any|anyone|anybody|someone)\b"
_INSIDE: Final = rf"\b{_VERB} you\b"
_BEGINS = re.compile(rf"{_FIRST}|{_INSIDE}")

_OF_ONESELF = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine|myself|we|we're|we've|us|our)\b")
_PRESUPPOSES = re.compile(
    r"^\W*(?:and |so |but |okay )*(?:when|why|who|whose|where|which|how(?! about))\b"
    r"|\byou (?:know|knew|see|saw|hear|heard|remember|reali[sz]e|understand|believe|notice|noticed)\b"
)
"""What is asked takes it for true: "why did you take an overdose", "did you know that he hits her"."""

_SUPPOSES = re.compile(
    r"\b(?:(?:if|in case|whenever|should|were)(?: (?:you|someone|somebody|anyone|anybody|people))"
    r"(?: (?:ever|should|start|begin|to|do|have|feel|feels|are|get|like|having|thinking|thoughts|think|of|about|want"
    r"|wanting|any))*) $"
)
"""Advice ("if you ever feel like")."""

_CAUSES = re.compile(
    r"\b(?:can|may|might|could|sometimes|rarely)(?: (?:also|rarely|sometimes|even|in rare cases))*"
    r" (?:cause|lead to|increase|raise|trigger|worsen|result in|bring on)(?: [\w-]+){0,5} $"
    r"|\bside effects?(?: [\w-]+){0,6} $"
)
_IS_MATERIAL = re.compile(
    r"^ (?:\w+ )?(?:prevention|leaflets?|brochures?|hotline|helpline|awareness|training|screening|questionnaire"
    r"|assessments?|service|services|team|charity)\b"
)
_CAN_HARM = re.compile(
    r"^(?: (?:of|on|with|these|those|this|that|the|at|once|tablets?|pills?|medicines?|paracetamol|ibuprofen"
    r"|insulin))*"
    r" (?:is (?:very |really )?(?:dangerous|harmful)"
    r"|(?:may|can|could|might|will) (?:\w+ )?(?:harm|damage|hurt|cause|be|affect|lead|make|kill|upset))\b"
)
_BARE = re.compile(r"(?:(?:an?|the|any|and|so|but|also|because|remember)\b\W*)*")
_TURNED_TO = re.compile(r"\b(?:called|rang|phoned|texted|contacted|saved|used|tried|spoke)\b")


def asks_of_another(text: str, start: int, end: int) -> bool:
    """Whether the mention at ``[start, end)`` is what somebody else is asked, and is not taken for true there.

    A question is told by its mark, or by a verb before its subject ("do you"), never by "what" or "when" alone.
    """
    asked = [found for found in _BEGINS.finditer(text) if found.start() <= start]
    if not asked and not text.rstrip("\"'”) ").endswith("?"):
        return False
    question = text[asked[-1].start() if asked else 0 : end]
    return not (_OF_ONESELF.search(question) or _PRESUPPOSES.search(text[:end]))


def is_no_ones(before: str, after: str) -> bool:
    """Whether the mention between these two stretches of its sentence is only supposed, or information for anybody."""
    if _SUPPOSES.search(before):
        return True
    if _IS_MATERIAL.search(after):
        return not _TURNED_TO.search(before + after)
    informs = _CAUSES.search(before) or (_CAN_HARM.search(after) and _BARE.fullmatch(before))
    return bool(informs) and not _OF_ONESELF.search(before + after)
