"""Whisper's network in plain functions of a table of weights, and its export to CTranslate2's format."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

MELS, FRAMES, CONTEXT = 80, 1500, 448
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Geometry:
    width: int = 128
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 3
    texts: int = 0
    """Tokens before the first time stamp."""
    ticks: int = 1501
    phones: int = 0


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's positions: sines, then cosines, of wavelengths from 2 pi to 20,000 pi; (length, width)."""
    rates = torch.exp(-math.log(10_000) / (width // 2 - 1) * torch.arange(width // 2))
    angles = torch.arange(length)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


def new_weights(shape: Geometry) -> Weights:
    d = shape.width
    weights: Weights = {}

    def linear(name: str, out: int, into: int, *kernel: int) -> None:
        scale = 1 / math.sqrt(into * math.prod(kernel))
        weights[f"{name}.weight"] = torch.randn(out, into, *kernel) * scale
        weights[f"{name}.bias"] = torch.zeros(out)

    def norm(name: str) -> None:
        weights[f"{name}.gamma"], weights[f"{name}.beta"] = torch.ones(d), torch.zeros(d)

    def attention(name: str) -> None:
        norm(f"{name}.norm")
        linear(f"{name}.q", d, d)
        linear(f"{name}.kv", 2 * d, d)
        linear(f"{name}.out", d, d)

    def inner(name: str) -> None:
        norm(f"{name}.norm")
        linear(f"{name}.in", 4 * d, d)
        linear(f"{name}.out", d, 4 * d)

    linear("conv1", d, MELS, 3)
    linear("conv2", d, d, 3)
    for i in range(shape.encoder_layers):
        attention(f"encoder.{i}.self")
        inner(f"encoder.{i}.inner")
    norm("encoder.norm")
    for i in range(shape.decoder_layers):
        attention(f"decoder.{i}.self")
        attention(f"decoder.{i}.cross")
        inner(f"decoder.{i}.inner")
    norm("decoder.norm")
    linear("phones", shape.phones, d)
    weights["texts"] = torch.randn(shape.texts, d) / math.sqrt(d)
    # A time stamp is the position of its encoder frame, turned: so the rare ones are learnt with the frequent ones.
    weights["ticks"] = torch.randn(d, d) / d
    for weight in weights.values():
        weight.requires_grad_(True)
    return weights


def embeddings(weights: Weights, shape: Geometry) -> Tensor:
    """(tokens, width); the decoder is given them times the root of the width."""
    return torch.cat([weights["texts"], sinusoids(shape.ticks, shape.width) @ weights["ticks"].float()])


def encode(weights: Weights, shape: Geometry, mel: Tensor, first: int = 0, last: int = 24) -> tuple[Tensor, Tensor]:
    """Encoder frames (batch, frames, width) of features (batch, 80, 2 x frames), and a bias for attention to each.

    The zeros with which a window is filled up to 30 s look alike: behind the given features only ``last`` frames of
    them are computed, and each is attended to as if it were all that it stands for. ``first`` is the position of the
    first frame.
    """
    stem = _stem(weights, mel)
    frames = first + stem.shape[1]
    rest = torch.linspace(frames, FRAMES - 1, last).long()
    silence = _stem(weights, torch.zeros(1, MELS, 16))[:, 4].expand(len(stem), last, -1)
    positions = sinusoids(FRAMES, shape.width)[torch.cat([torch.arange(first, frames), rest])]
    x = torch.cat([stem, silence], 1) + positions
    bias = torch.cat([torch.zeros(frames - first), torch.full((last,), math.log((FRAMES - frames) / last))])
    for i in range(shape.encoder_layers):
        name = f"encoder.{i}"
        normed = _norm(weights, f"{name}.self.norm", x)
        x = x + _attend(weights, f"{name}.self", shape.heads, normed, normed, bias[None, None, None].to(normed.dtype))
        x = x + _inner(weights, f"{name}.inner", x)
    return _norm(weights, "encoder.norm", x), bias


def decode(
    weights: Weights, shape: Geometry, tokens: Tensor, frames: Tensor, bias: Tensor, watched: int
) -> tuple[Tensor, list[Tensor]]:
    """Logits (batch, length, tokens), and of the first ``watched`` layers the log of cross-attention: each (batch,
    heads, length, frames)."""
    table = embeddings(weights, shape)
    places = sinusoids(CONTEXT, shape.width)[: tokens.shape[1]]
    x = functional.embedding(tokens, table) * math.sqrt(shape.width) + places
    seen = torch.full((tokens.shape[1],) * 2, -torch.inf).triu(1)
    logs: list[Tensor] = []
    for i in range(shape.decoder_layers):
        name = f"decoder.{i}"
        normed = _norm(weights, f"{name}.self.norm", x)
        x = x + _attend(weights, f"{name}.self", shape.heads, normed, normed, seen.to(normed.dtype))
        normed = _norm(weights, f"{name}.cross.norm", x)
        if i < watched:
            q, k, v = _projected(weights, f"{name}.cross", shape.heads, normed, frames)
            logs.append(((q @ k.transpose(2, 3)).float() / math.sqrt(q.shape[3]) + bias).log_softmax(3))
            x = x + _joined(weights, f"{name}.cross", logs[-1].exp().to(v.dtype) @ v)
        else:
            open_to = bias[None, None, None].to(normed.dtype)
            x = x + _attend(weights, f"{name}.cross", shape.heads, normed, frames, open_to)
        x = x + _inner(weights, f"{name}.inner", x)
    return _norm(weights, "decoder.norm", x) @ table.T, logs


def _stem(weights: Weights, mel: Tensor) -> Tensor:
    x = functional.gelu(functional.conv1d(mel, weights["conv1.weight"], weights["conv1.bias"], padding=1))
    x = functional.gelu(functional.conv1d(x, weights["conv2.weight"], weights["conv2.bias"], stride=2, padding=1))
    return x.transpose(1, 2)


def _norm(weights: Weights, name: str, x: Tensor) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], weights[f"{name}.gamma"], weights[f"{name}.beta"])


def _linear(weights: Weights, name: str, x: Tensor) -> Tensor:
    return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _inner(weights: Weights, name: str, x: Tensor) -> Tensor:
    hidden = functional.gelu(_linear(weights, f"{name}.in", _norm(weights, f"{name}.norm", x)))
    return _linear(weights, f"{name}.out", hidden)


def _projected(weights: Weights, name: str, heads: int, x: Tensor, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    def split(y: Tensor) -> Tensor:
        return y.unflatten(2, (heads, -1)).transpose(1, 2)

    k, v = _linear(weights, f"{name}.kv", source).chunk(2, 2)
    return split(_linear(weights, f"{name}.q", x)), split(k), split(v)


def _joined(weights: Weights, name: str, attended: Tensor) -> Tensor:
    return _linear(weights, f"{name}.out", attended.transpose(1, 2).flatten(2))


def _attend(weights: Weights, name: str, heads: int, x: Tensor, source: Tensor, bias: Tensor) -> Tensor:
    q, k, v = _projected(weights, name, heads, x, source)
    return _joined(weights, name, functional.scaled_dot_product_attention(q, k, v, attn_mask=bias))
