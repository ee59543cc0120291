"""Slides: which audio each block is made of, and how blocks are stored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.speakers.slides import BLOCK, Grid, Slides
from session_core.errors import Invalid

GRIDS = st.builds(Grid, window=st.integers(1, 50), step=st.integers(1, 50)).filter(
    lambda grid: grid.step <= grid.window
)


def windows(grid: Grid, start: int, end: int) -> list[tuple[int, int]]:
    """As a window slides over ``[start, end)``: to the first that holds the last sample."""
    found = [(start, start + grid.window)]
    while found[-1][1] < end:
        found.append((found[-1][0] + grid.step, found[-1][0] + grid.step + grid.window))
    return found


@given(GRIDS, st.integers(1, 3000))
def test_the_windows_of_all_blocks_are_those_of_the_whole_session(grid: Grid, end: int) -> None:
    blocks = [grid.block(place, end) for place in range(grid.blocks(end))]
    found = [window for start, stop in blocks for window in windows(grid, start, stop)]
    assert found == windows(grid, 0, end)
    assert [grid.slides(stop - start) for start, stop in blocks] == [len(windows(grid, *block)) for block in blocks]


@given(GRIDS, st.integers(0, 3000), st.integers(0, 3000))
def test_a_block_that_lies_wholly_before_the_end_is_the_same_however_the_session_goes_on(
    grid: Grid, reached: int, more: int
) -> None:
    whole = grid.whole(reached)
    assert all(grid.block(place, reached) == grid.block(place, reached + more) for place in range(whole))
    assert all(
        grid.slides(end - start) == BLOCK for start, end in (grid.block(place, reached) for place in range(whole))
    )
    assert grid.block(whole, 10**6)[1] > reached


def test_a_session_without_audio_has_no_block() -> None:
    assert Grid(160, 16).blocks(0) == 0
    assert Grid(160, 16).whole(0) == 0


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_is_stored_comes_back_to_the_last_bit(kind: type[np.floating]) -> None:
    chance = np.random.default_rng(1)
    slides = Slides(chance.random((3, 5, 2)).astype(kind), chance.normal(size=(3, 2, 4)).astype(kind))
    slides.embeddings[1, 1] = np.nan
    found = Slides.unpack(slides.pack())
    for before, after in ((slides.activity, found.activity), (slides.embeddings, found.embeddings)):
        assert (after.dtype, after.tobytes()) == (before.dtype, before.tobytes())


@pytest.mark.parametrize("packed", [b"", b"PK\x03\x04", b"hkv1" + bytes(40)])
def test_what_is_none_is_refused(packed: bytes) -> None:
    with pytest.raises(Invalid):
        Slides.unpack(packed)
