"""A clinic for each module of tests of what comes after Stop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hearken.embedded import Services
from tests.installation import installation_on
from tests.scripted_clinic import Clinic


@pytest.fixture(scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with (
        installation_on(services, tmp_path_factory.mktemp("after_stop")) as installation,
        Clinic.on(installation) as made,
    ):
        yield made
