"""The planner's rules, one by one, on audio written down as turns of speech and silence."""

from __future__ import annotations

import numpy as np
import pytest

from chunk_workers.plan import LONGEST, OVERLAP, PADDING, Plan, Stretch, Window, plan
from chunk_workers.voice import FRAME, RATE, VoiceTrack

NEAR = FRAME
"""Cuts lie on frame edges."""


def audio(*turns: tuple[float, float], first: float = 0.0, level: int = 180) -> Stretch:
    """Speech and then silence, each of so many seconds, from a second on."""
    voiced = np.concatenate([np.repeat([1, 0], [round(part * RATE / FRAME) for part in turn]) for turn in turns])
    speech, loud = voiced.astype(np.uint8) * 255, (voiced * level).astype(np.uint8)
    return Stretch(round(first * RATE), len(voiced) * FRAME, VoiceTrack(speech.tobytes(), loud.tobytes()))


def planned(*stretches: Stretch, ended: bool = True) -> Plan:
    return plan(stretches, cut=0, overlaps_previous=False, ended=ended)


def end_of(stretch: Stretch) -> int:
    return stretch.first + stretch.count


def test_a_pause_of_half_a_second_closes_a_window_of_twelve_seconds() -> None:
    one, other = planned(audio((12.5, 0.55), (5.0, 0.0))).windows
    assert one.end / RATE == pytest.approx(12.75, abs=0.05)
    assert one.next_cut == one.end == other.start


def test_the_same_pause_does_not_close_a_window_of_six_seconds() -> None:
    (window,) = planned(audio((6.0, 0.55), (5.0, 0.0))).windows
    assert (window.start, window.end) == (0, window.next_cut)


def test_a_long_window_closes_in_a_short_pause() -> None:
    one, _ = planned(audio((12.5, 0.2), (7.0, 0.2), (6.5, 0.2), (5.0, 0.0))).windows
    assert one.end / RATE == pytest.approx(12.5 + 0.2 + 7.0 + 0.2 + 6.5 + 0.1, abs=0.1)


def test_a_short_window_closes_in_a_silence_of_seconds_and_stays_short() -> None:
    one, other = planned(audio((1.0, 6.0), (2.0, 1.0))).windows
    assert one.end == pytest.approx(1.0 * RATE + PADDING, abs=NEAR)
    assert other.start == pytest.approx(7.0 * RATE - PADDING, abs=NEAR)
    assert other.end == pytest.approx(9.0 * RATE + PADDING, abs=2 * NEAR)


def test_speech_that_never_gets_a_pause_of_its_length_closes_in_the_longest_one_it_had() -> None:
    one, two = planned(audio((13.0, 0.16), (5.0, 0.26), (9.5, 0.1), (3.0, 0.0))).windows
    assert one.next_cut / RATE == pytest.approx(13.0 + 0.16 + 5.0 + 0.13, abs=0.06)
    assert not one.overlaps_next
    assert two.cut == one.next_cut


def test_a_pause_before_twelve_seconds_is_not_gone_back_to() -> None:
    one, _ = planned(audio((8.0, 0.6), (6.0, 0.2), (14.0, 0.0))).windows
    assert one.next_cut / RATE == pytest.approx(8.0 + 0.6 + 6.0 + 0.1, abs=0.06)


def test_speech_without_a_pause_closes_around_its_quietest_moment_with_four_seconds_heard_twice() -> None:
    loud = bytearray([180] * 1250)
    for frame in range(610, 614):
        loud[frame] = 90
    stretch = Stretch(0, 1250 * FRAME, VoiceTrack(bytes([255] * 1250), bytes(loud)))
    one, two = planned(stretch).windows
    quietest = 611.5 * FRAME
    assert one.overlaps_next
    assert two.overlaps_previous
    assert two.start == one.next_cut == two.cut
    assert one.end - two.start == pytest.approx(OVERLAP, abs=2 * NEAR)
    assert (one.end + two.start) / 2 == pytest.approx(quietest, abs=2 * NEAR)
    assert one.end - one.start <= LONGEST
    assert two.end == end_of(stretch)


def test_a_hole_closes_the_window_at_its_edge_whatever_its_length() -> None:
    before, after = audio((3.0, 0.0)), audio((3.0, 0.0), first=4.0)
    one, other = planned(before, after).windows
    assert one.end == one.next_cut == end_of(before)
    assert other.start == other.cut == after.first


