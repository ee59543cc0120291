"""Tickets: short-lived proofs that stand in an address, for what cannot send a bearer token (``<audio src>``).

A ticket is bound to one session and one purpose. It is signed with a key of its own, so that it is no access token and
no access token is a ticket. It names ids and nothing else.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from session_core.envelope import Key
from session_core.errors import Unauthenticated
from session_core.principal import ALGORITHM, Principal

LIFE_S = 120
"""How long a ticket may outlive the sign-in that it was made with. A player asks for the next one by itself."""

_REQUIRED = ["exp", "sub", "org", "sid", "session", "aud"]


class TicketSigner:
    """Makes and checks tickets for one ``purpose``. The signing key is derived from the master key."""

    def __init__(self, master: Key, purpose: str) -> None:
        self._secret = master.derive(f"ticket: {purpose}")
        self._audience = f"hearken {purpose}"

    def sign(self, principal: Principal, session_id: UUID, now: datetime) -> str:
        claims = {
            "sub": str(principal.user_id),
            "org": str(principal.org_id),
            "sid": str(principal.sign_in),
            "session": str(session_id),
            "aud": self._audience,
            "exp": now + timedelta(seconds=LIFE_S),
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def verify(self, ticket: str, session_id: UUID) -> Principal:
        """Whose ticket it is; one and the same :class:`Unauthenticated` for whatever is no ticket for this session."""
        try:
            claims = jwt.decode(
                ticket, self._secret, algorithms=[ALGORITHM], audience=self._audience, options={"require": _REQUIRED}
            )
            if UUID(claims["session"]) == session_id:
                return Principal(
                    org_id=UUID(claims["org"]),
                    user_id=UUID(claims["sub"]),
                    sign_in=UUID(claims["sid"]),
                    expires_at=datetime.fromtimestamp(claims["exp"], UTC),
                )
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            pass
        raise Unauthenticated("the ticket is not valid or has expired")
