"""Stitching: what cutting speech into chunks costs in words, and whether the order of delivery shows.

Each consultation is streamed through the running system, its chunks duplicated, delayed and reordered. The
word error rate of what comes out is divided by that of the same engine (pocketsphinx) given the whole file
as one utterance, and given naive pieces of 15 s. Errors are summed over the consultations, then divided.
The whole file goes past the engine's port, which takes windows of 30 s: its adapter takes any length.

For the order, an excerpt is delivered in several ways, one of them with a chunk that comes after its hole
was passed. Texts, words and times must be equal byte for byte. The chance that shuffles is seeded.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.client import Client, client
from bench.consultation import CHUNK_SECONDS, Consultation, Scorer, WordErrors, consultations
from bench.delivery import ORDERS, Order, astray, deliver
from bench.installation import installation
from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.recognition import recognise_one
from hearken.chunk_file import SAMPLE_RATE, Samples

EXCERPT_S = 75.0
LONGEST_S = 3600.0
SEED = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """Word errors of one consultation, cut in three ways."""

    system: WordErrors
    whole: WordErrors
    naive: WordErrors

    def __add__(self, other: Compared) -> Compared:
        return Compared(self.system + other.system, self.whole + other.whole, self.naive + other.naive)


async def measure_stitching(folder: Path) -> Outcome:
    found = consultations(folder)
    machine = this_machine()
    alone = asyncio.create_task(_directly([each.samples for each in found]))
    async with installation(worker=True) as running, client(await running.new_account()) as recorder:
        texts = {name: await _transcript(recorder, found[0], order, EXCERPT_S) for name, order in ORDERS.items()}
        through = [_words(await _transcript(recorder, each, astray, None)) for each in found]
    whole, naive = await alone
    scorer = Scorer()
    compared = [
        Compared(*(scorer.count(each.reference, text) for text in (system, one, pieces)))
        for each, system, one, pieces in zip(found, through, whole, naive, strict=True)
    ]
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
            Measure("different transcripts among the orders", len(set(texts.values())), most=1),
            Measure("words in the excerpt", len(json.loads(texts["in order"])), least=1),
        ),
        (
            *(
                f"{each.name}: system {one.system.rate:.4f}, whole {one.whole.rate:.4f}, naive {one.naive.rate:.4f}"
                for each, one in zip(found, compared, strict=True)
            ),
            f"orders, on the first {EXCERPT_S:g} s of {found[0].name}: {'; '.join(ORDERS)}",
        ),
    )


async def _transcript(recorder: Client, consultation: Consultation, order: Order, seconds: float | None) -> str:
    """Every word of the final transcript with its times, as JSON."""
    session_id = await recorder.start(chunk_seconds=CHUNK_SECONDS)
    await deliver(recorder, session_id, order(consultation.cuts(seconds), random.Random(SEED)))
    state = await recorder.finished(session_id, LONGEST_S)
    if state != "ready":
        raise RuntimeError(f"a session of {consultation.name} ended {state}")
    return json.dumps([word for segment in await recorder.segments(session_id) for word in segment.words])


def _words(transcript: str) -> str:
    return " ".join(word for word, _, _ in json.loads(transcript))


async def _directly(recordings: list[Samples]) -> tuple[list[str], list[str]]:
    """Each recording by the engine alone: as one utterance, and in pieces of 15 s."""
    size = CHUNK_SECONDS * SAMPLE_RATE
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        whole = [loop.run_in_executor(pool, recognised, samples, len(samples)) for samples in recordings]
        naive = [loop.run_in_executor(pool, recognised, samples, size) for samples in recordings]
        return await asyncio.gather(*whole), await asyncio.gather(*naive)


def recognised(samples: Samples, size: int) -> str:
    """The words of a recording that is given to the engine in pieces of ``size`` samples."""
    engine = Sphinx()
    pieces = (samples[begin : begin + size] for begin in range(0, len(samples), size))
    return " ".join(word.text for piece in pieces for word in recognise_one(engine, piece, "en").words)
