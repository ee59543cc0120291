"""The patterns of risk language, by kind, by severity (high asks for acting today, medium for asking on) and meaning.

They run over text without capitals and with straight apostrophes. A pattern that holds a negation itself ("don't want
to live") is not denied by it; where one may stand inside of what is found, ``act`` begins behind it ("he never *hit
me*"). What the questions of these instruments name is known, as they are printed:

- C-SSRS: Posner et al., "The Columbia–Suicide Severity Rating Scale", Am. J. Psychiatry 168 (2011); its screener.
- ASQ: Horowitz et al., "Ask Suicide-Screening Questions", Arch. Pediatr. Adolesc. Med. 166 (2012).
- PHQ-9, item 9: Kroenke, Spitzer & Williams, J. Gen. Intern. Med. 16 (2001).
- EPDS, item 10: Cox, Holden & Sagovsky, "Edinburgh Postnatal Depression Scale", Br. J. Psychiatry 150 (1987).
- HITS: Sherin et al., "A Short Domestic Violence Screening Tool", Fam. Med. 30 (1998).
- PVS: Feldhaus et al., "Accuracy of 3 Brief Screening Questions for Detecting Partner Violence", JAMA 277 (1997).
- AAS: McFarlane et al., "Assessing for Abuse During Pregnancy", JAMA 267 (1992).
- HARK: Sohal, Eldridge & Feder, BMC Fam. Pract. 8 (2007).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chunk_workers.notes.risk_words import (
    A_PERSON,
    AS_PRESCRIBED,
    ATTACKED,
    CLOSE,
    DEADLY,
    DRUGS,
    ELSE,
    HER,
    HURTS,
    IN_PASSING,
    LIMBS,
    NO_GAME,
    NO_PLAY,
    NO_SLEEP,
    NO_URGING,
    NOT_DRUGS,
    NOT_WAKE,
    NOT_WANT,
    OF_THE,
    OTHERS,
    OWN,
    POISON,
    SELF,
    SOMEBODY,
    TEN_OR_MORE,
    THEN,
    TOO_MANY,
    TOOK,
    VICTIM,
    VIOLENT,
    WEAPON,
    WILL,
)
from session_core.note import RiskKind, Severity


@dataclass(frozen=True, slots=True)
class Pattern:
    """``reassures``: what is asked for is the good, and a no to it is the risk ("do you feel safe at home")."""

    kind: RiskKind
    severity: Severity
    expression: re.Pattern[str]
    reassures: bool = False


_Meanings = Mapping[Severity, Mapping[str, str]]

_SUICIDE: Final[_Meanings] = {
    "high": {
        "is named": r"suicid\w*",
        "to kill oneself": rf"(?:kill|hang|shoot|drown|suffocat|strangl)(?:e|ing|ed)? {SELF}|(?:hung|shot) {SELF}"
        rf"|unaliv\w*",
        "to take one's life": rf"(?:end|ending|ended|take|taking|took|taken) {OWN} (?:own )?li(?:fe|ves)",
        "to end it all": rf"end(?:ing)? (?:it all|everything)|do(?:ing)? away with {SELF}",
        "to jump": rf"jump(?:ing|ed)? {DEADLY}",
        "to throw oneself": rf"thr(?:ow|owing|own|ew) {SELF} (?:off|from|under|in front of|out|down)",
        "to crash": rf"{WILL}(?: \w+){{0,4}} (?:driv(?:e|ing)|crash(?:ing)?|steer(?:ing)?|swerv(?:e|ing)"
        rf"|walk(?:ing)?|step(?:ping)?)(?: {OWN} (?:car|truck|van|bike))? {DEADLY}",
        "a noose": rf"(?:rope|belt|cord|cable|noose|ligature) a?round {OWN} (?:own )?(?:neck|throat)",
        "a weapon against oneself": rf"\b(?:(?:i|i've|i'd) (?:\w+ ){{0,4}}{WEAPON} (?:to|in|at|against) my"
        rf"|he (?:\w+ ){{0,4}}{WEAPON} (?:to|in|at|against) his|she (?:\w+ ){{0,4}}{WEAPON} (?:to|in|at|against)"
        rf" her) (?:own )?(?:head|mouth|temple|throat|neck|wrists?|chest)",
        "voices command it": r"voices?(?: \w+){0,4} (?:me|him|her|you|them) (?:to|that i should|i should|should) "
        r"(?:die|jump|do it|end it)",
    },
    "medium": {
        "farewell": r"(?:goodbye|farewell) (?:note|letter)s?"
        r"|won't be (?:around|here|alive) (?:for )?(?:much|very|any) (?:much )?longer",
        "to want to die": r"(?:want(?:s|ed|ing)? to|wanna|(?:feel|feels|felt|feeling) like) "
        r"(?:die|dying|be dead|being dead|disappear for ?ever)|ready to die(?! of)"
        r"|(?:hop(?:e|ed|ing)|pray(?:s|ed|ing)?) (?:to die|i(?:'ll| will|'d)? die)",
        "to wish to be dead (C-SSRS 1, ASQ 1)": r"wish(?:es|ed|ing)? (?:that )?(?:i|you|he|she|they)(?:'d)? "
        r"(?:was|were|wasn't|weren't|be|could be|could just be) (?:dead|alive|here)"
        r"|wish(?:es|ed|ing)? (?:that )?(?:i|you|he|she|they) (?:could|would) (?:just )?(?:die|disappear)"
        r"|wish(?:es|ed|ing)? (?:that )?(?:i|you|he|she|they)(?: had|'d) (?:never been born|died)",
        "not to wake up (C-SSRS 1)": rf"(?:wish(?:es|ed|ing)?|hop(?:e|es|ed|ing)|pray(?:s|ed|ing)?)(?: that)?"
        rf"(?: for once)? (?:i|you|he|she|they)(?:'ll|'d)?"
        rf"(?: (?:just|could|would|will|wo|do|did|go|fall|to|asleep|sleep|bed|and|then))*(?: ?){NOT_WAKE}"
        rf"|(?:sleep|asleep|bed)(?: tonight)? (?:and|to)(?: just)? {NOT_WAKE}"
        rf"|(?:like|love|prefer|rather|better) (?:to |if i )?(?:just )?{NOT_WAKE}",
        "better off dead (PHQ-9 9, ASQ 2)": r"better off (?:dead|without me)|(?:rather|sooner) be dead"
        r"|(?:better|happier|easier|best) (?:off )?(?:if|when) (?:i|you|he|she|they)(?:'s|'m|'re| [\w']+)?"
        r"(?: not)? (?:gone|dead|here|around|alive|born)"
        r"|(?:they|everyone|everybody|people|world|family|kids|children|wife|husband|parents|others)"
        r"(?:'d| would| will|'re| are)?(?: all| just| probably| much)*(?: be)? better off without "
        r"(?:him|her|you|them)",
        "not to want to live": rf"{NOT_WANT}(?:live(?! (?:in|with|at|there|here|near|on)\b)|be alive|exist"
        rf"|wake up(?! (?:at|early|so)\b)|be here any ?more|go on(?: living| any ?more))"
        rf"|(?:tired|sick) of (?:living(?! (?:in|with|at|here|there|like)\b)|being alive|life)",
        "no reason to live": r"(?:no|any|without a|what's the|what is the"
        r"|(?:n't|not|never|hardly|without)(?: \w+){0,3} (?:any|the|a|much)) (?:reason|point)(?: in| to| for|"
        r" of)? (?:live|living|going on|being (?:alive|here))|nothing (?:left )?to live for"
        r"|(?:don't|do not|can't|cannot|can not) see (?:the|any|a|much) point any ?more"
        r"|(?:not|isn't|wasn't|n't) worth living",
        "cannot go on": r"(?:can't|cannot|can not) (?:go on|carry on|take it) (?:any ?more|any longer|like this)",
        "to want it over": r"(?:want(?:s|ed)?|wish(?:es|ed)?) (?:it (?:all )?|everything )"
        r"(?:to (?:be over|end|all end)|was (?:all )?over|would (?:all )?end)",
        "to end things": r"(?:want(?:s|ed|ing)?|wanna|going|ready|plan(?:s|ned|ning)?|think(?:ing)?|thought"
        r"|thoughts|consider(?:ed|ing)?|time)(?: (?:about|of|to|on|just|ever|even))* end(?:ing)? (?:it|things)(?! "
        r"(?:with|between|here|there|early|off|on|for (?:me|us) today)\b)",
    },
}

_SELF_HARM: Final[_Meanings] = {
    "high": {
        "to cut or burn oneself": rf"(?:cut|cuts|cutting|burn|burned|burnt|burning|starving) {SELF}{IN_PASSING}",
        "to cut wrists and limbs": rf"(?:slit|slash(?:ed|es)?|cut)(?:s|ting|ing)? {OWN} (?:own )?"
        rf"(?:wrists?|throat|{LIMBS}){IN_PASSING}",
        "to scratch": rf"(?:scratch|carv|pick)(?:e|es|ed|ing)? (?:at )?{OWN} (?:own )?(?:\w+ )?"
        rf"(?:skin|wrists?|{LIMBS}) (?:until|till|so)(?: \w+){{1,2}} (?:bleed|bled)",
        "to cut": r"(?:been|started|starts|keeps?|kept|back to|still|stop|stopped) cutting"
        r"(?= again\W*$| again (?:and|but|because|since|for|last|this|every|at|when)\b|\W*$)",
    },
    "medium": {
        "is named": r"self[- ]?(?:harm|injur|mutilat)\w*",
        "to hurt oneself (PHQ-9 9, EPDS 10)": rf"(?:hurt|hurting|hurts|harm|harming|harmed|punish|punishing) {SELF}"
        rf"(?! (?:at work|at the gym|playing|lifting|skiing|running))",
    },
}

_HARM_TO_OTHERS: Final[_Meanings] = {
    "high": {
        "to want to": rf"{WILL}(?: \w+){{0,4}} {VIOLENT} {OTHERS}",
        "is going to": rf"(?:i'll|i will|i'd) (?:\w+ )?{VIOLENT} {OTHERS}|homicid\w*",
        "did it": rf"(?:i|i've|i'd|you|you've){THEN} (?P<act>{NO_URGING}{ATTACKED} {OTHERS}{NO_PLAY}{NO_GAME})"
        rf"|(?:i|i've|i'd) (?!(?:was|were|am|got|saw|heard)\b)(?:\w+ ){{1,5}}(?:and|then|so i|until i){THEN} "
        rf"(?:{NO_URGING}{ATTACKED} {OTHERS}{NO_PLAY}{NO_GAME})",
        "voices command it": rf"voices?(?: \w+){{0,6}} {VIOLENT} (?:{OTHERS}|you)"
        rf"|(?:tell|tells|telling|told) (?:me|him|her|you|them) to (?:\w+ )?{VIOLENT} {OTHERS}",
    },
    "medium": {
        "of anybody": rf"(?:harm|hurt|violent|violence)(?:ing)? (?:to |towards )?{ELSE}",
        "afraid of doing it": rf"(?:afraid|scared|frightened|terrified|worried)(?: that)? (?:i|i'll|i'd|i might)"
        rf"(?: \w+){{0,2}} {VIOLENT} {OTHERS}",
    },
}

_ABUSE: Final[_Meanings] = {
    "high": {
        "sexual": r"rap(?:e|ed|es|ing|ist)|sexual(?:ly)? (?:assault|abus|harass)\w*|molest\w*"
        r"|forc(?:e|es|ed|ing) (?:him|her|them|my)sel(?:f|ves) (?:on|onto|upon)",
        "forced to it (AAS, HARK)": r"forc(?:e|es|ed|ing) (?:me|you|her|him|us|them) (?:to have|into|to do) "
        r"(?:any |some |a )?(?:\w+ of )?(?:sex\w*|anything sexual)",
        "somebody hurts somebody (HITS)": rf"{SOMEBODY}{THEN} (?P<act>{NO_URGING}{HURTS}(?:,? (?:or"
        rf"|and) {HURTS})* {VICTIM}{NO_GAME}{NO_SLEEP})"
        rf"|{SOMEBODY} (?:\w+ ){{1,5}}(?:and|then){THEN} {NO_URGING}{HURTS} {VICTIM}{NO_GAME}{NO_SLEEP}",
        "somebody beats another": rf"(?:he|she|they|{OWN} (?!baby)(?:\w+ )?{CLOSE}){THEN} "
        rf"(?P<act>(?:beat|punch|slap|kick|strangl|chok|hit)(?:s|es|ed|ped|e|ing|ting|ping)? (?:him|{HER}"
        rf"|them)(?! (?:to|by|out)\b){NO_GAME}{NO_SLEEP})",
        "how often (HITS)": r"how often (?:does|do|did|has|have) (?:your \w+|he|she|they|anyone|someone)(?: \w+)? "
        r"(?:hurt|hit|threaten) (?:you|him|her)",
        "was hurt": rf"(?:gets?|got|getting|was|been|being) (?:beaten(?: up)?|punched|slapped|strangled"
        rf"|assaulted){NO_GAME}",
        "was hurt by somebody": rf"(?:gets?|got|getting|was|were|been|being|am|is|are) (?:\w+ )?"
        rf"(?:hit|kicked|choked|attacked|hurt|threatened|burn(?:ed|t)|abused|shoved|shaken)"
        rf"(?: (?:up|badly|physically|again))? by {A_PERSON}{NO_GAME}",
        "have you been hurt (PVS, AAS, HARK)": rf"(?:you|he|she|they|anyone)(?: ever| also)? been (?:physically )?"
        rf"(?:hit|kicked|slapped|punched|threatened)(?:,? (?:or )?(?:otherwise |physically )*(?:hit|kicked|slapped"
        rf"|punched|shoved|choked|hurt|threatened))+(?: by {A_PERSON})?"
        rf"|(?:you|he|she|they|anyone)(?: ever| also)? been (?:physically )?(?:hit|kicked|slapped|punched|hurt)"
        rf"(?= by (?:your|his|her|any|some)\w*|\W*$)",
        "threatened or tried to kill": rf"(?:he|she|they|someone|somebody|{OWN} (?:\w+ )?{CLOSE}){THEN} "
        rf"(?P<act>(?:threaten(?:s|ed|ing)?|tried|tries|trying|wants|wanted) to {VIOLENT} {VICTIM}"
        rf"|(?:says?|said|tells? (?:me|us)|told (?:me|us)) (?:that )?(?:he|she|they)"
        rf"(?:'d|'ll|'s going to| would| will| is going to| was going to) {VIOLENT} {VICTIM})",
        "a weapon": rf"(?:he|she|they|somebody|someone|{OWN} (?:\w+ )?{CLOSE}){THEN} "
        rf"(?P<act>(?:held|holds|puts?|pulled|pulls|pointed|points) (?:a|the|his|her|their) (?:\w+ )?{WEAPON} (?:to"
        rf"|at|on|against) (?:me|us|my|our)\b)",
        "hands on the throat": rf"(?<!your )(?:hands?|fingers) (?:a?round|on) (?:my|her|his|their|{OWN} {CLOSE}'s) "
        rf"(?:throat|neck)"
        rf"|(?<!\bi )(?:grab|grabs|grabbed) (?:me|her|him|us) by the (?:throat|neck|hair)",
    },
    "medium": {
        "touched": r"touch(?:es|ed|ing) (?:me|her|him) (?:when (?:i|he|she) was (?:\w+ )?(?:small|little|young"
        r"|a (?:child|kid|boy|girl)|\w+ years old)|inappropriately|down there|where (?:i|he|she))"
        r"|touched (?:me|you|him|her) in ways? (?:that )?(?:i|you|he|she) (?:did not|didn't) (?:want|like)",
        "is named": rf"{NOT_DRUGS}abus(?:e|es|ed|er|ers|ing|ive)(?! of (?:alcohol|drugs|laxatives))"
        rf"|domestic violence",
        "violent, forced": r"violent (?:at home|to me|with me|towards me)|forc(?:es|ed|ing) me to",
        "afraid (AAS, HARK)": rf"(?:afraid|scared|frightened|terrified) of "
        rf"(?:him|{HER}|them|{OWN} (?:\w+ )?{CLOSE}|(?:your|my) (?:current |former )?partner)",
        "not safe (PVS)": r"unsafe (?:at home|with (?:him|her|them|my)|going home|now)"
        r"|(?:making|makes?|made|feel|feels|felt) (?:you |me )?(?:feel )?unsafe"
        r"|(?:not|n't|never) (?:feel |felt |feeling )?(?:very |really |that )?safe "
        r"(?:at home|with (?:him|her|them)|in my (?:own )?(?:home|house)|where i live)",
    },
}

_NEGLECT: Final[_Meanings] = {
    "medium": {
        "is named": r"neglect(?:s|ed|ing|ful)?",
        "left alone": r"left (?:\w+ ){0,2}alone (?:all (?:day|night)|for (?:days|hours|the (?:day|night|weekend)))",
        "not cared for": r"(?:not|isn't|aren't|wasn't|weren't) (?:being |been |getting )?"
        r"(?:fed|washed|looked after)"
        r"|(?:no one|nobody) (?:feeds|washes|looks after|cares for) (?:me|him|her|them|us)",
    },
}

_OVERDOSE: Final[_Meanings] = {
    "high": {
        "is named": r"overdos\w*",
        "too many": rf"(?:took|taken|take|taking|swallow(?:ed|ing)?|inject(?:ed|ing)?) {TOO_MANY}{OF_THE} {DRUGS}",
        "all of them": rf"(?:took|taken|swallowed) all{OF_THE} {DRUGS}",
        "ten or more": rf"{TOOK} {TEN_OR_MORE}{OF_THE} {DRUGS}{AS_PRESCRIBED}",
        "poison": rf"(?:drank|drunk|drink|drinking|swallow(?:ed|ing)?|took|taken|ate|eaten|injected) "
        rf"(?:(?:half|a|an|the|some|whole|bottles?|glass|cup|bit|lot|of|my|his|her|few|all|two|three|mouthful|sip"
        rf"|little) )*{POISON}",
        "saves them up": rf"(?:sav(?:e|es|ed|ing) up|stockpil(?:e|es|ed|ing)|hoard(?:s|ed|ing)?"
        rf"|stash(?:es|ed|ing)?) (?:[\w']+ ){{0,3}}{DRUGS}|been saving (?:\w+ ){{0,2}}{DRUGS}"
        rf"|{DRUGS}(?: \w+){{0,6}} sav(?:ed|ing) (?:them|it|some) up",
    },
    "medium": {
        "a lot": rf"(?:took|swallowed|taken) (?:a lot|lots|so many|so much|more)(?: than \w+)?{OF_THE}"
        rf" {DRUGS}{AS_PRESCRIBED}(?! for\b)",
        "collected (C-SSRS 6)": r"collect(?:ed|ing) (?:\w+ )?(?:pills|tablets)(?! (?:from|at)\b)",
    },
}

_KINDS: Final[Mapping[RiskKind, _Meanings]] = {
    "suicide": _SUICIDE,
    "self_harm": _SELF_HARM,
    "harm_to_others": _HARM_TO_OTHERS,
    "abuse": _ABUSE,
    "neglect": _NEGLECT,
    "overdose": _OVERDOSE,
}

_SAFE: Final = (
    r"(?:you|your (?:\w+ )?children|the children|he|she|they)(?: currently| always| generally)? (?:feel(?:ing)? )?"
    r"(?:(?:safe|secure)(?: (?:and|or) (?:safe|secure))?)"
    r" (?:at home|(?:with|around|in|going|living|where|there)(?: [\w']+){0,4})"
)
"""PVS: "Do you feel safe in your current relationship?"."""


def _compiled(text: str) -> re.Pattern[str]:
    # An apostrophe before is a word's middle: "n't worth" is found in "isn't worth".
    return re.compile(rf"(?:\b|(?<=\w)(?=n't))(?:{text})\b")


PATTERNS: Final = (
    *(
        Pattern(kind, severity, _compiled(text))
        for kind, meanings in _KINDS.items()
        for severity, texts in meanings.items()
        for text in texts.values()
    ),
    Pattern("abuse", "medium", _compiled(_SAFE), reassures=True),
)
