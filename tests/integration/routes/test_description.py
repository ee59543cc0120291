"""What a node says about its own interface."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import orjson
from jsonschema import Draft202012Validator

from session_core.schema import wire_schema
from tests.caller import PLACES, PROTECTED, Caller
from tests.installation import Installation


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name == "href"]


def in_place(path: str) -> str:
    for name, value in PLACES.items():
        path = path.replace(name, value)
    return path


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_the_description_names_every_route_and_every_reference_in_it_leads_somewhere(nobody: Caller) -> None:
    document = (await nobody("GET", "/api/openapi.json")).ok()
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert {"title", "version"} <= set(document["info"])
    described = {
        (method.upper(), in_place(path)) for path, operations in document["paths"].items() for method in operations
    }
    assert {(method, f"/api/v1{path}") for method, path in PROTECTED} <= described
    assert {("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/refresh"), ("GET", "/readyz")} <= described
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        Draft202012Validator.check_schema(found)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert operation["responses"]


async def test_the_description_for_people_leads_to_pages_that_are_there(nobody: Caller) -> None:
    reply = await nobody("GET", "/api/docs")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    page = Page()
    page.feed(reply.body.decode())
    described = in_place(page.text)
    assert [route for route in PROTECTED if f"{route[0]} /api/v1{route[1]}" not in described] == []
    for link in page.links:
        assert (await nobody("GET", link)).status == 200, link


async def test_without_a_web_client_the_address_alone_leads_to_the_description(installation: Installation) -> None:
    node = await installation.start_node(web_client="")
    async with installation.http.get(node.url) as answer:
        assert answer.status == 200
        assert answer.url.path == "/api/docs"


async def test_the_published_schema_is_the_one_of_the_messages(nobody: Caller) -> None:
    assert (await nobody("GET", "/api/wire-schema.json")).ok() == orjson.loads(orjson.dumps(wire_schema()))
