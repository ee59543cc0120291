"""A worker computes with as many threads as it may use processors, not as the machine has."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from chunk_workers import models
from chunk_workers.processors import usable_processors
from session_core.settings import Settings, variable


@pytest.fixture(autouse=True)
def allowed_on_eight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))


@pytest.mark.parametrize(
    ("quota", "count"),
    [("max 100000", 8), ("200000 100000", 2), ("250000 100000", 2), ("50000 100000", 1), ("6400000 100000", 8)],
)
def test_a_containers_share_of_time_is_kept_to(quota: str, count: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert usable_processors(tmp_path / "cpu.max") == count


def test_without_a_share_of_time_all_that_it_may_run_on_are_used(tmp_path: Path) -> None:
    assert usable_processors(tmp_path / "cpu.max") == 8


@pytest.mark.parametrize(("processes", "threads"), [(0, 3), (2, 1), (9, 1)])
def test_an_engine_has_a_thread_for_each(processes: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "usable_processors", lambda: 3)
    settings = Settings.from_environ(
        {variable("master_key"): base64.b64encode(bytes(32)).decode(), variable("recognisers"): str(processes)}
    )
    assert models.engine_settings(settings).threads == threads
