"""Sampling a text at a temperature, as a pure function of the audio.

CTranslate2 draws from one generator for each thread, which cannot be set back: what it samples depends on what it
was used for before. Here the dice belong to the utterance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Logits: TypeAlias = NDArray[np.float64]
Draft: TypeAlias = Callable[[Sequence[int], int], Sequence[tuple[int, Logits]]]
"""At most so many most probable next tokens after these, each with the logits it was chosen from; none where the text
ends."""

_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """``tokens`` without the one that ends a text, and the sum of their log probabilities."""

    tokens: tuple[int, ...]
    log_probability: float


def sample(draft: Draft, dice: np.random.Generator, temperature: float, end: int, most: int) -> Sample:
    """A text of at most ``most`` tokens, each drawn from the softmax of its logits over ``temperature``.

    The most probable tokens are drafted some at a time and kept as far as the dice agree with them, which costs less
    than one by one (after speculative sampling, Leviathan et al. 2023, with the model as its own draft). Where the dice
    agreed with all, twice as many are drafted next.
    """
    tokens: list[int] = []
    log_probability = 0.0
    ahead = _FEWEST
    while len(tokens) < most and (drafted := draft(tokens, min(ahead, most - len(tokens)))):
        for likely, logits in drafted:
            token = int(np.argmax(logits / temperature + dice.gumbel(size=logits.shape)))
            if token == end:
                return Sample(tuple(tokens), log_probability)
            tokens.append(token)
            log_probability += float(logits[token] - np.logaddexp.reduce(logits))
            if token != likely:
                ahead = _FEWEST
                break
        else:
            ahead *= 2
    return Sample(tuple(tokens), log_probability)
