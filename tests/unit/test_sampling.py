"""Sampling: what is drawn is drawn from the model's distribution, by dice that belong to the audio alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from chunk_workers.engines.sampling import Draft, Logits, sample

END, TOKENS = 3, 4


def logits(tokens: Sequence[int]) -> Logits:
    """Of a model whose next token hangs on the last one and on how many there are."""
    return np.array([1.0, 0.5 * (tokens[-1] if tokens else 0), -1.0, 0.6 * len(tokens) - 2.0])


def model(drafted: int, calls: list[int] | None = None) -> Draft:
    """Drafts at most so many tokens a call, and fewer where the text ends. ``calls``: how many were asked for."""

    def draft(tokens: Sequence[int], most: int) -> list[tuple[int, Logits]]:
        if calls is not None:
            calls.append(most)
        found: list[tuple[int, Logits]] = []
        said = list(tokens)
        while len(found) < min(drafted, most):
            values = logits(said)
            likely = int(values.argmax())
            found.append((likely, values))
            if likely == END:
                break
            said.append(likely)
        return found

    return draft


@pytest.mark.parametrize("temperature", [0.2, 0.6, 1.0])
def test_how_much_is_drafted_at_once_does_not_show(temperature: float) -> None:
    def drawn(drafted: int) -> list[tuple[int, ...]]:
        return [sample(model(drafted), np.random.default_rng(seed), temperature, END, 30).tokens for seed in range(40)]

    one_by_one = drawn(1)
    assert drawn(4) == drawn(8) == one_by_one
    assert len(set(one_by_one)) > 3


def test_drafting_asks_the_model_less_often() -> None:
    calls: list[list[int]] = [[], []]
    for drafted, asked in zip((1, 8), calls, strict=True):
        sample(model(drafted, asked), np.random.default_rng(1), 0.2, END, 30)
    assert len(calls[1]) < len(calls[0]) / 2


def test_as_long_as_the_dice_agree_ever_more_is_drafted_and_never_more_than_is_wanted() -> None:
    calls: list[int] = []
    sure = np.array([50.0, 0.0, 0.0, 0.0])

    def draft(tokens: Sequence[int], most: int) -> list[tuple[int, Logits]]:
        calls.append(most)
        # Of the tenth token the dice are sure and the draft is wrong.
        return [(1 if at == 9 else 0, sure) for at in range(len(tokens), len(tokens) + most)]

    assert sample(draft, np.random.default_rng(1), 0.2, END, 30).tokens == (0,) * 30
    assert calls == [4, 8, 4, 8, 8]


def test_tokens_come_as_often_as_the_model_says_at_that_temperature() -> None:
    values, temperature = np.array([0.5, 0.0, -0.5, -1.0]), 0.7
    dice = np.random.default_rng(5)
    firsts = [(sample(lambda *_: [(0, values)], dice, temperature, END, 1).tokens or (END,))[0] for _ in range(4_000)]
    expected = np.exp(values / temperature) / np.exp(values / temperature).sum()
    assert np.bincount(firsts, minlength=TOKENS) / len(firsts) == pytest.approx(expected, abs=0.03)


def test_the_log_probability_is_that_of_the_model_and_not_of_the_temperature() -> None:
    drawn = sample(model(4), np.random.default_rng(3), 1.0, END, 30)
    expected, said = 0.0, list[int]()
    for token in drawn.tokens:
        values = logits(said)
        expected += float(values[token] - np.log(np.exp(values).sum()))
        said.append(token)
    assert drawn.log_probability == pytest.approx(expected)


def test_a_text_without_end_is_cut_and_one_without_beginning_is_empty() -> None:
    endless = np.array([5.0, 0.0, 0.0, -50.0])
    assert sample(lambda _, most: [(0, endless)] * most, np.random.default_rng(0), 0.2, END, 10).tokens == (0,) * 10
    assert sample(lambda *_: [], np.random.default_rng(0), 0.2, END, 10).tokens == ()
