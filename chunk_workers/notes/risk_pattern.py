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
    r"(?:hits?|beats?|punch(?:es|ed)?|slap(?:s|ped)?|kick(?:s|ed)?|chok(?:es?|ed)|strangl(?:es?|ed)|threaten(?:s|ed)?"
    r"|burn(?:s|ed|t)|shov(?:es?|ed)|push(?:es|ed)?|hurts?|attack(?:s|ed)?"
    r"|(?:hitt|beat|slapp|kick|hurt|threaten|chok|punch)ing)"
)
_THEN = (
    r"(?: (?:has|have|had|is|was|were|keeps?|kept|sometimes|often|always|also|then|even|just|been|still|has"
    r"|used to|would|started to|tr(?:ies|ied) to))*"
)
_IN_PASSING = (
    r"(?! (?:accidentally|by (?:accident|mistake)|on (?:the|a|an|some)\b|with (?:hot|boiling)"
    r"|(?:while |when )?(?:shaving|cooking|chopping|peeling|slicing|opening|cleaning|washing|gardening|pruning|climbing"
    r"|cycling|working)))"
)
_LIMBS = r"(?:arms|forearms|legs|thighs|ankles)"
_DRUGS = (
    r"(?:pills?|tablets?|capsules|paracetamols?|acetaminophen|tylenol|ibuprofen|aspirins?|medications?|medicines?|meds"
    r"|painkillers?|antidepressants?|opioids|codeine|morphine|diazepam|valium|xanax|insulin)"
)
_TOO_MANY = (
    r"(?:too many|(?:the|a) whole|an entire|a (?:handful|bunch|bottle|packet|box)|loads|\w+ (?:bottles|packets|boxes))"
)
_TEN_OR_MORE = (
    r"(?:\d{2,3}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|a dozen|dozens"
    r"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a|one|two|three) hundred)"
)
_AS_PRESCRIBED = r"(?! (?:a|per|each|every) (?:day|night|morning|evening|week)| daily| a week)"
_OF_THE = r"(?: (?:of|the|my|his|her|those|these|sleeping|bottle|packet|box|pack))*"
_NOT_DRUGS = r"(?<!alcohol )(?<!drug )(?<!drugs )(?<!substance )(?<!solvent )(?<!laxative )"
_DEADLY = (
    r"(?:(?:off|from|out of) (?:\w+ ){0,2}(?:bridge|roof|building|cliff|balcony|window)"
    r"|(?:in front of|under) (?:\w+ ){0,2}(?:train|tube|bus|cars?|truck|lorry|traffic)"
    r"|into (?:\w+ ){0,2}(?:tree|wall|bridge|traffic|truck|lorry|pole|lamp ?post|barrier|river))"
)
_NOT_WANT = r"(?:don't|do not|doesn't|didn't|not) (?:really )?(?:want(?:ed|ing)?|wanna) (?:to )?"

