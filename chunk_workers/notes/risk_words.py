"""The words that patterns of risk are put together from: who, what is done, with what. Regular expressions."""

from __future__ import annotations

from typing import Final

# Who.
SELF: Final = r"(?:(?:my|your|him|her|them|our) ?(?:self|selves))"
OWN: Final = r"(?:my|your|his|her|their)"
CLOSE: Final = (
    r"(?:(?:ex|step|foster|late|former)[ -]?)?(?:wife|husband|spouse|partner|girlfriend|boyfriend|fianc[ée]e?|ex"
    r"|child"
    r"|children|kids?|sons?|daughters?|twins?|boys?|girls?|baby|babies|toddler|newborn|mother|mum|mummy|mom|mommy"
    r"|father|dad|daddy"
    r"|step\w+|parents?|brothers?|sisters?|cousins?|uncle|aunt|niece|nephew|nan|nana|gran|granny|grand\w+|boss"
    r"|manager"
    r"|neighbou?rs?|teacher|coach|priest|landlord|carers?|caregivers?|family|colleagues?|roommate|flatmate|housemate"
    r"|friends?)(?:[ -]in[ -]law)?(?!\w)"
)
ELSE: Final = r"(?:(?:someone|somebody|anyone|anybody)(?: else)?|others|other people)"
HER: Final = (
    r"her(?!'|[ -](?!(?:and|or|but|so|because|then|when|while|after|before|if|again|in|on|at|with|by|until|since|last"
    r"|this|every|all|a|the|to|for|as|for|too|very|really|quite|hard|once|twice|yesterday|tonight|today|now|sometimes"
    r"|often|always|down|up|out|over|across|so|who|i|he|she|it|we|they|any ?more|anymore)\b)\w)"
)
"""The person: "scared of her", not "scared of her surgery"."""

OTHERS: Final = rf"(?:him|{HER}|them|people|everyone|everybody|{ELSE}|(?:{OWN}|the) (?:\w+ )?{CLOSE}(?!'s))"
VICTIM: Final = rf"(?:me|us|you|{OWN} (?:\w+ )?{CLOSE}|the (?:children|kids|baby|boys|girls))(?!'s)"
SOMEBODY: Final = (
    r"(?:he|she|they|(?:someone|somebody|anyone|anybody|nobody|no one)"
    r"(?: else| at home| there| in (?:your|my|the|his|her) (?:family|home|house|life))?"
    rf"|(?:my|your|his|her|their|a|the) (?!baby)(?:\w+ )?{CLOSE})"
)
A_PERSON: Final = (
    rf"(?:him|{HER}|them|{ELSE}|(?:{OWN}|a|the|an) (?:\w+ )?(?:{CLOSE}|man|men|woman|stranger|staff|nurse|police\w*))"
)

# What is done.
VIOLENT: Final = (
    r"(?:hurt|harm|kill|stab|shoot|attack|strangle|choke|punch|beat|murder|poison|hit|smother|suffocate)(?:[bt]?ing)?"
)
WILL: Final = (
    r"(?:want(?:s|ed|ing)?|going|gonna|plan(?:s|ned|ning)?|urges?|thoughts?|thinking|think|(?:feel|feels|felt) like"
    r"|threaten(?:s|ed|ing)?|might|could|tempted|fantas\w+|intend(?:s|ed|ing)?|intention|ideas?|desire)"
)
HURTS: Final = (
    r"(?:hits?|beats?|punch(?:es|ed)?|slap(?:s|ped)?|smack(?:s|ed)?|kick(?:s|ed)?|chok(?:es?|ed)|strangl(?:es?|ed)"
    r"|threaten(?:s|ed)?|burn(?:s|ed|t)?|shov(?:es?|ed)|push(?:es|ed)?|hurts?|attack(?:s|ed)?|bit(?:es?|ten)?|stabs?"
    r"|stabbed|(?:hitt|beat|slapp|kick|hurt|threaten|chok|punch|strangl|shov)ing)"
)
ATTACKED: Final = (
    r"(?:hit|beat|beaten|punched|slapped|smacked|kicked|strangled|choked|stabbed|attacked|assaulted|battered"
    r"|burn(?:ed|t)"
    r"|scalded|headbutted|shoved|pushed|hurt|harmed|smothered|suffocated|threw|thrown|shook|shaken|raped|poisoned|bit"
    r"|bitten|throttled?|(?:hitt|beat|punch|slapp|smack|kick|strangl|chok|shak|hurt|shov)ing|lashed out at|punch"
    r"|slap|smack|kick|strangle|choke|shove|shake)"
)
_BETWEEN: Final = (
    r"has|have|had|is|was|were|am|are|be|been|keeps?|kept|sometimes|often|always|also|then|even|just|only|still|ever"
    r"|once"
    r"|actually|really|nearly|almost|recently|regularly|repeatedly|physically|sexually|used to|would|started to"
    r"|stop(?:s|ped)?|tr(?:ies|ied) to|all but|accidentally"
)
_NEGATED: Final = (
    r"never|not|did|does|do|hasn't|haven't|hadn't|isn't|wasn't|weren't|aren't|didn't|doesn't|don't|wouldn't|won't"
    r"|no longer|hardly"
)
THEN: Final = rf"(?:'(?:s|d|m|ve|re))?(?: (?:{_BETWEEN}|{_NEGATED}))*"
"""Between who does it and what is done; whether it was done at all is judged by what denies (``denial``)."""

