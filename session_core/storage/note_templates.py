"""Templates of notes that organisations made. Nothing here trusts what is stored: people edit it by hand, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from session_core.errors import Invalid
from session_core.note_template import NoteTemplate, parse_template
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """``body`` is decoded JSON, of whatever shape."""

    id: str
    version: int
    body: Any

    def parsed(self) -> NoteTemplate:
        """Raises :class:`Invalid` that names what is wrong."""
        if not isinstance(self.body, dict):
            raise Invalid("the template is not usable: it is no object")
        return parse_template({**self.body, "id": self.id, "version": self.version})


async def listed(connection: Connection) -> list[StoredTemplate]:
    """Those of the organisation, by id."""
    return [_stored(row) for row in await connection.fetch("SELECT id, version, body FROM note_templates ORDER BY id")]


async def get(connection: Connection, template_id: str, *, lock: bool = False) -> StoredTemplate | None:
    row = await connection.fetchrow(
        f"SELECT id, version, body FROM note_templates WHERE id = $1 {'FOR UPDATE' if lock else ''}",  # noqa: S608
        template_id,
    )
    return _stored(row) if row else None


async def count(connection: Connection) -> int:
    found: int = await connection.fetchval("SELECT count(*) FROM note_templates")
    return found


async def save(connection: Connection, org_id: UUID, user_id: UUID, template: NoteTemplate) -> bool:
    """In place of the version before; False where that is not there, because somebody else has saved one."""
    body = template.model_dump(mode="json", exclude={"id", "version"})
    status = await connection.execute(
        """
        INSERT INTO note_templates (org_id, id, version, body, edited_by) VALUES ($1, $2, $3, $4::jsonb, $5)
        ON CONFLICT (org_id, id) DO UPDATE SET
          version = excluded.version, body = excluded.body, edited_by = excluded.edited_by,
          edited_at = clock_timestamp()
        WHERE note_templates.version = excluded.version - 1
        """,
        org_id,
        template.id,
        template.version,
        orjson.dumps(body).decode(),
        user_id,
    )
    return bool(status == "INSERT 0 1")


async def delete(connection: Connection, template_id: str) -> bool:
    return bool(await connection.execute("DELETE FROM note_templates WHERE id = $1", template_id) == "DELETE 1")


def _stored(row: asyncpg.Record) -> StoredTemplate:
    return StoredTemplate(row["id"], row["version"], orjson.loads(row["body"]))
