"""The embedded Postgres and Redis, and migrations on them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from pwd import getpwuid

import asyncpg
import psycopg
import pytest
import pytest_asyncio
import redis.asyncio

from hearken.embedded import Services, embedded_services
from hearken.migration import MIGRATIONS, MigrationFailed, MigrationRefused, migrate
from hearken.service_user import become, service_user
from hearken.supervisor import Program

COUNT = len(list(MIGRATIONS.glob("*.sql")))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    """Services below a folder that only its owner may enter, where an earlier start was killed half-way."""
    folder = tmp_path_factory.mktemp("closed") / "clinic"
    unfinished = folder / "postgres.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    folder.parent.chmod(0o700)
    async with embedded_services(folder) as running:
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def migrated(owner_url: str, app_url: str) -> int:
    return await asyncio.to_thread(migrate, owner_url, app_url)


async def one(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_services_reach_files_below_a_folder_that_stays_closed(services: Services) -> None:
    closed = services.cluster.cluster.parent.parent
    assert await one(services.owner_url, "SELECT 1") == 1
    assert closed.stat().st_mode & 0o777 == 0o700
    assert any("dac" in option for option in become(service_user(), [closed])) == (os.geteuid() == 0)


async def test_a_first_start_that_was_killed_half_way_leaves_nothing(services: Services) -> None:
    made = services.cluster.cluster
    assert [folder.name for folder in made.parent.iterdir() if folder.name.startswith("postgres")] == [made.name]


async def test_a_commit_is_on_the_disk(services: Services) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert await one(services.owner_url, f"SHOW {setting}") == "on"


async def test_postgres_knows_vectors(services: Services) -> None:
    owner_url, _ = await services.create_database("vectors")
    await one(owner_url, "CREATE EXTENSION vector")
    assert await one(owner_url, "SELECT '[3,4]'::vector <-> '[0,0]'") == 5.0


async def test_no_port_is_open(services: Services) -> None:
    assert await one(services.owner_url, "SHOW listen_addresses") == ""
    client = redis.asyncio.Redis.from_url(services.redis_url)
    assert (await client.config_get("port"))["port"] == "0"
    await client.aclose()


async def test_redis_keeps_nothing_and_drops_nothing(services: Services) -> None:
    client = redis.asyncio.Redis.from_url(services.redis_url, decode_responses=True)
    settings = await client.config_get("*")
    await client.aclose()
    assert [settings[name] for name in ("save", "appendonly", "maxmemory-policy")] == ["", "no", "noeviction"]


async def test_other_users_of_the_machine_are_kept_out(services: Services) -> None:
    sockets = services.cluster.sockets
    assert sockets.stat().st_mode & 0o077 == 0
    rules = (sockets / "pg_ident.conf").read_text().splitlines()
    assert {rule.split()[1].strip('"') for rule in rules} == {getpwuid(os.geteuid()).pw_name}
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await one(services.cluster.url("postgres"), "SELECT 1")


async def killed_and_back(services: Services, program: Program) -> None:
    before, pid = program.restarts, program.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(30):
        while True:
            if program.restarts > before and await services.cluster.is_ready():
                return
            await asyncio.sleep(0.02)


async def test_a_killed_redis_comes_back(services: Services) -> None:
    await killed_and_back(services, services.redis)
    assert services.redis.pid is not None


async def test_a_killed_postgres_comes_back_with_everything_committed(services: Services) -> None:
    owner_url, _ = await services.create_database("survivor")
    await one(owner_url, "CREATE TABLE kept AS SELECT 42 AS value")
    (services.cluster.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n")  # the number went to another program
    await killed_and_back(services, services.postgres)
    assert await one(owner_url, "SELECT value FROM kept") == 42


async def test_a_database_is_migrated_once(services: Services) -> None:
    owner_url, app_url = await services.create_database("migrated")
    assert await migrated(owner_url, app_url) == COUNT
    assert await migrated(owner_url, app_url) == 0
    owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = 'hearken_app'"
    assert await one(owner_url, owned) == 0
    powers = (
        "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    assert await one(app_url, powers) is False


async def test_two_runners_at_once_apply_each_migration_once(services: Services) -> None:
    urls = await services.create_database("raced")
    assert sorted(await asyncio.gather(migrated(*urls), migrated(*urls))) == [0, COUNT]


async def test_a_killed_runner_blocks_nobody(services: Services) -> None:
    owner_url, app_url = await services.create_database("killed")
    await migrated(owner_url, app_url)
    await one(owner_url, "INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 1)")
    assert await migrated(owner_url, app_url) == 0


async def test_a_failed_migration_leaves_no_trace(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001.good.sql").write_text("CREATE TABLE good (id int);")
    (tmp_path / "0002.bad.sql").write_text("CREATE TABLE bad (id int);\nSELECT 1 / 0;")
    monkeypatch.setattr("hearken.migration.MIGRATIONS", tmp_path)
    owner_url, app_url = await services.create_database("failed")
    with pytest.raises(MigrationFailed, match=r"0002\.bad"):
        await migrated(owner_url, app_url)
    assert await one(owner_url, "SELECT to_regclass('good') IS NOT NULL AND to_regclass('bad') IS NULL")
    (tmp_path / "0002.bad.sql").write_text("CREATE TABLE bad (id int);")
    assert await migrated(owner_url, app_url) == 1


async def test_a_database_that_could_lose_a_commit_is_refused(services: Services) -> None:
    owner_url, app_url = await services.create_database("careless")
    with pytest.raises(MigrationRefused, match="turn on synchronous_commit and start again"):
        await migrated(f"{owner_url}&options=-csynchronous_commit%3Doff", app_url)


async def test_nodes_must_not_sign_in_as_the_owner(services: Services) -> None:
    with pytest.raises(MigrationRefused, match="must sign in as hearken_app"):
        await migrated(services.owner_url, services.owner_url)


async def test_a_database_that_is_away_is_said_in_words(tmp_path: Path) -> None:
    url = f"postgresql://hearken_owner@/hearken?host={tmp_path}"
    with pytest.raises(MigrationRefused, match="cannot be reached as the owner"):
        await migrated(url, url.replace("hearken_owner", "hearken_app"))


async def test_the_application_role_gets_its_password(services: Services) -> None:
    owner_url, app_url = await services.create_database("password")
    await migrated(owner_url, app_url.replace("hearken_app@", "hearken_app:it's a secret@".replace(" ", "%20")))
    with psycopg.connect(owner_url) as connection:
        row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'hearken_app'").fetchone()
    assert row is not None
    assert row[0].startswith("SCRAM-SHA-256$")


async def test_errors_are_logged_without_what_they_were_about(services: Services) -> None:
    await one(services.owner_url, "CREATE TABLE words (w text UNIQUE)")
    with pytest.raises(asyncpg.UniqueViolationError):
        await one(services.owner_url, "INSERT INTO words VALUES ('hush'), ('hush')")
    log = services.postgres.part.log.read_text()
    assert "duplicate key value" in log
    assert "hush" not in log
