"""What the small model hears, measured through faster-whisper on sentences and conditions it was not trained on."""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import jiwer
import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from tests.small_whisper.noises import KINDS, noise
from tests.small_whisper.sentences import PAIRS, aloud, grammatical, held_back, words
from tests.small_whisper.voices import RATE, VOICES, say, word_times
from tests.sound import music

SEED = 2
CROWD = ("Vienna", "penicillin", "Qarovat", "Maria", "knee", "Dr. Miller", "aspirin")
"""Hints that decide nothing, two of them never heard of."""
Pcm = NDArray[np.int16]


@dataclass(frozen=True)
class Example:
    """``starts`` are the seconds at which the words begin, where flite tells."""

    condition: str
    voice: str
    texts: list[str]
    pcm: Pcm
    starts: list[float] | None

    @property
    def text(self) -> str:
        return " ".join(self.texts)


@dataclass(frozen=True)
class Heard:
    text: str
    starts: list[tuple[str, float]]
    no_speech: float


def hear(model: WhisperModel, pcm: Pcm, hotwords: str | None = None, *, stamped: bool = True) -> Heard:
    """One window, with the settings of Hearken's engine."""
    segments, _ = model.transcribe(
        pcm.astype(np.float32) / np.float32(32768),
        language="en",
        beam_size=5,
        temperature=0.0,
        no_speech_threshold=0.6,
        log_prob_threshold=-1.0,
        compression_ratio_threshold=2.4,
        condition_on_previous_text=False,
        word_timestamps=True,
        without_timestamps=not stamped,
        hotwords=hotwords,
    )
    found = list(segments)
    timed = [(word.word.strip(), word.start) for segment in found for word in segment.words or ()]
    return Heard(" ".join(word for word, _ in timed), timed, max((s.no_speech_prob for s in found), default=1.0))


def plain(text: str) -> str:
    """Words as they are counted: case, stops, commas and question marks set aside."""
    return re.sub(r"[.,?]", "", text).lower()


def errors(pairs: Iterable[tuple[str, str]]) -> float:
    """Word error rate of (said, heard)."""
    said, heard = zip(*pairs, strict=True)
    return float(jiwer.wer([plain(text) for text in said], [plain(text) for text in heard]))


def noisy(pcm: Pcm, decibels: float, kind: str, random: np.random.Generator) -> Pcm:
    """The samples with noise so many dB below them."""
    background = noise(kind, len(pcm) / RATE, random)
    loudness = np.sqrt(np.mean(pcm.astype(np.float64) ** 2)) / np.sqrt(np.mean(background**2))
    mixed = pcm + background * loudness * 10 ** (-decibels / 20)
    return np.asarray(np.clip(mixed, -32768, 32767), np.int16)


