"""Words where nobody speaks: ten minutes of noise, music-like tones and silence, and sounds between sentences.

Both recordings are streamed through the running system, once with each engine: pocketsphinx, and the small Whisper that
was trained for the tests. For the ten minutes what the engine says of them when nothing stands before it is counted as
well: so much the rest has to hold back. Chance is seeded.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from bench.client import client
from bench.consultation import CHUNK_SECONDS, NoAudio
from bench.delivery import Delivery, deliver
from bench.helper_process import ROOT
from bench.installation import installation
from bench.machine import this_machine
from bench.non_speech import MARGIN_S, inside, non_speech
from bench.outcome import Measure, Outcome
from bench.reference import Span, read_reference
from bench.sounds import KINDS, sound
from chunk_workers.engines.choice import EngineSettings, choose
from chunk_workers.recognition import Recognition, Utterance
from hearken.chunk_file import SAMPLE_RATE, Samples
from hearken.recording import cut, read_blocks

SEED: Final = 2026
EACH_S, TIMES = 20.0, 3
"""Each kind of sound is heard so long and so often: ten minutes of ten kinds."""

SENTENCE_S, BETWEEN_S, SENTENCES = (0.8, 5.0), (1.5, 3.0), 40
"""After each sentence of such lengths comes so much sound: too little for every window to close in it."""

WINDOW_S = 28
LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True)
class Found:
    """``words`` and ``windows`` of the ten minutes, ``between`` the sounds between sentences, ``said`` in all of that
    recording, and words that the engine ``alone`` hears in the ten minutes."""

    words: int
    windows: int
    between: int
    said: int
    alone: int


async def measure_unspoken(folder: Path) -> Outcome:
    machine, chance = this_machine(), np.random.default_rng(SEED)
    sounds = np.concatenate([sound(kind, EACH_S, chance) for _ in range(TIMES) for kind in KINDS])
    talk, speech = _talk(folder, chance)
    silent = non_speech(speech, len(talk) / SAMPLE_RATE)
    engines = {
        "pocketsphinx": EngineSettings("pocketsphinx"),
        "small Whisper": EngineSettings("whisper", str(ROOT / "tests/small_whisper/trained")),
    }
    found = {name: await _found(settings, sounds, talk, silent) for name, settings in engines.items()}
    measures = [
        measure
        for name, each in found.items()
        for measure in (
            Measure(f"{name}: words in ten minutes of sounds", each.words, most=0),
            Measure(f"{name}: words in sounds between sentences", each.between, most=0),
            Measure(f"{name}: words in these sentences", each.said, least=1),
            Measure(f"{name}: words in the ten minutes without Hearken", each.alone),
        )
    ]
    return Outcome(
        "non-speech",
        machine,
        tuple(measures),
        (
            f"{len(sounds) / SAMPLE_RATE:g} s of {', '.join(KINDS)}: {found['pocketsphinx'].windows} windows planned",
            f"{SENTENCES} sentences and sounds, {len(talk) / SAMPLE_RATE:.0f} s; {_length(silent):.0f} s of them are "
            f"further than {MARGIN_S:g} s from speech",
        ),
    )


def _talk(folder: Path, chance: np.random.Generator) -> tuple[Samples, list[Span]]:
    """Sentences of the consultations with a sound after each, and when they are said."""
    sentences = [each for path in sorted(folder.glob("day*_consultation*.ogg")) for each in _sentences(path)]
    if not sentences:
        raise NoAudio(f"there are no day*_consultation*.ogg with utterances beside them in {folder}")
    pieces, spans, at = [], [], 0.0
    for number, kind in zip(chance.permutation(len(sentences))[:SENTENCES], cycle(KINDS), strict=False):
        spans.append((at, at + len(sentences[number]) / SAMPLE_RATE))
        pieces += [sentences[number], sound(kind, chance.uniform(*BETWEEN_S), chance)]
        at += sum(map(len, pieces[-2:])) / SAMPLE_RATE
    return np.concatenate(pieces), spans


def _sentences(path: Path) -> list[Samples]:
    """What one person says while the other is silent."""
    spans = read_reference([path.with_suffix(".json")]).speech or ()
    samples = np.concatenate(list(read_blocks(path)))
    return [
        samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
        for start, end in spans
        if SENTENCE_S[0] <= end - start <= SENTENCE_S[1]
        and not any(begin < end and start < stop for begin, stop in spans if (begin, stop) != (start, end))
    ]


def _length(spans: list[Span]) -> float:
    return sum(end - start for start, end in spans)


async def _found(settings: EngineSettings, sounds: Samples, talk: Samples, silent: list[Span]) -> Found:
    chosen = {"engine": settings.engine, "whisper_model": settings.whisper_model or "", "provisional": "false"}
    async with installation(worker=True, settings=chosen) as system, client(await system.new_account()) as recorder:

        async def heard(samples: Samples) -> tuple[list[Span], int]:
            session_id = await recorder.start(chunk_seconds=CHUNK_SECONDS, language="en")
            cuts = cut(iter([samples]), CHUNK_SECONDS * SAMPLE_RATE)
            await deliver(recorder, session_id, [Delivery(0.0, each) for each in cuts])
            if (state := await recorder.finished(session_id, LONGEST_S)) != "ready":
                raise RuntimeError(f"the session ended {state}")
            async with system.owner() as owner:
                windows = await owner.fetchval(
                    "SELECT count(*) FROM windows WHERE session_id = $1 AND planned", UUID(session_id)
                )
            segments = await recorder.segments(session_id)
            return [(start / 1000, end / 1000) for each in segments for _, start, end in each.words], int(windows)

        (words, windows), (said, _) = await heard(sounds), await heard(talk)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        alone = await asyncio.get_running_loop().run_in_executor(pool, words_alone, settings, sounds)
    return Found(len(words), windows, sum(inside(span, silent) for span in said), len(said), alone)


def words_alone(settings: EngineSettings, samples: Samples) -> int:
    """Words that the engine hears when it is given everything."""
    size = WINDOW_S * SAMPLE_RATE
    recognizer = choose(settings).recognizer
    utterances = [Utterance(samples[first : first + size], "en") for first in range(0, len(samples), size)]
    heard = [each for one in utterances for each in recognizer.recognise([one])]
    return sum(len(each.words) for each in heard if isinstance(each, Recognition))
