"""Whisper as a ``Recognizer``: batches of utterances in, words with times out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chunk_workers.engines.gates import Said, believed
from chunk_workers.engines.whisper_folder import check_folder
from chunk_workers.engines.whisper_model import FRAMES, Encoded, TimedWord, WhisperModel
from chunk_workers.recognition import UNDETERMINED, Doubted, Heard, Recognition, UnsupportedLanguage, Utterance
from session_core.decoding.pcm import SAMPLE_RATE
from session_core.errors import EngineUnavailable
from session_core.language import primary_subtag
from session_core.segment import Word

_SHORTEST = SAMPLE_RATE // 10
_FRAME = SAMPLE_RATE // 100
_TRIED_TOKENS = 8
_MOST_AT_ONCE, _FEWEST_AT_ONCE = 8, 2
_BATCH_S = 4.0
"""On a CPU a batch is to take about so long and no longer: all of it have their words at its end, and who comes
meanwhile, though it be what was said last before Stop, waits for that."""
_TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0)
_LEAST_MS = 20
"""The shortest word: one step of the encoder, which is what alignment counts in."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """An utterance that is long enough to be listened to."""

    place: int
    pcm: NDArray[np.int16]
    language: str | None
    hotwords: tuple[int, ...]

    def dice(self, temperature: float) -> np.random.Generator:
        """Of this audio and this temperature alone."""
        seed = hashlib.sha256(self.pcm.tobytes() + f"{temperature}".encode()).digest()
        return np.random.default_rng(list(seed))


class Whisper:
    """A Whisper model in CTranslate2's format.

    ``folder`` holds the model's files; ``device`` is "cpu", "cuda" or "auto", ``device_index`` which of several GPUs;
    ``compute_type`` is one of CTranslate2's, or "auto" for int8 on a CPU and float16 on a GPU. No network is used,
    whatever happens.
    ``label`` names the model for people. ``threads`` is for the CPU: some for what is heard side by side, the rest for
    each of these.
    """

    def __init__(
        self,
        folder: Path,
        *,
        label: str,
        device: str,
        compute_type: str,
        device_index: int = 0,
        threads: int = 1,
    ) -> None:
        """Raises ``EngineUnavailable`` where a file is missing or damaged, or the device cannot be used."""
        check_folder(folder)
        device, self.devices = usable_device(device)
        compute_type = compute_type if compute_type != "auto" else ("float16" if device == "cuda" else "int8")
        self._shares = 1 if device == "cuda" else side_by_side(threads)
        self._side_by_side = ThreadPoolExecutor(self._shares)
        threads_of_each = threads // self._shares
        self._model = WhisperModel(
            folder,
            device=device,
            device_index=device_index,
            compute_type=compute_type,
            threads=threads_of_each,
            callers=self._shares,
        )
        self.name = f"whisper {label} {compute_type}"
        self.languages: frozenset[str] | None = self._model.languages
        self.at_once = self._tried(device, threads_of_each)

    def recognise(self, utterances: Sequence[Utterance]) -> list[Heard]:
        began = time.process_time()
        heard: dict[int, Heard] = {}
        long_enough: list[_Heard] = []
        for place, utterance in enumerate(utterances):
            language = primary_subtag(utterance.language) if utterance.language is not None else None
            if language is not None and language not in self._model.languages:
                heard[place] = UnsupportedLanguage("the Whisper model does not know this language")
            elif len(utterance.pcm) < _SHORTEST:
                heard[place] = Recognition((), language or UNDETERMINED, 0.0)
            else:
                hotwords = self._model.hotwords(utterance.hotwords)
                long_enough.append(_Heard(place, utterance.pcm, language, hotwords))
        listen = partial(self._listen, alone=len(utterances) == 1)
        recognised: dict[int, tuple[tuple[Word, ...], str] | None] = {}
        for found in self._side_by_side.map(listen, _dealt(long_enough, self._shares)):
            recognised |= found
        # Nobody counts what was doubted, so its time goes to the others.
        share = (time.process_time() - began) / max(sum(words is not None for words in recognised.values()), 1)
        heard |= {
            place: Doubted() if words is None else Recognition(*words, share) for place, words in recognised.items()
        }
        return [heard[place] for place in range(len(utterances))]

    def _tried(self, device: str, threads: int) -> int:
        """How many are best heard at once.

        CTranslate2 reads parts of what the files say when it first needs them. It looks for the libraries of CUDA when
        it first computes, and takes the memory of a batch then.
        """
        on_gpu = device == "cuda"
        try:
            silence = self._model.features(np.zeros(_SHORTEST, dtype=np.int16))
            began = time.process_time()  # Others may be at work on the machine just now.
            one = self._model.encode([silence] * (_MOST_AT_ONCE if on_gpu else 1)).rows([0])
            encoding_s = (time.process_time() - began) / threads
            (language,) = self._model.detect(one)
            self._model.say(one, [self._model.prompt(language, ())], most_tokens=_TRIED_TOKENS)
            self._model.times(one, language, self._model.hotwords(["a"]), FRAMES)
        except Exception as error:  # of every kind, by what is wrong in the files
            if on_gpu and isinstance(error, RuntimeError):
                raise EngineUnavailable(
                    "the GPU cannot run the Whisper model: install cuBLAS and cuDNN for CTranslate2, free memory of "
                    "the GPU or name a smaller model, or set HEARKEN_DEVICE=cpu"
                ) from error
            raise EngineUnavailable(
                f"the Whisper model was loaded and cannot hear ({type(error).__name__}), so a file of it is not right: "
                "fetch the model again (`hearken models pull NAME`), or copy its whole folder again"
            ) from error
        return _MOST_AT_ONCE if on_gpu else best_at_once(encoding_s, self._shares)

    def _listen(self, batch: Sequence[_Heard], *, alone: bool) -> dict[int, tuple[tuple[Word, ...], str] | None]:
        """Words and language of each, by its place; None for one that is doubted, where it is not ``alone``."""
        encoded = self._model.encode([self._model.features(each.pcm) for each in batch])
        detected = self._model.detect(encoded) if any(each.language is None for each in batch) else [""] * len(batch)
        languages = [each.language or found for each, found in zip(batch, detected, strict=True)]
        prompts = [self._model.prompt(language, each.hotwords) for each, language in zip(batch, languages, strict=True)]
        firsts = self._say(encoded, prompts)
        found: dict[int, tuple[tuple[Word, ...], str] | None] = {}
        for index, (each, language) in enumerate(zip(batch, languages, strict=True)):
            if firsts[index].doubtful and not alone:
                found[each.place] = None
                continue
            own = encoded.rows([index])
            said = believed(self._tries(each, own, prompts[index], firsts[index]))
            found[each.place] = self._words(each, own, language, said), language
        return found

    def _say(self, encoded: Encoded, prompts: Sequence[Sequence[int]]) -> list[Said]:
        """Prompts of one length are decoded together."""
        said: dict[int, Said] = {}
        for length in sorted({len(prompt) for prompt in prompts}):
            places = [index for index, prompt in enumerate(prompts) if len(prompt) == length]
            found = self._model.say(encoded.rows(places), [prompts[index] for index in places])
            said |= dict(zip(places, found, strict=True))
        return [said[index] for index in range(len(prompts))]

    def _tries(self, heard: _Heard, encoded: Encoded, prompt: Sequence[int], first: Said) -> Iterator[Said]:
        """What is said at rising temperatures, one after another and alone, as far as it is asked for."""
        yield first
        for temperature in _TEMPERATURES:
            yield self._model.say_by_dice(encoded, prompt, first, temperature, heard.dice(temperature))

    def _words(self, heard: _Heard, encoded: Encoded, language: str, said: Said | None) -> tuple[Word, ...]:
        if said is None or not said.tokens:
            return ()
        times = self._model.times(encoded, language, said.tokens, min(len(heard.pcm) // _FRAME, FRAMES))
        return spoken_words(times, len(heard.pcm) * 1000 // SAMPLE_RATE)


def side_by_side(threads: int) -> int:
    """How many windows a CPU hears side by side, each with its equal part of the threads.

    Encoding a window makes use of several threads, saying what it holds does not: that is many small steps, and threads
    that wait for each other at the end of each take longer than one alone. Many windows are best heard each by one
    thread, one window that is alone by more of them; about the square root serves both.
    """
    return 1 << threads.bit_length() // 2


def best_at_once(encoding_s: float, shares: int) -> int:
    """On a CPU that encodes a window in so long, and so many side by side: to say what it holds takes about as long
    again."""
    heard = int(_BATCH_S * shares / (2 * max(encoding_s, 1e-6)))
    most = max(_FEWEST_AT_ONCE, shares, min(_MOST_AT_ONCE, heard))
    return most - most % shares


def _dealt(batch: Sequence[_Heard], shares: int) -> list[Sequence[_Heard]]:
    """Dealt out like cards, so that each share has as much of what takes long."""
    ordered = sorted(batch, key=lambda each: (len(each.hotwords), len(each.pcm)))
    return [ordered[share::shares] for share in range(min(shares, len(batch)))]


def spoken_words(heard: Sequence[TimedWord], duration_ms: int) -> tuple[Word, ...]:
    """Whisper's words in order, one after the other inside ``[0, duration_ms]``.

    Where alignment gives a word no time at all, it takes the least there is from its neighbours.
    """
    least = min(_LEAST_MS, duration_ms // max(len(heard), 1))
    starts: list[int] = []
    for place, word in enumerate(heard):
        earliest = starts[-1] + least if starts else 0
        latest = duration_ms - (len(heard) - place) * least
        starts.append(min(max(round(word.start_s * 1000), earliest), latest))
    return tuple(
        Word(
            text=word.text.strip(),
            start_ms=start,
            end_ms=min(max(round(word.end_s * 1000), start + least), limit),
            probability=min(max(word.probability, 0.0), 1.0),
        )
        for word, start, limit in zip(heard, starts, [*starts, duration_ms][1:], strict=True)
    )


def usable_device(asked: str) -> tuple[str, int]:
    """ "cpu" or "cuda", and how many of them there are to load a model on.

    Raises ``EngineUnavailable`` where a GPU is asked for and there is none.
    """
    import ctranslate2

    gpus = ctranslate2.get_cuda_device_count() if asked != "cpu" else 0
    if asked == "cuda" and not gpus:
        raise EngineUnavailable("no GPU that CUDA can use was found: install its driver, or set HEARKEN_DEVICE=cpu")
    return ("cuda", gpus) if gpus else ("cpu", 1)