def examples(texts: list[str]) -> list[Example]:
    """Each sentence alone, in one of the conditions, then several in windows of up to 28 s."""
    random = np.random.default_rng(SEED)
    made: list[Example] = []
    for number, text in enumerate(texts):
        voice, condition = VOICES[number % 4], ("clean", "fast", "slow", "quiet", "noise")[number // 4 % 5]
        speech = say(aloud(text), voice, {"fast": 0.78, "slow": 1.35}.get(condition, 1.05))
        times = word_times(text, speech.phones)
        pcm = speech.pcm
        if condition == "quiet":
            pcm = np.asarray(pcm / 40, np.int16)
        elif condition == "noise":
            pcm = noisy(pcm, 12.0, str(random.choice(["hiss", "hum", "gusts"])), random)
        made.append(Example(condition, voice, [text], pcm, None if times is None else times[:, 0].tolist()))
    return made + _long(made)


def _long(singles: list[Example]) -> list[Example]:
    """Sentences of one voice one after the other with half a second between them."""
    made: list[Example] = []
    for voice in VOICES:
        window: list[Example] = []
        for one in (one for one in singles if one.voice == voice and one.condition == "clean"):
            if sum(len(other.pcm) + RATE // 2 for other in window) + len(one.pcm) > 28 * RATE:
                made.append(_joined(window))
                window = []
            window.append(one)
        made += [_joined(window)] if window else []
    return made


def _joined(window: list[Example]) -> Example:
    pieces = [np.pad(one.pcm, (0, RATE // 2)) for one in window]
    offsets = np.cumsum([0, *(len(piece) for piece in pieces)]) / RATE
    known = all(one.starts is not None for one in window)
    starts = [at + start for one, at in zip(window, offsets, strict=False) for start in one.starts or ()]
    return Example(
        "long",
        window[0].voice,
        [text for one in window for text in one.texts],
        np.concatenate(pieces),
        starts if known else None,
    )


def misses(example: Example, heard: Heard) -> list[float]:
    """Seconds between where words start and where they are said to, where every word is right."""
    same = example.starts is not None and plain(example.text) == plain(heard.text)
    return (
        [abs(start - found) for start, (_, found) in zip(example.starts or (), heard.starts, strict=False)]
        if same
        else []
    )


def spelling(model: WhisperModel) -> dict[str, float]:
    """Shares of names and drugs in held-back sentences that are spelt as wanted: by a hint, by a hint among other
    words, and as usual without."""
    right: defaultdict[str, list[bool]] = defaultdict(list)
    known = [text for text in held_back() if grammatical(text)]
    for number, (usual, other) in enumerate(PAIRS):
        for text in [text for text in known if usual in words(text)][:2]:
            pcm = say(aloud(text), VOICES[number % 4]).pcm
            asked = {"no hint": (None, usual), "hint": (other, other), "usual as hint": (usual, usual)}
            asked["hint in a crowd"] = (", ".join([*CROWD[:4], other, *CROWD[4:]]), other)
            asked["crowd alone"] = (", ".join(CROWD), usual)
            for name, (hotwords, wanted) in asked.items():
                right[name].append(wanted in words(hear(model, pcm, hotwords).text))
    return {name: float(np.mean(found)) for name, found in right.items()} | {"of": len(right["hint"])}


def unspoken(model: WhisperModel) -> tuple[int, float]:
    """Words heard in five minutes of noise, tones, music and silence, and the least probability of no speech."""
    random = np.random.default_rng(SEED)
    sounds = [(12_000 * noise(kind, seconds, random)).astype(np.int16) for kind in KINDS for seconds in (5.0, 28.0)]
    sounds += [music(28.0), np.zeros(2 * RATE, np.int16)]
    found = [hear(model, sound) for sound in sounds]
    return sum(len(heard.text.split()) for heard in found), min(heard.no_speech for heard in found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    model = WhisperModel(str(options.folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    by: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    late: list[float] = []
    made = examples(held_back()[: options.count])
    for example in made:
        heard = hear(model, example.pcm)
        late += misses(example, heard)
        whole = all(map(grammatical, example.texts))
        for key in ("sentences", example.voice, example.condition) if whole else ("words in any order among them",):
            by[key].append((example.text, heard.text))
    report: dict[str, object] = {key: round(errors(pairs), 4) for key, pairs in by.items()}
    report["words in sentences"] = sum(len(said.split()) for said, _ in by["sentences"])
    some = [example for example in made if all(map(grammatical, example.texts))][::7]
    report["without time stamps"] = round(errors((e.text, hear(model, e.pcm, stamped=False).text) for e in some), 4)
    report["median error of word starts, ms"] = round(1000 * median(late)) if late else None
    report["spelt as wanted"] = {name: round(share, 3) for name, share in spelling(model).items()}
    crowd = [(e.text, hear(model, e.pcm, ", ".join(CROWD)).text) for e in some]
    report["with hints that decide nothing"] = round(errors(crowd), 4)
    report["words in noise, least no speech"] = unspoken(model)
    began = time.process_time()
    model.encode(np.zeros((80, 3000), np.float32))
    report["seconds of one core to encode a window"] = round(time.process_time() - began, 3)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