def test_a_hole_that_is_not_followed_by_audio_yet_leaves_the_tail_open() -> None:
    before = audio((3.0, 0.0))
    assert planned(before, ended=False).tail is not None
    assert planned(before, audio((0.0, 1.0), first=9.0), ended=False).windows[0].end == end_of(before)


def test_a_gap_of_some_milliseconds_is_silence() -> None:
    before = audio((3.0, 0.0))
    (window,) = planned(before, audio((3.0, 0.0), first=end_of(before) / RATE + 0.19)).windows
    assert window.end > 6.0 * RATE


def test_a_gap_between_chunks_counts_towards_a_pause() -> None:
    before = audio((20.0, 0.1))
    after = audio((0.0, 0.1), (3.0, 0.0), first=end_of(before) / RATE + 0.2)
    assert len(planned(before, after).windows) == 2


def test_a_gap_in_the_middle_of_speech_is_a_pause_to_cut_in() -> None:
    before = audio((27.0, 0.0))
    one, other = planned(before, audio((9.0, 0.0), first=end_of(before) / RATE + 0.2)).windows
    assert end_of(before) <= one.end <= other.start == other.cut
    assert not one.overlaps_next


def test_a_click_is_no_speech() -> None:
    click = 2 * FRAME / RATE
    assert planned(audio((click, 1.0), (click, 1.0))) == Plan(
        (), None, end_of(audio((click, 1.0), (click, 1.0))), False
    )


def test_a_click_does_not_end_a_pause() -> None:
    one, _ = planned(audio((13.0, 0.3), (FRAME / RATE, 0.3), (5.0, 0.0))).windows
    assert one.end / RATE == pytest.approx(13.25, abs=0.05)


def test_what_may_still_become_speech_is_not_yet_taken_for_a_pause() -> None:
    start_of_a_word = audio((13.0, 0.45), (2 * FRAME / RATE, 0.0))
    assert planned(start_of_a_word, ended=False).windows == ()


def test_the_open_tail_is_what_was_said_since_the_last_cut() -> None:
    result = planned(audio((13.0, 1.0), (4.0, 0.1)), ended=False)
    (closed,) = result.windows
    assert result.tail is not None
    assert result.tail.start == pytest.approx(14.0 * RATE - PADDING, abs=NEAR)
    assert result.tail.end == result.tail.next_cut == end_of(audio((13.0, 1.0), (4.0, 0.1)))
    assert result.cut == result.tail.cut >= closed.next_cut


def test_nobody_speaking_leaves_no_tail_and_moves_the_state_on() -> None:
    result = planned(audio((13.0, 60.0)), ended=False)
    assert result.tail is None
    assert result.cut >= 72 * RATE


def test_looking_after_every_single_frame_changes_nothing() -> None:
    click = FRAME / RATE
    whole = audio((2.0, 6.0), (2 * click, 1.0), (1.0, 0.2), (click, 6.0), (4.0, 0.1))
    speech, level = whole.track.speech, whole.track.level
    windows: list[Window] = []
    cut, overlaps = 0, False
    for frames in range(1, len(speech) + 1):
        so_far = Stretch(0, frames * FRAME, VoiceTrack(speech[:frames], level[:frames]))
        look = plan([so_far], cut=cut, overlaps_previous=overlaps, ended=frames == len(speech))
        windows += look.windows
        cut, overlaps = look.cut, look.overlaps_previous
    assert tuple(windows) == planned(whole).windows


def test_the_end_closes_the_tail() -> None:
    stretch = audio((2.0, 0.1))
    (window,) = planned(stretch).windows
    assert window.end == window.next_cut == end_of(stretch)
    assert planned(stretch).cut == end_of(stretch)


def test_nothing_is_planned_from_nothing() -> None:
    assert plan([], cut=7, overlaps_previous=False, ended=True) == Plan((), None, 7, False)


def test_a_stretch_that_began_before_the_cut_is_planned_from_the_cut() -> None:
    (window,) = plan([audio((8.0, 0.0))], cut=3 * RATE + 17, overlaps_previous=True, ended=True).windows
    assert (window.cut, window.start, window.overlaps_previous) == (3 * RATE + 17, 3 * RATE + 17, True)


@pytest.mark.parametrize(("first", "count", "frames"), [(-1, FRAME, 1), (0, FRAME + 1, 1), (0, FRAME, 2), (0, -1, 0)])
def test_a_stretch_whose_track_is_of_another_length_is_refused(first: int, count: int, frames: int) -> None:
    with pytest.raises(ValueError, match="track of its own length"):
        Stretch(first, count, VoiceTrack(bytes(frames), bytes(frames)))
