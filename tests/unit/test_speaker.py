"""Who is speaking where, and who turned out to be whom."""

from __future__ import annotations

import pytest

from session_core.errors import Invalid
from session_core.speaker import Speaker, SpeakerLabel, followed, is_by_way_of, merges_of, refuse_circle, speaker_within


def test_the_newest_label_at_the_middle_of_a_stretch_counts() -> None:
    labels = [SpeakerLabel(0, 10_000, "S1"), SpeakerLabel(4_000, 8_000, "S2"), SpeakerLabel(6_000, 7_000, None)]
    assert speaker_within(labels, 0, 2_000) == "S1"
    assert speaker_within(labels, 3_000, 9_000) is None
    assert speaker_within(labels, 4_000, 6_000) == "S2"
    assert speaker_within(labels, 9_000, 30_000) is None


def test_merges_are_followed_to_their_end() -> None:
    merges = {"S1": "S2", "S2": "S3"}
    assert [followed(speaker, merges) for speaker in ("S1", "S2", "S3", "S4", None)] == ["S3", "S3", "S3", "S4", None]


def test_only_who_was_merged_is_merged() -> None:
    assert merges_of([Speaker("S1", merged_into="S2"), Speaker("S2"), Speaker("S3", "Ann")]) == {"S1": "S2"}


def test_who_means_a_speaker_by_way_of_others_is_known() -> None:
    merges = {"S1": "S2", "S2": "S3", "S4": "S3"}
    assert [speaker for speaker in ("S1", "S2", "S3", "S4", None) if is_by_way_of(speaker, "S2", merges)] == [
        "S1",
        "S2",
    ]
    assert [speaker for speaker in ("S1", "S2", "S3", "S4") if is_by_way_of(speaker, "S3", merges)] == [
        "S1", "S2", "S3", "S4",
    ]  # fmt: skip


@pytest.mark.parametrize(("speaker", "into"), [("S1", "S1"), ("S3", "S1"), ("S2", "S1"), ("S3", "S2")])
def test_a_circle_is_refused(speaker: str, into: str) -> None:
    with pytest.raises(Invalid):
        refuse_circle(speaker, into, {"S1": "S2", "S2": "S3"})


def test_a_speaker_may_be_merged_into_somebody_else_afterwards() -> None:
    merges = {"S1": "S2", "S2": "S3"}
    for speaker in ("S1", "S2"):
        refuse_circle(speaker, "S4", merges)
        assert followed("S1", merges | {speaker: "S4"}) == "S4"
