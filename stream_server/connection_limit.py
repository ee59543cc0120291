"""How many connections, event streams and audio downloads one user and one organisation may have open at a node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from session_core.errors import QuotaExceeded
from session_core.principal import Principal

RETRY_AFTER_S = 30.0
"""By then the node has noticed connections that broke without a word."""


class ConnectionLimit:
    def __init__(self, user: int, organisation: int) -> None:
        self._limits = (user, organisation)
        self._open: Counter[UUID] = Counter()

    def enter(self, principal: Principal) -> None:
        """Count one more; raises :class:`QuotaExceeded` and counts nothing where that would be too many."""
        for key, most, whose in zip(_keys(principal), self._limits, ("user", "organisation"), strict=True):
            if self._open[key] >= most:
                raise QuotaExceeded(f"this {whose} has too many connections open", retry_after_s=RETRY_AFTER_S)
        self._open.update(_keys(principal))

    def leave(self, principal: Principal) -> None:
        for key in _keys(principal):
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    @contextmanager
    def one(self, principal: Principal) -> Iterator[None]:
        """One more for as long as the block lasts."""
        self.enter(principal)
        try:
            yield
        finally:
            self.leave(principal)


def _keys(principal: Principal) -> tuple[UUID, UUID]:
    return principal.user_id, principal.org_id
