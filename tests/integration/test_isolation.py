"""Organisations are kept apart by Postgres itself, whatever the program asks it (P6), and unsafe databases refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from hearken.embedded import Services, socket_folder
from hearken.embedded_postgres import OWNER_ROLE, EmbeddedPostgres
from hearken.migration import APP_ROLE
from hearken.service_user import service_user
from hearken.supervisor import Program
from session_core.chunk import Chunk
from session_core.envelope import Key
from session_core.errors import UnsafeDatabase
from session_core.storage import chunks
from session_core.storage.chunks import ChunkToStore
from session_core.storage.database import Database
from tests.installation import Installation, installation_on

SHARED = {"installation", "workers"}
"""Tables of the installation itself: they hold nothing of an organisation."""


@dataclass(frozen=True)
class Organisation:
    """One person's organisation with a row in every table."""

    org_id: UUID
    session_id: UUID


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation_on(services, tmp_path_factory.mktemp("isolation")) as made:
        yield made


ROWS = (
    (
        "sessions (org_id, id, created_by, client_ref, key, details, media_type, sample_rate, chunk_seconds)",
        "org_id, session_id, user_id, 'ref', key, key, 'audio/wav', 16000, 15",
    ),
    (
        "chunks (org_id, session_id, seq, first_sample, sample_count, sha256, media_type, audio)",
        "org_id, session_id, 0, 0, 1, sha256(''), 'audio/wav', ''",
    ),
    (
        "windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample, "
        "overlaps_previous, overlaps_next, generation, priority)",
        "org_id, session_id, window_id, 'final', 0, 0, 1, 1, false, false, 0, 1",
    ),
    (
        "segments (org_id, session_id, id, window_id, start_ms, end_ms, generation, digest, body)",
        "org_id, session_id, window_id, window_id, 0, 1, 0, '', ''",
    ),
    ("events (org_id, session_id, version, type, body)", "org_id, session_id, 1, 'session.state', ''"),
    (
        "corrections (org_id, session_id, segment_id, window_id, start_ms, end_ms, edited_by, body)",
        "org_id, session_id, window_id, window_id, 0, 1, user_id, ''",
    ),
    ("speakers (org_id, session_id, id, name)", "org_id, session_id, 'S1', ''"),
    (
        "speaker_labels (org_id, session_id, segment_id, start_ms, end_ms, speaker, labelled_by)",
        "org_id, session_id, window_id, 0, 1, 'S1', user_id",
    ),
    (
        "typed_notes (org_id, session_id, id, at_ms, written_by, written_at, body)",
        "org_id, session_id, window_id, 0, user_id, now(), ''",
    ),
    (
        "refresh_tokens (org_id, id, user_id, sign_in, digest, expires_at)",
        "org_id, gen_random_uuid(), user_id, gen_random_uuid(), '', now() + interval '1 hour'",
    ),
    ("note_revisions (org_id, session_id, revision, generation, body)", "org_id, session_id, 1, 1, ''"),
    ("note_templates (org_id, id, version, body, edited_by)", "org_id, 'own', 1, '{}', user_id"),
    ("note_answers (org_id, session_id, digest, body)", "org_id, session_id, '', ''"),
    ("note_spending (org_id, session_id, tokens, uncounted)", "org_id, session_id, 1, 0"),
    ("steps (org_id, session_id, step, generation)", "org_id, session_id, 'index', 1"),
    ("artifacts (org_id, session_id, kind, generation, maker, body)", "org_id, session_id, 'notes', 1, '', ''"),
    ("voiceprints (org_id, session_id, window_id, maker, body)", "org_id, session_id, window_id, '', ''"),
    ("slides (org_id, session_id, place, id, maker, body)", "org_id, session_id, 0, window_id, '', ''"),
    ("enrolled_voices (org_id, user_id, maker, body)", "org_id, user_id, '', ''"),
    ("vocabularies (org_id, patient, version, body, edited_by)", "org_id, '', 1, '', user_id"),
    ("session_hotwords (org_id, session_id, body)", "org_id, session_id, ''"),
    ("passages (org_id, session_id, number, start_ms, end_ms, words, body)", "org_id, session_id, 0, 0, 1, '', ''"),
    (
        "passage_vectors (org_id, session_id, number, model, dimension, embedding)",
        "org_id, session_id, 0, 'any', 2, '[0,1]'",
    ),
    ("indexings (org_id, session_id, model)", "org_id, session_id, 'any'"),
    ("questions (org_id, id, session_id, body)", "org_id, gen_random_uuid(), session_id, ''"),
    ("archives (org_id, session_id, object, generation)", "org_id, session_id, gen_random_uuid(), 1"),
    ("archive_orphans (org_id, object)", "org_id, gen_random_uuid()"),
)
"""A row for every table of records, in the order in which they may be written: where it goes and what it is."""


