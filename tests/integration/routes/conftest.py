"""A node for each module of route tests, and who calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hearken.embedded import Services
from session_core.storage.database import Database
from tests.caller import LIMIT, Caller
from tests.installation import Installation, Node, installation_on
from tests.integration.routes.heard_session import HeardSession


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation_on(services, tmp_path_factory.mktemp("http"), logins_per_minute=1000) as own:
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node(max_chunk_bytes=LIMIT)


@pytest.fixture(scope="module")
async def ann(installation: Installation, node: Node) -> Caller:
    return Caller(installation, node, await installation.token(node, installation.ann))


@pytest.fixture(scope="module")
async def bob(installation: Installation, node: Node) -> Caller:
    return Caller(installation, node, await installation.token(node, installation.bob))


@pytest.fixture(scope="module")
def nobody(installation: Installation, node: Node) -> Caller:
    return Caller(installation, node, None)


@pytest.fixture(scope="module")
async def database(installation: Installation) -> AsyncIterator[Database]:
    opened = await Database.connect(installation.settings.database_url, connections=2, timeout_s=10)
    yield opened
    await opened.close()


@pytest.fixture
async def heard(installation: Installation, database: Database, ann: Caller) -> HeardSession:
    session = HeardSession(installation, database, ann)
    await session.start()
    return session
