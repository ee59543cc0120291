"""docker-compose.yml, Dockerfile and Caddyfile against the code's own settings, routes and commands.

There is no container engine here, so everything is checked that does not need one.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from hearken.cli import main
from hearken.embedded_postgres import OWNER_ROLE
from hearken.migration import APP_ROLE
from session_core.settings import Settings, variable

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = ("node-1", "node-2", "worker", "migrate")
VALUES = {
    "HEARKEN_MASTER_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "OWNER_DATABASE_PASSWORD": "owner-secret",
    "APP_DATABASE_PASSWORD": "app-secret",
}

# What the Compose specification calls the keys that are used here: a misspelt one would be found out by an engine only.
SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "env_file", "environment", "healthcheck", "image", "networks",
    "ports", "read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "stop_signal", "tmpfs", "volumes",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return cast(dict[str, Any], yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return cast(dict[str, Any], compose["services"])


def filled(text: str) -> str:
    """What Compose makes of a value: ``${NAME:?said}`` and ``${NAME:-default}`` replaced."""
    return re.sub(r"\$\{(\w+)(?::([?-])([^}]*))?\}", lambda found: VALUES.get(found[1]) or found[3] or "", text)


def settings_of(service: dict[str, Any]) -> Settings:
    return Settings.from_environ({name: filled(value) for name, value in service["environment"].items()})


def strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def routes() -> set[str]:
    """Every path that a route of the node is written for, read from its source."""
    trees = (ast.parse(file.read_text()) for file in (ROOT / "stream_server" / "http").glob("*.py"))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    constants = (argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant))
    return {value for value in constants if isinstance(value, str) and value.startswith("/")}


def test_it_is_two_nodes_a_worker_and_what_they_need(services: dict[str, Any]) -> None:
    assert set(services) == {"proxy", "node-1", "node-2", "worker", "migrate", "postgres", "redis"}
    assert services["node-1"] == services["node-2"]


def test_every_key_is_one_that_compose_knows(compose: dict[str, Any], services: dict[str, Any]) -> None:
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "networks", "volumes"}
    for service in services.values():
        assert set(service) <= SERVICE_KEYS
        assert set(service.get("healthcheck", {})) <= HEALTH_KEYS


def test_what_a_service_waits_for_can_happen(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, wanted in service.get("depends_on", {}).items():
            assert wanted["condition"] in CONDITIONS
            assert wanted["condition"] != "service_healthy" or "healthcheck" in services[name]
    assert services["worker"]["depends_on"] == services["node-1"]["depends_on"]
    assert services["node-1"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["migrate"]["restart"] == "on-failure"


def test_every_network_and_volume_that_is_used_exists(compose: dict[str, Any], services: dict[str, Any]) -> None:
    for service in services.values():
        assert set(service["networks"]) <= set(compose["networks"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (ROOT / source).is_file()


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_settings_of_a_program_are_settings(services: dict[str, Any], name: str) -> None:
    settings = settings_of(services[name])
    assert settings.database_url == f"postgresql://{APP_ROLE}:app-secret@postgres:5432/hearken"
    assert settings.redis_url == "redis://redis:6379/0"


def test_only_the_migration_signs_in_as_owner(services: dict[str, Any]) -> None:
    owner = variable("owner_database_url")
    assert [name for name in PROGRAMS if owner in services[name]["environment"]] == ["migrate"]
    assert settings_of(services["migrate"]).owner_database_url == (
        f"postgresql://{OWNER_ROLE}:owner-secret@postgres:5432/hearken"
    )
    postgres = services["postgres"]["environment"]
    assert (postgres["POSTGRES_USER"], postgres["POSTGRES_DB"]) == (OWNER_ROLE, "hearken")


def test_postgres_is_durable_and_keeps_sessions_out_of_its_log(services: dict[str, Any]) -> None:
    given = {option.removeprefix("-c") for option in services["postgres"]["command"]}
    assert given >= {"fsync=on", "full_page_writes=on", "synchronous_commit=on"}
    assert given >= {"log_error_verbosity=terse", "log_min_error_statement=panic"}


def test_programs_run_commands_that_exist(services: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    commands = [services[name]["command"] for name in PROGRAMS]
    assert commands == [["serve"], ["serve"], ["work"], ["migrate"]]
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main([*command, "--help"])
        assert ended.value.code == 0
    assert "usage: hearken migrate" in capsys.readouterr().out


def test_programs_have_time_to_drain(services: dict[str, Any]) -> None:
    for name in ("node-1", "node-2", "worker"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > settings_of(services[name]).drain_s


def test_health_is_asked_where_a_node_answers(services: dict[str, Any]) -> None:
    settings = settings_of(services["node-1"])
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", " ".join(services["node-1"]["healthcheck"]["test"]))
    assert asked is not None
    assert (int(asked[1]), settings.host) == (settings.port, "0.0.0.0")
    assert asked[2] in routes()


def test_the_proxy_sends_to_every_node_that_is_ready(services: dict[str, Any]) -> None:
    caddyfile = (ROOT / "Caddyfile").read_text()
    targets = re.search(r"reverse_proxy (.+) \{", caddyfile)
    health = re.search(r"health_uri (\S+)", caddyfile)
    assert targets is not None
    assert health is not None
    port = settings_of(services["node-1"]).port
    assert targets[1].split() == [f"{name}:{port}" for name in services if name.startswith("node-")]
    assert health[1] == "/readyz"
    assert {"/readyz", "/metrics"} <= routes()
    assert caddyfile.count("{") == caddyfile.count("}")


def test_the_proxy_lets_the_largest_chunk_through(services: dict[str, Any]) -> None:
    largest = re.search(r"max_size (\d+)MB", (ROOT / "Caddyfile").read_text())
    assert largest is not None
    assert int(largest[1]) * 1_000_000 > settings_of(services["node-1"]).max_chunk_bytes


def test_nodes_believe_their_proxy_about_addresses(services: dict[str, Any]) -> None:
    address = services["proxy"]["networks"]["inside"]["ipv4_address"]
    assert settings_of(services["node-1"]).trusted_proxies == (address,)


def test_only_the_proxy_is_reached_from_outside(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_the_example_names_every_value_that_must_be_filled_in(compose: dict[str, Any]) -> None:
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    used = {name for text in strings(compose) for name in re.findall(r"\$\{(\w+)", text)}
    assert used == set(example)
    assert {name for name, value in example.items() if not value} == set(VALUES)


def test_the_image_copies_what_exists_and_everything_that_is_installed() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {
        source
        for line in lines
        if line.startswith("COPY ") and not line.startswith("COPY --from=")
        for source in line.split()[1:-1]
    }
    assert all((ROOT / source).exists() for source in copied)
    assert "COPY --from=pages /web_client/dist web_client/dist" in lines
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {pattern.removesuffix("*") for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages <= copied
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == {source.partition("/")[0] for source in copied}


def test_the_image_starts_the_installed_command() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert 'ENTRYPOINT ["hearken"]' in dockerfile
    assert project["project"]["scripts"] == {"hearken": "hearken.cli:main"}


def test_models_are_kept_where_a_program_may_write(services: dict[str, Any]) -> None:
    (home,) = re.findall(r"HF_HOME=(\S+)", (ROOT / "Dockerfile").read_text())
    (volume,) = services["worker"]["volumes"]
    assert Path(home).is_relative_to(volume.partition(":")[2])