async def filled(installation: Installation, email: str) -> Organisation:
    """A session with one row in every table below it, written by the owner."""
    (user,) = await installation.fetch("SELECT org_id, id FROM users WHERE email = $1", email)
    org_id, session_id = user["org_id"], uuid4()
    given = (org_id, user["id"], session_id, uuid4(), Key.generate().seal(b"", b""))
    for place, row in ROWS:
        await installation.fetch(
            f"""
            WITH given (org_id, user_id, session_id, window_id, key) AS (
                VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::bytea))
            INSERT INTO {place} SELECT {row} FROM given
            """,
            *given,
        )
    return Organisation(org_id, session_id)


@pytest.fixture(scope="module")
async def north(installation: Installation) -> Organisation:
    return await filled(installation, installation.ann.email)


@pytest.fixture(scope="module")
async def south(installation: Installation, north: Organisation) -> Organisation:
    return await filled(installation, installation.bob.email)


@pytest.fixture(scope="module")
async def tables(installation: Installation) -> dict[str, str]:
    """Every table of the schema with the column that names the organisation, but those that are shared."""
    rows = await installation.fetch(
        """
        SELECT c.relname AS name,
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id') AS has_org
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname !~ '^_?yoyo'
        """
    )
    return {row["name"]: "org_id" if row["has_org"] else "id" for row in rows if row["name"] not in SHARED}


