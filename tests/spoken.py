"""Transcripts for tests of what is made of them."""

from __future__ import annotations

from uuid import UUID, uuid5

from session_core.line import Line

_SESSION = UUID("6f2c1c0e-3f57-4d59-9f39-0c6ad7a5a9f1")


def lines(*spoken: str) -> list[Line]:
    """Lines written "clinician: How are you?", two seconds each; without a name before the colon, of nobody known."""
    made = []
    for number, each in enumerate(spoken):
        who, _, text = each.partition(": ") if ": " in each else ("", "", each)
        speaker = who or None
        made.append(
            Line(uuid5(_SESSION, str(number)), number * 2000, number * 2000 + 1900, text, speaker=speaker, role=speaker)
        )
    return made


KNEE = (
    "clinician: Good morning. How can I help you today?",
    "patient: Um, so, I've had a sharp pain in my left knee for two weeks.",
    "clinician: Okay.",
    "clinician: Did you fall or twist it?",
    "patient: Yes, I twisted it playing football.",
    "clinician: Is it swollen?",
    "patient: No.",
    "clinician: Do you have any allergies?",
    "patient: Just penicillin.",
    "patient: I can't sleep and I feel really anxious about losing my job.",
    "clinician: Are you taking anything for the pain?",
    "patient: I take ibuprofen twice a day and it helps a little.",
    "clinician: I think you have torn the meniscus of your knee.",
    "clinician: Rest the leg, put ice on it and keep taking ibuprofen with food.",
    "clinician: I will refer you for a scan and see you again in two weeks.",
    "clinician: Have you had any thoughts of harming yourself?",
    "patient: No, never.",
    "patient: Thank you. Bye.",
)
"""A consultation in which every section of the built-in templates but the examination has something."""
