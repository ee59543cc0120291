"""A Whisper model with random weights, in the files and the format of a real one; tiny unless asked otherwise.

It hears nothing, but everything runs that runs with a real model: loading, features, language detection, beam
search with time stamps, alignment of words.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ctranslate2.specs import common_spec, transformer_spec
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

LANGUAGES = ("en", "de", "fr")
FRAMES, PLACES = 1500, 448
"""How much the encoder hears and the decoder holds."""

PROMPT = 4
"""Tokens before a text: start, language, task, no time stamps."""

SURE = 300.0
"""How far a place outweighs what the layers add to it."""

SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
WORDS = [f"Ġ{first}{second}" for first, second in itertools.product(SYLLABLES[::3], SYLLABLES[::4])]


@dataclass(frozen=True)
class Geometry:
    """``aligning`` are the heads, (layer, head), by which words are found in time; ``vocabulary`` is the number of
    tokens, special ones included, 0 for as few as there can be."""

    width: int
    heads: int
    layers: int
    inner: int
    aligning: tuple[tuple[int, int], ...]
    vocabulary: int = 0


TINY = Geometry(width=64, heads=4, layers=2, inner=128, aligning=tuple(itertools.product(range(2), range(4))))
BASE = Geometry(
    width=512,
    heads=8,
    layers=6,
    inner=2048,
    aligning=((3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6)),
    vocabulary=51_865,
)
"""Of the published model called base."""


def write_whisper_folder(
    folder: Path,
    *,
    geometry: Geometry = TINY,
    mels: int = 80,
    stuck: bool = False,
    tokens: int | None = None,
    seed: int = 7,
) -> Path:
    """Write a complete model folder and return it.

    A ``stuck`` model says one word for ever. One of ``tokens`` says so many, each at its place without much doubt,
    whatever it is given to hear: so its texts pass the gates and are as long as each other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>", *(f"<|{i * 0.02:.2f}|>" for i in range(FRAMES + 1))]
    text = _text_tokens(geometry.vocabulary - len(special) - 1)
    # The empty string before <|endoftext|> is by what CTranslate2 knows a multilingual model.
    vocabulary = [*text, "", *special]

    random = np.random.default_rng(seed)
    spec = WhisperSpec(geometry.layers, geometry.heads, geometry.layers, geometry.heads)
    _fill(spec, random, geometry, mels, len(vocabulary))
    # Only whole words are said, and few enough of them that their text does not look like a repetition.
    bias = np.zeros(len(vocabulary), dtype=np.float32)
    bias[: text.index(WORDS[0])] = -100
    bias[text.index(WORDS[0]) : len(text)] = 1
    bias[text.index(WORDS[0])] += 100 if stuck else 0
    bias[vocabulary.index("<|endoftext|>")] = 4
    spec.decoder.projection.bias = bias
    if tokens is not None:
        said = text.index(WORDS[0]) + random.permutation(len(text) - text.index(WORDS[0]))[:tokens]
        _say(spec, said, vocabulary.index("<|endoftext|>"))
    spec.config.alignment_heads = list(geometry.aligning)
    spec.config.lang_ids = [vocabulary.index(f"<|{code}|>") for code in LANGUAGES]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [vocabulary.index("<|endoftext|>")]
    spec.register_vocabulary(vocabulary)
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(str(folder))

    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate([*text, ""])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"feature_size": mels, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400})
    )
    return folder


def _text_tokens(at_least: int) -> list[str]:
    """Every byte, so that any text can be encoded, then whole words."""
    few = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *WORDS]
    longer = (f"Ġ{''.join(three)}" for three in itertools.product(SYLLABLES, repeat=3))
    return [*few, *itertools.islice(longer, max(at_least - len(few), 0))]


def _say(spec: WhisperSpec, said: NDArray[np.int64], end: int) -> None:
    """Let places decide what is said: the first of their numbers says when a text ends, the others which word comes."""
    decoder, first = spec.decoder, PROMPT - 1
    places = decoder.position_encodings.encodings
    wanted = decoder.projection.weight[said]
    places[first : first + len(said)] += SURE * wanted / np.linalg.norm(wanted, axis=1, keepdims=True)
    # Nothing else writes into the first.
    decoder.embeddings.weight[:, 0] = 0
    for layer in decoder.layer:
        for writes in (layer.self_attention.linear[-1], layer.attention.linear[-1], layer.ffn.linear_1):
            writes.weight[0] = 0
    places[:, 0] = np.where(np.arange(PLACES) < first + len(said), -SURE, SURE)
    decoder.projection.weight[:, 0] = 0
    decoder.projection.weight[end] = 0
    decoder.projection.weight[end, 0] = 10


def _fill(spec: WhisperSpec, random: np.random.Generator, geometry: Geometry, mels: int, vocabulary: int) -> None:
    width, inner = geometry.width, geometry.inner

    def weights(*shape: int) -> NDArray[np.float32]:
        return random.standard_normal(shape, dtype=np.float32) * np.float32(2.4 / np.sqrt(width))

    def linear(layer: common_spec.LinearSpec, out: int, into: int) -> None:
        layer.weight, layer.bias = weights(out, into), np.zeros(out, dtype=np.float32)

    def norm(layer: common_spec.LayerNormSpec) -> None:
        layer.gamma, layer.beta = np.ones(width, dtype=np.float32), np.zeros(width, dtype=np.float32)

    def feed_forward(layer: transformer_spec.FeedForwardSpec) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, inner, width)
        linear(layer.linear_1, width, inner)

    for convolution, into in ((spec.encoder.conv1, mels), (spec.encoder.conv2, width)):
        convolution.weight, convolution.bias = weights(width, into, 3), np.zeros(width, dtype=np.float32)
    spec.encoder.position_encodings.encodings = weights(FRAMES, width)
    spec.decoder.position_encodings.encodings = weights(PLACES, width)
    spec.decoder.embeddings.weight = weights(vocabulary, width)
    spec.decoder.projection.weight = weights(vocabulary, width)
    norm(spec.encoder.layer_norm)
    norm(spec.decoder.layer_norm)
    for layer in [*spec.encoder.layer, *spec.decoder.layer]:
        norm(layer.self_attention.layer_norm)
        linear(layer.self_attention.linear[0], 3 * width, width)
        linear(layer.self_attention.linear[1], width, width)
        feed_forward(layer.ffn)
    for layer in spec.decoder.layer:
        norm(layer.attention.layer_norm)
        linear(layer.attention.linear[0], width, width)
        linear(layer.attention.linear[1], 2 * width, width)
        linear(layer.attention.linear[2], width, width)