@asynccontextmanager
async def as_app(
    installation: Installation, org_id: UUID | None = None
) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A transaction as the application's role that is taken back in the end."""
    connection = await asyncpg.connect(installation.settings.database_url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        if org_id is not None:
            await connection.execute("SELECT set_config('hearken.organisation', $1, true)", str(org_id))
        yield connection
        await transaction.rollback()
    finally:
        await connection.close()


async def may(connection: asyncpg.Connection[asyncpg.Record], table: str, right: str) -> bool:
    return bool(await connection.fetchval("SELECT has_table_privilege(current_user, $1, $2)", table, right))


async def test_every_table_but_the_shared_ones_belongs_to_organisations_and_is_under_forced_policies(
    installation: Installation, tables: dict[str, str]
) -> None:
    rows = await installation.fetch(
        """
        SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS forced,
               relispartition OR EXISTS (SELECT FROM pg_policies p WHERE p.tablename = relname
                                         AND p.policyname = 'organisation') AS has_policy
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        """
    )
    found = {row["name"]: (row["forced"], row["has_policy"]) for row in rows}
    assert len(tables) >= 12
    assert {name: found[name] for name in tables} == dict.fromkeys(tables, (True, True))
    assert [name for name, column in tables.items() if column == "id"] == ["organisations"]


async def test_the_application_owns_nothing_and_cannot_step_around_the_policies(installation: Installation) -> None:
    (role,) = await installation.fetch("SELECT * FROM pg_roles WHERE rolname = $1", APP_ROLE)
    rights = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
    assert [right for right in rights if role[right]] == []
    assert await installation.fetch("SELECT FROM pg_class WHERE relowner = $1", role["oid"]) == []
    assert await installation.fetch("SELECT FROM pg_proc WHERE proowner = $1", role["oid"]) == []
    assert await installation.fetch("SELECT FROM pg_auth_members WHERE member = $1", role["oid"]) == []
    async with as_app(installation) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE mine (id int)")
    async with as_app(installation) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET ROLE hearken_scout")


async def test_without_an_organisation_nothing_is_there(
    installation: Installation, tables: dict[str, str], south: Organisation
) -> None:
    async with as_app(installation) as connection:
        for table in tables:
            if await may(connection, table, "SELECT"):
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_an_organisation_sees_its_own_rows_alone(
    installation: Installation, tables: dict[str, str], north: Organisation, south: Organisation
) -> None:
    for own, other in ((north, south), (south, north)):
        async with as_app(installation, own.org_id) as connection:
            for table, column in tables.items():
                if not await may(connection, table, "SELECT"):
                    assert re.fullmatch(r"(chunks|passage_vectors)_\d+", table), f"{table} cannot be read at all"
                    continue
                seen = await connection.fetch(f"SELECT DISTINCT {column} AS org_id FROM {table}")
                assert [row["org_id"] for row in seen] == [own.org_id], table
                by_id = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", other.org_id)
                assert by_id == 0, table


async def test_an_organisation_changes_and_deletes_nothing_of_another(
    installation: Installation, tables: dict[str, str], north: Organisation, south: Organisation
) -> None:
    for table, column in tables.items():
        async with as_app(installation, north.org_id) as connection:
            if await may(connection, table, "UPDATE"):
                status = await connection.execute(
                    f"UPDATE {table} SET {column} = {column} WHERE {column} = $1", south.org_id
                )
                assert status == "UPDATE 0", table
            if await may(connection, table, "DELETE"):
                status = await connection.execute(f"DELETE FROM {table} WHERE {column} = $1", south.org_id)
                assert status == "DELETE 0", table


async def test_an_organisation_puts_nothing_into_another(
    installation: Installation, tables: dict[str, str], north: Organisation, south: Organisation
) -> None:
    """A copy of an own row under the other's name, new or by an update: the policy refuses both."""
    for table, column in tables.items():
        async with as_app(installation, north.org_id) as connection:
            if not await may(connection, table, "INSERT"):
                continue
            names = await connection.fetch(
                "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped",
                table,
            )
            listed = [row["attname"] for row in names]
            values = ", ".join("$1::uuid" if name == column else name for name in listed)
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await connection.execute(
                    f"INSERT INTO {table} ({', '.join(listed)}) SELECT {values} FROM {table}", south.org_id
                )
        async with as_app(installation, north.org_id) as connection:
            if await may(connection, table, "UPDATE"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                    await connection.execute(f"UPDATE {table} SET {column} = $1", south.org_id)


async def test_a_chunk_is_not_stored_into_another_organisations_session(
    installation: Installation, north: Organisation, south: Organisation
) -> None:
    """Neither alone nor in one transaction with that organisation's own chunks."""

    def chunk(org: Organisation, session: Organisation, seq: int) -> ChunkToStore:
        place = Chunk(session.session_id, seq, seq, 1, bytes(32), "audio/wav")
        return ChunkToStore(org.org_id, place, b"sealed")

    database = await Database.connect(installation.settings.database_url, connections=1, timeout_s=10)
    async with database.single() as connection:
        sent = [chunk(north, south, 1), chunk(south, south, 1), chunk(north, south, 2), chunk(south, north, 1)]
        stored = [outcome.outcome for outcome in await chunks.store(connection, sent, 60)]
        assert stored == ["not_found", "stored", "not_found", "not_found"]
        assert await connection.fetchval("SELECT count(*) FROM chunks") == 0, "the organisation outlived the call"
    await database.close()
    found = await installation.fetch("SELECT org_id, session_id, seq FROM chunks WHERE seq > 0")
    assert [tuple(row) for row in found] == [(south.org_id, south.session_id, 1)]


async def test_a_row_of_one_organisation_cannot_hang_on_a_session_of_another(
    installation: Installation, north: Organisation, south: Organisation
) -> None:
    async with as_app(installation, north.org_id) as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "INSERT INTO events (org_id, session_id, version, type, body) VALUES ($1, $2, 99, 'x', '')",
                north.org_id,
                south.session_id,
            )


async def test_events_are_only_ever_added(installation: Installation, north: Organisation) -> None:
    for statement in ("UPDATE events SET type = 'x'", "DELETE FROM events", "TRUNCATE events"):
        async with as_app(installation, north.org_id) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_what_looks_across_organisations_hands_out_ids_and_counters_alone(installation: Installation) -> None:
    rows = await installation.fetch(
        """
        SELECT p.proname AS name, pg_get_function_result(p.oid) AS result, p.proconfig AS config,
               has_function_privilege('public', p.oid, 'EXECUTE') AS for_all,
               r.rolname AS owner, r.rolcanlogin AS logs_in
        FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
        WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
        """
    )
    assert {row["name"] for row in rows} == {
        "find_login", "any_account", "claim_window", "due_windows", "due_sessions", "find_passages", "claim_question",
        "sweep_questions", "stale_indexings", "claim_step", "orphan_archive", "claim_orphans", "unnamed_objects",
        "revive_archiving",
    }  # fmt: skip
    for row in rows:
        types = set(re.findall(r"(uuid|integer|bigint|boolean|text|bytea|timestamp\w*)", row["result"]))
        allowed = {"uuid", "integer", "bigint", "boolean"} | ({"text"} if row["name"] == "find_login" else set())
        assert types <= allowed, row["name"]
        assert (row["owner"], row["logs_in"], row["for_all"]) == ("hearken_scout", False, False), row["name"]
        assert any(setting.startswith("search_path=") for setting in row["config"]), row["name"]


async def test_what_looks_across_organisations_may_not_read_a_record(installation: Installation) -> None:
    for table, column in (
        ("sessions", "details"), ("sessions", "key"), ("sessions", "coverage"), ("windows", "words"),
        ("chunks", "audio"), ("segments", "body"), ("events", "body"), ("organisations", "key"),
        ("corrections", "body"), ("speakers", "name"), ("typed_notes", "body"),
        ("passages", "body"), ("passage_vectors", "embedding"), ("questions", "body"), ("questions", "answer"),
    ):  # fmt: skip
        found = await installation.value(
            "SELECT has_column_privilege('hearken_scout', $1, $2, 'SELECT')", table, column
        )
        assert found is False, (table, column)


async def connects(url: str) -> None:
    database = await Database.connect(url, connections=1, timeout_s=10)
    await database.close()


async def test_the_program_refuses_to_run_as_the_owner(installation: Installation) -> None:
    await connects(installation.settings.database_url)
    with pytest.raises(UnsafeDatabase, match="row level security"):
        await connects(installation.owner_url)


async def test_a_role_that_bypasses_the_policies_is_refused(installation: Installation) -> None:
    await installation.execute(f"ALTER ROLE {APP_ROLE} BYPASSRLS")
    try:
        with pytest.raises(UnsafeDatabase, match="row level security"):
            await connects(installation.settings.database_url)
    finally:
        await installation.execute(f"ALTER ROLE {APP_ROLE} NOBYPASSRLS")


@pytest.mark.parametrize("where", [f"ROLE {APP_ROLE}", "DATABASE {database}"])
async def test_a_database_that_confirms_before_it_has_written_is_refused(
    services: Services, tmp_path: Path, where: str
) -> None:
    async with installation_on(services, tmp_path) as scratch:
        await connects(scratch.settings.database_url)
        named = where.format(database=await scratch.value("SELECT current_database()"))
        await scratch.execute(f"ALTER {named} SET synchronous_commit = off")
        try:
            with pytest.raises(UnsafeDatabase, match="synchronous_commit"):
                await connects(scratch.settings.database_url)
        finally:
            await scratch.execute(f"ALTER {named} RESET synchronous_commit")


@pytest.mark.parametrize("setting", ["full_page_writes", "fsync"])
async def test_a_server_that_may_lose_what_it_wrote_is_refused(tmp_path: Path, setting: str) -> None:
    user = service_user()
    sockets = socket_folder(tmp_path, user)
    cluster = EmbeddedPostgres(tmp_path / "postgres", sockets, user)
    cluster.make()
    safe = cluster.part(tmp_path / "postgres.log", tmp_path / "lock")
    command = [f"{setting}=off" if word == f"{setting}=on" else word for word in safe.command]
    server = Program(replace(safe, command=command), print)
    await server.start(cluster.is_ready)
    try:
        connection = await asyncpg.connect(cluster.url(OWNER_ROLE, "postgres"))
        await connection.execute(f"CREATE ROLE {APP_ROLE} LOGIN")
        await connection.close()
        with pytest.raises(UnsafeDatabase, match=f"with {setting} off"):
            await connects(cluster.url(APP_ROLE, "postgres"))
    finally:
        await server.stop()
