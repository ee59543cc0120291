"""Whether a risk that is spoken of is denied there, by the words around it.

After NegEx (Chapman et al., "A Simple Algorithm for Identifying Negated Findings and Diseases in Discharge Summaries",
J. Biomed. Inform. 34, 2001) and ConText (Harkema et al., "ConText: An Algorithm for Determining Negation, Experiencer,
and Temporal Status from Clinical Reports", J. Biomed. Inform. 42, 2009): a word that denies reaches up to the finding.
Theirs reaches over everything but words that end it. Here a denial shown that is none is worse than one that is
missed, and people speak without the points of a report; so it reaches only over the words that such denials are made
of ("no thoughts of", "never tried to"), and whatever else is said between, around or after leaves it in doubt: then
nothing is denied. Commas end it except in a list ("no suicidal thoughts, self-harm or abuse").

All texts are without capitals and with straight apostrophes.
"""

from __future__ import annotations

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DETERMINERS = _words("a an any anything all at such single one kind kinds sort form my your his her their our the of")
_FINDINGS = _words(
    """thought thoughts idea ideas ideation feeling feelings urge urges plan plans intent intention intentions impulse
    impulses history sign signs evidence risk attempt attempts behaviour behavior incident incidents episode episodes
    act acts current currently past previous previously prior recent recently active actively passive family
    suicide suicidal homicide homicidal self-harm self-harming self-injury harm violence violent abuse abusive neglect
    overdose overdoses overdosing physical sexual emotional domestic death depression anxiety hallucinations delusions
    alcohol drugs substance"""
)
_DOING = _words(
    """be been being have has had having ever once think thinking consider considered considering contemplated feel felt
    try tried trying attempted attempting planned planning experienced experiencing expressed expressing reported made
    done do did commit committed committing going gonna took taken to about in or nor either before"""
)
_HARMING = _words(
    """kill killing hurt hurting harm harming cut cutting end ending take taking life myself yourself himself herself
    themselves anyone anybody someone somebody others other people else"""
)
_TIMES = _words("today tonight now right moment lately days week weeks month this these last at the few")
_WITHIN: Final = _DETERMINERS | _FINDINGS | _DOING | _HARMING
"""What a denial reaches over."""

_NEGATED_VERB = r"(?:have|has|had|is|are|was|were|do|does|did|would|wo|ai)n't"
_DENIAL = re.compile(
    rf"\b(?:(?:i (?:don't|do not|wouldn't) (?:think|believe|say|feel like|suppose) (?:that )?"
    r"(?:i|i'd|i'm|i've|i'll|he|he's|he'd|she|she's|she'd|they|they'd|they're)(?: would| have| am)?)"
    r"|(?P<of_nouns>no|nor|denies|denied|continues to deny|negative for)|not|never|neither|nobody|no one"
    rf"|{_NEGATED_VERB})"
    r"(?P<reached>(?:,? [\w'-]+)*?)(?P<felt>(?: feel| felt| feeling) like)?(?: want(?:ed|ing)? to)?(?P<listed>,?) $"
)
"""At the end of what stands before the mention. Not among them: what is wished ("free of"), what is no choice
("can't", "shouldn't"), and what most often is turned around ("without")."""

_CLAUSE = re.compile(r"[.,;:!?]|\b(?:and|but|because|so|then)\b")
_FIRST_NO = re.compile(r"^(?:\W*\b(?:no|nope|nah|well|oh|um|uh|okay|yeah)\b)+,? (?=(?:i|he|she|they|we|there|it)\b)")

_TURNS_AROUND = re.compile(
    r"\b(?:no|not|never|none|nothing|nobody|without|nor|neither|deny|cannot|\w+n't|hardly|barely|scarcely|rarely"
    r"|seldom"
    r"|why|who|how|if|wish\w*|hop(?:e|ed|ing)|pretend\w*|lie|lied|lying|claim\w*|swear|promis\w*"
    r"|i (?:said|say|told|tell|have denied|denied))\b"
)
"""Before a denial in its clause: two negatives make a yes, and what is wished or only claimed is none."""

_TAKES_BACK = re.compile(
    r"\b(?:but|although|though|however|except|unless|until|till|since|only|yet|apart from|other than|besides"
    r"|any ?more|any longer|more|less|sometimes|often|usually|always|every|again|used to|yes|yeah|maybe|perhaps"
    r"|i (?:am|do|did|was|have)|know|sure|really)\b"
)

_ASKING: Final = (
    _WITHIN
    | _TIMES
    | _words(
        """do does did have has are is was were you you've you're he she they and so okay ok well um not
        haven't aren't don't isn't didn't hasn't ever there like wanting want wanted that bad low felt feeling getting
        point time with by would some way ways wished dead year years month months physically otherwise hit kicked
        punched slapped choked shoved threatened partner ex-partner husband wife boyfriend girlfriend"""
    )
)
"""What a question is made of whose "no" denies; "no" to "have you told anyone about it" denies nothing."""

