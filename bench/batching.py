"""Batching: what is gained by hearing eight windows together, and whether the same is heard.

Weights of the geometry of Whisper's "base", random but for this: what is said at each place is given, and how much, so
that every text has 70 tokens, about what people say in 20 s, and passes the gates at once. They run as in a worker on a
CPU: in eight bits, with as many threads as there are processors, in a process that is asked through the batcher. The
same windows are heard eight together, one at a time, and one at a time by faster-whisper's own ``transcribe`` with the
same beam, on all threads and on one; in turn, so that whoever else is at work on the machine takes from all of them.
faster-whisper is spared the times of words, because it goes back to where the last word ended, and random weights put
that anywhere. Ratios are the median of the rounds'.

By processor time the gain is less than by the clock: a batch saves reading the weights, and otherwise only fills the
processors, which one window cannot.

The small Whisper of the tests, which hears words, says whether a batch changes them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
from faster_whisper import WhisperModel

from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from bench.processes import cpu_s
from bench.voiced_windows import repeated, voiced_windows
from chunk_workers.batcher import Batcher
from chunk_workers.engines.choice import EngineSettings
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.recognition import Recognition, Utterance
from hearken.chunk_file import SAMPLE_RATE, Samples
from session_core.storage.windows import FINAL
from tests.small_whisper import FOLDER
from tests.whisper_folder import BASE, write_whisper_folder

TOKENS, SECONDS, AT_ONCE, ROUNDS = 70, 20, 8, 5
VOICED = 64
THREADS = os.cpu_count() or 1
LONGEST_S = 600.0


@dataclass
class Used:
    """Seconds: by the clock of each round, and of the processor in all, of the engine alone, of its process and of the
    one that asks it. ``words`` are what was heard, window by window."""

    took: list[float] = field(default_factory=list)
    engine: float = 0.0
    hosting: float = 0.0
    asking: float = 0.0
    heard: list[Recognition] = field(default_factory=list)

    @property
    def overhead(self) -> float:
        """Processor time of everything but the engine, by the engine's."""
        return (self.hosting + self.asking) / self.engine - 1


class EightAtOnce(RecogniserProcess):
    """However many are best heard at once on this machine."""

    @property
    def at_once(self) -> int:
        return AT_ONCE


class Recogniser:
    """One process of the recogniser, asked for windows one at a time, or by many at once through the batcher."""

    def __init__(self, process: RecogniserProcess, batcher: Batcher) -> None:
        self._process = process
        self._batcher = batcher

    async def together(self, utterances: Sequence[Utterance], used: Used) -> None:
        async def heard() -> list[Recognition]:
            return await asyncio.gather(
                *(self._batcher.recognise(each, deadline=0.0, urgency=FINAL) for each in utterances)
            )

        await self._counted(heard, used)

    async def one_by_one(self, utterances: Sequence[Utterance], used: Used) -> None:
        async def heard() -> list[Recognition]:
            return [_words(*await self._process.recognise([each], LONGEST_S)) for each in utterances]

        await self._counted(heard, used)

    async def _counted(self, hear: Callable[[], Awaitable[list[Recognition]]], used: Used) -> None:
        assert self._process.pid is not None
        hosting, asking, began = cpu_s(self._process.pid), time.process_time(), time.perf_counter()
        heard = await hear()
        used.took.append(time.perf_counter() - began)
        used.asking += time.process_time() - asking
        used.hosting += cpu_s(self._process.pid) - hosting
        used.engine += sum(each.cpu_seconds for each in heard)
        used.heard += heard


