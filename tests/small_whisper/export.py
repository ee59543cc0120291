"""The trained weights as a folder that faster-whisper loads."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from ctranslate2.specs import common_spec, transformer_spec
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy.typing import NDArray

from tests.small_whisper.tokens import LANGUAGES, Tokens

Table = dict[str, NDArray[np.float32]]


def write_folder(
    folder: Path,
    weights: Table,
    tokens: Tokens,
    *,
    layers: tuple[int, int],
    heads: int,
    alignment_heads: list[tuple[int, int]],
    quantization: str | None,
) -> None:
    """``weights`` are those of the network, with ``embeddings`` and ``positions`` of encoder and decoder as tables."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = WhisperSpec(layers[0], heads, layers[1], heads)
    _fill(spec, weights)
    spec.config.alignment_heads = alignment_heads
    spec.config.lang_ids = [tokens[code] for code in LANGUAGES]
    spec.config.suppress_ids = []
    # Whisper's own models forbid an empty text here as well; this one was taught to say nothing where nobody speaks.
    spec.config.suppress_ids_begin = [tokens.vocabulary.index("Ġ")]
    spec.register_vocabulary(tokens.vocabulary)
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    tokens.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    features = {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400, "chunk_length": 30}
    (folder / "preprocessor_config.json").write_text(json.dumps(features) + "\n")


def _fill(spec: WhisperSpec, weights: Table) -> None:
    def linear(layer: common_spec.LinearSpec, *names: str) -> None:
        layer.weight = np.concatenate([weights[f"{name}.weight"] for name in names])
        layer.bias = np.concatenate([weights[f"{name}.bias"] for name in names])

    def norm(layer: common_spec.LayerNormSpec, name: str) -> None:
        layer.gamma, layer.beta = weights[f"{name}.gamma"], weights[f"{name}.beta"]

    def attention(layer: transformer_spec.MultiHeadAttentionSpec, name: str) -> None:
        norm(layer.layer_norm, f"{name}.norm")
        if len(layer.linear) == 2:
            linear(layer.linear[0], f"{name}.q", f"{name}.kv")
        else:
            linear(layer.linear[0], f"{name}.q")
            linear(layer.linear[1], f"{name}.kv")
        linear(layer.linear[-1], f"{name}.out")

    def inner(layer: transformer_spec.FeedForwardSpec, name: str) -> None:
        norm(layer.layer_norm, f"{name}.norm")
        linear(layer.linear_0, f"{name}.in")
        linear(layer.linear_1, f"{name}.out")

    for convolution, name in ((spec.encoder.conv1, "conv1"), (spec.encoder.conv2, "conv2")):
        convolution.weight, convolution.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    spec.encoder.position_encodings.encodings = weights["encoder.positions"]
    spec.decoder.position_encodings.encodings = weights["decoder.positions"]
    table = weights["embeddings"]
    spec.decoder.embeddings.weight = table * np.float32(math.sqrt(table.shape[1]))
    spec.decoder.projection.weight = table
    norm(spec.encoder.layer_norm, "encoder.norm")
    norm(spec.decoder.layer_norm, "decoder.norm")
    for i, layer in enumerate(spec.encoder.layer):
        attention(layer.self_attention, f"encoder.{i}.self")
        inner(layer.ffn, f"encoder.{i}.inner")
    for i, layer in enumerate(spec.decoder.layer):
        attention(layer.self_attention, f"decoder.{i}.self")
        attention(layer.attention, f"decoder.{i}.cross")
        inner(layer.ffn, f"decoder.{i}.inner")
