"""What the uploader decides, event by event; tests/property/test_uploader_properties.py mixes them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from hearken.chunk_file import RecordedChunk
from hearken.upload_action import Action, Ask, Reconnect, Release, Remember, SetAside
from hearken.uploader import Uploader

START = {"client_ref": "ref"}


def chunk(seq: int, size: int = 10) -> RecordedChunk:
    return RecordedChunk(seq, seq * 100, 100, hashlib.sha256(bytes([seq])).hexdigest(), "audio/flac", size)


def ack(ask: Ask, **changes: object) -> dict[str, object]:
    assert ask.chunk is not None
    return {"ok": True, "seq": ask.chunk.seq, "sha256": ask.chunk.sha256, "epoch": "e1"} | changes


def refused(code: str, *, retryable: bool, **more: object) -> dict[str, object]:
    return {"ok": False, "error": {"code": code, "message": code, "retryable": retryable, **more}}


def resumed(stored: list[list[int]] | None = None, **changes: object) -> dict[str, object]:
    return {"ok": True, "state": "recording", "stored": stored or [], "sealed_through": -1, "epoch": "e1"} | changes


def asks(actions: list[Action]) -> list[Ask]:
    return [action for action in actions if isinstance(action, Ask)]


def joined(uploader: Uploader, now: float = 0.0, **answer: Any) -> list[Ask]:
    """Connect, start where need be, resume; what is asked then."""
    uploader.connected(epoch="e1", credit=3, most_bytes=100)
    (ask,) = asks(uploader.actions(now))
    if ask.event == "session.start":
        uploader.answered(ask, {"ok": True, "session_id": "s", "state": "recording", "next_seq": 0}, now)
        (ask,) = asks(uploader.actions(now))
    assert ask.event == "session.resume"
    uploader.answered(ask, resumed(**answer), now)
    return asks(uploader.actions(now))


def made(chunks: int = 0, session_id: str | None = "s") -> Uploader:
    uploader = Uploader(START, session_id=session_id, epoch="e1", jitter=lambda: 1.0)
    for seq in range(chunks):
        uploader.recorded(chunk(seq))
    return uploader


def test_a_session_is_remembered_before_its_first_chunk_is_sent() -> None:
    uploader = made(1, session_id=None)
    uploader.connected(epoch="e1", credit=3, most_bytes=None)
    (start,) = asks(uploader.actions(0))
    assert (start.event, start.body) == ("session.start", START)
    uploader.answered(start, {"ok": True, "session_id": "s", "state": "recording", "next_seq": 0}, 0)
    remember, resume = uploader.actions(0)
    assert remember == Remember("s", "e1")
    assert isinstance(resume, Ask)
    assert resume.body == {"session_id": "s"}


def test_nothing_is_sent_before_the_server_told_what_it_holds() -> None:
    uploader = made(3)
    uploader.connected(epoch="e1", credit=3, most_bytes=None)
    assert [ask.event for ask in asks(uploader.actions(0))] == ["session.resume"]
    assert uploader.actions(100) == []
    assert uploader.wake_at() is None


def test_only_what_the_server_lacks_is_sent_lowest_first_within_the_credit() -> None:
    sent = joined(made(8), stored=[[0, 1], [3, 3]])
    assert [ask.chunk.seq for ask in sent if ask.chunk] == [2, 4, 5]


def test_an_acknowledgement_makes_room_for_the_next() -> None:
    uploader = made(5)
    first, *_ = joined(uploader)
    uploader.answered(first, ack(first), 1)
    assert [ask.chunk.seq for ask in asks(uploader.actions(1)) if ask.chunk] == [3]
    assert uploader.stored_samples == 100


@pytest.mark.parametrize(
    "answer",
    [None, {}, [], "ok", {"ok": True}, {"ok": True, "seq": 0}, {"ok": 1}, {"ok": True, "seq": 0, "sha256": "other"}],
)
def test_what_does_not_echo_the_chunk_is_no_answer(answer: object) -> None:
    uploader = made(1)
    (ask,) = joined(uploader)
    uploader.answered(ask, answer, 10)
    assert uploader.actions(10) == []
    assert uploader.wake_at() == 10.5
    (again,) = asks(uploader.actions(10.5))
    assert again.chunk == ask.chunk
    assert uploader.stored_samples == 0


def test_pauses_double_up_to_half_a_minute() -> None:
    uploader = made(1)
    (ask,) = joined(uploader)
    now, pauses = 0.0, []
    for _ in range(9):
        uploader.answered(ask, None, now)
        due = uploader.wake_at()
        assert due is not None
        pauses.append(due - now)
        (ask,) = asks(uploader.actions(due))
        now = due
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_retry_after_holds_everything_back() -> None:
    uploader = made(6)
    first, second, *_ = joined(uploader)
    uploader.answered(first, refused("overloaded", retryable=True, retry_after_s=7), 10)
    uploader.answered(second, ack(second), 10)
    assert uploader.actions(16.9) == []
    assert uploader.wake_at() == 17
    assert [ask.chunk.seq for ask in asks(uploader.actions(17)) if ask.chunk] == [0, 3]


def test_slow_down_holds_everything_back() -> None:
    uploader = made(6)
    first, *_ = joined(uploader)
    uploader.slowed_down(5, 10)
    uploader.answered(first, ack(first), 10)
    assert uploader.actions(14) == []
    assert len(asks(uploader.actions(15))) == 1


def test_a_chunk_refused_for_good_is_set_aside_and_the_next_goes() -> None:
    uploader = made(4)
    first, *_ = joined(uploader)
    uploader.answered(first, refused("seq_conflict", retryable=False), 0)
    aside, following = uploader.actions(0)
    assert aside == SetAside(chunk(0), "seq_conflict")
    assert isinstance(following, Ask)
    assert uploader.refused == {0: "seq_conflict"}


def test_a_chunk_over_the_servers_limit_is_not_even_sent() -> None:
    uploader = made()
    uploader.recorded(chunk(0, size=101))
    assert joined(uploader) == []
    assert uploader.refused == {0: "too_large"}


def test_a_refused_token_asks_for_another_connection_and_keeps_the_chunk() -> None:
    uploader = made(1)
    (ask,) = joined(uploader)
    uploader.answered(ask, refused("unauthenticated", retryable=False), 0)
    assert uploader.actions(0) == [Reconnect()]
    uploader.disconnected()
    assert [again.chunk for again in joined(uploader, 1)] == [chunk(0)]


def test_after_bye_answers_count_and_nothing_is_sent() -> None:
    uploader = made(5)
    first, *_ = joined(uploader)
    uploader.leaving()
    uploader.answered(first, ack(first), 0)
    assert uploader.actions(0) == []
    assert uploader.stored_samples == 100


def test_answers_of_an_earlier_connection_are_ignored() -> None:
    uploader = made(1)
    (old,) = joined(uploader)
    uploader.disconnected()
    (new,) = joined(uploader)
    uploader.answered(old, refused("bad_media", retryable=False), 0)
    assert uploader.refused == {}
    uploader.answered(new, ack(new), 0)
    assert uploader.stored_samples == 100


def test_stop_is_said_once_everything_is_stored_or_set_aside() -> None:
    uploader = made(2)
    first, second = joined(uploader)
    uploader.ended(1)
    uploader.answered(first, ack(first), 0)
    assert uploader.actions(0) == []
    uploader.answered(second, refused("bad_media", retryable=False), 0)
    _, stop = uploader.actions(0)
    assert isinstance(stop, Ask)
    assert (stop.event, stop.body) == ("session.stop", {"session_id": "s", "last_seq": 1})
    assert not uploader.settled
    uploader.answered(stop, {"ok": True, "state": "sealing"}, 0)
    assert uploader.settled


def test_an_empty_recording_is_stopped_with_minus_one() -> None:
    uploader = made()
    uploader.ended(-1)
    (stop,) = joined(uploader)
    assert stop.body["last_seq"] == -1


def test_chunks_are_released_only_when_the_session_is_sealed() -> None:
    uploader = made(3)
    uploader.ended(2)
    sent = joined(uploader)
    for ask in sent:
        uploader.answered(ask, ack(ask), 0)
    (stop,) = uploader.actions(0)
    assert isinstance(stop, Ask)
    uploader.answered(stop, {"ok": True, "state": "sealing"}, 0)
    assert uploader.actions(0) == []
    uploader.moved("transcribing")
    (resume,) = asks(uploader.actions(0))
    uploader.answered(resume, resumed([[0, 2]], state="transcribing", sealed_through=2), 0)
    assert uploader.actions(0) == [Release(chunk(0)), Release(chunk(1)), Release(chunk(2))]
    assert uploader.stored_samples == 300


def test_chunks_of_a_recording_that_goes_on_are_kept_even_if_the_server_sealed_it() -> None:
    uploader = made(1)
    joined(uploader, stored=[[0, 0]], state="transcribing", sealed_through=0)
    assert uploader.actions(0) == []


def test_a_restored_database_is_sent_what_it_lacks_again() -> None:
    uploader = made(2)
    for ask in joined(uploader):
        uploader.answered(ask, ack(ask), 0)
    uploader.disconnected()
    uploader.connected(epoch="e2", credit=3, most_bytes=None)
    (resume,) = asks(uploader.actions(0))
    uploader.answered(resume, resumed([[1, 1]], epoch="e2"), 0)
    remember, again = uploader.actions(0)
    assert remember == Remember("s", "e2")
    assert isinstance(again, Ask)
    assert again.chunk == chunk(0)


def test_a_chunk_that_a_sealed_session_lost_is_kept_and_sent_again() -> None:
    uploader = made(1)
    uploader.ended(0)
    (ask,) = joined(uploader)
    uploader.answered(ask, ack(ask), 0)
    uploader.disconnected()
    (again,) = joined(uploader, stored=[], state="transcribing")
    assert again.chunk == chunk(0)


def test_a_session_that_a_restored_database_does_not_know_is_started_anew() -> None:
    uploader = made(1)
    uploader.connected(epoch="e2", credit=3, most_bytes=None)
    (resume,) = asks(uploader.actions(0))
    uploader.answered(resume, refused("not_found", retryable=False), 0)
    (start,) = asks(uploader.actions(0))
    assert start.event == "session.start"


def test_a_session_that_is_gone_without_a_restore_is_a_failure() -> None:
    uploader = made(1)
    uploader.connected(epoch="e1", credit=3, most_bytes=None)
    (resume,) = asks(uploader.actions(0))
    uploader.answered(resume, refused("not_found", retryable=False), 0)
    assert uploader.actions(0) == []
    assert uploader.failure is not None
    assert uploader.failure.code == "not_found"


def test_an_acknowledgement_of_another_epoch_is_checked_on_a_new_connection() -> None:
    uploader = made(1)
    (ask,) = joined(uploader)
    uploader.answered(ask, ack(ask, epoch="e2"), 0)
    assert uploader.actions(0) == [Reconnect()]
    assert uploader.stored_samples == 0


def test_a_state_change_during_a_resume_asks_once_more() -> None:
    uploader = made(1)
    uploader.ended(0)
    joined(uploader, stored=[[0, 0]], state="sealing")
    uploader.disconnected()
    uploader.connected(epoch="e1", credit=3, most_bytes=None)
    (resume,) = asks(uploader.actions(0))
    uploader.moved("ready")
    uploader.answered(resume, resumed([[0, 0]], state="sealing"), 0)
    (again,) = asks(uploader.actions(0))
    uploader.answered(again, resumed([[0, 0]], state="ready", sealed_through=0), 0)
    assert uploader.actions(0) == [Release(chunk(0))]
    assert uploader.settled
