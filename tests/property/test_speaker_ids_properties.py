"""Ids of voices by any turns: the sweep over them finds what looking at every pair finds."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.speaker_ids import speaker_ids
from session_core.turn import Turn

Who = TypeVar("Who")


def turns(speakers: st.SearchStrategy[Who]) -> st.SearchStrategy[list[Turn[Who]]]:
    one = st.tuples(st.integers(0, 60), st.integers(1, 30), speakers)
    return st.lists(one.map(lambda it: Turn(it[0], it[0] + it[1], it[2])), max_size=12)


@given(turns(st.integers(0, 3)), turns(st.sampled_from(["S1", "S2", "doctor"])))
def test_a_speaker_goes_to_the_voice_that_shares_most_time_with_them(
    heard: list[Turn[int]], known: list[Turn[str]]
) -> None:
    shared: dict[tuple[int, str], int] = {}
    for each in heard:
        for turn in known:
            moments = set(range(each.start_ms, each.end_ms)) & set(range(turn.start_ms, turn.end_ms))
            if moments:
                shared[each.speaker, turn.speaker] = shared.get((each.speaker, turn.speaker), 0) + len(moments)
    ids = speaker_ids(heard, known, {"S1", "S2", "doctor"})
    assert set(ids) == {each.speaker for each in heard}
    assert len(set(ids.values())) == len(ids)
    given = {voice: speaker for voice, speaker in ids.items() if speaker in {"S1", "S2", "doctor"}}
    assert all((voice, speaker) in shared for voice, speaker in given.items())
    # No other pair shares more than both of what its voice and its speaker were given to each other.
    for (voice, speaker), together in shared.items():
        own = shared.get((voice, given.get(voice, "")), 0)
        others = max((shared[v, s] for v, s in given.items() if s == speaker), default=0)
        assert together <= max(own, others)