async def measure_batching(rounds: int = ROUNDS) -> Outcome:
    machine = this_machine()
    together, alone = Used(), Used()
    elsewhere = {threads: Used() for threads in (THREADS, 1)}
    with tempfile.TemporaryDirectory() as folder:
        model = write_whisper_folder(Path(folder), geometry=BASE, tokens=TOKENS)
        peers = {threads: _faster_whisper(model, threads) for threads in elsewhere}
        async with _recogniser(model) as recogniser:
            for number in range(-1, rounds):
                utterances = [Utterance(_noise(AT_ONCE * number + place), "en") for place in range(AT_ONCE)]
                if number < 0:  # to warm up
                    await recogniser.together(utterances, Used())
                    for peer in peers.values():
                        _transcribe(peer, utterances[:1], Used())
                    continue
                await recogniser.one_by_one(utterances, alone)
                await recogniser.together(utterances, together)
                for threads, used in elsewhere.items():
                    _transcribe(peers[threads], utterances, used)
    voiced_together, voiced_alone = await _voiced()
    return Outcome(
        "batching",
        machine,
        (
            Measure("windows a second, eight together", _rate(together)),
            Measure("windows a second, one at a time", _rate(alone)),
            *(
                Measure(f"windows a second, one at a time by faster-whisper, threads: {threads}", _rate(used))
                for threads, used in elsewhere.items()
            ),
            Measure("eight together / one at a time", _gain(together, alone), least=2.5),
            *(
                Measure(f"eight together / one at a time by faster-whisper, threads: {threads}", _gain(together, used))
                for threads, used in elsewhere.items()
            ),
            Measure("processor time of a window, together", together.engine / len(together.heard), "s"),
            Measure("processor time of a window, one at a time", alone.engine / len(alone.heard), "s"),
            Measure("CPU of batcher and process / the model's", together.overhead, most=0.02),
            Measure("windows of random weights", len(alone.heard)),
            Measure("of these other in a batch", _other(together.heard, alone.heard), most=0),
            Measure("windows that were voiced", len(voiced_alone.heard)),
            Measure("of these other in a batch", _other(voiced_together.heard, voiced_alone.heard), most=0),
            Measure("CPU of batcher and process / the small model's", voiced_together.overhead),
        ),
        (
            f"{TOKENS} tokens in {SECONDS} s, {THREADS} threads, {rounds} rounds of {AT_ONCE} windows",
            "eight together / one at a time, each round: "
            + " ".join(f"{one / all_of:.2f}" for all_of, one in zip(together.took, alone.took, strict=True)),
            f"{sum(len(each.words) for each in voiced_alone.heard)} words in the voiced windows",
        ),
    )


async def _voiced() -> tuple[Used, Used]:
    """The small Whisper on voiced windows, some with hotwords and some that are tried again."""
    windows = voiced_windows(VOICED)
    windows[::32] = map(repeated, windows[::32])
    hotwords = ("Katherine", "Smyth", "aspirin")
    utterances = [Utterance(pcm, "en", hotwords if place // AT_ONCE % 2 else ()) for place, pcm in enumerate(windows)]
    together, alone = Used(), Used()
    async with _recogniser(FOLDER) as recogniser:
        for at in range(0, VOICED, AT_ONCE):
            await recogniser.together(utterances[at : at + AT_ONCE], together)
        await recogniser.one_by_one(utterances, alone)
    return together, alone


@asynccontextmanager
async def _recogniser(model: Path) -> AsyncIterator[Recogniser]:
    settings = EngineSettings(
        engine="whisper", whisper_model=str(model), device="cpu", compute_type="int8", threads=THREADS, niceness=0
    )
    process, batcher = EightAtOnce(settings), Batcher(LONGEST_S)
    await process.start()
    serving = asyncio.create_task(batcher.serve(process, [FINAL]))
    try:
        yield Recogniser(process, batcher)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await process.aclose()


def _faster_whisper(model: Path, threads: int) -> WhisperModel:
    return WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)


def _transcribe(peer: WhisperModel, utterances: Sequence[Utterance], used: Used) -> None:
    began = time.perf_counter()
    for each in utterances:
        segments, _ = peer.transcribe(
            each.pcm.astype(np.float32) / np.float32(32768),
            language="en",
            beam_size=5,
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        if sum(len(segment.tokens) for segment in segments) != TOKENS:
            raise RuntimeError("faster-whisper said another number of tokens")
    used.took.append(time.perf_counter() - began)


def _noise(seed: int) -> Samples:
    chance = np.random.default_rng(seed + AT_ONCE)
    return (3_000 * chance.standard_normal(SECONDS * SAMPLE_RATE)).astype(np.int16)


def _words(heard: object) -> Recognition:
    assert isinstance(heard, Recognition)
    return heard


def _rate(used: Used) -> float:
    return AT_ONCE / median(used.took)


def _gain(used: Used, than: Used) -> float:
    return median(other / own for own, other in zip(used.took, than.took, strict=True))


def _other(together: Sequence[Recognition], alone: Sequence[Recognition]) -> int:
    """How many differ in a word, its time or its probability."""
    return sum(one != other for one, other in zip(together, alone, strict=True))
