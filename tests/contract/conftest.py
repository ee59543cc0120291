"""A server that answers as the providers of notes do, and a model that is asked over its wire."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chunk_workers.provider import ChatModel
from tests.contract.written_note import made_model
from tests.model_server import ModelServer, obedient


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer(obedient).running() as running:
        yield running


@pytest.fixture(params=["openai", "gemini"])
async def model(request: pytest.FixtureRequest, server: ModelServer) -> AsyncIterator[ChatModel]:
    made = made_model(request.param, server.url)
    yield made
    await made.aclose()
