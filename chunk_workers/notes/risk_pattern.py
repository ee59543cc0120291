"""The patterns of risk language. Severity: high asks for acting today, medium for asking on.

They run over text without capitals and with straight apostrophes. A pattern that holds a negation itself ("don't want
to live") is not denied by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from session_core.note import RiskKind, Severity


@dataclass(frozen=True, slots=True)
class Pattern:
    kind: RiskKind
    severity: Severity
    expression: re.Pattern[str]


_SELF = r"(?:(?:my|your|him|her|them|our) ?(?:self|selves))"
_OWN = r"(?:my|your|his|her|their)"
_CLOSE = (
    r"(?:wife|husband|partner|girlfriend|boyfriend|ex|child|children|kids?|sons?|daughters?|baby|mother|mum|mom|father"
    r"|dad|step\w+|brother|sister|uncle|aunt|grand\w+|boss|neighbou?r|teacher|carer|family|parents|colleague|roommate)"
)
_ELSE = r"(?:(?:someone|somebody|anyone|anybody)(?: else)?|others|other people)"
_OTHERS = rf"(?:him|her|them|people|everyone|everybody|{_ELSE}|(?:{_OWN}|the) (?:\w+ )?{_CLOSE})"
_MINE = rf"(?:me|us|{_OWN} {_CLOSE}|the (?:children|kids|baby))"
_VIOLENT = r"(?:hurt|harm|kill|stab|shoot|attack|strangle|choke|punch|beat|murder|poison|hit)(?:[bt]?ing)?"
_WILL = (
    r"(?:want(?:s|ed|ing)?|going|gonna|plan(?:s|ned|ning)?|urges?|thoughts?|thinking|think|(?:feel|feels|felt) like"
    r"|threaten(?:s|ed|ing)?|might|could|tempted|fantas\w+|intend(?:s|ed|ing)?|intention|ideas?|desire)"
)
_HURTS = (
    r"(?:hits?|beats?|punch(?:es|ed)?|slap(?:s|ped)?|kick(?:s|ed)?|chok(?:es|ed)|strangl(?:es|ed)|threaten(?:s|ed)?"
    r"|burn(?:s|ed|t)|shov(?:es|ed)|push(?:es|ed)|hurts?|attack(?:s|ed)"
    r"|(?:hitt|beat|slapp|kick|hurt|threaten|chok|punch)ing)"
)
_THEN = r"(?: (?:has|have|had|is|was|were|keeps?|kept|sometimes|often|always|also|then|even|just|been|still|has))*"
_IN_PASSING = r"(?! (?:while |when )?(?:shaving|cooking|chopping|gardening|on (?:the|a|some)\b|with (?:hot|boiling)))"
_DRUGS = r"(?:pills?|tablets?|paracetamol|medications?|medicines?|meds|painkillers?|antidepressants?|insulin)"
_TOO_MANY = (
    r"(?:too many|all|(?:the|a) whole|an entire|a (?:handful|bunch|bottle|packet|box)|loads"
    r"|\w+ (?:bottles|packets|boxes))"
)
_OF_THE = r"(?: (?:of|the|my|his|her|those|these|sleeping|bottle|packet|box|pack))*"
_NOT_DRUGS = r"(?<!alcohol )(?<!drug )(?<!drugs )(?<!substance )(?<!solvent )(?<!laxative )"
_NOT_WANT = r"(?:don't|do not|doesn't|didn't|not) (?:really )?(?:want(?:ed|ing)?|wanna) (?:to )?"

_WRITTEN: Final[tuple[tuple[RiskKind, Severity, str], ...]] = (
    ("suicide", "high", r"suicid\w*"),
    ("suicide", "high", rf"(?:kill|hang|shoot|drown)(?:ing|ed)? {_SELF}"),
    ("suicide", "high", rf"(?:end|ending|ended|take|taking|took) {_OWN} (?:own )?li(?:fe|ves)"),
    ("suicide", "high", rf"end(?:ing)? (?:it all|everything)|do(?:ing)? away with {_SELF}"),
    ("suicide", "high", r"jump(?:ing|ed)? (?:off|from|in front of) (?:a|the) (?:bridge|roof|building|cliff|train)"),
    ("suicide", "medium", r"want(?:s|ed|ing)? to (?:die|be dead|disappear for ?ever)"),
    (
        "suicide",
        "medium",
        r"wish(?:es|ed)? (?:that )?(?:i|he|she|they) (?:was|were|wasn't|weren't) (?:dead|alive|here)",
    ),
    ("suicide", "medium", r"wish(?:es|ed)? (?:that )?(?:i|he|she|they) (?:had|'d) never been born"),
    ("suicide", "medium", r"better off (?:dead|without (?:me|him|her))|(?:rather|sooner) be dead"),
    ("suicide", "medium", rf"{_NOT_WANT}(?:live|be alive|exist|wake up|be here any ?more|go on(?: living| any ?more))"),
    ("suicide", "medium", r"(?:no|any|without a) (?:reason|point)(?: in| to| for)? (?:live|living|going on)"),
    ("suicide", "medium", r"(?:can't|cannot|can not) (?:go on|carry on|take it) (?:any ?more|any longer|like this)"),
    ("suicide", "medium", r"(?:not|isn't|n't) worth living"),
    ("self_harm", "high", rf"(?:cut|cuts|cutting|burn|burned|burnt|burning|starving) {_SELF}{_IN_PASSING}"),
    ("self_harm", "medium", r"self[- ]?(?:harm|injur|mutilat)\w*"),
    ("self_harm", "medium", rf"(?:hurt|hurting|hurts|harm|harming|harmed|punish|punishing) {_SELF}"),
    ("harm_to_others", "high", rf"{_WILL}(?: \w+){{0,4}} {_VIOLENT} {_OTHERS}"),
    ("harm_to_others", "high", rf"(?:i'll|i will|i'd) (?:\w+ )?{_VIOLENT} {_OTHERS}|homicid\w*"),
    ("harm_to_others", "medium", rf"(?:harm|hurt|violent|violence)(?:ing)? (?:to |towards )?{_ELSE}"),
    ("abuse", "high", r"rap(?:e|ed|es|ing|ist)|sexual(?:ly)? (?:assault|abus|harass)\w*|molest\w*"),
    ("abuse", "high", rf"(?:he|she|they|{_OWN} (?:\w+ )?{_CLOSE}){_THEN} {_HURTS} {_MINE}"),
    (
        "abuse",
        "high",
        r"(?:gets?|got|getting|was|been|being) (?:beaten(?: up)?(?! at)|punched|slapped|strangled|assaulted)",
    ),
    ("abuse", "medium", rf"{_NOT_DRUGS}abus(?:e|es|ed|er|ers|ing|ive)(?! of (?:alcohol|drugs|laxatives))"),
    ("abuse", "medium", r"domestic violence|violent (?:at home|to me|with me|towards me)|forc(?:es|ed|ing) me to"),
    ("abuse", "medium", r"touch(?:es|ed|ing) (?:me|her|him) (?:inappropriately|down there|where (?:i|he|she))"),
    ("abuse", "medium", rf"(?:afraid|scared|frightened|terrified) of (?:him|her|them|{_OWN} {_CLOSE})"),
    ("abuse", "medium", r"unsafe at home|(?:not|n't) (?:feel )?safe at home"),
    ("neglect", "medium", r"neglect(?:s|ed|ing|ful)?"),
    (
        "neglect",
        "medium",
        r"left (?:\w+ ){0,2}alone (?:all (?:day|night)|for (?:days|hours|the (?:day|night|weekend)))",
    ),
    ("neglect", "medium", r"(?:not|isn't|aren't|wasn't|weren't) (?:being |been |getting )?(?:fed|washed|looked after)"),
    ("neglect", "medium", r"(?:no one|nobody) (?:feeds|washes|looks after|cares for) (?:me|him|her|them|us)"),
    ("overdose", "high", r"overdos\w*"),
    ("overdose", "high", rf"(?:took|taken|take|taking|swallow(?:ed|ing)?) {_TOO_MANY}{_OF_THE} {_DRUGS}"),
)

PATTERNS: Final = tuple(
    # An apostrophe before is a word's middle: "n't worth" is found in "isn't worth".
    Pattern(kind, severity, re.compile(rf"(?:\b|(?<=\w)(?=n't))(?:{text})\b"))
    for kind, severity, text in _WRITTEN
)
