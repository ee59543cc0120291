"""Which of the utterances that wait are recognised together, and when.

Rules only: of what waits and of the time. ``batcher`` waits and calls the engine.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, eq=False)
class Waiting(Generic[Item]):
    """Something that waits to be recognised.

    ``deadline`` orders what waits, the least first, on a clock of its own; ``urgency`` says what it may be taken
    together with, the least being the most urgent. ``since_s``: when it came, in seconds of the clock that the queue is
    asked with. ``alone``: it is to be taken with no other.
    """

    item: Item
    deadline: float
    urgency: int
    since_s: float
    alone: bool = False


class Queue(Generic[Item]):
    """What waits, by deadline. A batch is taken as soon as it is full, or one of it has waited ``linger_s``."""

    def __init__(self, linger_s: float) -> None:
        self._linger_s = linger_s
        self._waiting: list[Waiting[Item]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, waiting: Waiting[Item]) -> None:
        self._waiting.append(waiting)

    def withdraw(self, item: Item) -> None:
        """It is not wanted any more. Nothing happens where it was taken already."""
        self._waiting = [each for each in self._waiting if each.item is not item]

    def due_s(self, most: int, urgencies: Collection[int]) -> float | None:
        """When the next batch of at most ``most`` is to be taken; None where nothing of these urgencies waits."""
        batch = self._next(most, urgencies)
        if not batch:
            return None
        first = batch[0]
        if len(batch) == most or first.alone:
            return first.since_s
        return min(each.since_s for each in batch) + self._linger_s

    def take(self, most: int, urgencies: Collection[int]) -> list[Waiting[Item]]:
        """The next batch, due or not."""
        batch = self._next(most, urgencies)
        for each in batch:
            self._waiting.remove(each)
        return batch

    def _next(self, most: int, urgencies: Collection[int]) -> list[Waiting[Item]]:
        """What is wanted first, and with it what is no less urgent: nobody waits for what can wait."""
        ordered = sorted((each for each in self._waiting if each.urgency in urgencies), key=lambda each: each.deadline)
        if not ordered or ordered[0].alone:
            return ordered[:1]
        first = ordered[0]
        return [each for each in ordered if each.urgency <= first.urgency and not each.alone][:most]
