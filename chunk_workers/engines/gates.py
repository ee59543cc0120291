"""The gates between what Whisper says and what is believed (Radford et al. 2022, section 4.5)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

_NO_SPEECH, _LOG_PROBABILITY, _COMPRESSION = 0.6, -1.0, 2.4


@dataclass(frozen=True, slots=True)
class Said:
    """One decoding of an utterance: text ``tokens`` and their text, the mean log probability of a token, and how
    probable it is that nobody speaks."""

    tokens: tuple[int, ...]
    text: str
    log_probability: float
    no_speech: float

    @property
    def silent(self) -> bool:
        """Nobody speaks, and the model is not sure of what it says all the same."""
        return self.no_speech > _NO_SPEECH and self.log_probability < _LOG_PROBABILITY

    @property
    def repeats(self) -> bool:
        """The text says the same over and over, as a model does that has lost the audio."""
        text = self.text.encode()
        return len(text) > _COMPRESSION * len(zlib.compress(text))

    @property
    def doubtful(self) -> bool:
        """Worth another try at a higher temperature."""
        return not self.silent and (self.repeats or self.log_probability < _LOG_PROBABILITY)


def believed(tries: Iterable[Said]) -> Said | None:
    """Of the decodings of one utterance at rising temperatures the first without doubt, else the most probable one
    that does not repeat itself; None where there is none, or nobody speaks. Takes no more of them than it needs."""
    doubted: list[Said] = []
    for said in tries:
        if said.silent:
            return None
        if not said.doubtful:
            return said
        doubted.append(said)
    return max((said for said in doubted if not said.repeats), key=lambda said: said.log_probability, default=None)
