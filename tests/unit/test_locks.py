"""The pinned requirements against what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ("requirements.lock", "requirements-dev.lock")
PYANNOTE = "requirements-pyannote.lock"


def pins(*names: str) -> dict[str, str]:
    lines = [line for name in names for line in (ROOT / name).read_text().splitlines()]
    found = [re.fullmatch(r"([A-Za-z0-9_.-]+)==([A-Za-z0-9_.!+-]+)", line) for line in lines]
    assert all(found), "only NAME==VERSION"
    return {canonicalize_name(pin[1]): pin[2] for pin in found if pin is not None}


def asked(group: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = {
        "running": project["project"]["dependencies"] + project["build-system"]["requires"],
        "checking": project["dependency-groups"]["dev"],
        "pyannote": project["dependency-groups"]["pyannote"],
    }
    return [Requirement(line) for line in groups[group]]


@pytest.mark.parametrize(("group", "names"), [("running", FILES[:1]), ("checking", FILES), ("pyannote", (PYANNOTE,))])
def test_everything_that_is_asked_for_is_pinned_to_a_version_that_fits(group: str, names: tuple[str, ...]) -> None:
    pinned = pins(*names)
    for requirement in asked(group):
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_nothing_is_pinned_twice() -> None:
    assert not pins(FILES[0]).keys() & pins(FILES[1]).keys()
    # PyTorch wants an older one than the newest.
    assert pins(FILES[0]).keys() & pins(PYANNOTE).keys() == {"setuptools"}


def test_the_oldest_python_is_served() -> None:
    """redis needs this below Python 3.11.3, which Debian 12 has; a lock made with a newer Python lacks it."""
    assert "async-timeout" in pins(FILES[0])


def test_nothing_for_graphics_cards_is_pulled_in() -> None:
    assert not [name for name in pins(*FILES) if name.startswith(("torch", "nvidia", "triton"))]
