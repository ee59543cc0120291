"""Who is asking: proven by an access token, carried by every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from session_core.envelope import Key
from session_core.errors import Unauthenticated

ALGORITHM = "HS256"
AUDIENCE = "hearken"


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user. ``sign_in`` names the sign-in that the token descends from."""

    org_id: UUID
    user_id: UUID
    sign_in: UUID
    expires_at: datetime


class TokenSigner:
    """Makes and checks access tokens. The signing key is derived from the master key."""

    def __init__(self, master: Key, life_s: float) -> None:
        self._secret = master.derive("access token")
        self._life = timedelta(seconds=life_s)
        self.life_s = life_s

    def sign(self, org_id: UUID, user_id: UUID, sign_in: UUID, now: datetime) -> str:
        claims = {
            "sub": str(user_id),
            "org": str(org_id),
            "sid": str(sign_in),
            "aud": AUDIENCE,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + self._life,
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def verify(self, token: object) -> Principal:
        """The principal of a valid token; one and the same :class:`Unauthenticated` for every other."""
        if not isinstance(token, str) or not token:
            raise Unauthenticated("an access token is needed")
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                # The node that signed it may be ahead of this one by a moment.
                options={"require": ["exp", "sub", "org", "sid"], "verify_iat": False},
            )
            return Principal(
                org_id=UUID(claims["org"]),
                user_id=UUID(claims["sub"]),
                sign_in=UUID(claims["sid"]),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            raise Unauthenticated("the access token is not valid or has expired") from None
