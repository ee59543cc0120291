"""Open connections, counted for users and organisations."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from session_core.errors import QuotaExceeded
from session_core.principal import Principal
from stream_server.connection_limit import ConnectionLimit

NORTH, SOUTH = UUID(int=1), UUID(int=2)


def somebody(org_id: UUID, user: int) -> Principal:
    return Principal(org_id, UUID(int=user), UUID(int=99), datetime(2030, 1, 1, tzinfo=UTC))


ANN, ANNE, BOB = somebody(NORTH, 11), somebody(NORTH, 12), somebody(SOUTH, 13)


def test_a_user_has_its_number_and_no_more_until_one_is_closed() -> None:
    limit = ConnectionLimit(user=2, organisation=100)
    limit.enter(ANN)
    limit.enter(ANN)
    with pytest.raises(QuotaExceeded, match="user"):
        limit.enter(ANN)
    limit.enter(ANNE)
    limit.leave(ANN)
    limit.enter(ANN)


def test_users_of_an_organisation_share_its_number_and_another_organisation_has_its_own() -> None:
    limit = ConnectionLimit(user=2, organisation=2)
    limit.enter(ANN)
    limit.enter(ANNE)
    with pytest.raises(QuotaExceeded, match="organisation"):
        limit.enter(ANN)
    limit.enter(BOB)


def test_what_is_refused_is_not_counted() -> None:
    limit = ConnectionLimit(user=2, organisation=1)
    limit.enter(ANNE)
    for _ in range(5):
        with pytest.raises(QuotaExceeded):
            limit.enter(ANN)
    limit.leave(ANNE)
    limit.enter(ANN)


def test_one_that_ends_by_an_error_is_closed_too() -> None:
    limit = ConnectionLimit(user=1, organisation=1)
    with pytest.raises(ConnectionResetError), limit.one(ANN):
        raise ConnectionResetError
    limit.enter(ANN)
