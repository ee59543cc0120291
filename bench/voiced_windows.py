"""Windows of voiced sentences that the small Whisper of the tests knows, and some that it hears more than once."""

from __future__ import annotations

import numpy as np

from hearken.chunk_file import SAMPLE_RATE, Samples
from tests.small_whisper.sentences import aloud, grammatical, held_back
from tests.small_whisper.voices import VOICES, say

LONGEST_S = 28


def voiced_windows(count: int, seed: int = 1) -> list[Samples]:
    """Of one to eight sentences each, 1 to 28 s."""
    chance = np.random.default_rng(seed)
    texts = [text for text in held_back() if grammatical(text)]
    made = []
    for number in range(count):
        wanted = chance.integers(1, 9)
        spoken = [say(aloud(str(text)), VOICES[number % len(VOICES)]).pcm for text in chance.choice(texts, wanted)]
        made.append(np.concatenate(spoken)[: LONGEST_S * SAMPLE_RATE])
    return made


def repeated(window: Samples) -> Samples:
    """Its first 3 s eight times over. What is said of it repeats itself, which no gate lets pass: the model tries again
    at every temperature."""
    return np.tile(window[: 3 * SAMPLE_RATE], 8)
