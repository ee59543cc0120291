"""A clinic whose archive is a folder, and one whose archive is a store by S3's protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from hearken.embedded import Services
from session_core.archive.object_store import ObjectStore
from tests.installation import installation_on
from tests.object_stores import on_s3, s3_server
from tests.scripted_clinic import Clinic


@pytest.fixture(scope="session")
def s3() -> Iterator[int]:
    with s3_server() as port:
        yield port


@pytest.fixture(scope="module", params=["folder", "s3"])
async def clinic(
    request: pytest.FixtureRequest, services: Services, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Clinic]:
    async with installation_on(services, tmp_path_factory.mktemp("archive")) as installation:
        if request.param == "s3":
            installation.settings = on_s3(installation.settings, request.getfixturevalue("s3"))
        else:
            folder = tmp_path_factory.mktemp("a folder")
            installation.settings = installation.settings.model_copy(update={"archive_url": folder.as_uri()})
        async with Clinic.on(installation) as made:
            made.objects = await ObjectStore.connect(installation.settings, made.database)
            yield made


@pytest.fixture
def objects(clinic: Clinic) -> ObjectStore:
    assert clinic.objects is not None
    return clinic.objects
