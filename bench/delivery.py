"""Ways in which chunks reach the server: in order, repeated, late, backwards."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.client import Client
from hearken.recording import Cut, spoken_after_s


@dataclass(frozen=True, slots=True)
class Delivery:
    """A chunk to be sent once so many seconds have gone by since the first."""

    after_s: float
    cut: Cut


Order = Callable[[Sequence[Cut], random.Random], list[Delivery]]


def in_order(cuts: Sequence[Cut], chance: random.Random) -> list[Delivery]:
    return [Delivery(0.0, cut) for cut in cuts]


def as_spoken(cuts: Sequence[Cut], speed: float) -> list[Delivery]:
    """Every chunk when its last sample is spoken."""
    return [Delivery(spoken_after_s(cut, cuts[0].first_sample, speed), cut) for cut in cuts]


def backwards(cuts: Sequence[Cut], chance: random.Random) -> list[Delivery]:
    return [Delivery(0.0, cut) for cut in reversed(cuts)]


def astray(cuts: Sequence[Cut], chance: random.Random) -> list[Delivery]:
    """Every chunk delayed by up to 5 s and so overtaken by others, every third one sent twice more."""
    sent = [Delivery(chance.uniform(0, 5), cut) for cut in cuts]
    again = [Delivery(chance.uniform(0, 8), cut) for cut in cuts if cut.seq % 3 == 0 for _ in range(2)]
    return sorted(sent + again, key=lambda each: each.after_s)


def one_too_late(cuts: Sequence[Cut], chance: random.Random) -> list[Delivery]:
    """The second chunk comes when nobody waits for it any more: its hole has been passed after 20 s."""
    return [Delivery(0.0, cut) for cut in cuts if cut.seq != 1] + [Delivery(26.0, cuts[1])]


ORDERS: Mapping[str, Order] = {
    "in order": in_order,
    "shuffled, delayed, duplicated": astray,
    "backwards": backwards,
    "one after its hole was passed": one_too_late,
}


async def deliver(client: Client, session_id: str, deliveries: Sequence[Delivery]) -> dict[int, float]:
    """Send, each at its time and after the one before it is acknowledged; then stop.

    Returns when each number was acknowledged for the last time (``time.monotonic``).
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    acknowledged = {}
    for each in deliveries:
        await asyncio.sleep(began + each.after_s - loop.time())
        acknowledged[each.cut.seq] = await client.send(session_id, each.cut)
    await client.stop(session_id, max(each.cut.seq for each in deliveries))
    return acknowledged
