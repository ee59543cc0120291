"""Ingest: durable chunks a second through one node, against bare asyncpg; and 2,000 paced recorders.

The rate. One node with its default settings stores chunks of 60 KB (a WAV header and noise) sent by a
generator in a process of its own; encryption is on and every chunk is acknowledged after its COMMIT. In the
same run, alternating with it, one process does nothing but ``INSERT`` the same number of bytes into a table
with one column, with as many connections as the node's pool has, committing each row. That table keeps its
bytes as ``chunks`` does (EXTERNAL: no attempt to compress noise), which makes it faster. Nothing is pinned:
the node shares the machine with Postgres and the generator, the bare inserts with Postgres alone, so the
ratio is on the strict side. Every round begins with empty tables and after a checkpoint: whatever ran second
would otherwise write out what the first had left in memory. Medians of the rounds are divided.

The recorders. 2,000 connections send 4 chunks a minute each. Afterwards every acknowledged chunk is read
back, opened with its key, and its digest compared.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from bench.bare_inserts import MAKE, TABLE, run_bare_inserts
from bench.bare_inserts import Job as BareJob
from bench.installation import Installation, installation
from bench.load import Job, Result, run_load
from bench.machine import this_machine
from bench.outcome import Measure, Outcome, percentile
from bench.processes import tree_cpu_s
from session_core.envelope import Key, chunk_label
from session_core.keyring import Keyring
from session_core.storage.database import Connection, Database

ROUNDS, ROUND_S = 5, 6.0
ACCOUNTS, SENDERS = 25, 128
RECORDERS, PACED_S = 2_000, 75.0


@dataclass(frozen=True, slots=True)
class Round:
    """Chunks a second, and processor milliseconds a chunk by whom they were spent."""

    rate: float
    cpu_ms: Mapping[str, float]
    refused: int = 0

    @property
    def all_ms(self) -> float:
        return sum(self.cpu_ms.values())


async def measure_rate() -> Outcome:
    """Chunks a second of the node and of bare inserts, in turn."""
    machine = this_machine()
    node, bare = list[Round](), list[Round]()
    async with installation(worker=False) as running:
        tokens = await running.tokens(ACCOUNTS)
        async with running.owner() as owner:
            await owner.execute(MAKE)
            for _ in range(ROUNDS):
                await _clear(owner)
                bare.append(await _bare_round(running))
                await _clear(owner)
                node.append(await _node_round(running, tokens))
    node_rate, bare_rate = _median(node, "rate"), _median(bare, "rate")
    spent = ((name, statistics.median(each.cpu_ms[name] for each in node)) for name in node[0].cpu_ms)
    return Outcome(
        "ingest, rate",
        machine,
        (
            Measure("durable chunks a second, node", node_rate, "/s"),
            Measure("bare asyncpg inserts a second", bare_rate, "/s"),
            Measure("node / bare", node_rate / bare_rate, least=0.5),
            Measure("chunks refused", sum(each.refused for each in node), most=0),
            *(Measure(f"CPU a chunk, {name}", used, "ms") for name, used in spent),
            Measure("CPU a chunk, all of it", _median(node, "all_ms"), "ms"),
            Measure("CPU a bare insert, all of it", _median(bare, "all_ms"), "ms"),
            Measure("CPU, bare / node", _median(bare, "all_ms") / _median(node, "all_ms")),
        ),
        (
            f"{ROUNDS} rounds of {ROUND_S:g} s each, in turn; {SENDERS} senders; node {_list(node)}, "
            f"bare {_list(bare)} a second",
            "where the processor is what is short, the ratio of rates tends to that of CPU",
        ),
    )


async def _clear(owner: Connection) -> None:
    await owner.execute(f"TRUNCATE {TABLE}, chunks")
    await owner.execute("CHECKPOINT")


async def _node_round(running: Installation, tokens: list[str]) -> Round:
    before = _used(running)
    result = await run_load(Job("flood", running.url, tokens, SENDERS, ROUND_S))
    used = {name: used - before[name] for name, used in _used(running).items()} | {"generator": result.cpu_s}
    chunks = len(result.stored)
    return Round(result.rate, _each(used, chunks), sum(result.refused.values()))


async def _bare_round(running: Installation) -> Round:
    before = _used(running)
    result = await run_bare_inserts(BareJob(running.services.owner_url, running.settings.database_connections, ROUND_S))
    used = {"Postgres": _used(running)["Postgres"] - before["Postgres"], "asyncpg": result.cpu_s}
    return Round(result.rate, _each(used, result.inserts))


def _each(used_s: Mapping[str, float], chunks: int) -> dict[str, float]:
    return {name: 1000 * used / chunks for name, used in used_s.items()}


def _median(rounds: list[Round], name: str) -> float:
    return float(statistics.median(getattr(each, name) for each in rounds))


async def measure_recorders() -> Outcome:
    """Acknowledgement times of paced recorders, and whether everything acknowledged is there."""
    machine = this_machine()
    async with installation(worker=False) as running:
        tokens = await running.tokens(ACCOUNTS)
        result = await run_load(Job("pace", running.url, tokens, RECORDERS, PACED_S))
        lost = await _lost(running, result)
    acks = [1000 * each for each in result.acks_s]
    expected = RECORDERS * int(PACED_S / 15)
    return Outcome(
        f"ingest, {RECORDERS:,} recorders",
        machine,
        (
            Measure("acknowledgement p50", percentile(acks, 0.5), "ms"),
            Measure("acknowledgement p99", percentile(acks, 0.99), "ms", most=250),
            Measure("acknowledgement max", max(acks), "ms"),
            Measure("chunks acknowledged", len(result.stored), least=expected),
            Measure("acknowledged but lost or changed", lost, most=0),
            Measure("rejected", sum(result.refused.values()), most=0),
            Measure("without an answer", result.unanswered, most=0),
            Measure("generator behind its clock at worst", 1000 * result.late_s, "ms"),
        ),
        (f"{RECORDERS / 15:.0f} chunks a second for {PACED_S:g} s, at random offsets",),
    )


async def _lost(running: Installation, result: Result) -> int:
    """Acknowledged chunks that are not in Postgres with the bytes that were sent."""
    wanted = {(UUID(session), seq): digest for session, seq, digest in result.stored}
    database = await Database.connect(running.settings.database_url, connections=1, timeout_s=60.0)
    keyring = Keyring(database, Key(running.settings.master_key_bytes))
    try:
        async with running.owner() as owner, owner.transaction():
            async for row in owner.cursor("SELECT org_id, session_id, seq, sha256, audio FROM chunks", prefetch=100):
                key = await keyring.session(row["org_id"], row["session_id"])
                plain = key.open(row["audio"], chunk_label(row["session_id"], row["seq"]))
                digest = hashlib.sha256(plain)
                if (
                    row["sha256"] == digest.digest()
                    and wanted.get((row["session_id"], row["seq"])) == digest.hexdigest()
                ):
                    del wanted[row["session_id"], row["seq"]]
    finally:
        await database.close()
    return len(wanted)


def _used(running: Installation) -> dict[str, float]:
    programs = {"node": running.node, "Postgres": running.services.postgres, "Redis": running.services.redis}
    return {name: tree_cpu_s(program.pid) for name, program in programs.items() if program.pid}


def _list(rounds: list[Round]) -> str:
    return " ".join(f"{each.rate:,.0f}" for each in rounds)
