"""Memory of the recogniser's process over 2,000 windows of the small Whisper, heard in batches of eight.

Voiced windows of 1 to 28 s come again and again in another order; every third batch has hotwords, always others, and
in every twentieth one window says the same over and over, which is decoded again, alone, at five temperatures.
Resident memory as the kernel counts it, looked at every 100 windows. "Flat" is said from the 200th on: the line of
least squares through it must rise by less than 2 % of the memory it starts at.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import numpy as np

from bench.machine import this_machine
from bench.memory import MOST_GROWTH
from bench.outcome import Measure, Outcome
from bench.processes import rss_mb
from bench.voiced_windows import repeated, voiced_windows
from chunk_workers.engines.choice import EngineSettings
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.recognition import Doubted, Recognition, Utterance
from tests.small_whisper import FOLDER

WINDOWS, WARM_UP, EVERY, AT_ONCE = 2_000, 200, 100, 8
DIFFERENT = 40
LONGEST_S = 600.0


async def measure_recogniser_memory(count: int = WINDOWS) -> Outcome:
    machine = this_machine()
    chance = np.random.default_rng(2)
    windows = voiced_windows(DIFFERENT)
    recogniser = RecogniserProcess(
        EngineSettings(engine="whisper", whisper_model=str(FOLDER), device="cpu", threads=os.cpu_count() or 1)
    )
    words, looks = 0, list[float]()
    try:
        await recogniser.start()
        for batch in range(count // AT_ONCE):
            places = chance.permutation(DIFFERENT)[:AT_ONCE]
            hotwords = tuple(f"Name{batch:03}x{number:02}" for number in range(batch % 12)) if batch % 3 == 0 else ()
            batched = [windows[place] for place in places]
            if batch % 20 == 0:
                batched[0] = repeated(batched[0])
            utterances = [Utterance(pcm, "en", hotwords) for pcm in batched]
            heard = await recogniser.recognise(utterances, LONGEST_S)
            for utterance, first in zip(utterances, tuple(heard), strict=True):
                if isinstance(first, Doubted):
                    heard += await recogniser.recognise([utterance], LONGEST_S)
            words += sum(len(each.words) for each in heard if isinstance(each, Recognition))
            if (batch + 1) * AT_ONCE % EVERY < AT_ONCE:
                assert recogniser.pid is not None
                looks.append(rss_mb(recogniser.pid))
                print(f"bench: {len(looks) * EVERY} windows, {looks[-1]:.1f} MB", file=sys.stderr, flush=True)
    finally:
        await recogniser.aclose()
    warm = looks[WARM_UP // EVERY - 1 :]
    return Outcome(
        f"memory, recogniser over {count} windows",
        machine,
        (
            Measure("words heard", words, least=count),
            Measure(f"after {WARM_UP} windows", warm[0], "MB"),
            Measure("at the end", warm[-1], "MB"),
            Measure("end / after the warm-up", warm[-1] / warm[0]),
            Measure("grows since, by the line of least squares", 100 * _rise(warm), "%", most=100 * MOST_GROWTH),
        ),
        (f"MB every {EVERY} windows: " + " ".join(f"{look:.1f}" for look in looks),),
    )


def _rise(megabytes: Sequence[float]) -> float:
    """From the first to the last, as a share of the first."""
    slope = float(np.polyfit(np.arange(len(megabytes)), megabytes, 1)[0])
    return slope * (len(megabytes) - 1) / megabytes[0]
