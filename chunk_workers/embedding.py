"""The port to an embedder: texts in, vectors out, by which meaning is compared.

``tests/contract/test_embedder_contract.py`` holds every adapter to what is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""One row for each text, of length 1: the product of two rows is their cosine."""


class Embedder(Protocol):
    """Turns texts into unit vectors.

    Stateless: a text's vector is the same, to 1e-4 in every element, whatever else is in the call. Vectors of
    different ``model`` names must never be compared, so the name is stored with them. Not thread-safe: one call
    at a time.
    """

    @property
    def model(self) -> str:
        """Model and version; another one whenever vectors may differ."""

    @property
    def dimension(self) -> int:
        """Elements of one vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), in the order of the texts.

        What is longer than the model reads counts by its beginning. A text without a word has a vector too, of no
        meaning. Raises ``HearkenError`` where the model cannot answer now.
        """


class TextEmbedder(Protocol):
    """An embedder as the steps use it, in a process of its own or at a provider. Vectors are as ``Embedder`` promises;
    raises ``HearkenError``, retryable where another attempt may help."""

    async def model(self) -> str:
        """See ``Embedder.model``. Raises ``EngineUnavailable`` where it cannot run here."""

    async def embed(self, texts: Sequence[str]) -> Vectors: ...

    async def aclose(self) -> None: ...
