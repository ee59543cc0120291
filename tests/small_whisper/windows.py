"""Windows to learn from: voiced sentences with pauses, noise and level put together in the domain of mel power."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tests.small_whisper.noises import KINDS, noise
from tests.small_whisper.sentences import PAIRS, words
from tests.small_whisper.tokens import Tokens
from tests.small_whisper.voices import PHONES, Utterance, mel_of

UNCOUNTED = -100
"""The target of tokens that are given, not learnt."""
_SPELLINGS = dict(PAIRS)
_UNSPOKEN = PHONES.index("pau")
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Said:
    """A text within a window, and the seconds at which its words start and end; (words, 2)."""

    text: str
    times: Floats


@dataclass(frozen=True)
class Window:
    """``mel``: Whisper's features, (frames of 10 ms, 80). ``phones``: of each encoder frame of 20 ms. ``given`` and
    ``wanted``: the decoder's tokens in and out. ``spans``: from and until which second each wanted word is said, or
    (0, 0); (tokens, 2)."""

    mel: Floats
    phones: NDArray[np.uint8]
    given: list[int]
    wanted: list[int]
    spans: Floats


@dataclass(frozen=True)
class Composer:
    """Makes windows of utterances at random. ``hints`` are words for prompts."""

    utterances: list[Utterance]
    tokens: Tokens
    hints: list[str]
    noises: list[Floats]

    def window(self, seconds: float, random: np.random.Generator, delay: float = 0.0) -> Window:
        """At most that long. ``delay`` is added to all times: for windows whose first frame is not at position 0."""
        if random.random() < 0.1:
            return self._unspoken(random.uniform(0.5, seconds), random)
        power, phones, said = self._speech(seconds, random)
        if random.random() < 0.7:
            power = power + self._background(power, random)
        level = random.uniform(-3.5, 0.5)
        mel = features(np.log10(np.maximum(power, 1e-10)) + _tilt(random) + level)
        given, wanted, spans = self._script(said, random, delay)
        return Window(mel, phones[::2], given, wanted, spans)

    @cached_property
    def _named(self) -> list[Utterance]:
        """Those with a name or drug that can be spelt in two ways."""
        return [one for one in self.utterances if not _SPELLINGS.keys().isdisjoint(words(one.text))]

    def _speech(self, seconds: float, random: np.random.Generator) -> tuple[Floats, NDArray[np.uint8], list[Said]]:
        """Linear mel power, phones a 10 ms, and what was said."""
        pieces: list[Floats] = []
        phones: list[NDArray[np.uint8]] = []
        said: list[Said] = []
        at = 0

        def pause(longest: float) -> int:
            frames = int(random.uniform(0, longest) * 100)
            pieces.append(np.full((frames, 80), 1e-10, np.float32))
            phones.append(np.full(frames, _UNSPOKEN, np.uint8))
            return frames

        at += pause(0.7)
        while True:
            choice = self._named if random.random() < 0.4 else self.utterances
            utterance = choice[random.integers(len(choice))]
            mel, spoken, one = _varied(utterance, random)
            if at + len(mel) > seconds * 100:
                if said:
                    break
                continue
            pieces.append(10 ** (mel + random.uniform(-0.5, 0.5)))
            phones.append(spoken)
            said.append(Said(one.text, one.times + np.float32(at / 100)))
            at += len(mel)
            at += pause(random.choice([0.2, 0.8, 1.5]))
        longest = int(seconds * 100)
        return np.concatenate(pieces)[:longest], np.concatenate(phones)[:longest], said

    def _background(self, power: Floats, random: np.random.Generator) -> Floats:
        loudness = np.mean(power[power.sum(1) > power.sum(1).mean() / 10].sum(1))
        piece = self._noise(len(power), random)
        return np.asarray(piece * (loudness / np.mean(piece.sum(1)) * 10 ** random.uniform(-4, -0.7)), np.float32)

    def _noise(self, frames: int, random: np.random.Generator) -> Floats:
        piece = self.noises[random.integers(len(self.noises))]
        start = random.integers(len(piece) - frames + 1)
        return piece[start : start + frames]

    def _unspoken(self, seconds: float, random: np.random.Generator) -> Window:
        """Noise, or what is left behind the last word, where decoders go on that lost sight of the end."""
        if random.random() < 0.7:
            power = self._noise(int(random.uniform(50, seconds * 100)), random) * 10 ** random.uniform(-8, 0)
            mel = features(np.log10(np.maximum(power, 1e-10)).astype(np.float32))
        else:
            utterance = self.utterances[random.integers(len(self.utterances))]
            level = random.uniform(-3.5, 0.5)
            rest = utterance.mel[int(utterance.times[-1, 1] * 100) - int(random.integers(20)) :].astype(np.float32)
            rest = np.pad(rest, ((0, int(random.uniform(0, 50))), (0, 0)), constant_values=-10.0)
            mel = features(rest + level, float(utterance.mel.max()) + level)
        given, wanted, spans = self._script([], random, 0.0)
        return Window(mel, np.full((len(mel) + 1) // 2, _UNSPOKEN, np.uint8), given, wanted, spans)

    def _script(
        self, said: list[Said], random: np.random.Generator, delay: float
    ) -> tuple[list[int], list[int], Floats]:
        """Tokens in, tokens out and where each is said: with or without a prompt, with or without time stamps."""
        tokens = self.tokens
        prompt, spellings = self._prompt(said, random)
        language = "en" if random.random() < 0.95 else str(random.choice(["de", "fr"]))
        stamped = bool(random.random() < 0.6)
        given = [*prompt, tokens["startoftranscript"], tokens[language], tokens["transcribe"]]
        given += [] if stamped else [tokens["notimestamps"]]
        wanted = [UNCOUNTED] * (len(given) - 1)
        wanted[len(prompt)] = tokens["en"] if said else tokens["nospeech"]
        body: list[int] = [] if said or not stamped else [tokens.tick(0.0)]
        spans: list[tuple[float, float]] = [(0.0, 0.0)] * len(body)
        for number, one in enumerate(said):
            # Decoders do not let the first time stamp of a window be later than 1.00.
            start = one.times[0, 0] + delay if number or delay else min(one.times[0, 0], 1.0)
            if stamped:
                body.append(tokens.tick(start))
                spans.append(_about(one.times[0, 0]))
            for word, (begin, end) in zip(one.text.split(), one.times, strict=True):
                spelt = tokens.encode(f" {_respelt(word, spellings)}")
                body += spelt
                stop = word[-1] in ".,?" and len(spelt) > 1
                spans += [(begin, end)] * (len(spelt) - stop) + [(end - 0.04, end + 0.1)] * stop
            if stamped:
                body.append(tokens.tick(one.times[-1, 1] + delay))
                spans.append(_about(one.times[-1, 1]))
        before = len(given) - 1
        wanted += [*body, tokens["endoftext"]]
        given += body
        # The end of the text is where nothing follows the last word.
        over = float(said[-1].times[-1, 1]) if said else 0.0
        spans.append((over, over + 0.5) if said else (0.0, 0.0))
        return given, wanted, np.array([(0.0, 0.0)] * before + spans, np.float32)

    def _prompt(self, said: list[Said], random: np.random.Generator) -> tuple[list[int], dict[str, str]]:
        """Tokens of a prompt, often none, and how it wants names spelt; as faster-whisper writes hot words."""
        if random.random() < 0.5:
            return [], {}
        there = {word.rstrip(".,?") for one in said for word in one.text.split()}
        spellings: dict[str, str] = {}
        hints = [str(word) for word in random.choice(self.hints, int(20 ** random.random()))]
        hints = [word for word in hints if not {word, *(first for first, other in PAIRS if other == word)} & there]
        for first in sorted(there & _SPELLINGS.keys()):
            if random.random() < 0.8:
                spellings[first] = _SPELLINGS[first] if random.random() < 0.7 else first
                hints.append(spellings[first])
        random.shuffle(hints)
        text = str(random.choice([" ", ", "])).join(hints)
        return ([self.tokens["startofprev"], *self.tokens.encode(f" {text}")] if hints else []), spellings


def features(log_power: Floats, loudest: float = -10.0) -> Floats:
    """What faster-whisper makes of log10 mel power: clipped at its least and at 80 dB below its loudest, and scaled.

    ``loudest`` is that of the whole of which this is a part.
    """
    clipped = np.maximum(log_power, -10.0)
    return np.asarray((np.maximum(clipped, max(clipped.max(), loudest) - 8.0) + 4.0) / 4.0, np.float32)


def backgrounds(seed: int) -> list[Floats]:
    """Linear mel power of half a minute of each kind of noise, many times of hiss, which is otherwise learnt by heart;
    (3000, 80)."""
    random = np.random.default_rng(seed)
    sounds = [noise(kind, 30.0, random) for kind in (*KINDS * 8, *("hiss",) * 40)]
    return [10 ** mel_of((16_000 * sound).astype(np.int16)).astype(np.float32) for sound in sounds]


def _varied(utterance: Utterance, random: np.random.Generator) -> tuple[Floats, NDArray[np.uint8], Said]:
    """The utterance or some words of it, a little slower or faster: log10 of mel power, phones, words and times."""
    spoken, times = utterance.text.split(), utterance.times
    start, end = 0, len(utterance.mel)
    if random.random() < 0.45:
        first = int(random.integers(len(spoken)))
        last = int(random.integers(first, min(first + 5, len(spoken))))
        spoken, times = spoken[first : last + 1], times[first : last + 1]
        start, end = max(int(times[0, 0] * 100) - 2, 0), min(int(times[-1, 1] * 100) + 2, end)
    rate = random.uniform(0.85, 1.2)
    at = np.arange(start, end - 1, rate)
    low, part = at.astype(int), (at % 1)[:, None]
    mel = utterance.mel[low] * (1 - part) + utterance.mel[low + 1] * part
    times = (times - np.float32(start / 100)) / np.float32(rate)
    return mel.astype(np.float32), utterance.phones[low], Said(" ".join(spoken), times.clip(min=0))


def _about(seconds: float) -> tuple[float, float]:
    return max(seconds - 0.1, 0.0), seconds + 0.1


def _respelt(word: str, spellings: dict[str, str]) -> str:
    bare = word.rstrip(".,?")
    return spellings.get(bare, bare) + word[len(bare) :]


def _tilt(random: np.random.Generator) -> Floats:
    """What a microphone does to a voice: a smooth curve over the bands within 6 dB."""
    bands = np.linspace(-1, 1, 80)
    return np.asarray(random.uniform(-0.4, 0.4) * bands + random.uniform(-0.3, 0.3) * np.cos(2 * bands), np.float32)
