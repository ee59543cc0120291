"""Rates: token buckets, pure functions of time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from session_core.errors import QuotaExceeded, RateLimited


@dataclass(slots=True)
class Bucket:
    """Holds up to a minute's worth of ``per_minute``; filled by time, emptied by use."""

    per_minute: float
    level: float
    at: float

    def take(self, amount: float, now: float) -> float:
        """0.0 and the amount taken, or the seconds until it could be."""
        self.level = min(self.per_minute, self.level + (now - self.at) * self.per_minute / 60)
        self.at = now
        if amount <= self.level or self.level >= self.per_minute:
            # What is larger than the whole bucket passes when the bucket is full, or it never could.
            self.level -= amount
            return 0.0
        return (amount - self.level) * 60 / self.per_minute


class Rates:
    """A bucket for each key; the longest unused go first."""

    def __init__(self, per_minute: float, largest: int = 50_000) -> None:
        self._per_minute = per_minute
        self._largest = largest
        self._buckets: OrderedDict[object, Bucket] = OrderedDict()

    def take(self, key: object, amount: float, now: float) -> float:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._per_minute, self._per_minute, now)
            if len(self._buckets) > self._largest:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(amount, now)


class ChunkQuota:
    """What one user and one organisation may send through this node in a minute."""

    def __init__(self, user_chunks: int, user_bytes: int, organisation_bytes: int) -> None:
        self._user_chunks = Rates(user_chunks)
        self._user_bytes = Rates(user_bytes)
        self._organisation_bytes = Rates(organisation_bytes)

    def take(self, org_id: UUID, user_id: UUID, size: int, now: float) -> None:
        """Raises :class:`RateLimited` or :class:`QuotaExceeded` with the time after which it would pass."""
        for rates, key, amount, error, message in (
            (self._user_chunks, user_id, 1, RateLimited, "too many chunks a minute from this user"),
            (self._user_bytes, user_id, size, QuotaExceeded, "too many bytes a minute from this user"),
            (self._organisation_bytes, org_id, size, QuotaExceeded, "too many bytes a minute from this organisation"),
        ):
            wait = rates.take(key, amount, now)
            if wait:
                raise error(message, retry_after_s=wait)
