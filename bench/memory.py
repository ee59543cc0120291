"""Memory: a node that holds 1,000 idle recorders, and a worker over 500 windows.

Resident memory as the kernel counts it, shared pages included. The recorders are signed in, have started a
session and send nothing. The windows come from sessions of one short voiced sentence each (flite), so that
each gives one final window; the worker's processes are looked at after every 50. The worker keeps decoded
audio up to a bound: 34 minutes of silence, which nobody recognises, fill that before the first look. "Does
not grow" is said of the second half: the line of least squares through it must rise by less than 2 % of the
memory it starts at.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from bench.client import Client, client
from bench.helper_process import helper_process
from bench.installation import Installation, installation, pid_of
from bench.load import Job
from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from bench.processes import RECOGNISER, ZYGOTE, rss_mb, running
from hearken.chunk_file import SAMPLE_RATE, Samples
from hearken.recording import Cut, read_blocks

RECORDERS, ACCOUNTS = 1_000, 25
WINDOWS, EVERY, AT_ONCE = 500, 50, 4
SILENT_CHUNKS, SILENT_CHUNK_S = 34, 60
LONGEST_S = 900.0
MOST_GROWTH = 0.02
SENTENCES = (
    "The pain began on Monday.",
    "I take two tablets every day.",
    "She has no fever and no cough.",
    "Please come back next week.",
    "My left knee hurts at night.",
    "How long have you felt like this?",
)


async def measure_idle_recorders() -> Outcome:
    machine = this_machine()
    async with installation(worker=False) as system:
        node = pid_of(system.node)
        tokens = await system.tokens(ACCOUNTS)
        before = rss_mb(node)
        job = Job("idle", system.url, tokens, RECORDERS, 10.0)
        async with helper_process("bench.load", job) as said:
            await said.readline()  # all are there
            await asyncio.sleep(5.0)
            held = rss_mb(node)
    return Outcome(
        f"memory, {RECORDERS:,} idle recorders",
        machine,
        (
            Measure("node, before", before, "MB"),
            Measure(f"node, {RECORDERS:,} idle recorders", held, "MB", most=150),
            Measure("each", 1000 * (held - before) / RECORDERS, "KB"),
        ),
    )


async def measure_worker_memory() -> Outcome:
    machine = this_machine()
    sentences = _voiced()
    async with installation(worker=True) as system, client(await system.new_account()) as recorder:
        await _fill_cache(recorder)
        looks = [_look(system)]
        numbers = iter(range(WINDOWS))
        for _ in range(WINDOWS // EVERY):
            batch = [next(numbers) for _ in range(EVERY)]
            await _stream_all(recorder, [sentences[number % len(sentences)] for number in batch])
            looks.append(_look(system))
        async with system.owner() as owner:
            windows = await owner.fetchval("SELECT count(*) FROM windows WHERE kind = 'final' AND state = 'done'")
    growth = {name: _growth([look[name] for look in looks]) for name in looks[0]}
    return Outcome(
        f"memory, worker over {WINDOWS} windows",
        machine,
        (
            Measure("final windows recognised", windows, least=WINDOWS),
            *(
                Measure(f"{name}, second half grows by", 100 * share, "%", most=100 * MOST_GROWTH)
                for name, share in growth.items()
            ),
            *(Measure(f"{name}, at the end", looks[-1][name], "MB") for name in growth),
        ),
        tuple(
            f"{name}, MB every {EVERY} windows: " + " ".join(f"{look[name]:.1f}" for look in looks) for name in growth
        ),
    )


def _look(system: Installation) -> dict[str, float]:
    """Resident memory of each process of the worker."""
    worker = pid_of(system.worker)
    recognisers, zygotes = running(worker, RECOGNISER), running(worker, ZYGOTE)
    return {
        "worker": rss_mb(worker),
        "recogniser": sum(map(rss_mb, recognisers)),
        "decoder": max(map(rss_mb, zygotes), default=0.0),
    }


async def _stream_all(recorder: Client, sentences: list[Samples]) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def stream(samples: Samples) -> None:
        async with turn:
            session_id = await recorder.start()
            await recorder.send(session_id, Cut(0, 0, samples))
            await recorder.stop(session_id, 0)
            await recorder.finished(session_id, LONGEST_S)

    await asyncio.gather(*map(stream, sentences))


async def _fill_cache(recorder: Client) -> None:
    session_id = await recorder.start(chunk_seconds=SILENT_CHUNK_S)
    size = SILENT_CHUNK_S * SAMPLE_RATE
    silence = np.zeros(size, dtype=np.int16)
    for seq in range(SILENT_CHUNKS):
        await recorder.send(session_id, Cut(seq, seq * size, silence))
    await recorder.stop(session_id, SILENT_CHUNKS - 1)
    await recorder.finished(session_id, LONGEST_S)


def _growth(megabytes: list[float]) -> float:
    """By what share the second half rises from its first point to its last, along its line of least squares."""
    half = megabytes[len(megabytes) // 2 :]
    slope = float(np.polyfit(np.arange(len(half)), half, 1)[0])
    return slope * (len(half) - 1) / half[0]


def _voiced() -> list[Samples]:
    with tempfile.TemporaryDirectory() as folder:
        spoken = []
        for number, sentence in enumerate(SENTENCES):
            file = Path(folder, f"{number}.wav")
            subprocess.run(["flite", "-voice", "slt", "-t", sentence, "-o", str(file)], check=True)
            spoken.append(np.concatenate(list(read_blocks(file))))
        return spoken
