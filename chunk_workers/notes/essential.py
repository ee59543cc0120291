"""What no note may leave out, however little of it is said: allergies, doses, appointments and referrals.

English words; in other languages they match next to nothing, and all sentences are weighed alike.
"""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = (
    r"(?:\d[\d.,/]*|a|an|half|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|twenty[- ]five|"
    r"thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
)
_ESSENTIAL: Final = re.compile(
    r"\b(?:allerg(?:y|ies|ic)|anaphyla\w+|"
    rf"{_NUMBER} ?(?:mg|mcg|ml|milligrams?|micrograms?|millilitres?|milliliters?|tablets?|pills?|capsules?|puffs?)|"
    r"(?:once|twice|three times|four times) (?:a|per|every) (?:day|week)|"
    r"appointments?|(?:refer|referring) (?:you|her|him|them)|referred (?:you|to)|referrals?)\b",
    re.IGNORECASE,
)


def essential(text: str) -> bool:
    return _ESSENTIAL.search(text) is not None
