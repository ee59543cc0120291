"""Tickets open what they were made for, and nothing else opens it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest

from session_core.envelope import Key
from session_core.errors import Unauthenticated
from session_core.principal import Principal, TokenSigner
from session_core.ticket import LIFE_S, TicketSigner

MASTER = Key(bytes(32))
TICKETS = TicketSigner(MASTER, "audio")
SESSION = uuid4()
ANN = Principal(uuid4(), uuid4(), uuid4(), datetime.now(UTC) + timedelta(minutes=15))


def ticket(age_s: float = 0) -> str:
    return TICKETS.sign(ANN, SESSION, datetime.now(UTC) - timedelta(seconds=age_s))


def test_a_ticket_names_whose_it_is() -> None:
    found = TICKETS.verify(ticket(), SESSION)
    assert (found.org_id, found.user_id, found.sign_in) == (ANN.org_id, ANN.user_id, ANN.sign_in)
    assert timedelta(seconds=LIFE_S - 10) < found.expires_at - datetime.now(UTC) <= timedelta(seconds=LIFE_S)


def test_an_expired_ticket_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        TICKETS.verify(ticket(LIFE_S + 1), SESSION)


def test_a_ticket_outlives_its_sign_in_by_two_minutes_at_most() -> None:
    with pytest.raises(Unauthenticated):
        TICKETS.verify(ticket(121), SESSION)


def test_a_ticket_opens_no_other_session_and_serves_no_other_purpose() -> None:
    with pytest.raises(Unauthenticated):
        TICKETS.verify(ticket(), uuid4())
    with pytest.raises(Unauthenticated):
        TicketSigner(MASTER, "export").verify(ticket(), SESSION)
    with pytest.raises(Unauthenticated):
        TicketSigner(Key(bytes([1]) * 32), "audio").verify(ticket(), SESSION)


def test_a_ticket_is_no_token_and_a_token_is_no_ticket() -> None:
    tokens = TokenSigner(MASTER, 900)
    with pytest.raises(Unauthenticated):
        tokens.verify(ticket())
    with pytest.raises(Unauthenticated):
        TICKETS.verify(tokens.sign(ANN.org_id, ANN.user_id, ANN.sign_in, datetime.now(UTC)), SESSION)


@pytest.mark.parametrize("missing", ["sub", "org", "sid", "session", "aud", "exp"])
def test_a_claim_that_is_missing_or_wrong_is_refused(missing: str) -> None:
    claims = jwt.decode(ticket(), options={"verify_signature": False})
    secret = MASTER.derive("ticket: audio")
    TICKETS.verify(jwt.encode(claims, secret, "HS256"), SESSION)
    for changed in ({name: claims[name] for name in claims if name != missing}, claims | {missing: "wrong"}):
        with pytest.raises(Unauthenticated):
            TICKETS.verify(jwt.encode(changed, secret, "HS256"), SESSION)


@pytest.mark.parametrize("value", ["", "x", "x.y.z", "ä.b.c"])
def test_whatever_is_no_ticket_is_refused(value: str) -> None:
    with pytest.raises(Unauthenticated):
        TICKETS.verify(value, SESSION)
