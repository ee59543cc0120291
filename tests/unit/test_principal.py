"""Access tokens: what proves somebody, and that nothing else does."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_core.envelope import Key
from session_core.errors import Unauthenticated
from session_core.principal import TokenSigner

MASTER = Key(bytes(32))
SIGNER = TokenSigner(MASTER, 900)
ORG, USER, SIGN_IN = uuid4(), uuid4(), uuid4()


def now() -> datetime:
    return datetime.now(UTC)


def token() -> str:
    return SIGNER.sign(ORG, USER, SIGN_IN, now())


def forged(**changes: Any) -> str:
    """Signed with the right key, but with other claims."""
    claims = {
        "sub": str(USER),
        "org": str(ORG),
        "sid": str(SIGN_IN),
        "aud": "hearken",
        "exp": now() + timedelta(minutes=5),
    } | changes
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, MASTER.derive("access token"), "HS256"
    )


def test_a_token_names_organisation_user_sign_in_and_its_end() -> None:
    principal = SIGNER.verify(token())
    assert (principal.org_id, principal.user_id, principal.sign_in) == (ORG, USER, SIGN_IN)
    assert timedelta(seconds=890) < principal.expires_at - now() <= timedelta(seconds=900)


def test_no_two_tokens_are_the_same() -> None:
    assert token() != token()


def test_an_expired_token_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        SIGNER.verify(SIGNER.sign(ORG, USER, SIGN_IN, now() - timedelta(seconds=901)))


def test_a_token_of_another_installation_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        TokenSigner(Key(bytes([1]) * 32), 900).verify(token())


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None}, {"sub": None}, {"org": None}, {"sid": None}, {"aud": None}, {"aud": "somebody else"},
        {"org": "no uuid"}, {"org": 7}, {"sub": ""}, {"sid": ["x"]}, {"exp": "soon"},
    ],
)  # fmt: skip
def test_claims_that_are_missing_or_wrong_are_refused(changes: dict[str, Any]) -> None:
    SIGNER.verify(forged())
    with pytest.raises(Unauthenticated):
        SIGNER.verify(forged(**changes))


def test_other_algorithms_and_signatures_are_refused() -> None:
    head, claims, signature = token().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    stronger = jwt.encode(jwt.decode(token(), options={"verify_signature": False}), "x" * 64, "HS512")
    for wrong in (f"{none}.{claims}.", f"{head}.{claims}.", f"{head}.{claims}.{signature[::-1]}", stronger):
        with pytest.raises(Unauthenticated):
            SIGNER.verify(wrong)


@given(
    st.none() | st.integers() | st.text() | st.binary() | st.lists(st.text()) | st.dictionaries(st.text(), st.text())
)
def test_whatever_is_no_token_is_refused(value: object) -> None:
    with pytest.raises(Unauthenticated):
        SIGNER.verify(value)


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_token_changed_in_one_place_is_refused(place: int, letter: str) -> None:
    good = token()
    changed = good[: place % len(good)] + letter + good[place % len(good) + 1 :]
    if meaning(changed) != meaning(good):
        with pytest.raises(Unauthenticated):
            SIGNER.verify(changed)


def meaning(value: str) -> list[bytes | str]:
    """The bytes behind the letters: the last letter of base64 has bits that mean nothing."""
    parts: list[bytes | str] = []
    for part in value.split("."):
        try:
            parts.append(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except ValueError:
            parts.append(part)
    return parts
