"""Names for voices that were heard before."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chunk_workers.known_voices import MARGIN, SAME, recognise

SIZE = 64


def voice(*parts: tuple[int, float]) -> NDArray[np.float32]:
    """A vector with these parts along the axes, brought to unit length by one more axis of its own."""
    vector = np.zeros(SIZE, dtype=np.float32)
    for axis, part in parts:
        vector[axis] = part
    vector[-1 - parts[0][0]] = np.sqrt(max(0.0, 1.0 - float(vector @ vector)))
    return vector


ANN, BOB = voice((0, 1.0)), voice((1, 1.0))


def test_speakers_get_the_names_of_their_voices() -> None:
    heard = np.stack([voice((1, 0.95)), voice((0, 0.9))])
    assert recognise(heard, {"Ann": [ANN], "Bob": [BOB]}) == {0: "Bob", 1: "Ann"}


def test_a_stranger_has_no_name() -> None:
    assert recognise(np.stack([voice((0, SAME - 0.01))]), {"Ann": [ANN], "Bob": [BOB]}) == {}


def test_who_is_like_two_people_has_no_name() -> None:
    twin = voice((0, 1.0 - MARGIN / 2), (5, 0.1))
    assert recognise(np.stack([ANN]), {"Ann": [ANN], "Twin": [twin]}) == {}


def test_two_speakers_who_are_both_like_one_person_have_no_name() -> None:
    assert recognise(np.stack([voice((0, 0.95)), voice((0, 0.93), (2, 0.1))]), {"Ann": [ANN]}) == {}


def test_the_best_of_several_sessions_counts() -> None:
    assert recognise(np.stack([ANN]), {"Ann": [voice((0, 0.5)), voice((0, 0.95))], "Bob": [BOB]}) == {0: "Ann"}


@pytest.mark.parametrize("known", [{}, {"Ann": []}])
def test_nobody_is_recognised_where_nobody_is_known(known: dict[str, list[NDArray[np.float32]]]) -> None:
    assert recognise(np.stack([ANN]), known) == {}


def test_a_session_without_speech_has_nobody_to_name() -> None:
    assert recognise(np.zeros((0, 0), dtype=np.float32), {"Ann": [ANN]}) == {}
