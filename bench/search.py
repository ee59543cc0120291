"""Search: how fast passages are found in an organisation of many, and whether the nearest ones are.

Everything is as it runs: questions come by HTTP, are embedded by a worker and answered by a node. ``recall@10``
compares what the database finds by meaning with the ten largest products of all the organisation's vectors.
Organisations take turns, so that no question finds the pages of the one before in the processor's cache.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp
import numpy as np

from bench.installation import Installation, installation, pid_of
from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from bench.passages import Clinic, Stored, size_of, store
from bench.processes import tree_cpu_s
from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.passage import Embedding
from session_core.passage_words import digests_of
from session_core.storage import passages
from session_core.storage.database import Database

ORGANISATIONS, SESSIONS, PASSAGES = 50, 40, 100
"""200,000 passages."""

SEARCHES, LOOKS = 400, 200
WARM_UP = 60


@dataclass(frozen=True)
class Member:
    clinic: Clinic
    token: str


@dataclass
class Seen:
    """What searches found and took, in milliseconds; ``used`` is processor time by program, of all together."""

    took: list[float]
    foreign: int = 0
    hits: int = 0
    used: dict[str, float] = field(default_factory=dict)


async def measure_search(sessions: int = SESSIONS) -> Outcome:
    machine = this_machine()
    async with installation(worker=True, settings={"recognisers": "1"}) as system:
        members, stored = await _filled(system, sessions)
        through_node = await _through_node(system, members, stored)
        by_meaning, by_words, recall = await _in_database(system, stored)
    foreign = through_node.foreign + by_meaning.foreign + by_words.foreign
    return Outcome(
        "search",
        machine,
        (
            Measure("passages", size_of(stored)),
            Measure("organisations", len(stored.clinics)),
            Measure("hybrid search through a node, p50", _percentile(through_node.took, 50), "ms"),
            Measure("hybrid search through a node, p95", _percentile(through_node.took, 95), "ms", most=50.0),
            *(
                Measure(f"processor time of one, {name}", used / SEARCHES, "ms")
                for name, used in through_node.used.items()
            ),
            Measure("by meaning, in the database alone, p95", _percentile(by_meaning.took, 95), "ms"),
            Measure("by words, in the database alone, p95", _percentile(by_words.took, 95), "ms"),
            Measure("recall@10 by meaning", recall, least=1.0),
            Measure("hits", through_node.hits + by_meaning.hits + by_words.hits),
            Measure("hits of another organisation", foreign, most=0),
        ),
    )


async def _filled(system: Installation, sessions: int) -> tuple[list[Member], Stored]:
    tokens = await system.tokens(ORGANISATIONS)
    async with aiohttp.ClientSession() as http, system.owner() as owner:
        org_ids = []
        for token in tokens:
            async with http.get(f"{system.url}/api/v1/me", headers=_bearer(token)) as answer:
                email = (await answer.json())["email"]
            org_ids.append(await owner.fetchval("SELECT org_id FROM users WHERE email = $1", email))
        stored = await store(owner, Key(system.settings.master_key_bytes), org_ids, sessions, PASSAGES)
    return [Member(clinic, token) for clinic, token in zip(stored.clinics, tokens, strict=True)], stored


async def _through_node(system: Installation, members: list[Member], stored: Stored) -> Seen:
    seen = Seen([])
    before: dict[str, float] = {}
    async with aiohttp.ClientSession() as http:
        for number in range(WARM_UP + SEARCHES):
            if number == WARM_UP:
                before = _used(system)
            member = members[number % len(members)]
            body = {"query": stored.questions[number % len(stored.questions)]}
            began = time.perf_counter()
            async with http.post(f"{system.url}/api/v1/search", json=body, headers=_bearer(member.token)) as answer:
                found = await answer.json()
            took = 1000 * (time.perf_counter() - began)
            if number < WARM_UP:
                continue
            if not found.get("meaning"):
                raise RuntimeError("a question was not embedded in time")
            seen.took.append(took)
            _count(seen, member.clinic, [UUID(hit["session_id"]) for hit in found["hits"]])
    seen.used = {name: used - before[name] for name, used in _used(system).items()}
    return seen


def _used(system: Installation) -> dict[str, float]:
    """Processor time so far, in milliseconds, whoever else is at work on the machine."""
    pids = {"node": pid_of(system.node), "worker": pid_of(system.worker), "Postgres": pid_of(system.services.postgres)}
    return {name: 1000 * tree_cpu_s(pid) for name, pid in pids.items()}


async def _in_database(system: Installation, stored: Stored) -> tuple[Seen, Seen, float]:
    """What a node asks of the database, as its role: by meaning and by words, and the recall of the former."""
    meant, worded, right = Seen([]), Seen([]), 0
    async with _database(system) as (database, keyring):
        for number in range(LOOKS):
            clinic = stored.clinics[number % len(stored.clinics)]
            place = number % len(stored.questions)
            asked = Embedding(stored.model, tuple(stored.asked[place].tolist()))
            digests = digests_of(await keyring.organisation(clinic.org_id), stored.questions[place])
            async with database.organisation(clinic.org_id, snapshot=True) as connection:
                began = time.perf_counter()
                near = await passages.nearest(connection, clinic.org_id, asked, 10)
                meant.took.append(1000 * (time.perf_counter() - began))
                began = time.perf_counter()
                said = await passages.with_words(connection, digests, 10)
                worded.took.append(1000 * (time.perf_counter() - began))
            _count(meant, clinic, [found.session_id for found, _ in near])
            _count(worded, clinic, [found.session_id for found in said])
            best = np.argsort(-(clinic.vectors @ stored.asked[place]))[:10]
            right += len({clinic.passages[index] for index in best} & {found for found, _ in near})
    return meant, worded, right / (10 * LOOKS)


@asynccontextmanager
async def _database(system: Installation) -> AsyncIterator[tuple[Database, Keyring]]:
    database = await Database.connect(system.settings.database_url, connections=2, timeout_s=30)
    try:
        yield database, Keyring(database, Key(system.settings.master_key_bytes))
    finally:
        await database.close()


def _count(seen: Seen, clinic: Clinic, sessions: list[UUID]) -> None:
    own = {passage.session_id for passage in clinic.passages}
    seen.hits += len(sessions)
    seen.foreign += sum(session not in own for session in sessions)


def _percentile(values: list[float], part: float) -> float:
    return float(np.percentile(values, part))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
