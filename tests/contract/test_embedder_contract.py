"""What every embedder promises, held by each adapter that runs here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from chunk_workers.embedders.minilm import MiniLM
from chunk_workers.embedding import Embedder

ADAPTERS: dict[str, Callable[[], Embedder]] = {"minilm": MiniLM}
TEXTS = ["My knee hurts.", "", "It is swollen and warm, and I can't bend it.", "pain " * 1000, "你好", "My knee hurts."]


@pytest.fixture(scope="module", params=list(ADAPTERS))
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return ADAPTERS[request.param]()


def test_every_text_has_a_unit_vector_of_the_dimension_told(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_texts_have_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_a_vector_does_not_depend_on_what_else_is_asked(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.abs(alone - embedder.embed(TEXTS)).max() < 1e-4
    assert np.abs(alone[::-1] - embedder.embed(TEXTS[::-1])).max() < 1e-4


def test_texts_of_one_meaning_are_nearer_than_others(embedder: Embedder) -> None:
    pain, same, other = embedder.embed(["My knee hurts.", "I have pain in my knee.", "The train was late."])
    assert pain @ same > pain @ other + 0.2


def test_the_model_has_a_name(embedder: Embedder) -> None:
    assert embedder.model.strip()
