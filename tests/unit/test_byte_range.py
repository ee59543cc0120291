"""Which bytes a Range header asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_server.byte_range import Unsatisfiable, requested


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("Bytes= 10 - 19 ", (10, 20)),
        ("bytes=99-", (99, 100)),
        ("bytes=50-1000", (50, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-1000", (0, 100)),
    ],
)
def test_a_range_is_cut_to_the_file(header: str, part: tuple[int, int]) -> None:
    assert requested(header, 100) == part


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=9-2", "bytes=0-1,5-6", "samples=0-1", "bytes=a-b", "bytes=٣-"],
)
def test_what_is_no_single_range_asks_for_the_whole(header: str | None) -> None:
    assert requested(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        requested(header, 100)


@given(st.text() | st.from_regex(r"bytes=[0-9 ,-]{0,40}", fullmatch=True), st.integers(1, 1000))
def test_whatever_is_asked_for_the_answer_lies_in_the_file(header: str, size: int) -> None:
    try:
        part = requested(header, size)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part[0] < part[1] <= size
