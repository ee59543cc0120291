"""Stitching: what cutting speech into chunks costs in words, and whether the order of delivery shows.

Each consultation is streamed through the running system, its chunks duplicated, delayed and reordered. The
word error rate of what comes out is divided by that of the same engine (pocketsphinx) given the whole file
as one utterance, and given naive pieces of 15 s. Errors are summed over the consultations, then divided.
The whole file goes past the engine's port, which takes windows of 30 s: its adapter takes any length. Errors near the
edges of windows are counted in both, in the same places; see ``bench/edges.py``.

For the order, an excerpt is delivered in several ways, one of them with a chunk that comes after its hole
was passed. Texts, words and times must be equal byte for byte. The chance that shuffles is seeded.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from uuid import UUID

from bench.client import Client, client
from bench.consultation import CHUNK_SECONDS, Consultation, Scorer, WordErrors, consultations
from bench.delivery import ORDERS, Order, astray, deliver
from bench.edges import EdgeErrors, edge_errors
from bench.heard import Heard, heard_in
from bench.installation import Installation, installation
from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from bench.reference import Said
from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.recognition import recognise_one
from hearken.chunk_file import SAMPLE_RATE, Samples

EXCERPT_S = 75.0
LONGEST_S = 3600.0
SEED = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """Word errors of one consultation or several, cut in three ways; and near the edges of windows, in two."""

    system: WordErrors
    whole: WordErrors
    naive: WordErrors
    edges: EdgeErrors
    edges_of_whole: EdgeErrors

    def __add__(self, other: Compared) -> Compared:
        return Compared(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


async def measure_stitching(folder: Path) -> Outcome:
    found = consultations(folder)
    machine = this_machine()
    alone = asyncio.create_task(_directly([each.samples for each in found]))
    async with installation(worker=True) as running, client(await running.new_account()) as recorder:
        texts = {name: await _transcript(recorder, found[0], order) for name, order in ORDERS.items()}
        through = [await _through(running, recorder, each) for each in found]
    compared = [_compared(*each) for each in zip(found, through, *await alone, strict=True)]
    total = sum(compared[1:], compared[0])
    return Outcome(
        "stitching",
        machine,
        (
            Measure("word error rate, through the system", total.system.rate),
            Measure("word error rate, whole file", total.whole.rate),
            Measure("word error rate, naive 15 s", total.naive.rate),
            Measure("system / whole", total.system.rate / total.whole.rate, most=1.00),
            Measure("system / naive", total.system.rate / total.naive.rate, most=0.97),
            Measure("near edges / elsewhere, through the system", total.edges.ratio, most=1.05),
            Measure("near the same places / elsewhere, whole file", total.edges_of_whole.ratio),
            Measure("near edges: system / whole", total.edges.near.rate / total.edges_of_whole.near.rate, most=1.05),
            Measure("different transcripts among the orders", len(set(texts.values())), most=1),
            Measure("words in the excerpt", len(json.loads(texts["in order"])), least=1),
        ),
        (
            *(
                f"{each.name}: system {one.system.rate:.4f}, whole {one.whole.rate:.4f}, naive {one.naive.rate:.4f}; "
                f"near edges / elsewhere: system {one.edges.ratio:.2f}, whole {one.edges_of_whole.ratio:.2f}"
                for each, one in zip(found, compared, strict=True)
            ),
            f"orders, on the first {EXCERPT_S:g} s of {found[0].name}: {'; '.join(ORDERS)}",
        ),
    )


def _compared(each: Consultation, through: Heard, whole: Sequence[Said], naive: Sequence[Said]) -> Compared:
    scorer = Scorer()
    system, uncut, pieces = (scorer.count(each.reference, _text(words)) for words in (through.words, whole, naive))
    edges, of_whole = (edge_errors(each, words, through.edges_s, scorer.normalise) for words in (through.words, whole))
    return Compared(system, uncut, pieces, edges, of_whole)


async def _transcript(recorder: Client, consultation: Consultation, order: Order) -> str:
    """Every word of an excerpt's final transcript with its times, as JSON."""
    session_id = await _streamed(recorder, consultation, order, EXCERPT_S)
    return json.dumps([word for segment in await recorder.segments(session_id) for word in segment.words])


async def _through(running: Installation, recorder: Client, consultation: Consultation) -> Heard:
    began = time.time()
    session_id = await _streamed(recorder, consultation, astray, None)
    async with running.owner() as owner:
        return await heard_in(owner, UUID(session_id), await recorder.segments(session_id), began)


async def _streamed(recorder: Client, consultation: Consultation, order: Order, seconds: float | None) -> str:
    session_id = await recorder.start(chunk_seconds=CHUNK_SECONDS)
    await deliver(recorder, session_id, order(consultation.cuts(seconds), random.Random(SEED)))
    state = await recorder.finished(session_id, LONGEST_S)
    if state != "ready":
        raise RuntimeError(f"a session of {consultation.name} ended {state}")
    return session_id


def _text(words: Sequence[Said]) -> str:
    return " ".join(each.text for each in words)


async def _directly(recordings: list[Samples]) -> tuple[list[list[Said]], list[list[Said]]]:
    """Each recording by the engine alone: as one utterance, and in pieces of 15 s."""
    size = CHUNK_SECONDS * SAMPLE_RATE
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        whole = [loop.run_in_executor(pool, recognised, samples, len(samples)) for samples in recordings]
        naive = [loop.run_in_executor(pool, recognised, samples, size) for samples in recordings]
        return await asyncio.gather(*whole), await asyncio.gather(*naive)


def recognised(samples: Samples, size: int) -> list[Said]:
    """The words of a recording that is given to the engine in pieces of ``size`` samples."""
    engine = Sphinx()
    return [
        Said(word.text, (begin / SAMPLE_RATE + word.start_ms / 1000, begin / SAMPLE_RATE + word.end_ms / 1000))
        for begin in range(0, len(samples), size)
        for word in recognise_one(engine, samples[begin : begin + size], "en").words
    ]