NO_GAME: Final = (
    r"(?!(?: \w+){0,2} (?:at (?:chess|cards|tennis|poker|golf|football|pool|snooker|darts|scrabble|monopoly|bowling"
    r"|badminton|squash|running|swimming|draughts|checkers|bridge|it|that|everything|\w+ games?|games?|table tennis"
    r"|ping ?pong|arm wrestling)|(?:in|at) (?:the|a|an|our|every|that) (?:\w+ )?(?:match|game|race|league|cup|final"
    r"|tournament"
    r"|election|quiz|competition|fight)|to (?:it|the (?!ground|floor|point)\w+)|\d|(?:nil|score)|with (?:the|a"
    r"|another) (?:bill|fee|question|news|cushion|pillow)))"
)
NO_URGING: Final = (
    r"(?!(?:push|shov|kick)\w*(?: (?!down|over|against|around|back)[\w']+){1,3}?"
    r" (?:to (?!the (?:floor|ground|wall|pavement|door)\b|my\b|his\b|her\b)\w+"
    r"|into (?:therapy|it|this|that|\w+ing)\b|for \w+|towards? \w+|too hard|hard (?:at|in)|out\b"
    r"|(?:in|around in) (?:my|the|a|his|her) (?:wheel)?chair))"
)
"""Before "pushed me": to the floor is violence, to see a doctor is not."""

NO_SLEEP: Final = (
    r"(?!(?: \w+){0,3} (?:in (?:my|your|his|her|their|the) (?:sleep|womb|ribs|tummy|belly)|while (?:he|she) (?:was"
    r"|is|'s) asleep|by accident|by mistake"
    r"|accidentally))"
)
NO_PLAY: Final = (
    r"(?! (?:hands?|back|know|out|up (?:for|on|about|with|from|at))\b| on (?:the|a|his|her) (?:swing|sledge|bike"
    r"|trolley)\b| (?:high )?(?:in"
    r"|into) the (?:air|pool|water|sea)\b"
    r"| (?:a|the) (?:ball|look|line|party|towel|rope)\b)"
)
WEAPON: Final = r"(?:gun|pistol|rifle|shotgun|knife|blade|razor|machete|bottle)"
IN_PASSING: Final = (
    r"(?! (?:accidentally|by (?:accident|mistake)|on (?:the|a|an|some)\b|with (?:hot|boiling)"
    r"|(?:while |when )?(?:shaving|cooking|chopping|peeling|slicing|opening|cleaning|washing|gardening|pruning"
    r"|climbing"
    r"|cycling|working)))"
)
LIMBS: Final = r"(?:arms|forearms|legs|thighs|ankles)"
DEADLY: Final = (
    r"(?:(?:off|from|out of) (?:\w+ ){0,2}(?:bridge|roof|building|cliff|balcony|window)"
    r"|(?:in front of|under) (?:\w+ ){0,2}(?:train|tube|bus|cars?|truck|lorry|traffic)"
    r"|into (?:\w+ ){0,2}(?:tree|wall|bridge|traffic|truck|lorry|pole|lamp ?post|barrier|river))"
)
NOT_WANT: Final = (
    r"(?:don't|do not|doesn't|didn't|not) (?:really )?(?:think (?:that )?i )?(?:want(?:ed|ing)?|wanna) (?:to )?"
)
NOT_WAKE: Final = (
    r"(?:not|n't|never)(?: (?:ever|have|had|to))* (?:wake|woke|woken|waking)(?: up\b|(?! up\b))"
    r"(?! (?:late|at|until|till|in the (?:middle|night)|so|to|with|every|early|tired|during|before|like|feeling"
    r"|when)\b)"
)

# With what.
DRUGS: Final = (
    r"(?:pills?|tablets?|capsules|paracetamols?|acetaminophen|tylenol|ibuprofen|aspirins?|medications?|medicines?"
    r"|meds"
    r"|painkillers?|antidepressants?|opioids|codeine|morphine|diazepam|valium|xanax|insulin|benzos?|oxycodone"
    r"|fentanyl"
    r"|heroin|methadone|tramadol|lithium|sleepers)"
)
POISON: Final = (
    r"(?:bleach|anti-?freeze|(?:rat )?poison|pesticides?|weed ?killer|drain cleaner|disinfectant|white spirit"
    r"|turpentine"
    r"|petrol|gasoline|paraquat|detergent|caustic soda|(?:button )?batter(?:y|ies))"
)
TOO_MANY: Final = (
    r"(?:(?:way |far )?too (?:many|much)|(?:the|a|my|his|her) whole|an entire|a (?:handful|bunch|bottle|packet|box)"
    r"|loads|handfuls"
    r"|\w+ (?:bottles|packets|boxes))"
)
TEN_OR_MORE: Final = (
    r"(?:\d{2,3}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|a dozen|dozens"
    r"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a|one|two|three) hundred)"
)
TOOK: Final = (
    r"(?:took|taken|taking|swallow(?:ed|ing)?|injected|(?:(?<=n't )|(?<=n't just )|(?<=n't only )|(?<=not )"
    r"|(?<=never )|(?<=did you )|(?<=want to )"
    r"|(?<=wanted to )|(?<=did he )|(?<=did she ))take)"
)
"""Of the base form only what is denied, asked or wanted: "take ten tablets" is how medicines are prescribed."""

AS_PRESCRIBED: Final = r"(?! (?:a|per|each|every) (?:day|night|morning|evening|week)| daily| a week)"
OF_THE: Final = r"(?: (?:of|the|my|your|his|her|those|these|sleeping|bottle|packet|box|pack))*"
NOT_DRUGS: Final = r"(?<!alcohol )(?<!drug )(?<!drugs )(?<!substance )(?<!solvent )(?<!laxative )"
