"""A tiny Whisper model with random weights, in the files and the format of a real one.

It hears nothing, but everything runs that runs with a real model: loading, features, language detection, beam
search with time stamps, alignment of words.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
from ctranslate2.specs import common_spec, transformer_spec
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

LANGUAGES = ("en", "de", "fr")
WIDTH, HEADS, LAYERS, INNER = 64, 4, 2, 128
FRAMES = 1500
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
WORDS = [f"Ġ{first}{second}" for first, second in itertools.product(SYLLABLES[::3], SYLLABLES[::4])]


def write_whisper_folder(folder: Path, *, mels: int = 80, stuck: bool = False, seed: int = 7) -> Path:
    """Write a complete model folder and return it. A ``stuck`` model says one word for ever."""
    folder.mkdir(parents=True, exist_ok=True)
    text = _text_tokens()
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>", *(f"<|{i * 0.02:.2f}|>" for i in range(FRAMES + 1))]
    # The empty string before <|endoftext|> is by what CTranslate2 knows a multilingual model.
    vocabulary = [*text, "", *special]

    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    _fill(spec, np.random.default_rng(seed), mels, len(vocabulary))
    # Only whole words are said, and few enough of them that their text does not look like a repetition.
    bias = np.zeros(len(vocabulary), dtype=np.float32)
    bias[: text.index(WORDS[0])] = -100
    bias[text.index(WORDS[0]) : len(text)] = 1
    bias[text.index(WORDS[0])] += 100 if stuck else 0
    bias[vocabulary.index("<|endoftext|>")] = 4
    spec.decoder.projection.bias = bias
    spec.config.alignment_heads = list(itertools.product(range(LAYERS), range(HEADS)))
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


def _text_tokens() -> list[str]:
    """Every byte, so that any text can be encoded, then whole words."""
    return [*sorted(pre_tokenizers.ByteLevel.alphabet()), *WORDS]


def _fill(spec: WhisperSpec, random: np.random.Generator, mels: int, vocabulary: int) -> None:
    def weights(*shape: int, scale: float = 0.3) -> NDArray[np.float32]:
        return (random.standard_normal(shape) * scale).astype(np.float32)

    def linear(layer: common_spec.LinearSpec, out: int, into: int) -> None:
        layer.weight, layer.bias = weights(out, into), np.zeros(out, dtype=np.float32)

    def norm(layer: common_spec.LayerNormSpec) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, dtype=np.float32), np.zeros(WIDTH, dtype=np.float32)

    def feed_forward(layer: transformer_spec.FeedForwardSpec) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, INNER, WIDTH)
        linear(layer.linear_1, WIDTH, INNER)

    for convolution, into in ((spec.encoder.conv1, mels), (spec.encoder.conv2, WIDTH)):
        convolution.weight, convolution.bias = weights(WIDTH, into, 3), np.zeros(WIDTH, dtype=np.float32)
    spec.encoder.position_encodings.encodings = weights(FRAMES, WIDTH)
    spec.decoder.position_encodings.encodings = weights(448, WIDTH)
    spec.decoder.embeddings.weight = weights(vocabulary, WIDTH)
    spec.decoder.projection.weight = weights(vocabulary, WIDTH)
    norm(spec.encoder.layer_norm)
    norm(spec.decoder.layer_norm)
    for layer in [*spec.encoder.layer, *spec.decoder.layer]:
        norm(layer.self_attention.layer_norm)
        linear(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
        linear(layer.self_attention.linear[1], WIDTH, WIDTH)
        feed_forward(layer.ffn)
    for layer in spec.decoder.layer:
        norm(layer.attention.layer_norm)
        linear(layer.attention.linear[0], WIDTH, WIDTH)
        linear(layer.attention.linear[1], 2 * WIDTH, WIDTH)
        linear(layer.attention.linear[2], WIDTH, WIDTH)