_WRITTEN: Final[tuple[tuple[RiskKind, Severity, str], ...]] = (
    ("suicide", "high", r"suicid\w*"),
    (
        "suicide",
        "high",
        rf"(?:kill|hang|shoot|drown|suffocat|strangl)(?:e|ing|ed)? {_SELF}|(?:hung|shot) {_SELF}|unaliv\w*",
    ),
    ("suicide", "high", rf"(?:end|ending|ended|take|taking|took) {_OWN} (?:own )?li(?:fe|ves)"),
    ("suicide", "high", rf"end(?:ing)? (?:it all|everything)|do(?:ing)? away with {_SELF}"),
    ("suicide", "high", rf"jump(?:ing|ed)? {_DEADLY}"),
    ("suicide", "high", rf"thr(?:ow|owing|own|ew) {_SELF} (?:off|from|under|in front of|out|down)"),
    (
        "suicide",
        "high",
        rf"{_WILL}(?: \w+){{0,4}} (?:driv(?:e|ing)|crash(?:ing)?|steer(?:ing)?|swerv(?:e|ing)|walk(?:ing)?"
        rf"|step(?:ping)?)(?: {_OWN} (?:car|truck|van|bike))? {_DEADLY}",
    ),
    ("suicide", "high", rf"(?:rope|belt|cord|cable|noose|ligature) a?round {_OWN} (?:own )?(?:neck|throat)"),
    ("suicide", "medium", r"(?:goodbye|farewell) (?:note|letter)s?"),
    ("suicide", "medium", r"won't be (?:around|here|alive) (?:for )?(?:much|very|any) (?:much )?longer"),
    ("suicide", "medium", r"(?:want(?:s|ed|ing)? to|wanna) (?:die|be dead|disappear for ?ever)"),
    (
        "suicide",
        "medium",
        r"wish(?:es|ed)? (?:that )?(?:i|he|she|they) (?:was|were|wasn't|weren't) (?:dead|alive|here)",
    ),
    ("suicide", "medium", r"wish(?:es|ed)? (?:that )?(?:i|he|she|they) (?:had|'d) never been born"),
    ("suicide", "medium", r"better off (?:dead|without (?:me|him|her))|(?:rather|sooner) be dead"),
    (
        "suicide",
        "medium",
        r"better (?:off )?(?:if|when) (?:i|he|she)(?:'s|'m| [\w']+)?(?: not)? (?:gone|dead|here|around|alive|born)",
    ),
    ("suicide", "medium", rf"{_NOT_WANT}(?:live|be alive|exist|wake up|be here any ?more|go on(?: living| any ?more))"),
    (
        "suicide",
        "medium",
        r"(?:no|any|without a|what's the|what is the|(?:n't|not|never|hardly|without)(?: \w+){0,3} (?:any|the|a|much))"
        r" (?:reason|point)(?: in| to| for| of)?"
        r" (?:live|living|going on|being (?:alive|here))",
    ),
    ("suicide", "medium", r"(?:don't|do not|can't|cannot|can not) see (?:the|any|a|much) point any ?more"),
    ("suicide", "medium", r"(?:can't|cannot|can not) (?:go on|carry on|take it) (?:any ?more|any longer|like this)"),
    ("suicide", "medium", r"(?:not|isn't|n't) worth living"),
    ("self_harm", "high", rf"(?:cut|cuts|cutting|burn|burned|burnt|burning|starving) {_SELF}{_IN_PASSING}"),
    (
        "self_harm",
        "high",
        rf"(?:slit|slash(?:ed|es)?|cut)(?:s|ting|ing)? {_OWN} (?:own )?(?:wrists?|throat|{_LIMBS}){_IN_PASSING}",
    ),
    (
        "self_harm",
        "high",
        r"(?:been|started|starts|keeps?|kept|back to|still|stop|stopped) cutting"
        r"(?= again\W*$| again (?:and|but|because|since|for|last|this|every|at|when)\b|\W*$)",
    ),
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
    (
        "abuse",
        "high",
        rf"(?<!your )(?:hands?|fingers) (?:a?round|on) (?:my|her|his|their|{_OWN} {_CLOSE}'s) (?:throat|neck)",
    ),
    ("abuse", "high", r"forc(?:e|es|ed|ing) (?:him|her|them|my)sel(?:f|ves) (?:on|onto|upon)"),
    (
        "abuse",
        "medium",
        r"touch(?:es|ed|ing) (?:me|her|him) when (?:i|he|she) was (?:\w+ )?"
        r"(?:small|little|young|a (?:child|kid|boy|girl)|\w+ years old)",
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
    ("overdose", "high", rf"(?:took|taken|swallowed) all{_OF_THE} {_DRUGS}"),
    ("overdose", "high", rf"(?:took|taken|taking|swallow(?:ed|ing)?) {_TEN_OR_MORE}{_OF_THE} {_DRUGS}{_AS_PRESCRIBED}"),
)

PATTERNS: Final = tuple(
    # An apostrophe before is a word's middle: "n't worth" is found in "isn't worth".
    Pattern(kind, severity, re.compile(rf"(?:\b|(?<=\w)(?=n't))(?:{text})\b"))
    for kind, severity, text in _WRITTEN
)
