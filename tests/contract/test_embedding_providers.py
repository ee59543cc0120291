"""Embedders at a provider, against a server that speaks the protocols of the real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chunk_workers.embedders.gemini import GeminiEmbedding
from chunk_workers.embedders.openai import OpenAiEmbedding
from chunk_workers.embedders.provided import BLANK, MOST_AT_ONCE, EmbeddingModel, ProvidedEmbedder
from chunk_workers.gemini_api import GeminiApi
from chunk_workers.openai_api import OpenAiApi
from chunk_workers.provider import BadAnswer, Calls, Limits, ProviderAway, ProviderLimited, ProviderRefused
from session_core.errors import HearkenError

KEY = "key-for-tests"
LIMITS = Limits(timeout_s=20.0, at_once=4, per_minute=60_000, pause_s=0.0)
TEXTS = [f"Line {number} about the knee." for number in range(MOST_AT_ONCE + 3)]


def vector_of(text: str) -> list[float]:
    """Of length 5, so that whoever takes it as it is has no unit vector."""
    at = np.random.default_rng(sum(text.encode())).normal(size=8)
    return [float(part) for part in 5 * at / np.linalg.norm(at)]


class EmbeddingServer:
    """``change`` is done to the vectors of an answer; ``statuses`` are what the next calls get instead."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.statuses: list[int] = []
        self.change: Callable[[list[Any]], list[Any]] = lambda vectors: vectors

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/embeddings", self._openai)
        app.router.add_post("/v1beta/models/{call}", self._gemini)
        return app

    async def _openai(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        assert (body["model"], body["encoding_format"]) == ("tiny", "float")
        vectors = self._answered(body["input"])
        data = [{"index": place, "embedding": vector} for place, vector in enumerate(vectors)]
        return web.json_response({"data": data[::-1]})

    async def _gemini(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert request.headers["x-goog-api-key"] == KEY
        assert request.match_info["call"] == "tiny:batchEmbedContents"
        (texts,) = zip(*([part["text"] for part in each["content"]["parts"]] for each in body["requests"]), strict=True)
        return web.json_response({"embeddings": [{"values": vector} for vector in self._answered(list(texts))]})

    def _answered(self, texts: list[str]) -> list[Any]:
        self.calls.append(texts)
        if self.statuses:
            raise _REFUSALS[self.statuses.pop(0)](text="no: the knee")
        return self.change([vector_of(text) for text in texts])


_REFUSALS: dict[int, Callable[..., web.HTTPException]] = {
    401: web.HTTPUnauthorized,
    429: web.HTTPTooManyRequests,
    503: web.HTTPServiceUnavailable,
}


@pytest.fixture
def server() -> EmbeddingServer:
    return EmbeddingServer()


@pytest.fixture(params=["openai", "gemini"])
async def embedder(request: pytest.FixtureRequest, server: EmbeddingServer) -> AsyncIterator[ProvidedEmbedder]:
    async with TestServer(server.app()) as running:
        url = str(running.make_url("")).rstrip("/")
        model: EmbeddingModel = GeminiEmbedding("tiny", GeminiApi(KEY, url))
        if request.param == "openai":
            model = OpenAiEmbedding("tiny", OpenAiApi(f"{url}/v1", KEY))
        made = ProvidedEmbedder(model, Calls(LIMITS))
        yield made
        await made.aclose()


async def test_each_text_has_its_own_unit_vector_however_many_there_are(
    server: EmbeddingServer, embedder: ProvidedEmbedder
) -> None:
    vectors = await embedder.embed(TEXTS)
    assert [len(call) for call in server.calls] == [MOST_AT_ONCE, 3]
    expected = np.array([vector_of(text) for text in TEXTS]) / 5
    assert np.abs(vectors - expected).max() < 1e-6
    assert vectors.dtype == np.float32


async def test_nothing_is_sent_for_no_texts_and_a_mark_for_a_blank_one(
    server: EmbeddingServer, embedder: ProvidedEmbedder
) -> None:
    assert len(await embedder.embed([])) == 0
    assert server.calls == []
    assert len(await embedder.embed(["", "knee"])) == 2
    assert server.calls == [[BLANK, "knee"]]


async def test_a_provider_that_is_busy_or_out_of_order_is_asked_again(
    server: EmbeddingServer, embedder: ProvidedEmbedder
) -> None:
    server.statuses = [503, 429]
    assert len(await embedder.embed(["knee"])) == 1
    assert len(server.calls) == 3


@pytest.mark.parametrize(
    ("statuses", "kind", "calls"),
    [([503] * 3, ProviderAway, 3), ([429] * 3, ProviderLimited, 3), ([401], ProviderRefused, 1)],
)
async def test_a_provider_that_says_no_is_an_error_that_tells_nothing_of_the_text(
    server: EmbeddingServer, embedder: ProvidedEmbedder, statuses: list[int], kind: type[HearkenError], calls: int
) -> None:
    server.statuses = list(statuses)
    with pytest.raises(kind) as error:
        await embedder.embed(["the knee"])
    assert "knee" not in str(error.value)
    assert len(server.calls) == calls


@pytest.mark.parametrize(
    "change",
    [
        lambda vectors: vectors[:-1],
        lambda vectors: [[0.0] * 8 for _ in vectors],
        lambda vectors: [vectors[0][:-1], *vectors[1:]],
        lambda vectors: [[None] * 8 for _ in vectors],
        lambda vectors: [[] for _ in vectors],
    ],
    ids=["one too few", "of length 0", "of two lengths", "no numbers", "empty"],
)
async def test_what_is_no_embedding_is_not_used(
    server: EmbeddingServer, embedder: ProvidedEmbedder, change: Callable[[list[Any]], list[Any]]
) -> None:
    server.change = change
    with pytest.raises(BadAnswer):
        await embedder.embed(["one", "two"])