_ASKED_BESIDES = re.compile(
    r"\bhow often\b|\bon purpose\b|\bbothered by\b|\boccurred to you\b|\bover the (?:last|past)(?: \w+)? (?:days"
    r"|weeks|months|year)\b"
    r"|\b(?:better off dead|(?:or )?wish(?:ed)? you could (?:go to sleep|fall asleep) and not wake up)\b"
)
"""Phrases of such questions whose words alone are of others too: "did the thoughts go"."""

_GOES_ON = re.compile(r"\bstop\w*\b")
"""No to "has he stopped hurting you" says that he has not."""

_ANSWER_BEGINS = re.compile(
    r"(?:no|nope|nah|never|none|nothing|not (?:at all|ever|once)|(?:absolutely|of course|definitely|certainly) not"
    rf"|(?:i|he|she|they|we) (?:{_NEGATED_VERB}|(?:have|has|would|did|do) (?:never|not)|never)"
    r"|(?:i'm|i am|he's|she's|they're) not|(?:i've|i'd|he's|she's|they've) (?:never|not))\b"
)
_ANSWER_GOES_ON: Final = _WITHIN | _words("it them that those like no never not at all would wouldn't")
_COURTESY: Final = _words("thank thanks you god goodness doctor doc sir madam ma'am")
_YES: Final = _words(
    "yes yeah yep yup i do am feel very always of course definitely absolutely completely totally safe there at home"
)
_YES_BEGINS = re.compile(
    r"(?:yes|yeah|yep|yup|i do|i am|of course|definitely|absolutely|always|completely|totally|very)\b"
)


def denies(before: str, after: str) -> bool:
    """Whether a mention is denied that stands between these two stretches of its sentence."""
    found = _last_denial(before)
    if found is None or _TAKES_BACK.search(after):
        return False
    reached = found["reached"] + found["listed"]
    if "," in reached and not (found["of_nouns"] and _is_list(reached, after)):
        return False
    clause = _CLAUSE.split(_FIRST_NO.sub("", before[: found.start()]))[-1]
    return not _TURNS_AROUND.search(clause) and _only(_CLAUSE.split(after)[0], _WITHIN)


def no_denies(match: re.Match[str]) -> bool:
    """Whether "no" to the question with this mention would deny it."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    asked = _ASKED_BESIDES.sub("", _CLAUSE.split(before)[-1])
    tag = re.sub(r",? (?:are|have|do|did) you\b\W*$", "", _ASKED_BESIDES.sub("", after))
    return _only(asked, _ASKING) and _only(tag, _ASKING) and not _GOES_ON.search(match[0])


def answers_no(reply: str) -> bool:
    """Whether a sentence is a bare no, or a no with a denial and nothing else."""
    clauses = [clause for part in re.split(r"[.,;:!?…-]+(?!\w)", reply) if (clause := part.strip())]
    return any(map(_ANSWER_BEGINS.match, clauses)) and all(map(_is_no, clauses))


def answers_yes(reply: str) -> bool:
    """Whether a sentence is a plain yes and nothing else."""
    return _YES_BEGINS.match(reply) is not None and _only(reply, _YES | _COURTESY)


def takes_back(text: str) -> bool:
    """Whether it may take back what was denied before it."""
    return _TAKES_BACK.search(text) is not None


def _last_denial(before: str) -> re.Match[str] | None:
    """The nearest one that reaches up to the end."""
    words = before.split(" ")
    for first in range(len(words) - 2, -1, -1):
        found = _DENIAL.match(" ".join(words[first:]))
        if found and _only(found["reached"], _WITHIN):
            start = len(" ".join(words[:first])) + bool(first)
            return _DENIAL.match(before, start)
    return None


def _is_list(reached: str, after: str) -> bool:
    """Whether the mention is an item of "this, that or another": "or" stands at its last comma or after it."""
    last = reached.rpartition(",")[2]
    following = re.match(r"(?:[ -]\w+){0,2},? (?:or|nor) ", after)
    return bool(re.search(r"\b(?:or|nor)\b", last) or (following and _only(last, _WITHIN)))


def _is_no(clause: str) -> bool:
    begins = _ANSWER_BEGINS.match(clause)
    if begins is None:
        return _only(clause, _COURTESY)
    rest = clause[begins.end() :]
    if _ANSWER_BEGINS.match(rest.strip()):
        return begins[0] in ("no", "nope", "nah", "never") and _is_no(rest.strip())
    return _only(rest, _ANSWER_GOES_ON | _COURTESY) and not re.search(r"\b(?:no|never|not)\b.*\b(?:no|not)\b", clause)


def _only(text: str, words: frozenset[str]) -> bool:
    return all(word in words for word in re.findall(r"[\w'-]+", text))
