"""The planner under any audio, any cutting into chunks, any holes, any moment of looking."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chunk_workers.plan import LONGEST, LONGEST_GAP, OVERLAP, SPEECH, Plan, Stretch, Window, plan
from chunk_workers.voice import FRAME, RATE, VoiceTrack, frame_count

NOT_A_BLIP = 3


@st.composite
def tracks(draw: st.DrawFn, most_turns: int = 40) -> VoiceTrack:
    """Speech and pauses of all lengths, with levels that leave ties and valleys."""
    turns = draw(
        st.lists(
            st.tuples(
                st.sampled_from([1, 2, 3, 4, 15, 60, 200, 500, 1200]), st.sampled_from([0, 1, 4, 5, 8, 16, 60, 200])
            ),
            max_size=most_turns,
        )
    )
    seed = draw(st.integers(0, 2**16))
    voiced = np.array([part for spoken, silent in turns for part in [1] * spoken + [0] * silent], dtype=np.uint8)
    noise = np.random.default_rng(seed)
    speech = voiced * 120 + noise.integers(SPEECH - 120, SPEECH, len(voiced), dtype=np.uint8)
    level = voiced * 100 + noise.integers(0, draw(st.sampled_from([1, 60])), len(voiced), dtype=np.uint8)
    return VoiceTrack(speech.tobytes(), level.tobytes())


@st.composite
def sessions(draw: st.DrawFn) -> list[Stretch]:
    """Chunks of uneven lengths, whole frames or not, some of them followed by a gap or a hole."""
    track = draw(tracks())
    stretches, first, frame = [], draw(st.sampled_from([0, 100, 5 * RATE])), 0
    while frame < len(track):
        frames = draw(st.sampled_from([1, 30, 200, 469, 469, 469]))
        part = VoiceTrack(track.speech[frame : frame + frames], track.level[frame : frame + frames])
        count = len(part) * FRAME - draw(st.sampled_from([0, 0, 128, FRAME - 1]))
        stretches.append(Stretch(first, count, part))
        first += count + draw(st.sampled_from([0, 0, 0, 0, 1, LONGEST_GAP, LONGEST_GAP + 1, 15 * RATE]))
        frame += frames
    return stretches


def from_scratch(stretches: Sequence[Stretch], ended: bool = True) -> Plan:
    return plan(stretches, cut=0, overlaps_previous=False, ended=ended)


def known_from(stretches: Sequence[Stretch], cut: int) -> list[Stretch]:
    return [stretch for stretch in stretches if stretch.first + stretch.count > cut]


def chopped(stretch: Stretch, frames: int) -> list[Stretch]:
    """The same audio as two stretches, parted after so many frames."""
    if not 0 < frames < len(stretch.track):
        return [stretch]
    speech, level = stretch.track.speech, stretch.track.level
    return [
        Stretch(stretch.first, frames * FRAME, VoiceTrack(speech[:frames], level[:frames])),
        Stretch(
            stretch.first + frames * FRAME, stretch.count - frames * FRAME, VoiceTrack(speech[frames:], level[frames:])
        ),
    ]


def until(stretches: Sequence[Stretch], chunks: int, frames: int) -> list[Stretch]:
    """What was known when only some chunks, and some frames of the next, had arrived."""
    return [*stretches[:chunks], *(chopped(stretch, frames)[0] for stretch in stretches[chunks : chunks + 1])]


def hears(windows: Sequence[Window], begin: int, end: int) -> bool:
    """Whether every sample is in some window."""
    for window in windows:
        if window.start <= begin < window.end:
            begin = window.end
    return begin >= end


moments = st.tuples(st.integers(0, 20), st.integers(0, 470))


@given(sessions(), moments)
def test_later_audio_never_contradicts_a_closed_window(stretches: list[Stretch], moment: tuple[int, int]) -> None:
    early = from_scratch(until(stretches, *moment), ended=False)
    for ended in (False, True):
        assert from_scratch(stretches, ended).windows[: len(early.windows)] == early.windows


@given(sessions(), st.lists(moments, max_size=6), st.booleans())
def test_planning_resumed_at_any_moments_equals_planning_from_scratch(
    stretches: list[Stretch], looks: list[tuple[int, int]], ended: bool
) -> None:
    windows: list[Window] = []
    cut, overlaps = 0, False
    for look in sorted(looks):
        some = plan(known_from(until(stretches, *look), cut), cut=cut, overlaps_previous=overlaps, ended=False)
        windows += some.windows
        cut, overlaps = some.cut, some.overlaps_previous
    rest = plan(known_from(stretches, cut), cut=cut, overlaps_previous=overlaps, ended=ended)
    whole = from_scratch(stretches, ended)
    assert (*windows, *rest.windows) == whole.windows
    assert (rest.tail, rest.cut, rest.overlaps_previous) == (whole.tail, whole.cut, whole.overlaps_previous)


@given(sessions())
def test_planning_resumed_at_any_window_plans_it_and_the_rest_again(stretches: list[Stretch]) -> None:
    windows = from_scratch(stretches).windows
    for index, window in enumerate(windows):
        again = plan(
            known_from(stretches, window.cut), cut=window.cut, overlaps_previous=window.overlaps_previous, ended=True
        )
        assert again.windows == windows[index:]


@given(tracks(), st.lists(st.integers(1, 2000), max_size=8), st.booleans())
def test_how_the_same_tracks_are_cut_into_stretches_changes_nothing(
    track: VoiceTrack, places: list[int], ended: bool
) -> None:
    whole = [Stretch(0, len(track) * FRAME, track)]
    parts = whole
    for place in sorted(places):
        parts = [*parts[:-1], *chopped(parts[-1], place - parts[-1].first // FRAME)]
    assert from_scratch(parts, ended) == from_scratch(whole, ended)


@given(sessions(), st.integers(0, 20))
def test_a_late_chunk_gives_the_plan_that_never_missed_it(stretches: list[Stretch], missing: int) -> None:
    """Planning anew from the last state before the hole equals planning without one."""
    whole = from_scratch(stretches)
    holed = from_scratch([*stretches[:missing], *stretches[missing + 1 :]])
    hole = stretches[missing].first if missing < len(stretches) else 0
    kept = [window for window in holed.windows if window in whole.windows and window.next_cut <= hole]
    cut, overlaps = (kept[-1].next_cut, kept[-1].overlaps_next) if kept else (0, False)
    again = plan(known_from(stretches, cut), cut=cut, overlaps_previous=overlaps, ended=True)
    assert (*kept, *again.windows) == whole.windows


@given(sessions())
def test_all_speech_is_heard(stretches: list[Stretch]) -> None:
    windows = from_scratch(stretches).windows
    for stretch in stretches:
        voiced = np.frombuffer(stretch.track.speech, dtype=np.uint8) >= SPEECH
        edges = np.flatnonzero(np.diff(np.pad(voiced.astype(np.int8), 1)))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            if end - begin >= NOT_A_BLIP:
                first = stretch.first + int(begin) * FRAME
                assert hears(windows, first, min(stretch.first + int(end) * FRAME, stretch.first + stretch.count))


@given(sessions(), st.booleans())
def test_windows_are_short_ordered_and_overlap_only_where_they_say(stretches: list[Stretch], ended: bool) -> None:
    result = from_scratch(stretches, ended)
    windows = [*result.windows, *([result.tail] if result.tail else [])]
    assert result.tail is None or not ended
    for window in windows:
        assert window.cut <= window.start < window.end <= window.start + LONGEST
        assert window.cut < window.next_cut
        assert window.overlaps_next or window.end <= window.next_cut
    for one, other in pairwise(windows):
        assert other.cut >= one.next_cut
        assert other.overlaps_previous <= one.overlaps_next
        assert one.end - other.start <= (OVERLAP if other.overlaps_previous else 0)


@given(sessions(), st.booleans())
def test_no_window_bridges_a_hole(stretches: list[Stretch], ended: bool) -> None:
    result = from_scratch(stretches, ended)
    windows = [*result.windows, *([result.tail] if result.tail else [])]
    for one, other in pairwise(stretches):
        if other.first - one.first - one.count > LONGEST_GAP:
            assert all(window.end <= one.first + one.count or window.start >= other.first for window in windows)


@given(st.integers(0, 400_000), st.integers(0, 100_000), st.booleans())
@settings(max_examples=20)
def test_silence_makes_no_windows_and_the_state_goes_on_through_it(frames: int, first: int, ended: bool) -> None:
    silence = Stretch(first, frames * FRAME, VoiceTrack(bytes(frames), bytes(frames)))
    result = from_scratch([silence], ended)
    assert result.windows == ()
    assert result.tail is None
    assert result.cut >= first + frames * FRAME - RATE or frames == 0
    assert frame_count(silence.count) == frames
