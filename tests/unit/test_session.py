"""Which state may follow which, and what a session derives from its numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from session_core.errors import Invalid, SessionClosed
from session_core.session import (
    OPEN_STATES,
    SEALED_STATES,
    Session,
    SessionDetails,
    SessionState,
    paused,
    stopped,
)

CLOSED_STATES = [state for state in SessionState if state not in OPEN_STATES]


def session(**fields: object) -> Session:
    whole: dict[str, object] = {
        "org_id": UUID(int=1),
        "id": UUID(int=2),
        "created_by": UUID(int=3),
        "state": SessionState.RECORDING,
        "details": SessionDetails(),
        "media_type": "audio/webm",
        "sample_rate": 44_100,
        "chunk_seconds": 15.0,
        "language": None,
        "version": 1,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "stopped_at": None,
        "last_seq": None,
        "max_seq": 7,
        "contiguous_through": 4,
        "end_sample": 0,
    }
    return Session(**whole | fields)  # type: ignore[arg-type]


def test_states_are_open_sealing_or_sealed() -> None:
    assert set(SessionState) == OPEN_STATES | {SessionState.SEALING} | SEALED_STATES
    assert not OPEN_STATES & SEALED_STATES


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_stop_seals_an_open_session(state: SessionState) -> None:
    assert stopped(state, None, 7, 7) is SessionState.SEALING
    assert stopped(state, None, 20, 7) is SessionState.SEALING
    assert stopped(state, None, -1, -1) is SessionState.SEALING


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_stop_may_not_name_a_chunk_before_one_that_is_stored(state: SessionState) -> None:
    with pytest.raises(Invalid):
        stopped(state, None, 6, 7)


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_stop_said_again_changes_nothing_and_contradicts_nothing(state: SessionState) -> None:
    assert stopped(state, 7, 7, 7) is state
    with pytest.raises(SessionClosed):
        stopped(state, 7, 8, 7)


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_pause_and_continue_lead_to_their_states_from_every_open_one(state: SessionState) -> None:
    assert paused(state, True) is SessionState.PAUSED
    assert paused(state, False) is SessionState.RECORDING


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_a_stopped_session_is_not_paused(state: SessionState) -> None:
    for pause in (True, False):
        with pytest.raises(SessionClosed):
            paused(state, pause)


@pytest.mark.parametrize("state", SessionState)
def test_copies_are_needed_until_the_session_is_sealed(state: SessionState) -> None:
    assert session(state=state).sealed_through == (4 if state in SEALED_STATES else -1)


def test_milliseconds_are_whole_and_late_by_less_than_one() -> None:
    assert [session().ms(sample) for sample in (0, 44, 45, 44_099, 44_100)] == [0, 0, 1, 999, 1000]
    assert session().ms(44_100 * 86_400 * 365) == 86_400 * 365 * 1000
