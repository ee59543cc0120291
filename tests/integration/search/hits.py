"""What a search answers."""

from __future__ import annotations

from typing import Any

from tests.spoken_session import Speaking

QUERY = "penicillin allergies"


async def hits(one: Speaking, query: str, **fields: Any) -> list[dict[str, Any]]:
    answer = (await one.caller("POST", "/search", json={"query": query, **fields})).ok()
    assert answer["meaning"] is True
    found: list[dict[str, Any]] = answer["hits"]
    return found
